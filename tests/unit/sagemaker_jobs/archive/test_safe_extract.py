"""Archives that mean harm, and one that does not."""

import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from sagemaker_jobs.archive.safe_extract import Limits, extract
from sagemaker_jobs.errors import InvalidData, InvalidSetting, UnsafeArchive
from sagemaker_jobs.terminal import Ui
from tests.support.small_archive import small_archive

Member = tuple[tarfile.TarInfo, bytes]


def file(name: str, content: bytes = b"good") -> Member:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    return member, content


def special(name: str, kind: bytes, link: str = "") -> Member:
    member = tarfile.TarInfo(name)
    member.type = kind
    member.linkname = link
    return member, b""


def write(path: Path, *members: Member) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for member, content in members:
            tar.addfile(member, io.BytesIO(content))
    return path


def unpack(archive: Path, destination: Path, limits: Limits | None = None) -> int:
    return extract(archive, destination, ui=Ui(io.StringIO()), limits=limits)


def test_a_plain_archive_is_unpacked(tmp_path: Path) -> None:
    """Every file of the archive's top folder lies under the destination."""
    archive = tmp_path / "small.tar.gz"
    archive.write_bytes(small_archive(train=3, test=2, unlabelled=1))
    assert unpack(archive, tmp_path / "reviews") == 3 * 2 + 2 * 2 + 1 + 3
    assert len(list((tmp_path / "reviews/train/pos").glob("*.txt"))) == 3


HOSTILE: dict[str, Member] = {
    "absolute": file("/etc/cron.d/evil"),
    "climbs out": file("aclImdb/../../evil"),
    "climbs out at once": file("../evil"),
    "backslashes": file("aclImdb\\..\\evil"),
    "elsewhere": file("other/evil"),
    "top level": file("evil"),
    "symbolic link": special("aclImdb/link", tarfile.SYMTYPE, "/etc/passwd"),
    "hard link": special("aclImdb/link", tarfile.LNKTYPE, "aclImdb/README"),
    "device": special("aclImdb/device", tarfile.CHRTYPE),
    "pipe": special("aclImdb/pipe", tarfile.FIFOTYPE),
    "twice": file("aclImdb/README"),
    "file used as folder": file("aclImdb/README/evil"),
    "the top folder as a file": file("aclImdb"),
}


@pytest.mark.parametrize("member", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_member_refuses_the_whole_archive(tmp_path: Path, member: Member) -> None:
    """The archive is refused, nothing of it is kept, and nothing appears anywhere else."""
    inside = tmp_path / "inside"
    inside.mkdir()
    archive = write(tmp_path / "evil.tar.gz", file("aclImdb/README"), member)
    with pytest.raises(UnsafeArchive):
        unpack(archive, inside / "reviews")
    assert list(inside.iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["evil.tar.gz", "inside"]


def test_a_device_is_named_in_the_error(tmp_path: Path) -> None:
    """The error carries the member's name as a fact."""
    archive = write(tmp_path / "evil.tar.gz", special("aclImdb/pipe", tarfile.FIFOTYPE))
    with pytest.raises(UnsafeArchive) as caught:
        unpack(archive, tmp_path / "reviews")
    assert caught.value.member == "aclImdb/pipe"


@pytest.mark.parametrize("name", ["symbolic link", "hard link"])
def test_a_link_is_called_a_link(tmp_path: Path, name: str) -> None:
    """Both kinds are named as what they are."""
    archive = write(tmp_path / "evil.tar.gz", file("aclImdb/README"), HOSTILE[name])
    with pytest.raises(UnsafeArchive, match="is a link"):
        unpack(archive, tmp_path / "reviews")


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        (Limits(members=4), "more than 4 members"),
        (Limits(file_bytes=50_000), "100,000 bytes"),
        (Limits(unpacked_bytes=60_000), "unpacks to more than 60,000"),
        (Limits(ratio=2, ratio_from_bytes=50_000), "unpacks to more than 50,000"),
    ],
)
def test_a_bomb_is_stopped(tmp_path: Path, limits: Limits, sentence: str) -> None:
    """Too many members, too large a file, too much in all, or too well packed: refused."""
    many = [file(f"aclImdb/{number}") for number in range(5)]
    archive = write(tmp_path / "bomb.tar.gz", file("aclImdb/zeros", bytes(100_000)), *many)
    with pytest.raises(UnsafeArchive, match=sentence):
        unpack(archive, tmp_path / "reviews", limits)
    assert not (tmp_path / "reviews").exists()


