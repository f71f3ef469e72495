"""What this program may replace, and what it must leave alone."""

import json
from pathlib import Path

import pytest

from sentiment.errors import NotOurs
from sentiment.safe_files import (
    MARKER,
    Kind,
    check_file,
    check_folder,
    check_replaceable,
    mark,
    remove,
    replacing,
)

REPORTS = Kind("report", ("page.html", "plots/*.svg"))
OTHERS = Kind("model", ("page.html",))


def fill(folder: Path, text: str) -> None:
    with replacing(folder, REPORTS) as new:
        (new / "page.html").write_text(text)


@pytest.fixture
def thesis(tmp_path: Path) -> Path:
    """A person's file in a folder of theirs."""
    (tmp_path / "mine").mkdir()
    path = tmp_path / "mine/thesis.txt"
    path.write_text("three years of work")
    return path


def test_a_folder_of_ours_is_replaced(tmp_path: Path) -> None:
    """The second run's files are there, the first one's are not, and nothing else is."""
    fill(tmp_path / "out", "one")
    fill(tmp_path / "out", "two")
    assert (tmp_path / "out/page.html").read_text() == "two"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    """Nothing is lost by filling it."""
    (tmp_path / "out").mkdir()
    fill(tmp_path / "out", "one")
    assert (tmp_path / "out/page.html").read_text() == "one"


def test_a_folder_of_somebody_else_survives(thesis: Path) -> None:
    """The error names a file in it, and nothing is left beside it."""
    with pytest.raises(NotOurs, match=r"was not made by this program: it holds thesis\.txt"):
        fill(thesis.parent, "one")
    assert thesis.read_text() == "three years of work"
    assert [path.name for path in thesis.parent.parent.iterdir()] == ["mine"]


@pytest.mark.parametrize("place", ["thesis.txt", "plots/thesis.txt", "plots/thesis/"])
def test_a_file_put_into_our_folder_survives(tmp_path: Path, place: str) -> None:
    """The marker covers what the program wrote, not what a person added."""
    fill(tmp_path / "out", "one")
    added = tmp_path / "out" / place
    added.parent.mkdir(exist_ok=True)
    added.mkdir() if place.endswith("/") else added.write_text("mine")
    with pytest.raises(NotOurs, match="which this program did not write"):
        fill(tmp_path / "out", "two")
    assert added.exists()
    assert (tmp_path / "out/page.html").read_text() == "one"


def test_a_file_added_during_the_run_survives(tmp_path: Path) -> None:
    """The folder is checked again before the swap, for runs that take minutes."""
    fill(tmp_path / "out", "one")
    with pytest.raises(NotOurs), replacing(tmp_path / "out", REPORTS):
        (tmp_path / "out/thesis.txt").touch()
    assert (tmp_path / "out/thesis.txt").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_of_another_kind_survives(tmp_path: Path) -> None:
    """A model is not replaced by a report, although both are ours."""
    mark(tmp_path / "out", OTHERS)
    (tmp_path / "out/page.html").write_text("a model")
    with pytest.raises(NotOurs, match="holds this program's model, not its report"):
        fill(tmp_path / "out", "one")
    assert (tmp_path / "out/page.html").read_text() == "a model"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "torn {",
        "[]",
        '{"program": "movie-sentiment"}',
        '{"program": "other", "kind": "report", "format_version": 1}',
        '{"program": "movie-sentiment", "kind": "report", "format_version": 2}',
    ],
)
def test_only_our_own_marker_counts(tmp_path: Path, content: str) -> None:
    """Neither a file that happens to have its name nor a later version's marker does."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / MARKER).write_text(content)
    (tmp_path / "out/page.html").write_text("mine")
    with pytest.raises(NotOurs):
        fill(tmp_path / "out", "one")
    assert (tmp_path / "out/page.html").read_text() == "mine"


def test_an_interruption_leaves_the_old_folder(tmp_path: Path) -> None:
    """Ctrl-C in the middle: the old folder is there, and nothing beside it."""
    fill(tmp_path / "out", "one")

    def fill_half() -> None:
        with replacing(tmp_path / "out", REPORTS) as new:
            (new / "page.html").write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fill_half()
    assert (tmp_path / "out/page.html").read_text() == "one"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_old_folder_returns_when_the_new_one_cannot_take_its_place(tmp_path: Path) -> None:
    """A swap that fails halfway is undone."""
    fill(tmp_path / "out", "one")
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "out", REPORTS) as new:
        remove(new, REPORTS)
    assert (tmp_path / "out/page.html").read_text() == "one"


def test_a_run_killed_in_the_middle_of_the_swap_loses_nothing(tmp_path: Path) -> None:
    """The old folder comes back, even if the next run fails as well."""
    fill(tmp_path / ".out.old", "one")
    with pytest.raises(KeyboardInterrupt), replacing(tmp_path / "out", REPORTS):
        raise KeyboardInterrupt
    assert (tmp_path / "out/page.html").read_text() == "one"


@pytest.mark.parametrize("name", [".out.partial", ".out.old"])
def test_leftovers_are_deleted_only_when_ours(tmp_path: Path, thesis: Path, name: str) -> None:
    """A person may have a folder of the temporary folder's name."""
    thesis.parent.rename(tmp_path / name)
    with pytest.raises(NotOurs):
        fill(tmp_path / "out", "one")
    assert (tmp_path / name / "thesis.txt").exists()
    remove_thesis = tmp_path / name / "thesis.txt"
    remove_thesis.unlink()
    mark(tmp_path / name, REPORTS)
    fill(tmp_path / "out", "two")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    """Neither the link nor what it leads to is touched."""
    fill(tmp_path / "real", "one")
    (tmp_path / "out").symlink_to(tmp_path / "real")
    with pytest.raises(NotOurs, match="is a symbolic link"):
        fill(tmp_path / "out", "two")
    (tmp_path / "out").unlink()
    (tmp_path / "out").symlink_to(tmp_path / "nowhere")
    with pytest.raises(NotOurs, match="is a symbolic link"):
        fill(tmp_path / "out", "two")
    with pytest.raises(NotOurs, match="link to nothing"):
        mark(tmp_path / "out", REPORTS)
    assert (tmp_path / "real/page.html").read_text() == "one"


