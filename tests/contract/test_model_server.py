"""serve.py under load, as an application: what is computed together, what is refused."""

import asyncio
import json
import threading
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import predict
import serve
from sentiment.serving.predictor import Predictor, Verdict
from tests.support.event_loop import run
from tests.support.paths import ROOT
from tests.support.timeouts import HANG_S

GOLDEN = ROOT / "tests" / "golden" / "artifact-v1"
MOST_WAITING = 256


class Application:
    """serve.py's application, asked in this process."""

    def __init__(self, predictor: Predictor, deadline_s: float = HANG_S) -> None:
        self._app = serve.ModelServer(predictor, deadline_s)

    async def ask(
        self,
        body: bytes,
        content_type: str,
        path: str = "/invocations",
        leaves: asyncio.Event | None = None,
        whole: bool = True,
    ) -> tuple[int, dict[str, str], bytes]:
        """The status, headers and body that POST /invocations answers, or GET of another path.

        Status 0: no answer, since the client left. `whole` is False where it sends half its body.
        """
        sent: list[dict[str, Any]] = []
        messages = [{"type": "http.request", "body": body, "more_body": not whole}]

        async def receive() -> dict[str, Any]:
            if messages:
                return messages.pop()
            await (leaves or asyncio.Event()).wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": "POST" if path == "/invocations" else "GET",
            "path": path,
            "headers": [(b"content-type", content_type.encode())],
            "query_string": b"",
        }
        await self._app(scope, receive, send)
        if not sent:
            return 0, {}, b""
        start, *parts = sent
        headers = {name.decode(): value.decode() for name, value in start["headers"]}
        return start["status"], headers, b"".join(part.get("body", b"") for part in parts)


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor.load(GOLDEN)


