"""A download that survives what servers and connections do, and trusts none of them."""

import hashlib
import io
from pathlib import Path

import pytest

from sagemaker_jobs.archive.resumable_download import RemoteFile, fetch
from sagemaker_jobs.errors import DownloadFailed
from sagemaker_jobs.terminal import Ui
from tests.support.archive_server import Published, published

CONTENT = bytes(range(256)) * 4_000


class Waits(list[float]):
    """A `sleep` that only remembers."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def remote(server: Published, content: bytes = CONTENT) -> RemoteFile:
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    return RemoteFile(server.url, len(content), md5)


def test_a_file_arrives_whole(tmp_path: Path) -> None:
    """The file is there under its name, and nothing beside it."""
    with published(CONTENT) as server:
        fetch(remote(server), tmp_path / "archive", ui=Ui(io.StringIO()), sleep=Waits())
    assert (tmp_path / "archive").read_bytes() == CONTENT
    assert [path.name for path in tmp_path.iterdir()] == ["archive"]


def test_a_lost_connection_is_taken_up_where_it_broke(tmp_path: Path) -> None:
    """After a connection that ended early only the missing bytes are asked for."""
    waits = Waits()
    with published(CONTENT, ["cut"]) as server:
        fetch(remote(server), tmp_path / "archive", ui=Ui(io.StringIO()), sleep=waits)
        assert server.ranges == [None, f"bytes={len(CONTENT) // 2}-"]
    assert (tmp_path / "archive").read_bytes() == CONTENT
    assert waits == [1.0]


def test_what_an_interrupted_run_left_is_used(tmp_path: Path) -> None:
    """A second run asks for the rest of the .part file."""
    (tmp_path / "archive.part").write_bytes(CONTENT[:1000])
    with published(CONTENT) as server:
        fetch(remote(server), tmp_path / "archive", ui=Ui(io.StringIO()), sleep=Waits())
        assert server.ranges == ["bytes=1000-"]
    assert (tmp_path / "archive").read_bytes() == CONTENT


def test_a_server_that_cannot_resume_sends_it_all(tmp_path: Path) -> None:
    """An answer of 200 to a range request starts the file over instead of appending to it."""
    (tmp_path / "archive.part").write_bytes(CONTENT[:1000])
    with published(CONTENT, ["whole"]) as server:
        fetch(remote(server), tmp_path / "archive", ui=Ui(io.StringIO()), sleep=Waits())
    assert (tmp_path / "archive").read_bytes() == CONTENT


def test_a_foreign_beginning_is_noticed(tmp_path: Path) -> None:
    """A .part file of something else fails the checksum once, and then all of it is fetched."""
    (tmp_path / "archive.part").write_bytes(b"x" * 1000)
    with published(CONTENT) as server:
        fetch(remote(server), tmp_path / "archive", ui=Ui(io.StringIO()), sleep=Waits())
        assert server.ranges == ["bytes=1000-", None]
    assert (tmp_path / "archive").read_bytes() == CONTENT


def test_a_complete_part_needs_no_server(tmp_path: Path) -> None:
    """Interrupted between the last byte and the check, a run only checks."""
    (tmp_path / "archive.part").write_bytes(CONTENT)
    with published(CONTENT) as server:
        fetch(remote(server), tmp_path / "archive", ui=Ui(io.StringIO()), sleep=Waits())
        assert server.ranges == []
    assert (tmp_path / "archive").read_bytes() == CONTENT


def test_a_busy_server_is_asked_again_less_and_less_often(tmp_path: Path) -> None:
    """Each fruitless attempt doubles the wait."""
    waits = Waits()
    with published(CONTENT, [503, 500, 429]) as server:
        fetch(remote(server), tmp_path / "archive", ui=Ui(io.StringIO()), sleep=waits)
    assert waits == [1.0, 2.0, 4.0]


def test_a_server_that_stays_busy_ends_the_attempts(tmp_path: Path) -> None:
    """After five failures in a row the step gives up and says how to go on."""
    waits = Waits()
    with (
        published(CONTENT, [503] * 9) as server,
        pytest.raises(DownloadFailed, match="503") as caught,
    ):
        fetch(remote(server), tmp_path / "archive", ui=Ui(io.StringIO()), sleep=waits)
    assert len(waits) == 4
    assert "--archive" in caught.value.hint


def test_a_missing_page_is_not_asked_for_again(tmp_path: Path) -> None:
    """404 will not become a file by asking again."""
    waits = Waits()
    with published(CONTENT, [404]) as server, pytest.raises(DownloadFailed, match="404"):
        fetch(remote(server), tmp_path / "archive", ui=Ui(io.StringIO()), sleep=waits)
    assert waits == []


@pytest.mark.parametrize(
    ("part", "fault", "ranges"),
    [
        (CONTENT[:-1000], "whole", [f"bytes={len(CONTENT) - 1000}-"]),
        (CONTENT + b"more", "", [None]),
    ],
)
def test_a_part_that_is_thrown_away_does_not_count(
    tmp_path: Path, part: bytes, fault: str, ranges: list[str | None]
) -> None:
    """Nearly whole or too long: what the server then sends is written, and measured, from 0."""
    (tmp_path / "archive.part").write_bytes(part)
    with published(CONTENT, [fault]) as server:
        fetch(remote(server), tmp_path / "archive", ui=Ui(io.StringIO()), sleep=Waits())
        assert server.ranges == ranges
    assert (tmp_path / "archive").read_bytes() == CONTENT


@pytest.mark.parametrize("other", [CONTENT + b"more", CONTENT[:-1]])
def test_a_file_of_another_size_is_refused_at_once(tmp_path: Path, other: bytes) -> None:
    """The announced size is compared before anything is stored."""
    with (
        published(other) as server,
        pytest.raises(DownloadFailed, match=f"{len(other):,} bytes"),
    ):
        fetch(remote(server), tmp_path / "archive", ui=Ui(io.StringIO()), sleep=Waits())
    assert not (tmp_path / "archive").exists()


def test_another_content_of_the_same_size_is_refused(tmp_path: Path) -> None:
    """The checksum decides, and nothing of the wrong file is kept."""
    with (
        published(CONTENT[::-1]) as server,
        pytest.raises(DownloadFailed, match="MD5"),
    ):
        fetch(remote(server), tmp_path / "archive", ui=Ui(io.StringIO()), sleep=Waits())
    assert list(tmp_path.iterdir()) == []


def test_nobody_listening_is_one_sentence(tmp_path: Path) -> None:
    """A refused connection is reported as such after the last attempt."""
    with published(CONTENT) as server:
        gone = remote(server)
    with pytest.raises(DownloadFailed, match="cannot be reached"):
        fetch(gone, tmp_path / "archive", ui=Ui(io.StringIO()), sleep=Waits())
