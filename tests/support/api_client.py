"""A client of the HTTP API, as bare as HTTP is."""

import json
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any

from tests.support.timeouts import HANG_S
from tests.support.web_fakes import FakeClient

TEXT = {"Content-Type": "text/plain"}
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BROWSER = {**FORM, "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@dataclass(frozen=True)
class Reply:
    """One answer as it came over the wire."""

    status: int
    headers: dict[str, str]  # names in lower case
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def error_code(self) -> str:
        error = self.json["error"]
        assert set(error) == {"code", "message"}
        assert error["message"].endswith(".")
        return str(error["code"])


def send(
    url: str,
    method: str,
    body: bytes | str | None = None,
    headers: dict[str, str] | None = None,
) -> Reply:
    """Return the answer to one request on a connection of its own."""
    host, _, path = url.removeprefix("http://").partition("/")
    connection = HTTPConnection(host, timeout=HANG_S)
    try:
        sent = body.encode() if isinstance(body, str) else body
        connection.request(method, f"/{path}", sent, headers or {})
        response = connection.getresponse()
        lower = {name.lower(): value for name, value in response.getheaders()}
        return Reply(response.status, lower, response.read().decode())
    finally:
        connection.close()


@dataclass(frozen=True)
class Api:
    """The running app and the endpoint behind it."""

    url: str
    client: FakeClient

    def send(
        self,
        method: str,
        path: str,
        body: bytes | str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        return send(self.url + path, method, body, headers)

    def post(self, path: str, body: bytes | str, headers: dict[str, str] | None = None) -> Reply:
        return self.send("POST", path, body, headers)
