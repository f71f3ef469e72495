"""An artifact folder becomes a model.tar.gz with today's code, and both read alike."""

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from sentiment.artifact.packing import (
    ARTIFACT_FILES,
    MANIFEST_FILE,
    add_code,
    open_artifact,
    pack_artifact,
)
from sentiment.errors import InvalidArtifact
from sentiment.serving.predictor import Predictor, Verdict
from tests.support.paths import MODEL_PACKAGE

PROGRAMS = {"code/predict.py", "code/serve.py", "code/requirements.txt"}


def test_packing_gives_the_same_bytes_each_time(artifact_folder: Path, tmp_path: Path) -> None:
    """Neither the folder's place, nor the files' times, modes or order, nor the process matters."""
    other = tmp_path / "other"
    other.mkdir()
    for name in reversed(ARTIFACT_FILES):
        shutil.copyfile(artifact_folder / name, other / name)
        os.utime(other / name, (1, 1))
        (other / name).chmod(0o600)
    (other / "MODEL_CARD.md").write_text("not a part of it")
    packed = pack_artifact(artifact_folder)
    assert pack_artifact(other) == packed
    program = (
        "import sys; from pathlib import Path; from sentiment.artifact.packing import "
        "pack_artifact as pack; sys.stdout.buffer.write(pack(Path(sys.argv[1])))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(other)],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        check=True,
    )
    assert done.stdout == packed


def test_the_archive_holds_the_model_and_todays_code(artifact_folder: Path, tmp_path: Path) -> None:
    """Three files, the programs and the package as they are in this checkout; no caches."""
    path = tmp_path / "model.tar.gz"
    path.write_bytes(pack_artifact(artifact_folder))
    with tarfile.open(path) as archive:
        names = set(archive.getnames())
        archive.extractall(tmp_path / "unpacked", filter="data")
    assert names >= {*ARTIFACT_FILES, *PROGRAMS, "code/sentiment/text/english_stop_words.txt"}
    names.remove(MANIFEST_FILE)
    for name in names:
        is_code = name.startswith("code/")
        source = MODEL_PACKAGE / name.removeprefix("code/") if is_code else artifact_folder / name
        assert (tmp_path / "unpacked" / name).read_bytes() == source.read_bytes(), name
    manifest = (tmp_path / "unpacked" / MANIFEST_FILE).read_bytes()
    package = {
        f"code/{path.relative_to(MODEL_PACKAGE)}"
        for path in (MODEL_PACKAGE / "sentiment").rglob("*.*")
        if not {"__pycache__", "lessons"} & set(path.parts)
    }
    assert names == {*ARTIFACT_FILES, *PROGRAMS, *package}
    add_code(artifact_folder)
    with_code = {str(path.relative_to(artifact_folder)) for path in artifact_folder.rglob("*.*")}
    assert with_code == {*ARTIFACT_FILES, MANIFEST_FILE, *PROGRAMS, *package}
    assert (artifact_folder / MANIFEST_FILE).read_bytes() == manifest


def test_the_manifest_has_every_other_file(artifact_folder: Path) -> None:
    """As `sha256sum --check` reads it, so that you need no program of ours."""
    add_code(artifact_folder)
    files = [path for path in artifact_folder.rglob("*") if path.is_file()]
    command = ["sha256sum", "--check", "--strict", MANIFEST_FILE]
    done = subprocess.run(command, cwd=artifact_folder, capture_output=True, text=True, check=True)
    assert done.stdout.count(": OK\n") == len(files) - 1


@pytest.mark.parametrize("name", [*ARTIFACT_FILES, "code/serve.py", "code/sentiment/errors.py"])
@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_a_file_that_is_not_the_packed_one_is_refused(
    artifact_folder: Path, name: str, damage: str
) -> None:
    """Code included: it computes the scores too."""
    add_code(artifact_folder)
    if damage == "missing":
        (artifact_folder / name).unlink()
    else:
        (artifact_folder / name).write_bytes((artifact_folder / name).read_bytes() + b"\n")
    with pytest.raises(InvalidArtifact, match=name), open_artifact(artifact_folder):
        pass


@pytest.mark.parametrize("manifest", [b"", b"\xff", b"0  ../x\n", b"nothing\n"])
def test_a_manifest_that_is_not_one_is_refused(artifact_folder: Path, manifest: bytes) -> None:
    """It is read as what it is, and names no file outside the artifact."""
    add_code(artifact_folder)
    (artifact_folder / MANIFEST_FILE).write_bytes(manifest)
    with pytest.raises(InvalidArtifact, match=r"manifest\.sha256"), open_artifact(artifact_folder):
        pass


def test_a_folder_that_was_changed_is_not_packed(artifact_folder: Path) -> None:
    """An upload would only fail later, in the endpoint."""
    (artifact_folder / "vocabulary.txt").write_text("other\n")
    with pytest.raises(InvalidArtifact, match=r"vocabulary\.txt .* was changed"):
        pack_artifact(artifact_folder)


def test_the_archive_scores_as_the_folder(artifact_folder: Path, tmp_path: Path) -> None:
    """Packed or not, it is the same model."""
    path = tmp_path / "model.tar.gz"
    path.write_bytes(pack_artifact(artifact_folder))
    scores = set()
    for predictor in (Predictor.load(artifact_folder), Predictor.load(path)):
        (verdict,) = predictor.predict(["A wonderful film with a dull end."])
        assert isinstance(verdict, Verdict)
        scores.add((verdict.score, verdict.model_version))
    assert len(scores) == 1


@pytest.mark.parametrize("missing", ARTIFACT_FILES)
def test_a_folder_that_is_not_whole_is_not_packed(
    artifact_folder: Path, tmp_path: Path, missing: str
) -> None:
    """The error names the folder and the file that it lacks."""
    folder = tmp_path / "broken"
    shutil.copytree(artifact_folder, folder)
    (folder / missing).unlink()
    with pytest.raises(InvalidArtifact, match=f"{folder} is not a model artifact.* no {missing}"):
        pack_artifact(folder)


def test_what_is_neither_folder_nor_archive_is_refused(tmp_path: Path) -> None:
    """A file of another kind, and a name of nothing, are named in the error."""
    (tmp_path / "text").write_text("no archive")
    for name in ("text", "nothing"):
        with (
            pytest.raises(InvalidArtifact, match=f"{name} is not a model.tar.gz"),
            open_artifact(tmp_path / name),
        ):
            pass