def test_a_link_within_our_folder_is_not_followed(tmp_path: Path, thesis: Path) -> None:
    """A link in the place of a file of ours goes; its target stays."""
    fill(tmp_path / "out", "one")
    (tmp_path / "out/page.html").unlink()
    (tmp_path / "out/page.html").symlink_to(thesis.parent)
    fill(tmp_path / "out", "two")
    assert thesis.exists()


def test_a_file_is_refused(thesis: Path) -> None:
    """A folder does not take a file's place."""
    with pytest.raises(NotOurs, match="is a file, not a folder"):
        fill(thesis, "one")
    assert thesis.read_text() == "three years of work"


def test_places_that_hold_more_than_the_folder_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The root, the home and the current folder, their parents, and this program's own."""
    inside = tmp_path / "empty/below"
    inside.mkdir(parents=True)
    with pytest.raises(NotOurs, match="is or contains"):
        check_replaceable(Path("/"), REPORTS)
    with pytest.raises(NotOurs, match="is or contains the archive"):
        check_replaceable(tmp_path / "empty", REPORTS, {"the archive": inside})
    monkeypatch.setenv("HOME", str(inside))
    with pytest.raises(NotOurs, match="is or contains your home folder"):
        check_replaceable(inside, REPORTS)
    monkeypatch.chdir(inside)
    with pytest.raises(NotOurs, match="is or contains this program"):
        check_replaceable(Path(__file__).parents[3], REPORTS)
    for place in (".", "..", "../below", str(inside)):
        with pytest.raises(NotOurs, match="is or contains the current folder"):
            check_replaceable(Path(place), REPORTS)


def test_folders_of_earlier_versions_are_recognized_by_their_files(tmp_path: Path) -> None:
    """Without a marker, all files must be ours and the folder must be what it looks like."""
    kind = Kind(
        "report", ("page.html",), lambda folder: "ours" in (folder / "page.html").read_text()
    )
    (tmp_path / "page.html").write_text("ours")
    check_folder(tmp_path, kind)
    (tmp_path / "page.html").write_text("a home page")
    with pytest.raises(NotOurs):
        check_folder(tmp_path, kind)
    (tmp_path / "page.html").write_text("ours")
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(NotOurs, match=r"thesis\.txt"):
        check_folder(tmp_path, kind)


def test_a_marked_folder_stays_as_it_is(tmp_path: Path) -> None:
    """Marking makes the folder, keeps what is in it, and says what it is."""
    mark(tmp_path / "a/out", REPORTS)
    (tmp_path / "a/out/page.html").write_text("one")
    mark(tmp_path / "a/out", REPORTS)
    assert json.loads((tmp_path / "a/out" / MARKER).read_text())["kind"] == "report"
    assert (tmp_path / "a/out/page.html").read_text() == "one"


@pytest.mark.parametrize(("content", "ours"), [("id,score\n1,2", True), ("", True), ("id", False)])
def test_a_file_is_ours_by_its_first_line(tmp_path: Path, content: str, ours: bool) -> None:
    """An empty file can be lost too; a folder in the file's place cannot."""
    check_file(tmp_path / "none.csv", b"id,score")
    (tmp_path / "file.csv").write_text(content)
    if ours:
        check_file(tmp_path / "file.csv", b"id,score")
    else:
        with pytest.raises(NotOurs, match="was not written by this program"):
            check_file(tmp_path / "file.csv", b"id,score")
    with pytest.raises(NotOurs, match="is a folder"):
        check_file(tmp_path, b"id,score")
