"""What is fuzzed: each target takes any bytes, and gives a value or a declared error.

A target raises AssertionError, or anything that is not declared, if a promise is broken.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from random import Random

from chalicelib.assets import find_static, read_assets
from chalicelib.endpoint import Endpoint
from chalicelib.errors import WebError
from chalicelib.exchange import Request
from chalicelib.feedback import FeedbackTable
from chalicelib.reviews import Review
from chalicelib.web import Web, respond
from sagemaker_jobs.archive.safe_extract import extract
from sagemaker_jobs.errors import JobError
from sagemaker_jobs.tables.review_table import read_table
from sagemaker_jobs.tables.verdict import Verdict
from sagemaker_jobs.terminal import Ui
from sentiment.artifact.artifact import read_artifact
from sentiment.errors import InvalidRequest, SentimentError
from sentiment.recipe import CLASSIC, DEFAULT
from sentiment.serving.http_format import read_request
from sentiment.serving.not_a_review import ReviewCheck
from sentiment.text.encoder import Encoder
from sentiment.text.sentences import find_sentences
from sentiment.text.vocabulary import Vocabulary
from sentiment.text.words import find_words
from tests.support.fake_dynamodb import FakeDynamoDB
from tests.support.fuzz.mutations import as_text
from tests.support.paths import APP_FOLDER, ROOT
from tests.support.web_fakes import FakeClient

_GOLDEN = ROOT / "tests/golden/artifact-v5"
_CORPUS = ROOT / "tests/corpora/csv"
_TEXTS = (
    "A wonderful, moving film; the cast isn't dull. 9/10!",
    "<b>Awful</b> &amp; slow:<br />I didn't like it... :( *yawn* http://example.com/a?b=c",
    "So good!!! 😀 Café naïve #AGreatFilm 'tis 7,5 of 10",
    "Ein schöner Film, aber zu lang.",
)
_STATUSES = {200, 201, 303, 400, 404, 405, 413, 415, 422, 502, 503}


@dataclass(frozen=True)
class Target:
    """A function that takes any bytes, and good inputs to begin from."""

    run: Callable[[bytes, Random], None]
    good: Sequence[bytes]


def _texts() -> list[bytes]:
    return [text.encode() for text in _TEXTS]


def _cleaning() -> Target:
    words = ["good", "film", "a", "wonderful", "the", "movie", "awful", "dull", "isn't", "great"]
    encoders = [Encoder(recipe, Vocabulary(words)) for recipe in (CLASSIC, DEFAULT)]
    checks = [ReviewCheck(encoder) for encoder in encoders]

    def run(content: bytes, _: Random) -> None:
        text = as_text(content)
        for encoder, check in zip(encoders, checks, strict=True):
            encoded = encoder.encode(text)
            assert len(encoded.ids) <= encoder.recipe.head + encoder.recipe.tail
            assert all(0 <= id_ < len(encoder.vocabulary) for id_ in encoded.ids)
            check.reason(text, encoded.ids)
        end = 0
        for word in find_words(text):
            assert 0 <= word.start <= word.end <= len(text)
        for start, stop in find_sentences(text):
            assert end <= start < stop <= len(text)
            end = stop

    return Target(run, _texts())


def _model_requests() -> Target:
    types = ("text/plain", "application/json", "application/jsonlines", "", None, "x")

    def run(content: bytes, random: Random) -> None:
        with suppress(InvalidRequest):
            read_request(content, random.choice(types))

    good = [json.dumps({"review": text, "explain": True}).encode() for text in _TEXTS]
    lines = "\n".join(json.dumps({"review": text, "id": 1}) for text in _TEXTS)
    return Target(run, [*_texts(), *good, json.dumps({"reviews": _TEXTS}).encode(), lines.encode()])


def _web_requests() -> Target:
    endpoint = Endpoint(FakeClient(), "x", sleep=lambda _: None, clock=count(step=60).__next__)
    table = FeedbackTable("a-table", FakeDynamoDB)
    web = Web(endpoint, read_assets(find_static(APP_FOLDER)), table)
    handlers = {"/review": web.review, "/reviews": web.reviews, "/feedback": web.feedback}
    types = ("text/plain", "application/json", "application/x-www-form-urlencoded", "text/x")
    accepts = ("text/plain", "application/json", "text/html", "*/*;q=x", "")

    def run(content: bytes, random: Random) -> None:
        header = random.choice((*types, as_text(content[:40])))
        headers = {"content-type": header, "accept": random.choice((*accepts, header))}
        body: bytes | str = content if random.random() < 0.5 else as_text(content)
        for route, handler in handlers.items():
            encoded = random.random() < 0.1
            request = Request("POST", route, route, headers, body, is_base64=encoded)
            answer = respond(request, handler, "an-endpoint")
            assert answer.status in _STATUSES, answer
            answer.body.encode()

    feedback = {"right": True, "score": 0.5, "model_version": "1.0", "review": _TEXTS[0]}
    good = [{"review": _TEXTS[0], "explain": True}, list(_TEXTS), feedback]
    form = b"review=A+wonderful+film&explain=true"
    return Target(run, [*_texts(), form, *(json.dumps(value).encode() for value in good)])


def _model_answers() -> Target:
    def run(content: bytes, _: Random) -> None:
        endpoint = Endpoint(FakeClient([content] * 2), "x", sleep=lambda _: None)
        with suppress(WebError):
            endpoint.judge(Review("x"))
        with suppress(WebError):
            endpoint.judge_all(["x"])

    verdict = {"sentiment": "positive", "score": 0.9, "confidence": 0.9, "model_version": "1"}
    unsure = {**verdict, "sentiment": "unsure", "reason": "It is close.", "score": 0.5}
    refused = {"error": {"code": "too_long", "message": "x"}}
    good = [verdict, unsure, {"results": [verdict]}, {"results": [refused]}]
    return Target(run, [json.dumps(value).encode() for value in good])


def _artifacts(folder: Path) -> Target:
    names = ("model.json", "model.safetensors", "vocabulary.txt")
    original = {name: (_GOLDEN / name).read_bytes() for name in names}

    def run(content: bytes, random: Random) -> None:
        name = random.choice(names)
        description = json.loads(original["model.json"])
        part = content if name == "model.json" else bytes(original[name])
        if name != "model.json":  # damaged with a right digest: the checks after it are met
            place = random.randrange(len(part))
            part = part[:place] + content[:8] + part[place + random.choice((0, 1, 8)) :]
            description["sha256"][name] = hashlib.sha256(part).hexdigest()
        files = {**original, "model.json": json.dumps(description).encode(), name: part}
        for each, bytes_ in files.items():
            (folder / each).write_bytes(bytes_)
        with suppress(SentimentError):
            read_artifact(folder)

    return Target(run, [original["model.json"]])


def _archives(folder: Path) -> Target:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=0) as archive:
        for name in ("aclImdb/README", "aclImdb/train/pos/0_9.txt", "aclImdb/imdb.vocab"):
            member = tarfile.TarInfo(name)
            member.size = 40
            archive.addfile(member, io.BytesIO(b"x" * 40))
    numbers = count()

    def run(content: bytes, _: Random) -> None:
        number = next(numbers)
        path, place = folder / "archive.tar.gz", folder / f"out{number}" / "aclImdb"
        path.write_bytes(content)
        place.parent.mkdir()
        before = set(folder.iterdir())
        with suppress(JobError):
            extract(path, place, ui=Ui(io.StringIO(), io.StringIO()))
        assert set(folder.iterdir()) == before, "a file left the folder"

    return Target(run, [buffer.getvalue()])


def _tables() -> Target:
    names = ("reviews.csv", "reviews.tsv", "reviews.txt", "reviews.jsonl")

    def run(content: bytes, random: Random) -> None:
        with suppress(JobError):
            table = read_table(content, random.choice(names))
            table.write([Verdict.failed("x")] * len(table.reviews)).encode()

    files = [path for path in sorted(_CORPUS.iterdir()) if path.suffix in {".csv", ".tsv", ".txt"}]
    good = [path.read_bytes()[:2_000] for path in files]
    return Target(run, [*good, *(json.dumps({"review": text}).encode() for text in _TEXTS)])


def make_targets(folder: Path) -> dict[str, Target]:
    """Return the targets by name; they write into `folder`."""
    for name in ("artifact", "archive"):
        (folder / name).mkdir()
    return {
        "cleaning": _cleaning(),
        "model requests": _model_requests(),
        "web requests": _web_requests(),
        "model answers": _model_answers(),
        "artifact": _artifacts(folder / "artifact"),
        "archive": _archives(folder / "archive"),
        "tables": _tables(),
    }
