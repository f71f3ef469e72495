"""Stock Firefox and WebKit, each driven by its own automation protocol.

Both speak WebDriver's commands: WebKit over HTTP, Firefox over a socket of its own (Marionette).
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from tests.support.timeouts import HANG_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_PHONE = {"x": 0, "y": 0, "width": 390, "height": 844}
_PREFERENCES = {
    "marionette.port": 0,  # a free one
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.normandy.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
}
_WEBKIT_CAPABILITIES = {"webkitgtk:browserOptions": {"args": ["--automation"]}}


class EngineError(Exception):
    """A browser refused a command, or its page went away meanwhile."""


class Engine(Protocol):
    """A browser of the size of a phone."""

    def open(self, url: str) -> None:
        """Open the page and wait until it has loaded."""

    def run(self, script: str) -> Any:
        """Return what the body of an async function returns in the page.

        Raises:
            EngineError: the page was left before that.
        """


def _as_async(script: str) -> str:
    """Return `script` for WebDriver's 'execute async script'; an error becomes its answer."""
    return f"""
        const done = arguments[arguments.length - 1];
        (async () => {{ {script} }})().then(done, (error) => done(`failed: ${{error}}`));"""


class Firefox:
    """Firefox over Marionette: messages are `length:[type, id, name, parameters]`."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=HANG_S)
        self._file = self._socket.makefile("rb")
        self._read()  # its greeting
        self._send("WebDriver:NewSession", {})
        self._send("WebDriver:SetTimeouts", {"script": 1000 * HANG_S})
        self._send("WebDriver:SetWindowRect", _PHONE)

    def open(self, url: str) -> None:
        self._send("WebDriver:Navigate", {"url": url})

    def run(self, script: str) -> Any:
        parameters = {"script": _as_async(script), "args": []}
        return self._send("WebDriver:ExecuteAsyncScript", parameters)["value"]

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def _send(self, name: str, parameters: dict[str, Any]) -> Any:
        message = json.dumps([0, 1, name, parameters]).encode()
        self._socket.sendall(b"%d:%s" % (len(message), message))
        _, _, error, result = self._read()
        if error is not None:
            raise EngineError(error["message"])
        return result

    def _read(self) -> Any:
        digits = b""
        while (byte := self._file.read(1)) != b":":
            assert byte, "Firefox has gone"
            digits += byte
        return json.loads(self._file.read(int(digits)))


class WebKit:
    """WebKitGTK's MiniBrowser over WebDriver."""

    def __init__(self, url: str) -> None:
        self._url = url
        capabilities = {"alwaysMatch": _WEBKIT_CAPABILITIES}
        session = self._send("/session", {"capabilities": capabilities})["sessionId"]
        self._url = f"{url}/session/{session}"
        self._send("/timeouts", {"script": 1000 * HANG_S})
        self._send("/window/rect", _PHONE)

    def open(self, url: str) -> None:
        self._send("/url", {"url": url})

    def run(self, script: str) -> Any:
        return self._send("/execute/async", {"script": _as_async(script), "args": []})

    def close(self) -> None:
        urlopen(Request(self._url, method="DELETE"), timeout=HANG_S).close()

    def _send(self, path: str, parameters: dict[str, Any]) -> Any:
        request = Request(self._url + path, json.dumps(parameters).encode())
        try:
            with urlopen(request, timeout=HANG_S) as answer:
                return json.load(answer)["value"]
        except HTTPError as error:
            raise EngineError(error.read().decode()) from error


@contextmanager
def _process(command: list[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Run a program and what it starts; end all of them."""
    with subprocess.Popen(command, text=True, start_new_session=True, **options) as process:
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGTERM)


@contextmanager
def firefox(folder: Path) -> Iterator[Engine]:
    """Start Firefox without a window, with a profile in `folder`."""
    lines = (f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in _PREFERENCES.items())
    (folder / "user.js").write_text("".join(lines))
    command = ["firefox-esr", "--headless", "--marionette", "--profile", str(folder)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with _process(command, env={**os.environ, "HOME": str(folder)}, **pipes) as process:
        for line in process.stdout or ():
            if "Listening on port" in line:
                break
        driver = Firefox(int(line.rpartition(" ")[2]))
        try:
            yield driver
        finally:
            driver.close()


@contextmanager
def webkit(folder: Path) -> Iterator[Engine]:
    """Start WebKitGTK's MiniBrowser on a display of its own."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = ["xvfb-run", "-a", "WebKitWebDriver", "--host=127.0.0.1", f"--port={port}"]
    with _process(command, env={**os.environ, "HOME": str(folder)}):
        url = f"http://127.0.0.1:{port}"
        _wait_until_open(url)
        driver = WebKit(url)
        try:
            yield driver
        finally:
            driver.close()


def _wait_until_open(url: str) -> None:
    end = time.monotonic() + HANG_S
    while True:
        try:
            urlopen(f"{url}/status", timeout=HANG_S).close()
        except URLError:
            assert time.monotonic() < end, f"{url} does not answer"
            time.sleep(0.05)  # it prints nothing when it is ready
        else:
            return


ENGINES: dict[str, tuple[tuple[str, ...], Callable[[Path], Any]]] = {
    "firefox": (("firefox-esr",), firefox),
    "webkit": (("WebKitWebDriver", "xvfb-run"), webkit),
}


def is_installed(name: str) -> bool:
    """Return whether this machine has what the engine needs."""
    return all(map(shutil.which, ENGINES[name][0]))
