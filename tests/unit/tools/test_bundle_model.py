"""The bundled model's folder is written from any artifact, in the current format."""

import json
import shutil
import tarfile
from pathlib import Path

import numpy as np
import pytest

from sentiment.artifact.artifact import read_artifact
from sentiment.artifact.description import FORMAT_VERSION
from sentiment.artifact.profile import make_profile, read_profile, write_profile
from tests.support.paths import ROOT
from tools.bundle_model import bundle_model

GOLDEN = sorted((ROOT / "tests" / "golden").glob("artifact-v*"))


@pytest.mark.parametrize("folder", GOLDEN, ids=lambda folder: folder.name)
@pytest.mark.parametrize("packed", [False, True])
def test_every_format_becomes_the_current_one(folder: Path, packed: bool, tmp_path: Path) -> None:
    """Version, weights, vocabulary and calibration stay; only model.json's format changes."""
    model = folder
    if packed:
        model = tmp_path / "model.tar.gz"
        with tarfile.open(model, "w:gz") as archive:
            archive.add(folder, ".")
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    bundle_model(model, bundle)
    assert {path.name for path in bundle.iterdir()} == {
        *("model.json", "model.safetensors", "vocabulary.txt")
    }
    written = json.loads((bundle / "model.json").read_bytes())
    assert written["format_version"] == FORMAT_VERSION
    before, after = read_artifact(folder), read_artifact(bundle)
    assert after.version == before.version
    assert after.calibration == before.calibration
    assert after.unsure_below == before.unsure_below
    assert after.description["training"] == before.description["training"]
    for name in ("model.safetensors", "vocabulary.txt"):
        assert (bundle / name).read_bytes() == (folder / name).read_bytes()


def test_a_bundle_is_rewritten_in_place(tmp_path: Path) -> None:
    """Done twice, the second time changes no byte and writes no weights."""
    bundle_model(GOLDEN[-1], tmp_path)
    weights = tmp_path / "model.safetensors"
    before, inode = (tmp_path / "model.json").read_bytes(), weights.stat().st_ino
    bundle_model(tmp_path, tmp_path)
    assert (tmp_path / "model.json").read_bytes() == before
    assert weights.stat().st_ino == inode


@pytest.mark.parametrize("packed", [False, True])
def test_the_profile_comes_along_or_goes(packed: bool, tmp_path: Path) -> None:
    """The bundle has the profile of its model, never that of the model before."""
    model, bundle = tmp_path / "model", tmp_path / "bundle"
    bundle.mkdir()
    shutil.copytree(GOLDEN[-1], model)
    profile = make_profile([0.25], [np.array([1, 2, 3])])
    write_profile(profile, model)
    source = model
    if packed:
        source = tmp_path / "model.tar.gz"
        with tarfile.open(source, "w:gz") as archive:
            archive.add(model, ".")
    bundle_model(source, bundle)
    assert read_profile(bundle) == profile
    bundle_model(GOLDEN[-1], bundle)
    assert read_profile(bundle) is None
