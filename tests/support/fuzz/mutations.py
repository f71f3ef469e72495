"""Hostile inputs: mutations of good ones, the same for the same seed."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

# pieces that parsers treat specially
_PIECES = (
    *(
        b"\x00",
        b"\x1b[2J",
        b"\x7f",
        b"\xff",
        b"\xfe\xff",
        b"\xef\xbb\xbf",
        b"\xc0\x80",
        b"\xf4\x90",
    ),
    *(b"\xed\xa0\xbd", b"\xcc\x81\xcc\x96", b"\xe2\x80\xae", b"\xe2\x80\xa8", b"\xf0\x9f\x98\x80"),
    *(b"\r", b"\n", b"\r\n", b"\t", b"\v", b'"', b'""', b"'", b"\\", b",", b";", b"|", b"=1+1"),
    *(b"{", b"}", b"[", b"]", b":", b"null", b"true", b"NaN", b"1e999", b"-0", b"9" * 400),
    *(b'"\\ud83d"', b'"\\u0000"', b"<", b">", b"</", b"<!--", b"&#x110000;", b"&amp", b"<a b='"),
    *(
        b"../",
        b"/etc/passwd",
        b"10/10",
        b":)",
        b"http://a.b/",
        b"#AGreatFilm",
        b"%00",
        b"%ff",
        b"+",
    ),
)
_MOST_BYTES = 4_096


def mutate(good: Sequence[bytes], random: Random) -> bytes:
    """Return one of the good inputs after one to six changes, at most 4 kB long."""
    content = bytearray(random.choice(good))
    for _ in range(random.randint(1, 6)):
        start = random.randint(0, len(content))
        end = min(len(content), start + random.choice((0, 1, 2, 8, 64)))
        change = random.randrange(6)
        if change == 0:
            del content[start:end]
        elif change == 1:
            content[start:end] = random.choice(_PIECES) * random.choice((1, 1, 2, 50))
        elif change == 2:
            content[start:end] = random.randbytes(end - start)
        elif change == 3:
            content[start:start] = content[start:end] * random.choice((1, 2, 20))
        elif change == 4:
            other = random.choice(good)
            content[start:] = other[random.randint(0, len(other)) :]
        elif content:
            content[min(start, len(content) - 1)] ^= 1 << random.randrange(8)
    return bytes(content[:_MOST_BYTES])


def as_text(content: bytes) -> str:
    """Return the bytes as text in which broken ones are lone surrogates."""
    return content.decode("utf-8", "surrogateescape")