def test_a_header_that_never_ends_is_stopped_too(tmp_path: Path) -> None:
    """Bytes count before tar looks at them: an endless extended header runs into the same limit."""
    member = tarfile.TarInfo("aclImdb/" + "x" * 2_000_000)
    with tarfile.open(tmp_path / "bomb.tar.gz", "w:gz", format=tarfile.PAX_FORMAT) as tar:
        tar.addfile(member)
    with pytest.raises(UnsafeArchive, match="unpacks to more"):
        unpack(tmp_path / "bomb.tar.gz", tmp_path / "reviews", Limits(unpacked_bytes=100_000))


def cut_short(content: bytes) -> bytes:
    return content[: len(content) // 2]


def flip_a_bit(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 64]) + content[middle + 1 :]


@pytest.mark.parametrize("harm", [cut_short, flip_a_bit, lambda _: b"no gzip at all"])
def test_a_damaged_archive_leaves_nothing(tmp_path: Path, harm: Callable[[bytes], bytes]) -> None:
    """Truncated, changed or no archive at all: one error, and no half of it on the disk."""
    archive = tmp_path / "damaged.tar.gz"
    archive.write_bytes(harm(small_archive(train=20, test=5, unlabelled=5)))
    with pytest.raises(UnsafeArchive):
        unpack(archive, tmp_path / "reviews")
    assert [path.name for path in tmp_path.iterdir()] == ["damaged.tar.gz"]


def cut_before(tar: bytes, header: int) -> bytes:
    return tar[:header]


def cut_inside(tar: bytes, header: int) -> bytes:
    return tar[: header + 300]


def garble(tar: bytes, header: int) -> bytes:
    return tar[:header] + b"garbage!" * 64 + tar[header + 512 :]


def blank(tar: bytes, header: int) -> bytes:
    return tar[:header] + bytes(512) + tar[header + 512 :]


@pytest.mark.parametrize("harm", [cut_before, cut_inside, garble, blank])
def test_a_tar_that_ends_early_is_damaged(
    tmp_path: Path, harm: Callable[[bytes, int], bytes]
) -> None:
    """gzip finds the archive whole, and tarfile takes anything but a header for its end."""
    whole = gzip.decompress(small_archive(train=20, test=5, unlabelled=5))
    with tarfile.open(fileobj=io.BytesIO(whole)) as tar:
        header = tar.getmembers()[30].offset
    archive = tmp_path / "damaged.tar.gz"
    archive.write_bytes(gzip.compress(harm(whole, header)))
    with pytest.raises(UnsafeArchive, match="is damaged"):
        unpack(archive, tmp_path / "reviews")
    assert not (tmp_path / "reviews").exists()


def extended(*records: bytes) -> list[Member]:
    """A file behind extended headers of these records."""
    headers = []
    for record in records:
        header, _ = special("aclImdb/extended", tarfile.XHDTYPE)
        header.size = len(record)
        headers.append((header, record))
    return [*headers, file("aclImdb/README")]


@pytest.mark.parametrize(
    "records",
    [
        [b"23 GNU.sparse.size=abc\n"],
        [b"22 GNU.sparse.map=a,b\n"],
        [b"99999999999999999999 path=x\n"],
        [b"12 path=abc\n"] * 2_000,
    ],
    ids=["size", "map", "length", "depth"],
)
def test_an_extended_header_that_tarfile_stumbles_over_is_damage(
    tmp_path: Path, records: list[bytes]
) -> None:
    """Numbers that are none, or far too large, or headers of headers of headers."""
    archive = write(tmp_path / "evil.tar.gz", *extended(*records))
    with pytest.raises(UnsafeArchive, match="is damaged"):
        unpack(archive, tmp_path / "reviews")


