"""Where the bundled model and the predictor are found."""

import subprocess
import sys
from pathlib import Path

import pytest

from sentiment.artifact.artifact import read_artifact
from sentiment.errors import InvalidArtifact
from sentiment.serving.predictor import find_bundled
from tests.support.paths import ROOT


def test_the_package_names_its_predictor_without_loading_it() -> None:
    """`import sentiment` loads no module of ours and no library; naming Predictor does."""
    program = """
import sys
import sentiment
assert not {"numpy", "onnxruntime", "sentiment.serving"} & set(sys.modules)
from sentiment import Predictor
assert Predictor is sys.modules["sentiment.serving.predictor"].Predictor
assert "torch" not in sys.modules
try:
    sentiment.Predicter
except AttributeError as error:
    print(error)
"""
    found = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(ROOT / "model_pkg")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.stdout == "module 'sentiment' has no attribute 'Predicter'\n", found.stderr


def test_the_bundled_model_is_the_packages_own_or_the_repositorys(tmp_path: Path) -> None:
    """An installed package prefers its own; a checkout has it beside model_pkg."""
    package = tmp_path / "model_pkg" / "sentiment"
    (tmp_path / "pretrained").mkdir()
    assert find_bundled(package) == tmp_path / "pretrained"
    (package / "pretrained").mkdir(parents=True)
    assert find_bundled(package) == package / "pretrained"


def test_without_a_bundled_model_the_error_names_where_it_should_be(tmp_path: Path) -> None:
    """As in a container, which has only its own artifact."""
    with pytest.raises(InvalidArtifact, match="pretrained"):
        read_artifact(find_bundled(tmp_path / "model_pkg" / "sentiment"))
