"""The step as a whole: fetched or given, checked, extracted once."""

import hashlib
import io
import time
from pathlib import Path

import pytest

from sagemaker_jobs.archive.resumable_download import RemoteFile
from sagemaker_jobs.errors import InvalidData, InvalidSetting
from sagemaker_jobs.steps.download import Download, download
from sagemaker_jobs.terminal import Ui
from tests.support.archive_server import published
from tests.support.pipeline import call_step as step
from tests.support.small_archive import small_archive

ARCHIVE = small_archive(train=2, test=2, unlabelled=1)
MD5 = hashlib.md5(ARCHIVE, usedforsecurity=False).hexdigest()


def given(tmp_path: Path, archive: Path, *, dry_run: bool = False) -> Download:
    return download(
        tmp_path / "aclImdb",
        archive=archive,
        ui=Ui(io.StringIO()),
        sleep=time.sleep,
        dry_run=dry_run,
    )


def test_an_archive_is_fetched_and_extracted_once(tmp_path: Path) -> None:
    """The second call finds the first one's result and asks the server for nothing."""
    with published(ARCHIVE) as server:
        remote = RemoteFile(server.url, len(ARCHIVE), MD5)
        results = [
            download(tmp_path / "aclImdb", remote=remote, ui=Ui(io.StringIO()), sleep=time.sleep)
            for _ in range(2)
        ]
        assert len(server.ranges) == 1
    assert [result.already_there for result in results] == [False, True]
    assert results[0].n_files == results[1].n_files == 2 * 2 * 2 + 1 + 3


@pytest.mark.parametrize("ending", ["aclImdb", "", "other.tar.gz?version=2"])
def test_the_address_does_not_choose_where_the_archive_is_saved(
    tmp_path: Path, ending: str
) -> None:
    """Neither as the folder that it is extracted to, nor as the one around it."""
    with published(ARCHIVE) as server:
        address = server.url.rpartition("/")[0]
        remote = RemoteFile(f"{address}/{ending}", len(ARCHIVE), MD5)
        place = tmp_path / "work/aclImdb"
        download(place, remote=remote, ui=Ui(io.StringIO()), sleep=time.sleep)
    assert (place / "README").is_file()
    assert sorted(path.name for path in place.parent.iterdir()) == ["aclImdb", "aclImdb_v1.tar.gz"]


def test_reviews_do_not_go_where_the_archive_does(tmp_path: Path) -> None:
    """A folder with the archive's name would block the download."""
    place = tmp_path / "aclImdb_v1.tar.gz"
    with pytest.raises(InvalidSetting, match="cannot hold the reviews"):
        download(place, ui=Ui(io.StringIO()), sleep=time.sleep, dry_run=True)


def test_an_archive_fetched_before_is_not_fetched_again(tmp_path: Path) -> None:
    """With the checked archive on the disk, extracting needs no server."""
    (tmp_path / "aclImdb_v1.tar.gz").write_bytes(ARCHIVE)
    remote = RemoteFile("http://127.0.0.1:9/aclImdb_v1.tar.gz", len(ARCHIVE), MD5)
    result = download(tmp_path / "aclImdb", remote=remote, ui=Ui(io.StringIO()), sleep=time.sleep)
    assert result.md5 == MD5


def test_a_given_archive_is_extracted_once(tmp_path: Path) -> None:
    """--archive needs no checksum, but the folder remembers which archive it came from."""
    (tmp_path / "mine.tar.gz").write_bytes(ARCHIVE)
    assert not given(tmp_path, tmp_path / "mine.tar.gz").already_there
    assert given(tmp_path, tmp_path / "mine.tar.gz").already_there


def test_another_archive_is_not_taken_for_the_one_extracted(tmp_path: Path) -> None:
    """A folder made from one archive is refused as the result of another."""
    (tmp_path / "mine.tar.gz").write_bytes(ARCHIVE)
    given(tmp_path, tmp_path / "mine.tar.gz")
    (tmp_path / "other.tar.gz").write_bytes(small_archive(train=3, test=1, unlabelled=0))
    with pytest.raises(InvalidData, match="another archive"):
        given(tmp_path, tmp_path / "other.tar.gz")


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    """A folder without our mark is neither used nor overwritten."""
    (tmp_path / "mine.tar.gz").write_bytes(ARCHIVE)
    (tmp_path / "aclImdb").mkdir()
    (tmp_path / "aclImdb/precious").write_text("keep")
    with pytest.raises(InvalidData, match="was not made by this step"):
        given(tmp_path, tmp_path / "mine.tar.gz")
    assert (tmp_path / "aclImdb/precious").read_text() == "keep"


@pytest.mark.parametrize("wanted", [("--md5", "0" * 32), ("--size", "5")])
def test_a_given_archive_is_the_one_that_was_asked_for(
    tmp_path: Path, wanted: tuple[str, str]
) -> None:
    """With --archive the original's size and MD5 do not count, but those that are given do."""
    (tmp_path / "mine.tar.gz").write_bytes(ARCHIVE)
    command = ("download", "--archive", tmp_path / "mine.tar.gz", "--directory", tmp_path / "out")
    refused = step(*command, *wanted, environment={})
    assert refused.exit_code == 1
    assert "instead of" in refused.err
    assert not (tmp_path / "out").exists()
    assert step(*command, "--md5", MD5.upper(), environment={}).exit_code == 0


def test_a_missing_archive_is_said(tmp_path: Path) -> None:
    """A wrong --archive is an error of the setting."""
    with pytest.raises(InvalidSetting, match="there is no file"):
        given(tmp_path, tmp_path / "nothing.tar.gz")


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    """--dry-run says where the archive would go."""
    (tmp_path / "mine.tar.gz").write_bytes(ARCHIVE)
    result = given(tmp_path, tmp_path / "mine.tar.gz", dry_run=True)
    assert "would" in result.line()
    assert [path.name for path in tmp_path.iterdir()] == ["mine.tar.gz"]


@pytest.mark.parametrize("name", ["aclImdb_v1.tar.gz", "aclImdb_v1.tar.gz.part"])
def test_a_file_of_the_archives_name_survives(tmp_path: Path, name: str) -> None:
    """Fetching overwrites neither another file nor one that is not the archive's beginning."""
    (tmp_path / name).write_text("three years of work")
    with published(ARCHIVE) as server:
        remote = RemoteFile(server.url, len(ARCHIVE), MD5)
        with pytest.raises((InvalidData, InvalidSetting), match=name):
            download(tmp_path / "aclImdb", remote=remote, ui=Ui(io.StringIO()), sleep=time.sleep)
        assert server.ranges == []
    assert (tmp_path / name).read_text() == "three years of work"


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    """Nothing is lost by that."""
    (tmp_path / "aclImdb").mkdir()
    (tmp_path / "mine.tar.gz").write_bytes(ARCHIVE)
    assert given(tmp_path, tmp_path / "mine.tar.gz").n_files == 2 * 2 * 2 + 1 + 3
