"""The API's description: true to the letter, for machines and on its page."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import yaml
from hypothesis import settings

from chalicelib.assets import find_static, read_assets
from chalicelib.endpoint import Endpoint
from chalicelib.feedback import FeedbackTable
from chalicelib.web import Web
from tests.support.fake_dynamodb import FakeDynamoDB
from tests.support.local_server import local_server
from tests.support.paths import APP_FOLDER
from tests.support.timeouts import HANG_S
from tests.support.web_fakes import APP_ENVIRONMENT, FakeClient
from tools.api_reference import build

REFERENCE = APP_FOLDER / "chalicelib/reference"
DESCRIPTION: dict[str, Any] = yaml.safe_load((REFERENCE / "openapi.yaml").read_text("utf-8"))

API_GATEWAYS_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

REFUSALS = ["400", "405", "413", "415", "422"]
CONFIG = schemathesis.Config.from_dict(
    {"checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}}}
)

schema = schemathesis.openapi.from_dict(DESCRIPTION, config=CONFIG)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in APP_ENVIRONMENT.items():
            patch.setenv(name, value)
        from app import create_app
    endpoint = Endpoint(FakeClient(), "movie-sentiment-local", sleep=lambda _: None)
    table = FeedbackTable("a-table", FakeDynamoDB)
    web = Web(endpoint, read_assets(find_static(APP_FOLDER)), table)
    with local_server(create_app(web)) as found:
        yield found


@schema.parametrize()
@settings(max_examples=40)
def test_description_is_true(case: schemathesis.Case[Any], url: str) -> None:
    """What it allows is answered as it says; what it forbids is refused; nothing else happens."""
    if case.method not in API_GATEWAYS_METHODS:
        return  # never reaches the app; Chalice's local server, which knows no more, says 501
    case.call_and_validate(base_url=url)


CALL = """
import importlib, pkgutil, sys
import reviews_client
for module in pkgutil.walk_packages(reviews_client.__path__, "reviews_client."):
    importlib.import_module(module.name)
from reviews_client.api.default import judge_review, judge_reviews
from reviews_client.models import JudgeReviewJsonBody
client = reviews_client.Client(base_url=sys.argv[1])
one = judge_review.sync(client=client, body=JudgeReviewJsonBody(review="A wonderful film"))
many = judge_reviews.sync(client=client, body=["A dull film", ""])
print(type(one).__name__, one.sentiment, [type(result).__name__ for result in many.results])
"""


def test_a_generated_client_imports_and_asks(url: str, tmp_path: Path) -> None:
    """openapi-python-client makes a typed client of the description, and its calls are answered."""
    (tmp_path / "options.yaml").write_text("post_hooks: []\n")
    generate = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"]
    generate += ["--path", str(REFERENCE / "openapi.yaml"), "--config", "options.yaml"]
    generate += ["--output-path", "reviews_client"]
    for command in (generate, [sys.executable, "-W", "error", "-c", CALL, url]):
        done = subprocess.run(
            command, cwd=tmp_path, check=False, capture_output=True, text=True, timeout=HANG_S
        )
        assert done.returncode == 0, done.stderr
    assert done.stdout == "SingleVerdict positive ['Verdict', 'Failure']\n"


def test_page_is_built_from_the_description() -> None:
    """/docs is as new as openapi.yaml: run `python -m tools.api_reference` after a change."""
    assert (REFERENCE / "docs.html").read_text("utf-8") == build(DESCRIPTION)


def fields(schema: Any, prefix: str = "") -> Iterator[str]:
    """The path of every field in the schema, but not of those that it refers to."""
    for part in schema.get("allOf", []):
        yield from fields(part, prefix)
    yield from fields(schema["items"], prefix) if "items" in schema else ()
    for name, field in schema.get("properties", {}).items():
        yield f"{prefix}{name}"
        yield from fields(field, f"{prefix}{name}[]." if "items" in field else f"{prefix}{name}.")


def schemas(operation: Any) -> Iterator[Any]:
    """Those of an operation's body and of all its answers."""
    for holder in (operation.get("requestBody", {}), *operation["responses"].values()):
        for content in holder.get("content", {}).values():
            yield content["schema"]


OPERATIONS = [method for path in DESCRIPTION["paths"].values() for method in path.values()]
SECTIONS = {operation["operationId"]: list(schemas(operation)) for operation in OPERATIONS} | {
    name: [schema] for name, schema in DESCRIPTION["components"]["schemas"].items()
}


@pytest.mark.parametrize("section", SECTIONS)
def test_page_names_every_field(section: str) -> None:
    """Each section names every field of its request and response, inline schemas included."""
    page = (REFERENCE / "docs.html").read_text("utf-8")
    html = page.partition(f'id="{section}"')[2].partition("</section>")[0]
    assert html
    for schema in SECTIONS[section]:
        for field in fields(schema):
            assert f"<code>{field}</code>" in html


def test_page_names_units() -> None:
    """A figure without one means nothing."""
    assert "of at most 20,000 characters" in (REFERENCE / "docs.html").read_text("utf-8")


def test_every_route_is_described(monkeypatch: pytest.MonkeyPatch) -> None:
    """openapi.yaml describes each route for programs."""
    for name, value in APP_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    from app import list_routes

    endpoint = Endpoint(FakeClient(), "movie-sentiment-local")
    routes = list_routes(Web(endpoint, read_assets(find_static(APP_FOLDER))))
    pages = {"/", "/static/{name}", "/openapi.yaml", "/docs"}
    described = {
        path: {method.upper() for method in item} for path, item in DESCRIPTION["paths"].items()
    }
    assert described == {
        path: set(methods) - {"HEAD"} for path, methods, _ in routes if path not in pages
    }
