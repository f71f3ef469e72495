"""The Python client, and the documents' examples, against the real app."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.assets import find_static, read_assets
from chalicelib.endpoint import Endpoint
from chalicelib.feedback import FeedbackTable
from chalicelib.web import Web
from client.movie_sentiment import Client, ServiceError
from tests.support.fake_dynamodb import FakeDynamoDB, refusal
from tests.support.local_server import local_server
from tests.support.paths import APP_FOLDER, ROOT
from tests.support.timeouts import HANG_S
from tests.support.web_fakes import (
    APP_ENVIRONMENT,
    MISSING,
    MODEL_VERSION,
    THROTTLED,
    FakeClient,
)

README = (ROOT / "README.md").read_text("utf-8")
GUIDE = (ROOT / "client" / "README.md").read_text("utf-8")
EXAMPLE_URL = "http://127.0.0.1:8000/"


@pytest.fixture
def model() -> FakeClient:
    return FakeClient()


@pytest.fixture
def dynamodb() -> FakeDynamoDB:
    return FakeDynamoDB()


@pytest.fixture
def url(model: FakeClient, dynamodb: FakeDynamoDB) -> Iterator[str]:
    """The app under Chalice's local server."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in APP_ENVIRONMENT.items():
            patch.setenv(name, value)
        from app import create_app
    endpoint = Endpoint(model, "movie-sentiment-local", sleep=lambda _: None)
    table = FeedbackTable("a-table", lambda: dynamodb)
    web = Web(endpoint, read_assets(find_static(APP_FOLDER)), table)
    with local_server(create_app(web)) as found:
        yield f"{found}/"


@pytest.fixture
def waits() -> list[float]:
    """How long the client slept, in seconds."""
    return []


@pytest.fixture
def client(url: str, waits: list[float]) -> Client:
    return Client(url, sleep=waits.append)


def test_a_review_is_judged_and_explained_on_request(client: Client, model: FakeClient) -> None:
    """The verdict as the API gives it; explained when asked."""
    verdict = client.judge("A wonderful film 🎬")
    assert (verdict["sentiment"], verdict["score"]) == ("positive", 0.973142)
    assert "words" not in verdict
    assert "words" in client.judge("A wonderful film", explain=True)
    assert model.asked[0] == {"review": "A wonderful film 🎬", "explain": False}


def test_many_reviews_are_sent_by_the_hundred(client: Client, model: FakeClient) -> None:
    """In order, an error in a bad one's place; a generator is read as it goes."""
    reviews = ["An awful film" if i % 3 else "A wonderful film" for i in range(250)]
    reviews[120] = " "
    results = list(client.judge_all(review for review in reviews))
    assert [len(question["reviews"]) for question in model.asked] == [100, 99, 50]
    assert results.pop(120)["error"]["code"] == "empty_review"
    del reviews[120]
    expected = ["positive" if "wonderful" in review else "negative" for review in reviews]
    assert [result["sentiment"] for result in results] == expected
    assert list(client.judge_all([])) == []


@pytest.mark.parametrize(
    ("review", "n_asked"),
    [("so good " * 1_375, [81, 19]), ("фильм " * 2_000, [40, 40, 20]), ("good 🎬" * 900, [100])],
)
def test_many_long_reviews_are_sent_by_the_bytes(
    client: Client, model: FakeClient, review: str, n_asked: list[int]
) -> None:
    """A hundred reviews, each within the service's limit, are more than a request may have."""
    results = list(client.judge_all([review] * 100))
    assert [len(question["reviews"]) for question in model.asked] == n_asked
    assert all("score" in result for result in results)
    assert len(results) == 100


def test_a_review_that_no_service_takes_has_its_own_error(client: Client) -> None:
    """One larger than a whole request, and one with half a character, among good ones."""
    results = list(
        client.judge_all(["A wonderful film", "x" * 1_000_000, "\ud83d", "An awful one"])
    )
    codes = [result.get("error", {}).get("code") for result in results]
    assert codes == [None, "too_long", "undecodable", None]
    assert client.judge("A wonderful \ud83c\udfac film")["sentiment"] == "positive"  # two halves


def test_feedback_is_sent(client: Client, dynamodb: FakeDynamoDB) -> None:
    """About the verdict at hand; with the review only if given."""
    verdict = client.judge("A wonderful film")
    assert set(client.send_feedback(verdict, right=True)) == {"api_version", "kept_until"}
    client.send_feedback(verdict, right=False, review="A wonderful film")
    (_, first), (_, second) = dynamodb.kept
    assert "review" not in first
    assert second["review"] == {"S": "A wonderful film"}
    assert second["model_version"] == {"S": MODEL_VERSION}


def test_a_busy_service_is_asked_again(
    client: Client, model: FakeClient, waits: list[float]
) -> None:
    """After the seconds it names, or a little later: not all clients at the same moment."""
    for _ in range(10):
        model.script += [THROTTLED] * 3  # the app's own attempts
        assert client.judge("A wonderful film")["sentiment"] == "positive"
    assert len(set(waits)) == 10
    assert all(5 <= wait_s <= 6.25 for wait_s in waits)


