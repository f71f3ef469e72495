"""Many reviews judged by a model on this machine, on all its cores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sagemaker_jobs.errors import InvalidSetting

if TYPE_CHECKING:
    from sentiment.serving.predictor import Predictor

_CHUNK = 256  # reviews of similar lengths among them are computed together


def load_model(model: Path | None) -> Predictor:
    """Return the predictor of a model.tar.gz or its folder; without one, of the bundled model.

    Raises:
        InvalidSetting: this code cannot read the model.
    """
    from sentiment.errors import InvalidArtifact
    from sentiment.serving.predictor import Predictor

    try:
        return Predictor.bundled() if model is None else Predictor.load(model)
    except InvalidArtifact as error:
        raise InvalidSetting(str(error), hint="check --model") from error


def judge_here(predictor: Predictor, reviews: Sequence[str]) -> Iterator[list[dict[str, Any]]]:
    """Yield the results in order, some at a time: verdicts or errors, as the endpoint's."""
    from sentiment.artifact.onnx_network import usable_cores

    def judge(part: Sequence[str]) -> list[dict[str, Any]]:
        return [result.as_json() for result in predictor.predict(part)]

    parts = [reviews[start : start + _CHUNK] for start in range(0, len(reviews), _CHUNK)]
    with ThreadPoolExecutor(usable_cores()) as pool:
        try:
            yield from pool.map(judge, parts)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
