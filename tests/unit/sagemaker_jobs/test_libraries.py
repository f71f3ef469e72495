"""A library that is missing is reported with the command that installs it."""

import subprocess
import sys

import pytest

from sagemaker_jobs.errors import MissingLibrary
from sagemaker_jobs.libraries import require_libraries
from sagemaker_jobs.terminal import Ui
from tests.support.paths import ROOT


def test_an_installed_library_is_accepted() -> None:
    """Nothing is imported, and nothing is raised."""
    require_libraries("a report", "matplotlib", "jinja2", "sklearn")


@pytest.mark.parametrize(
    ("module", "arguments", "sentence"),
    [
        (
            "torch",
            ["train", "local", "--data", "DATASET", "--directory", "OUTPUT"],
            "training needs PyTorch, which is not installed; try: pip install -r requirements.txt",
        ),
        (
            "sentiment",
            ["status"],
            "this command needs our package sentiment, which is not installed; try: make install",
        ),
        (
            "sentiment",
            ["--version"],
            "this command needs our package sentiment, which is not installed; try: make install",
        ),
        (
            "jinja2",
            ["report"],
            "report needs Jinja2, which is not installed; try: pip install -r requirements-dev.txt",
        ),
    ],
)
def test_a_step_reports_what_is_missing(
    tmp_path_factory: pytest.TempPathFactory, module: str, arguments: list[str], sentence: str
) -> None:
    """The step ends with one sentence before it does anything."""
    folder = tmp_path_factory.mktemp("missing")
    (folder / "dataset.json").write_text("{}")
    places = {"DATASET": str(folder), "OUTPUT": str(folder / "out")}
    given = [places.get(argument, argument) for argument in arguments]
    program = (
        "import sys; sys.modules[sys.argv[1]] = None\n"
        "from sagemaker_jobs.cli import main\n"
        "sys.exit(main(sys.argv[2:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, module, *given],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, f"error: {sentence}\n")
    assert not (folder / "out").exists()


def test_images_of_aws_need_the_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    """`train` and `deploy` look them up unless --image is given."""
    from sagemaker_jobs.aws import images

    monkeypatch.setitem(sys.modules, "sagemaker", None)
    with pytest.raises(MissingLibrary) as caught:
        images.training_image("eu-west-1", "ml.m5.large", ui=Ui())
    assert "sagemaker-core" in caught.value.what
    assert caught.value.hint == "pip install -r requirements.txt, or pass --image"