def test_patience_has_an_end(client: Client, model: FakeClient, waits: list[float]) -> None:
    """Three attempts, then the service's own sentence."""
    model.script += [THROTTLED] * 9
    with pytest.raises(ServiceError, match="Too many people") as caught:
        client.judge("A wonderful film")
    assert (caught.value.status, caught.value.code) == (429, "throttled")
    assert len(waits) == 2


def test_all_waits_together_have_a_bound(url: str, model: FakeClient, waits: list[float]) -> None:
    """However many attempts there are, the caller waits no longer than it wants to."""
    model.script += [THROTTLED] * 60
    with pytest.raises(ServiceError, match="Too many people"):
        Client(url, attempts=20, longest_wait_s=12, sleep=waits.append).judge("A wonderful film")
    assert 10 <= sum(waits) <= 12


def test_feedback_is_sent_once(client: Client, dynamodb: FakeDynamoDB, waits: list[float]) -> None:
    """A table that did not answer may have kept it; a second one would count twice."""
    dynamodb.script.append(refusal("ProvisionedThroughputExceededException"))
    with pytest.raises(ServiceError, match="could not be saved"):
        client.send_feedback({"score": 0.9, "model_version": "1"}, right=True)
    assert waits == []


def test_a_long_wait_is_left_to_the_caller(
    client: Client, model: FakeClient, waits: list[float]
) -> None:
    """A service without a model says 60 seconds; nobody sleeps that long unasked."""
    model.script.append(MISSING)
    with pytest.raises(ServiceError) as caught:
        client.judge("A wonderful film")
    assert (caught.value.status, caught.value.code, waits) == (503, "endpoint_missing", [])


def test_a_refusal_is_the_services_sentence(client: Client) -> None:
    """With the status and the API's code."""
    with pytest.raises(ServiceError, match="The review is empty") as caught:
        client.judge("")
    assert (caught.value.status, caught.value.code) == (400, "empty_review")


def test_a_refusal_that_is_cut_off_is_one_sentence() -> None:
    """The connection ends in the middle of an error's body; its status has come."""
    cut = b"HTTP/1.0 500 Internal\r\nContent-Length: 999\r\n\r\n{"
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(cut)

        with ThreadPoolExecutor(1) as pool:
            answered = pool.submit(answer)
            url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            with pytest.raises(ServiceError, match="answered 500") as caught:
                Client(url, timeout_s=HANG_S).judge("A wonderful film")
            answered.result()
    assert caught.value.status == 500


def test_nobody_there_is_one_sentence() -> None:
    """Not a stack of the standard library's errors."""
    with pytest.raises(ServiceError, match="cannot be reached") as caught:
        Client("http://127.0.0.1:9", timeout_s=HANG_S).judge("A wonderful film")
    assert caught.value.status is None
    with pytest.raises(ValueError, match="is not the address"):
        Client("file:///etc/passwd")


def example(language: str, page: str) -> str:
    """The page's only example in that language that calls the service."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    (found,) = [block for block in blocks if f"{EXAMPLE_URL}review" in block or "Client(" in block]
    return str(found)


def run(command: list[str], **more: str) -> str:
    done = subprocess.run(
        command,
        env={**os.environ, **more},
        capture_output=True,
        text=True,
        timeout=HANG_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_curl(text: str) -> str:
    return run(["bash", "-ec", text.replace("curl ", "curl -sSw '\\n' ")])


def run_python(text: str) -> str:
    return run([sys.executable, "-c", text], PYTHONPATH=str(ROOT / "client"))


def run_node(text: str) -> str:
    return run(["node", "--input-type=module", "--eval", text])


@pytest.mark.parametrize(
    ("language", "program", "run_example", "expected"),
    [
        ("sh", "curl", run_curl, ["1.0", '"sentiment":"positive"', '"results":[', '"status":"ok"']),
        ("python", "", run_python, ["positive 0.973142 1.0.0-", "positive", "positive", "empty"]),
        ("js", "node", run_node, ["positive 0.973142"]),
    ],
)
def test_the_clients_examples_run(
    language: str,
    program: str,
    run_example: Callable[[str], str],
    expected: list[str],
    url: str,
) -> None:
    """As it stands there but for the address, it prints a line for each thing it asks."""
    if program and shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    lines = run_example(example(language, GUIDE).replace(EXAMPLE_URL, url)).splitlines()
    assert len(lines) == len(expected)
    for line, part in zip(lines, expected, strict=True):
        assert part in line


def test_the_readmes_example_answers_as_shown(url: str) -> None:
    """The command runs as it is, and the answer has the fields that the README shows."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    answer = json.loads(run_curl(example("sh", README).replace(EXAMPLE_URL, url)))
    shown = json.loads(re.findall(r"^```json\n(.*?)^```", README, re.DOTALL | re.MULTILINE)[0])
    assert list(answer) == list(shown)


def test_one_string_in_place_of_a_list_is_refused() -> None:
    """At once, not when the first answer is wanted: its letters are not reviews."""
    with pytest.raises(TypeError, match="a list of texts, not one text"):
        Client(EXAMPLE_URL).judge_all("A wonderful film")
