"""The page on operations: each of its commands does what it says, in its order, on local_aws."""

import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.models.counting_model import counting_model
from tests.support.paths import ROOT
from tests.support.pipeline import Answer

PROGRAM = "python -m sagemaker_jobs "


@pytest.mark.filterwarnings("ignore:S3 key was not disposed of in time:ResourceWarning")
def test_the_commands_of_the_page_work(
    do: Callable[..., Answer], rules: Path, small_archive_folder: Path, tmp_path: Path
) -> None:
    """A release, a look at the registry, an approval and both rollbacks."""
    image = ("--image", "movie-sentiment:test")
    release = (
        *("--archive-directory", small_archive_folder, "--rules", rules, "--limit", 10),
        *("--directory", tmp_path / "release", "--deploy", shlex.join([*image, "--bake", "0"])),
    )
    first = counting_model(tmp_path / "first", note="first")
    assert do("ship", "--artifact", first, *release).exit_code == 0
    more = {"ship": release, "deploy": image}
    model = str(counting_model(tmp_path / "second", note="second"))
    page = (ROOT / "docs/operations.md").read_text("utf-8")
    lines = [line.partition("  #")[0] for line in page.splitlines() if line.startswith(PROGRAM)]
    said = {}
    for line in lines:
        words = shlex.split(line.removeprefix(PROGRAM))
        words = [model if word == "MODEL.tar.gz" else word for word in words]
        if words == ["ship"]:
            words.append("--dry-run")  # a test of its own trains
        answer = do(*words, *more.get(words[0], ()))
        assert answer.exit_code == 0, answer.err
        said[line.removeprefix(PROGRAM).strip()] = answer.out
    assert said["ship --dry-run"].startswith("would run prepare, upload, train, evaluate, gate")
    assert "is version 2: updated endpoint" in said["ship --artifact MODEL.tar.gz"]
    assert "2  Approved" in said["models list"]
    assert "meets every rule" in said["models show 1"]
    assert (
        "approved model version 2"
        in said['models approve 2 --because "the new rule is too strict"']
    )
    assert said["deploy --model-version 2"].startswith("unchanged")
    assert "version 2 is now Rejected" in said["models rollback"]
    assert "version 1: unchanged" in said["models rollback --to 1"]