@pytest.mark.parametrize("name", ["x" * 256, "é" * 128, "/".join(["x" * 200] * 5)])
def test_a_name_that_no_disk_takes_is_refused(tmp_path: Path, name: str) -> None:
    """As the archive's fault, not as the disk's."""
    archive = write(tmp_path / "long.tar.gz", file(f"aclImdb/{name}"))
    with pytest.raises(UnsafeArchive, match="is too long"):
        unpack(archive, tmp_path / "reviews")
    assert unpack(write(tmp_path / "x.tar.gz", file("aclImdb/" + "é" * 127)), tmp_path / "y") == 1


def test_an_archive_of_nothing_is_refused(tmp_path: Path) -> None:
    """An archive without files is not taken for an extracted one."""
    (tmp_path / "empty.tar.gz").write_bytes(gzip.compress(bytes(10_240)))
    with pytest.raises(UnsafeArchive, match="no files"):
        unpack(tmp_path / "empty.tar.gz", tmp_path / "reviews")


def test_what_a_killed_run_left_is_cleared(tmp_path: Path) -> None:
    """A run that was killed leaves a partial folder; the next one does not stumble over it."""
    (tmp_path / ".reviews.partial/train").mkdir(parents=True)
    archive = write(tmp_path / "small.tar.gz", file("aclImdb/README"))
    assert unpack(archive, tmp_path / "reviews") == 1
    assert not (tmp_path / ".reviews.partial").exists()


def test_a_folder_of_the_temporary_folders_name_survives(tmp_path: Path) -> None:
    """What a killed run left is known by its marker, or by the names of reviews."""
    left = tmp_path / ".reviews.partial"
    (left / "train/pos").mkdir(parents=True)
    (left / "train/pos/12_8.txt").write_text("good")
    (left / "train/thesis.txt").write_text("mine")
    archive = write(tmp_path / "small.tar.gz", file("aclImdb/README"))
    with pytest.raises(InvalidSetting, match="was not made by this program"):
        unpack(archive, tmp_path / "reviews")
    assert (left / "train/thesis.txt").read_text() == "mine"
    (left / "train/thesis.txt").unlink()
    assert unpack(archive, tmp_path / "reviews") == 1
    assert not left.exists()


def test_a_destination_that_is_not_empty_survives(tmp_path: Path) -> None:
    """An extracted archive is not replaced either: a person may have added to it."""
    archive = write(tmp_path / "small.tar.gz", file("aclImdb/README"))
    (tmp_path / "reviews").mkdir()
    assert unpack(archive, tmp_path / "reviews") == 1
    (tmp_path / "reviews/thesis.txt").write_text("mine")
    with pytest.raises(InvalidData, match="is not empty"):
        unpack(archive, tmp_path / "reviews")
    assert (tmp_path / "reviews/thesis.txt").read_text() == "mine"


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("aclImdb/README", "good")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("reviews.zip", zipped(), "a zip file"),
        ("aclImdb_v1.tar.gz", zipped(), "a zip file"),
        ("aclImdb.tar", gzip.decompress(small_archive(train=1)), "a tar file without gzip"),
        ("IMDB Dataset.csv", b"review,sentiment\ngood,positive\n", "a text file"),
    ],
)
def test_another_format_is_not_called_damaged(
    tmp_path: Path, name: str, content: bytes, what: str
) -> None:
    """The error says what the file is, and what is expected."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidData, match=f"is {what}") as caught:
        unpack(tmp_path / name, tmp_path / "reviews")
    assert "gzipped tar" in caught.value.what
    assert "aclImdb_v1.tar.gz" in caught.value.hint
