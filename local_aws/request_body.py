"""Reads whole request bodies, within limits, before any other part sees them.

Memory grows with the bytes that arrive, never with the length that a client claims. The server
limits how long a client may take; after that, reading raises TimeoutError.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from local_aws.errors import AwsError, NotImplementedHereError

if TYPE_CHECKING:
    from typing import BinaryIO

    from _typeshed.wsgi import WSGIEnvironment

PIECE_BYTES = 1024 * 1024  # the most that is read, and so allocated, at once
_LINE_BYTES = 8192
_TRAILER_LINES = 100
_LENGTH = re.compile(r"[0-9]{1,18}")
_CHUNK_HEAD = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(;[^\r\n]*)?\r?\n")


def read_body(environ: WSGIEnvironment, limit_bytes: int) -> None:
    """Read the whole body into `wsgi.input`, and set CONTENT_LENGTH to its true length.

    Raises:
        AwsError: a length or chunk is malformed, or the body ends early, stalls, or is larger than
            `limit_bytes`.
    """
    source = environ["wsgi.input"]
    coding = str(environ.get("HTTP_TRANSFER_ENCODING", "")).strip().lower()
    try:
        if coding == "chunked":
            body = _read_chunks(source, limit_bytes)
        elif coding:
            raise NotImplementedHereError("transfer encodings other than chunked")
        else:
            body = io.BytesIO()
            _copy(source, body, _claimed_length(environ, limit_bytes))
    except TimeoutError as error:
        raise AwsError(
            "RequestTimeout",
            "Your socket connection to the server was not read from or written to within the "
            "timeout period. Idle connections will be closed.",
        ) from error
    size = body.tell()
    _check_inner_chunks(environ, body)
    body.seek(0)
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ.pop("wsgi.input_terminated", None)
    environ["CONTENT_LENGTH"] = str(size)
    environ["wsgi.input"] = body


def _claimed_length(environ: WSGIEnvironment, limit_bytes: int) -> int:
    """Return the Content-Length header's number, 0 without one."""
    claimed = str(environ.get("CONTENT_LENGTH") or "0")
    if not _LENGTH.fullmatch(claimed):
        raise _invalid("the Content-Length header is not one whole number")
    if int(claimed) > limit_bytes:
        raise _too_large(limit_bytes)
    return int(claimed)


def _check_inner_chunks(environ: WSGIEnvironment, body: io.BytesIO) -> None:
    """Raise unless the chunks that S3's clients put inside a body fit it: moto trusts them."""
    if not str(environ.get("HTTP_X_AMZ_CONTENT_SHA256", "")).startswith("STREAMING-"):
        return
    size = body.tell()
    body.seek(0)
    total = 0
    while size and (length := _chunk_length(body)):
        total += length
        body.seek(length, io.SEEK_CUR)
        if body.tell() > size:
            raise _incomplete()
        _end_chunk(body)
    if str(environ.get("HTTP_X_AMZ_DECODED_CONTENT_LENGTH")) != str(total):
        raise _invalid("X-Amz-Decoded-Content-Length is not the length of the chunks")


def _read_chunks(source: BinaryIO, limit_bytes: int) -> io.BytesIO:
    """Return a chunked body's content."""
    body = io.BytesIO()
    while length := _chunk_length(source):
        if body.tell() + length > limit_bytes:
            raise _too_large(limit_bytes)
        _copy(source, body, length)
        _end_chunk(source)
    for _ in range(_TRAILER_LINES):
        line = source.readline(_LINE_BYTES)
        if line in {b"\r\n", b"\n", b""}:
            return body
        if not line.endswith(b"\n"):
            break
    raise _invalid("the trailers of the chunked body are too long")


def _chunk_length(source: BinaryIO) -> int:
    """Return the length with which the next chunk begins."""
    line = source.readline(_LINE_BYTES)
    if not line:
        raise _incomplete()
    head = _CHUNK_HEAD.fullmatch(line)
    if head is None:
        raise _invalid("a chunk of the body does not begin with its length in hexadecimal")
    return int(head[1], 16)


def _end_chunk(source: BinaryIO) -> None:
    if source.readline(2) not in {b"\r\n", b"\n"}:
        raise _invalid("a chunk of the body is not as long as it says")


def _copy(source: BinaryIO, body: io.BytesIO, length: int) -> None:
    """Append exactly `length` bytes, a piece at a time."""
    left = length
    while left:
        piece = source.read(min(left, PIECE_BYTES))
        if not piece:
            raise _incomplete()
        body.write(piece)
        left -= len(piece)


def _invalid(what: str) -> AwsError:
    return AwsError("InvalidRequest", f"Bad request: {what}")


def _incomplete() -> AwsError:
    return AwsError("IncompleteBody", "The request ended before its body was complete")


def _too_large(limit_bytes: int) -> AwsError:
    return AwsError(
        "EntityTooLarge",
        f"Your proposed upload exceeds the maximum allowed size of {limit_bytes} bytes",
        status=413,
    )
