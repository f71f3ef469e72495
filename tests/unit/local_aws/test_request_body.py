"""Request bodies are read within bounds."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_aws.errors import AwsError
from local_aws.request_body import PIECE_BYTES, read_body


class Source(io.BytesIO):
    """A body that remembers the largest read so far."""

    most = 0

    def read(self, size: int | None = -1, /) -> bytes:
        assert size is not None
        assert size >= 0
        self.most = max(self.most, size)
        return super().read(size)


def chunked(source: io.BytesIO) -> dict[str, Any]:
    return {"wsgi.input": source, "HTTP_TRANSFER_ENCODING": "Chunked"}


@pytest.mark.parametrize("limit_bytes", [10, 2**60])
@pytest.mark.parametrize("form", ["length", "chunk"])
def test_a_claim_is_never_read_at_once(form: str, limit_bytes: int) -> None:
    """At most a mebibyte is read at once, whatever length the client claims."""
    if form == "chunk":
        source = Source(b"ffffffffff\r\nfilms")
        environ = chunked(source)
    else:
        source = Source(b"films")
        environ = {"wsgi.input": source, "CONTENT_LENGTH": str(0xFFFFFFFFFF)}
    with pytest.raises(AwsError) as refused:
        read_body(environ, limit_bytes)
    assert refused.value.code == ("EntityTooLarge" if limit_bytes == 10 else "IncompleteBody")
    assert source.most <= PIECE_BYTES


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=5))
def test_chunks_are_joined(parts: list[bytes]) -> None:
    """What comes out is a plain body with its true length."""
    sent = b"".join(b"%X\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    environ = chunked(io.BytesIO(sent))
    read_body(environ, 250)
    joined = b"".join(parts)
    assert environ["wsgi.input"].read() == joined
    assert environ["CONTENT_LENGTH"] == str(len(joined))
    assert "HTTP_TRANSFER_ENCODING" not in environ


@given(st.binary(max_size=60))
def test_any_bytes_give_a_body_or_a_refusal(sent: bytes) -> None:
    """No other error leaves the reader."""
    for environ in (
        chunked(io.BytesIO(sent)),
        {
            "wsgi.input": io.BytesIO(sent),
            "CONTENT_LENGTH": str(len(sent)),
            "HTTP_X_AMZ_CONTENT_SHA256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
            "HTTP_X_AMZ_DECODED_CONTENT_LENGTH": "3",
        },
    ):
        try:
            read_body(environ, 40)
        except AwsError as error:
            assert error.status in {400, 413}  # noqa: PT017 - either outcome is right


@pytest.mark.parametrize(
    ("size", "code"), [(10, None), (11, "EntityTooLarge")], ids=["at the limit", "past it"]
)
@pytest.mark.parametrize("form", ["length", "chunks"])
def test_the_limit_is_the_last_size_that_passes(form: str, size: int, code: str | None) -> None:
    """For both forms; a larger body is 413."""
    body = b"x" * size
    if form == "length":
        environ: dict[str, Any] = {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(size)}
    else:
        environ = chunked(io.BytesIO(b"5\r\nxxxxx\r\n%x\r\n%b\r\n0\r\n\r\n" % (size - 5, body[5:])))
    assert refusal(environ, 10) == (code and (code, 413))
    if code is None:
        assert environ["wsgi.input"].read() == body


def refusal(environ: dict[str, Any], limit_bytes: int = 1000) -> tuple[str, int] | None:
    try:
        read_body(environ, limit_bytes)
    except AwsError as error:
        return error.code, error.status
    return None


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"0\r\nA: b\r\nC: d\r\n\r\n", None),
        (b"0\r\n", None),  # the client ends the connection in place of the last line
        (b"0\r\n" + b"A: b\r\n" * 99 + b"\r\n", None),
        (b"0\r\n" + b"A: b\r\n" * 100 + b"\r\n", "InvalidRequest"),
        (b"0\r\nA: " + b"b" * 8192 + b"\r\n\r\n", "InvalidRequest"),
        (b"3;a=b\r\nabc\r\n0\r\n\r\n", None),
        (b"3;" + b"a" * 8192 + b"\r\nabc\r\n0\r\n\r\n", "InvalidRequest"),
        (b"3\r\nabcd\r\n0\r\n\r\n", "InvalidRequest"),
        (b"3\r\nabc\n\r0\r\n\r\n", "InvalidRequest"),
    ],
)
def test_chunks_have_a_head_an_end_and_few_trailers(sent: bytes, code: str | None) -> None:
    """As HTTP describes them."""
    assert refusal(chunked(io.BytesIO(sent))) == (code and (code, 400))


@pytest.mark.parametrize("coding", ["gzip", "gzip, chunked", "chunked, chunked", "identity"])
def test_other_transfer_codings_are_not_implemented(coding: str) -> None:
    """Nobody should guess where such a body ends."""
    environ = {"wsgi.input": io.BytesIO(b"0\r\n\r\n"), "HTTP_TRANSFER_ENCODING": coding}
    assert refusal(environ) == ("NotImplemented", 501)


@pytest.mark.parametrize(
    ("body", "claimed", "code"),
    [
        (b"5;chunk-signature=0\r\nfilms\r\n0;chunk-signature=0\r\n\r\n", "5", None),
        (b"5\r\nfilms\r\n1\r\n!\r\n0\r\n", "6", None),
        (b"", "0", None),
        (b"5\r\nfilms\r\n0\r\n", "4", "InvalidRequest"),
        (b"5\r\nfilms\r\n0\r\n", "10", "InvalidRequest"),
        (b"6\r\nfilms", "6", "IncompleteBody"),
        (b"5\r\nfilms", "5", "InvalidRequest"),
        (b"5\r\nfilms\r\n", "5", "IncompleteBody"),
    ],
)
def test_chunks_inside_a_body_fit_it(body: bytes, claimed: str, code: str | None) -> None:
    """S3's clients put signed chunks inside the body, and give the length of what is in them."""
    environ = {
        "wsgi.input": io.BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_X_AMZ_CONTENT_SHA256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "HTTP_X_AMZ_DECODED_CONTENT_LENGTH": claimed,
    }
    assert refusal(environ) == (code and (code, 400))
    if code is None:
        assert environ["wsgi.input"].read() == body  # type: ignore[attr-defined]
