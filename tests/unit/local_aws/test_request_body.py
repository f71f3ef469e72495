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