def test_a_full_queue_answers_503_at_once(
    predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sentence and Retry-After, while the others still wait and get their answers."""
    gate, started = threading.Event(), threading.Event()
    score = predictor.predict

    def held(reviews: Sequence[str]) -> Any:
        started.set()
        assert gate.wait(HANG_S)
        return score(reviews)

    monkeypatch.setattr(predictor, "predict", held)

    async def ask() -> None:
        app = Application(predictor)
        waiting = [
            asyncio.create_task(app.ask(b"a good film", "text/plain")) for _ in range(MOST_WAITING)
        ]
        assert await asyncio.to_thread(started.wait, HANG_S)
        status, headers, body = await app.ask(b"one too many", "text/plain")
        assert status == 503
        assert headers["retry-after"] == "1"
        assert json.loads(body)["error"]["code"] == "busy"
        gate.set()
        assert {answer[0] for answer in await asyncio.gather(*waiting)} == {200}
        assert (await app.ask(b"a good film", "text/plain"))[0] == 200

    run(ask)


class HeldModel:
    """The predictor's scoring behind a gate; it counts the reviews that were scored."""

    def __init__(self, predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
        self.gate, self.started = threading.Event(), threading.Event()
        self.scored: list[str] = []
        self._score = predictor.predict
        monkeypatch.setattr(predictor, "predict", self._predict)

    def _predict(self, reviews: Sequence[str]) -> Any:
        self.scored += reviews
        self.started.set()
        assert self.gate.wait(HANG_S)
        return self._score(reviews)


@pytest.mark.parametrize("whole", [True, False])
def test_work_of_a_client_who_left_is_not_done(
    predictor: Predictor, monkeypatch: pytest.MonkeyPatch, whole: bool
) -> None:
    """Neither what waits, nor a body that was cut off; who stays gets the answer."""
    model = HeldModel(predictor, monkeypatch)

    async def ask() -> None:
        app = Application(predictor)
        busy = [asyncio.create_task(app.ask(b"a busy film", "text/plain")) for _ in range(64)]
        assert await asyncio.to_thread(model.started.wait, HANG_S)
        leaves = asyncio.Event()
        request = (b"a film nobody waits for", "text/plain", "/invocations", leaves, whole)
        gone = [asyncio.create_task(app.ask(*request)) for _ in range(40)]
        stays = asyncio.create_task(app.ask(b"a good film", "text/plain"))
        await asyncio.sleep(0)
        leaves.set()
        assert {answer[0] for answer in await asyncio.gather(*gone)} == {0}
        model.gate.set()
        assert {answer[0] for answer in await asyncio.gather(stays, *busy)} == {200}

    run(ask)
    assert "a good film" in model.scored
    assert "a film nobody waits for" not in model.scored


def test_a_request_ends_at_its_deadline(
    predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 with a sentence and Retry-After, for a half-sent body too; its place is free again."""
    model = HeldModel(predictor, monkeypatch)

    async def ask() -> None:
        app = Application(predictor, deadline_s=0.01)
        for whole in (True, False):
            status, headers, body = await app.ask(b"a good film", "text/plain", whole=whole)
            assert (status, headers["retry-after"]) == (503, "1")
            assert "no answer within 0.01 s" in json.loads(body)["error"]["message"]
        model.gate.set()

    run(ask)


@pytest.mark.parametrize("handler", ["input_fn", "output_fn"])
def test_ping_is_answered_while_a_large_request_is_read_or_written(
    predictor: Predictor, monkeypatch: pytest.MonkeyPatch, handler: str
) -> None:
    """6 MB of lines take seconds, in which SageMaker would take a silent server for a dead one."""
    gate, started = threading.Event(), threading.Event()
    handle = getattr(predict, handler)

    def held(*arguments: Any) -> Any:
        started.set()
        assert gate.wait(HANG_S / 3)
        return handle(*arguments)

    monkeypatch.setattr(predict, handler, held)

    async def ask() -> None:
        app = Application(predictor)
        large = asyncio.create_task(app.ask(b'"good"\nx\n' * 4_000, "application/jsonlines"))
        assert await asyncio.to_thread(started.wait, HANG_S)
        assert (await app.ask(b"", "", "/ping"))[0] == 200
        gate.set()
        status, _, body = await large
        assert status == 200
        assert [b"error" in line for line in body.splitlines()] == [False, True] * 4_000

    run(ask)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(["good", "bad", "film", "not", "a", ".", "zzz"]).flatmap(
            lambda word: st.integers(1, 30).map(lambda n: " ".join([word, "film"] * n))
        ),
        min_size=2,
        max_size=12,
    )
)
def test_a_score_is_the_same_alone_and_in_company(predictor: Predictor, reviews: list[str]) -> None:
    """Requests that come together score as each does alone, whatever their lengths."""
    judged = [predictor.predict([review])[0] for review in reviews]
    alone = [found.score for found in judged if isinstance(found, Verdict)]

    async def ask() -> None:
        app = Application(predictor)
        bodies = [json.dumps({"review": review}).encode() for review in reviews]
        answers = await asyncio.gather(*(app.ask(b, "application/json") for b in bodies))
        together = [json.loads(body)["score"] for status, _, body in answers if status == 200]
        assert together == pytest.approx(alone, abs=1e-5)

    run(ask)


def test_a_text_without_accept_gets_a_rating_or_a_refusal(predictor: Predictor) -> None:
    """1.0 or 0.0, as the original endpoint answered; what is not a review has no honest one."""

    async def ask() -> None:
        app = Application(predictor)
        status, headers, body = await app.ask(b"a good film", "text/plain")
        assert (status, headers["content-type"]) == (200, "text/plain; charset=utf-8")
        assert body in {b"1.0", b"0.0"}
        status, _, body = await app.ask(b"zxqvy", "text/plain")
        assert (status, json.loads(body)["error"]["code"]) == (422, "not_a_review")

    run(ask)


def test_bad_requests_fail_alone(predictor: Predictor) -> None:
    """Unreadable, empty and explained ones stand between others; each gets what it deserves."""

    async def ask() -> None:
        app = Application(predictor)
        asked = [
            (b"a good film", "text/plain"),
            (b"{", "application/json"),
            (b" ", "text/plain"),
            (b'{"review": "a good film", "explain": true}', "application/json"),
            (b'{"reviews": ["a good film", "", 7]}', "application/json"),
            (b"x", "image/png"),
            (b"a bad film", "text/plain"),
        ]
        answers = await asyncio.gather(*(app.ask(*question) for question in asked))
        assert [answer[0] for answer in answers] == [200, 400, 400, 200, 200, 415, 200]
        assert "words" in json.loads(answers[3][2])
        results = json.loads(answers[4][2])["results"]
        assert ["error" in result for result in results] == [False, True, True]
        assert float(answers[0][2]) == (json.loads(answers[3][2])["score"] >= 0.5)

    run(ask)
