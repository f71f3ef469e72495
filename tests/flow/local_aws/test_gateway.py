"""API Gateway on local_aws: `chalice deploy` completes, and its address answers."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.chalice_project import do_chalice
from tests.support.local_aws.toys import ToyAccount
from tests.support.timeouts import HANG_S

CHALICE_APP = """
from chalice import Chalice, Response
app = Chalice(app_name="toy-web")
app.api.binary_types.append("application/x-toy")

@app.route("/")
def index():
    return {"method": app.current_request.method, "query": app.current_request.query_params}

@app.route("/echo/{name}", methods=["POST"], content_types=["application/x-toy"], cors=True)
def echo(name):
    body = app.current_request.raw_body
    return Response(body, headers={"Content-Type": "application/x-toy", "X-Name": name})

@app.route("/headers")
def headers():
    event = app.current_request.to_original_event()
    return [event[part].get("X-Film") for part in ("headers", "multiValueHeaders")]

@app.route("/broken")
def broken():
    import os
    os._exit(1)
"""


def chalice(command: str, project: Path, toys: ToyAccount) -> None:
    do_chalice(project, command, "--stage", "prod", environment=toys.environment)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A toy Chalice project."""
    folder = tmp_path_factory.mktemp("chalice") / "project"
    (folder / ".chalice").mkdir(parents=True)
    (folder / "app.py").write_text(CHALICE_APP)
    (folder / "requirements.txt").write_text("")
    settings = {
        "version": "2.0",
        "app_name": "toy-web",
        "stages": {"prod": {"api_gateway_stage": "prod", "api_gateway_endpoint_type": "REGIONAL"}},
    }
    (folder / ".chalice" / "config.json").write_text(json.dumps(settings))
    return folder


@pytest.fixture(scope="module")
def site(toys: ToyAccount, project: Path) -> Iterator[str]:
    """The local URL of the deployed stage; deleted with `chalice delete` at the end."""
    chalice("deploy", project, toys)
    apis = toys.other("apigateway").get_rest_apis()["items"]
    api = next(api["id"] for api in apis if api["name"] == "toy-web")
    yield f"{toys.url}/restapis/{api}/prod/_user_request_"
    chalice("delete", project, toys)
    functions = toys.functions.list_functions()["Functions"]
    assert "toy-web-prod" not in [function["FunctionName"] for function in functions]
    assert "toy-web" not in [
        api["name"] for api in toys.other("apigateway").get_rest_apis()["items"]
    ]


def fetch(
    url: str, body: bytes | None = None, method: str | None = None, **headers: str
) -> tuple[int, Message[str, str], bytes]:
    """Return status, headers and body; underscores in header names stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, body, named, method=method)
    try:
        with urllib.request.urlopen(request, timeout=HANG_S) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def test_a_request_goes_through_the_stage_to_the_function(site: str) -> None:
    """GET with a query reaches the app's route and brings its JSON back."""
    status, headers, body = fetch(f"{site}/?a=1&b=two%20words")
    assert status == 200
    assert headers["Content-Type"] == "application/json"
    assert json.loads(body) == {"method": "GET", "query": {"a": "1", "b": "two words"}}


def test_binary_bodies_pass_both_ways(site: str) -> None:
    """A binary type travels as base64 inside and as bytes outside, with path and headers."""
    body = bytes(range(256))
    status, headers, answer = fetch(
        f"{site}/echo/some%20name",
        body,
        Content_Type="application/x-toy",
        Accept="application/x-toy",
    )
    assert (status, headers["X-Name"], headers["Content-Type"]) == (
        200,
        "some name",
        "application/x-toy",
    )
    assert answer == body


def test_a_repeated_header_stays_repeated(site: str) -> None:
    """The function sees the last value, and all of them in order; a page may come from anywhere."""
    address = urlsplit(f"{site}/headers")
    connection = http.client.HTTPConnection(address.netloc, timeout=HANG_S)
    connection.putrequest("GET", address.path)
    for name, value in (("X-Film", "one"), ("X-Film", "two"), ("Origin", "http://films.example")):
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())) == (200, ["two", ["one", "two"]])
    connection.close()


def test_the_gateway_refuses_as_aws_does(site: str) -> None:
    """Unknown paths, methods and stages are 403 and a dead function is 502, all as JSON."""
    for url, method, message in (
        (f"{site}/nothing/here", "GET", "Missing Authentication Token"),
        (f"{site}/echo/x", "DELETE", "Missing Authentication Token"),
        (site.replace("/prod/", "/other/") + "/", "GET", "Forbidden"),
    ):
        status, _, body = fetch(url, method=method)
        assert (status, json.loads(body)) == (403, {"message": message})
    status, _, body = fetch(f"{site}/broken")
    assert (status, json.loads(body)) == (502, {"message": "Internal server error"})
    large = bytes(5 * 1024 * 1024)  # in base64 more than Lambda takes
    status, _, body = fetch(f"{site}/echo/x", large, Content_Type="application/x-toy")
    assert (status, json.loads(body)) == (413, {"message": "Request Too Long"})
    assert fetch(f"{site}/")[0] == 200


def test_a_preflight_request_is_answered_by_the_gateway(site: str) -> None:
    """OPTIONS on a route with CORS is a MOCK integration: headers, no function."""
    status, headers, _ = fetch(f"{site}/echo/x", method="OPTIONS")
    assert status == 200
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in headers["Access-Control-Allow-Methods"]


def test_deploying_again_updates_the_same_api(site: str, toys: ToyAccount, project: Path) -> None:
    """A second `chalice deploy` keeps the API's address and serves the new code."""
    app = project / "app.py"
    app.write_text(app.read_text() + '\n@app.route("/new")\ndef new():\n    return "new"\n')
    chalice("deploy", project, toys)
    status, _, body = fetch(f"{site}/new")
    assert (status, body) == (200, b"new")
