"""Files are written whole, known by their digest, and packed into the same bytes each time."""

import gzip
import io
import os
import tarfile
import threading
from pathlib import Path

import pytest

from sentiment.safe_files import file_sha256, pack_files, write_atomically
from tests.support.timeouts import HANG_S


def test_a_crash_while_writing_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Complete, and with nothing beside it."""
    path = tmp_path / "model.json"
    write_atomically(b"old", path)

    def crash(_descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", crash)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(b"new", path)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"model.json": b"old"}


def test_two_writers_of_one_file_do_not_mix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are in the middle of writing at the same time; each file is one writer's, whole."""
    path, both = tmp_path / "model.json", threading.Barrier(2, timeout=HANG_S)
    monkeypatch.setattr(os, "fsync", lambda _descriptor: both.wait())
    contents = b"a" * 100_000, b"b" * 50_000
    writers = [
        threading.Thread(target=write_atomically, args=(content, path)) for content in contents
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert path.read_bytes() in contents
    assert [file.name for file in tmp_path.iterdir()] == ["model.json"]


def test_a_written_file_is_readable_by_every_user(tmp_path: Path) -> None:
    """As the umask allows: a container may run as another user than the writer."""
    before = os.umask(0o022)
    try:
        write_atomically(b"", tmp_path / "model.json")
    finally:
        os.umask(before)
    assert (tmp_path / "model.json").stat().st_mode & 0o777 == 0o644


def test_a_files_digest_is_its_contents(tmp_path: Path) -> None:
    """NIST's example for SHA-256."""
    (tmp_path / "x").write_bytes(b"abc")
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert file_sha256(tmp_path / "x") == digest


def test_an_archive_is_its_names_and_contents_alone(tmp_path: Path) -> None:
    """Sorted by name; times and modes of the files change no byte."""
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
    files = {"z/2": tmp_path / "a", "1": tmp_path / "b"}
    packed = pack_files(files)
    (tmp_path / "a").chmod(0o600)
    os.utime(tmp_path / "b", (1, 1))
    assert pack_files(files) == packed
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(packed))) as tar:
        assert tar.getnames() == ["1", "z/2"]
        assert tar.extractfile("z/2").read() == b"a"  # type: ignore[union-attr]
