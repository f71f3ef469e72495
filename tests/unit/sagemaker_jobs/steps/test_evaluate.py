"""The fixed subset that --limit takes, and answers that no model of ours gives."""

import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagemaker_jobs.archive.review_files import balanced_subset
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.errors import AwsError
from sagemaker_jobs.steps.evaluate import Evaluation, evaluate
from sagemaker_jobs.terminal import Ui
from sentiment.data.archive import ReviewFile

FILES = [ReviewFile(f"{label}/{n}_1.txt", label) for label in (0, 1) for n in range(50)]


@given(st.integers(1, 120))
def test_a_subset_is_balanced_and_always_the_same(limit: int) -> None:
    """Half of it is positive, none comes twice, and the same limit means the same reviews."""
    chosen = balanced_subset(FILES, limit)
    assert len(chosen) == len(set(chosen)) == min(limit, 100)
    n_positive = sum(file.label for file in chosen)
    assert 0 <= n_positive - (len(chosen) - n_positive) <= 1
    assert chosen == balanced_subset(FILES, limit)


class Foreign:
    """An endpoint that gives the same result for each review."""

    def __init__(self, result: object) -> None:
        self._result = result

    def invoke_endpoint(self, *, Body: bytes, **_: str) -> dict[str, Any]:  # noqa: N803
        results = [self._result] * len(json.loads(Body)["reviews"])
        return {"Body": io.BytesIO(json.dumps({"results": results}).encode())}


def evaluated(result: object, archive: Path) -> Evaluation:
    for folder in ("train/pos", "train/neg", "test/pos", "test/neg"):
        (archive / folder).mkdir(parents=True)
    (archive / "test/pos/0_9.txt").write_text("A fine film.")
    (archive / "test/neg/0_2.txt").write_text("A dull film.")
    place = SimpleNamespace(runtime=Foreign(result), names=SimpleNamespace(endpoint="foreign"))
    return evaluate(cast("Aws", place), archive, ui=Ui(io.StringIO()), sleep=lambda _: None)


@pytest.mark.parametrize(
    "result",
    [
        1,
        None,
        {},
        {"score": 0.5},
        {"score": "x", "model_version": "v1"},
        {"score": True, "model_version": "v1"},
        {"score": float("nan"), "model_version": "v1"},
        {"score": 1.5, "model_version": "v1"},
    ],
)
def test_a_foreign_models_results_are_one_sentence(result: object, tmp_path: Path) -> None:
    """Neither a stack of errors nor a figure made of them."""
    with pytest.raises(AwsError, match="is not a verdict on each review"):
        evaluated(result, tmp_path)


@pytest.mark.parametrize(
    ("result", "n_unscored"),
    [
        ({"score": 1, "sentiment": "positive", "model_version": "v1"}, 0),
        ({"error": {"code": "too_long"}}, 2),
    ],
)
def test_a_score_or_an_error_is_a_result(result: object, n_unscored: int, tmp_path: Path) -> None:
    """And nothing more is asked of it."""
    assert evaluated(result, tmp_path).n_unscored == n_unscored
