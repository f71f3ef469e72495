"""Download of a file by HTTP that resumes after lost connections and checks the result."""

from __future__ import annotations

import hashlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sagemaker_jobs.errors import DownloadFailed
from sagemaker_jobs.terminal import Ui

_BLOCK_BYTES = 1 << 18
_TIMEOUT_S = 30
_MAX_FAILURES_IN_A_ROW = 5
_FIRST_DELAY_S = 1.0
_TRY_LATER = {408, 425, 429, 500, 502, 503, 504}
_PARTIAL, _RANGE_REFUSED = 206, 416


@dataclass(frozen=True)
class RemoteFile:
    """A published file: its address, size and MD5."""

    url: str
    size_bytes: int
    md5: str


def fetch(remote: RemoteFile, destination: Path, *, ui: Ui, sleep: Callable[[float], None]) -> None:
    """Download the file to `destination` and check it; until then it is next to it as `.part`.

    Raises:
        DownloadFailed: the file did not arrive in a limited number of attempts, or is different.
    """
    part = destination.with_name(destination.name + ".part")
    part.parent.mkdir(parents=True, exist_ok=True)
    resumed = part.exists() and part.stat().st_size > 0
    _receive_all(remote, part, ui=ui, sleep=sleep)
    if md5_of(part) != remote.md5 and resumed:
        ui.say("the resumed download does not match; starting over")
        part.unlink()
        _receive_all(remote, part, ui=ui, sleep=sleep)
    found = md5_of(part)
    if found != remote.md5:
        part.unlink()
        raise DownloadFailed(
            f"{remote.url} has MD5 {found} instead of {remote.md5}",
            hint="repeat; if it is a mirror's other packaging, pass its --md5 and --size",
        )
    part.replace(destination)


def md5_of(path: Path) -> str:
    """Return the MD5 of the file's content in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _receive_all(remote: RemoteFile, part: Path, *, ui: Ui, sleep: Callable[[float], None]) -> None:
    """Fill `part` up to the expected size; double the delay after each attempt without progress."""
    failures, delay_s = 0, _FIRST_DELAY_S
    with part.open("ab") as stream:
        size = stream.seek(0, 2)
        if size > remote.size_bytes:
            _empty(stream)
            size = 0
        with ui.progress("download", remote.size_bytes, "B", initial=size) as advance:
            while size < remote.size_bytes:
                try:
                    _receive(remote, stream, advance)
                    problem = "the connection ended early"
                except (OSError, http.client.HTTPException) as error:
                    problem = _sentence(error)
                stream.flush()
                received = stream.seek(0, 2)
                if received >= remote.size_bytes:
                    return
                if received > size:
                    failures, delay_s = 0, _FIRST_DELAY_S
                size = received
                failures += 1
                if failures >= _MAX_FAILURES_IN_A_ROW:
                    raise DownloadFailed(
                        f"{remote.url} did not arrive: {problem}",
                        hint=f"repeat later to resume after the {size:,} bytes that are kept, "
                        "or pass a copy with --archive FILE, or another --url",
                    )
                ui.say(f"{problem}; resuming in {delay_s:.0f} s")
                sleep(delay_s)
                delay_s *= 2


def _receive(remote: RemoteFile, stream: BinaryIO, advance: Callable[[int], object]) -> None:
    """Append to the stream what one request delivers."""
    start = stream.tell()
    request = urllib.request.Request(remote.url)  # noqa: S310 - the step allows http and https only
    if start:
        request.add_header("Range", f"bytes={start}-")
    try:
        response = urllib.request.urlopen(request, timeout=_TIMEOUT_S)  # noqa: S310 - see above
    except urllib.error.HTTPError as error:
        if error.code == _RANGE_REFUSED and start:
            _empty(stream)
            advance(-start)
        elif error.code not in _TRY_LATER:
            raise DownloadFailed(
                f"{remote.url} answered {error.code} {error.reason}",
                hint="check --url, or pass a copy with --archive FILE",
            ) from error
        raise
    with response:
        if (
            start and response.status != _PARTIAL
        ):  # a server that cannot resume sends the whole file
            _empty(stream)
            advance(-start)
            start = 0
        _check_size(remote, response, start)
        while block := response.read(_BLOCK_BYTES):
            if stream.tell() + len(block) > remote.size_bytes:
                raise DownloadFailed(
                    f"{remote.url} sends more than {remote.size_bytes:,} bytes",
                    hint="if it is a mirror's other packaging, pass its --size and --md5",
                )
            stream.write(block)
            advance(len(block))


def _empty(stream: BinaryIO) -> None:
    """Truncate the stream and go to its start."""
    stream.truncate(0)
    stream.seek(0)


def _check_size(remote: RemoteFile, response: http.client.HTTPResponse, start: int) -> None:
    announced = response.headers.get("Content-Length")
    if announced is not None and start + int(announced) != remote.size_bytes:
        raise DownloadFailed(
            f"{remote.url} holds {start + int(announced):,} bytes instead of {remote.size_bytes:,}",
            hint="if it is a mirror's other packaging, pass its --size and --md5",
        )


def _sentence(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"the server answered {error.code} {error.reason}"
    if isinstance(error, urllib.error.URLError):
        return f"the server cannot be reached: {error.reason}"
    return str(error) or type(error).__name__
