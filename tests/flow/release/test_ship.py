"""Releases: a good model reaches the endpoint, a bad one stops at the gate or is rolled back."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.release import registry
from tests.support.models.counting_model import counting_model, failing_model
from tests.support.pipeline import Answer

IMAGE = "--image movie-sentiment:test"
TRAINING = (
    "--image any --epochs 6 --batch-size 8 --validation-size 40 --hidden-dim 32 "
    "--learning-rate 0.005"
)
PRAISE = "A superb film. I loved every minute."
Do = Callable[..., Answer]

pytestmark = pytest.mark.filterwarnings("ignore:S3 key was not disposed of in time:ResourceWarning")


def test_a_bad_model_stops_at_the_gate_and_one_command_rolls_back(
    do: Do, aws: Aws, rules: Path, small_archive_folder: Path, tmp_path: Path
) -> None:
    """A good model reaches the endpoint; a bad one is registered as Rejected and never deployed."""

    def ship(model: Path, name: str) -> Answer:
        return do(
            *("ship", "--artifact", model, "--rules", rules, "--limit", 40, "--json"),
            *("--archive-directory", small_archive_folder, "--directory", tmp_path / name),
            *("--deploy", "--bake 0"),
        )

    more = "behaviour = 0\nrobustness = 0\n[at_most]\nsize_mb = 1\nlatency_ratio = 1e9\n"
    rules.write_text(rules.read_text().replace("[at_most]\n", more))
    shipped = ship(counting_model(tmp_path / "good"), "first")
    assert shipped.err.count("hosting: an instance") == 1
    first = shipped.json
    assert first["version"] == 1
    assert first["figures"]["accuracy"] > 0.9
    assert first["deployed"].startswith("created endpoint movie-sentiment-dev")
    assert Path(first["page"]).is_file()
    serving = aws.sagemaker.describe_endpoint(EndpointName=aws.names.endpoint)

    bad = ship(counting_model(tmp_path / "contrary", contrary=True), "bad")
    assert bad.exit_code == 1
    assert "accuracy_gain" in bad.err
    assert "FAILED" in bad.err
    assert "error: model version 2 is Rejected: fails accuracy" in bad.err
    now = aws.sagemaker.describe_endpoint(EndpointName=aws.names.endpoint)
    assert now["EndpointConfigName"] == serving["EndpointConfigName"]
    assert now["LastModifiedTime"] == serving["LastModifiedTime"]

    third = ship(counting_model(tmp_path / "other", note="other"), "third").json
    assert third["deployed"].startswith("updated endpoint")
    listed = do("models", "list", "--json").json["versions"]
    assert [(v["number"], v["status"], v["serves"]) for v in listed] == [
        (3, "Approved", True),
        (2, "Rejected", False),
        (1, "Approved", False),
    ]
    assert [v["data_fingerprint"] for v in listed[:2]] == ["fingerprint-other", "fingerprint-one"]
    assert {"robustness", "behaviour", "size_mb", "latency_ratio"} <= listed[0]["figures"].keys()
    assert "fails accuracy" in do("models", "show", 2).out

    back = do("models", "rollback", "--json").json
    assert (back["number"], back["rejected"]) == (1, 3)
    assert registry.find(aws, 1).serves
    assert registry.find(aws, 3).note == "rolled back to version 1"
    assert do("predict", PRAISE).out.startswith("positive")
    refused = do("deploy", "--model-version", 3)
    assert refused.exit_code == 1
    assert "models approve 3" in refused.err
    nothing = do("models", "rollback")
    assert "has no approved version before the serving one" in nothing.err


def test_a_canary_that_errors_is_rolled_back(
    do: Do, aws: Aws, rules: Path, small_archive_folder: Path, tmp_path: Path
) -> None:
    """It passed the gate here and fails there: AWS rolls back, and the version is Rejected."""

    def ship(model: Path, name: str) -> Answer:
        return do(
            *("ship", "--artifact", model, "--rules", rules, "--limit", 40),
            *("--archive-directory", small_archive_folder, "--directory", tmp_path / name),
            *("--deploy", f"{IMAGE} --instances 2 --bake 3600"),
        )

    assert ship(counting_model(tmp_path / "model"), "good").exit_code == 0
    answer = ship(failing_model(tmp_path / "broken"), "failing")
    assert answer.exit_code == 1
    assert "model version 2 is now Rejected" in answer.err
    assert "auto-rollback alarm movie-sentiment-dev-errors is in ALARM" in answer.err
    serving = aws.sagemaker.describe_endpoint(EndpointName=aws.names.endpoint)
    assert serving["EndpointStatus"] == "InService"
    assert registry.find(aws, 1).serves
    assert registry.find(aws, 2).status == "Rejected"
    assert do("predict", PRAISE).out.startswith("positive")


def test_a_release_resumes_at_the_step_that_failed(
    do: Do, aws: Aws, rules: Path, small_archive_folder: Path, tmp_path: Path
) -> None:
    """It trains once; what the gate rejects is deployed after a person approved it."""
    rules.write_text("[at_least]\naccuracy = 1.1\n")
    ship = (
        *("ship", "--recipe", "classic", "--rules", rules, "--directory", tmp_path / "release"),
        *("--archive-directory", small_archive_folder),
        *("--prepare", f"--any-counts --directory {tmp_path / 'dataset'}"),
        *("--train", TRAINING),
        *("--deploy", IMAGE),
    )
    rehearsed = do(*ship, "--dry-run", "--json").json
    assert rehearsed["steps"][0] == "prepare"
    assert not (tmp_path / "release").exists()
    rejected = do(*ship)
    assert rejected.exit_code == 1
    assert "must be at least 1.1" in rejected.err
    assert do("status", "--json").json["endpoint"] is None
    again = do(*ship)
    assert again.err.splitlines()[-1] == rejected.err.splitlines()[-1]
    approved = do("models", "approve", 1, "--because", "a first model", "--json").json
    assert approved["before"] == "Rejected"
    shipped = do(*ship, "--json")
    assert shipped.json["steps"] == ["deploy", "report"]
    assert "ship: train is done" in shipped.err
    assert registry.find(aws, 1).serves
    assert do(*ship, "--json").json["steps"] == []
    assert len(do("status", "--json").json["jobs"]) == 1


def test_a_mistake_shows_before_anything_runs(do: Do, tmp_path: Path) -> None:
    """Rules with an unknown figure, options that a step does not have."""
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("[at_least]\naccuracie = 0.9\n")
    answer = do("ship", "--rules", wrong)
    assert "accuracie is not one of accuracy" in answer.err
    answer = do("ship", "--train", "--epocs 3", "--directory", tmp_path / "release")
    assert "the options for job" in answer.err
