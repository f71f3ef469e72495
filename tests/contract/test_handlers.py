"""predict.py's four functions under AWS's own toolkit, the way its PyTorch images call them."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.paths import ROOT

GOLDEN = ROOT / "tests" / "golden" / "artifact-v2"


class _Context:
    """The slice of the model server's context that the toolkit and the handlers use."""

    def __init__(self, model_dir: Path) -> None:
        self.system_properties = {"model_dir": str(model_dir)}
        self.request_processor = [self]
        self.headers: dict[str, str] = {}
        self.status = 200
        self.content_type = ""

    def get_request_properties(self) -> dict[str, str]:
        return self.headers

    def set_response_status(self, code: int = 200, phrase: str = "") -> None:
        self.status, self.phrase = code, phrase

    def set_response_content_type(self, _index: int, content_type: str) -> None:
        self.content_type = content_type


class _Endpoint:
    """AWS's Transformer around predict.py."""

    def __init__(self, model_dir: Path) -> None:
        from sagemaker_inference.transformer import Transformer

        self.context = _Context(model_dir)
        self.transformer = Transformer()

    def invoke(self, body: bytes, content_type: str, accept: str = "*/*") -> tuple[int, Any]:
        self.context.status = 200
        self.context.headers = {"Content-Type": content_type, "Accept": accept}
        (answer,) = self.transformer.transform([{"body": body}], self.context)
        return self.context.status, answer


@pytest.fixture
def endpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> _Endpoint:
    shutil.copytree(GOLDEN, tmp_path / "model")
    monkeypatch.setenv("SAGEMAKER_PROGRAM", "predict.py")
    monkeypatch.setenv("SAGEMAKER_SUBMIT_DIRECTORY", str(ROOT / "model_pkg"))
    monkeypatch.delitem(sys.modules, "predict", raising=False)
    return _Endpoint(tmp_path / "model")


@pytest.mark.parametrize("content_type", ["text/plain", "text/plain; charset=utf-8"])
def test_one_review_as_text(endpoint: _Endpoint, content_type: str) -> None:
    """A text body gives a JSON verdict, or a bare score where text is preferred."""
    status, answer = endpoint.invoke(b"A wonderful film!", content_type)
    assert status == 200
    assert json.loads(answer)["sentiment"] == "negative"
    status, answer = endpoint.invoke(b"A wonderful film!", content_type, "text/plain")
    assert status == 200
    assert 0 <= float(answer) <= 1
    assert endpoint.context.content_type == "text/plain"


def test_many_reviews_as_json(endpoint: _Endpoint) -> None:
    """A list gives as many results, in order, an error in its place."""
    body = json.dumps({"reviews": ["A film", "", "bad"]}).encode()
    status, answer = endpoint.invoke(body, "application/json")
    results = json.loads(answer)["results"]
    assert status == 200
    assert ["error" in result for result in results] == [False, True, False]


def test_json_lines_for_batch_transform(endpoint: _Endpoint) -> None:
    """Bulk input gives one JSON object a line."""
    status, answer = endpoint.invoke(b'"A film"\n{"review": "bad"}\n', "application/jsonlines")
    assert status == 200
    assert len(answer.splitlines()) == 2
    assert endpoint.context.content_type == "application/jsonlines"


def test_text_lines_for_batch_transform(
    endpoint: _Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There a text has one review a line, and as many answers."""
    monkeypatch.setenv("SAGEMAKER_BATCH", "true")
    body = b"A wonderful film!\n\nbad\n"
    status, answer = endpoint.invoke(body, "text/plain", "text/plain")
    assert (status, len(answer.splitlines())) == (200, 3)
    _, answer = endpoint.invoke(body, "text/plain", "application/jsonlines")
    assert ["error" in json.loads(line) for line in answer.splitlines()] == [False, True, False]


@pytest.mark.parametrize(
    ("review", "sentiment", "score"),
    [("not bad", "unsure", None), ("Zxqvy plokj", "not_a_review", 0.5)],
)
def test_no_verdict_is_said_and_explained(
    endpoint: _Endpoint, review: str, sentiment: str, score: float | None
) -> None:
    """Unsure, or no review at all: every JSON form says so with a reason; text stays a score."""
    line = json.dumps({"review": review}).encode()
    bodies = {
        "application/json": line,
        "application/jsonlines": line + b"\n",
        "text/plain": review.encode(),
    }
    answers = [json.loads(endpoint.invoke(body, kind)[1]) for kind, body in bodies.items()]
    many = json.dumps({"reviews": [review, "A wonderful film!"]}).encode()
    answers.append(json.loads(endpoint.invoke(many, "application/json")[1])["results"][0])
    for answer in answers:
        assert answer["sentiment"] == sentiment
        assert answer["reason"].endswith(".")
        assert answer["score"] == (score or pytest.approx(0.5, abs=0.03))
    status, bare = endpoint.invoke(review.encode(), "text/plain", "text/plain")
    assert (status, float(bare)) == (200, answers[0]["score"])


def test_an_explanation_comes_only_on_request(endpoint: _Endpoint) -> None:
    """On request the verdict names the words and sentences behind it."""
    body = json.dumps({"review": "Not a good film.", "explain": True}).encode()
    status, answer = endpoint.invoke(body, "application/json")
    assert status == 200
    assert {"sentences", "words"} <= set(json.loads(answer))


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"", "text/plain", 400, "empty_review"),
        (b"\xff\xfe", "text/plain", 400, "undecodable"),
        (b"{", "application/json", 400, "bad_json"),
        (b"x", "image/png", 415, "unsupported_type"),
    ],
)
def test_bad_input_is_a_4xx_with_a_sentence(
    endpoint: _Endpoint, body: bytes, content_type: str, status: int, code: str
) -> None:
    """The toolkit answers our error and no traceback."""
    answered, answer = endpoint.invoke(body, content_type)
    assert answered == status
    assert json.loads(answer)["error"]["code"] == code
    assert b"Traceback" not in answer
