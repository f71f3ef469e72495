"""Splits an object into batch transform's requests, and joins the answers."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator

from local_aws.errors import LocalAwsError


class RecordTooLongError(LocalAwsError):
    """A single record is larger than a request may be."""


def decompress(content: bytes, compression: str) -> bytes:
    """Return the object's records; `compression` is "None" or "Gzip".

    Raises:
        LocalAwsError: the content is not gzip.
    """
    if compression != "Gzip":
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError) as error:
        raise LocalAwsError("an input object is not a gzip file") from error


def cut(content: bytes, *, by_line: bool, many: bool, limit_bytes: int) -> Iterator[bytes]:
    r"""Yield request bodies: the whole object, one line each, or as many lines as fit.

    >>> list(cut(b"a\nbb\nccc\n", by_line=True, many=False, limit_bytes=100))
    [b'a', b'bb', b'ccc']
    >>> list(cut(b"a\nbb\nccc\n", by_line=True, many=True, limit_bytes=5))
    [b'a\nbb', b'ccc']

    Raises:
        RecordTooLongError: a single record exceeds the limit; 0 means no limit.
    """
    records = content.splitlines() if by_line else [content]
    batch: list[bytes] = []
    size = 0
    for record in records:
        if limit_bytes and len(record) > limit_bytes:
            raise RecordTooLongError(
                f"a record of {len(record)} bytes exceeds MaxPayloadInMB ({limit_bytes} bytes)"
            )
        added = len(record) + (1 if batch else 0)
        if batch and (not many or (limit_bytes and size + added > limit_bytes)):
            yield b"\n".join(batch)
            batch, size, added = [], 0, len(record)
        batch.append(record)
        size += added
    if batch:
        yield b"\n".join(batch)


def assemble(answers: Iterable[bytes], *, by_line: bool) -> bytes:
    r"""Return the output object's content; with `by_line`, each answer ends with a newline.

    >>> assemble([b"0.5", b"0.7\n"], by_line=True)
    b'0.5\n0.7\n'
    """
    if not by_line:
        return b"".join(answers)
    return b"".join(answer if answer.endswith(b"\n") else answer + b"\n" for answer in answers)
