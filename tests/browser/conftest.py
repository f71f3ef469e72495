"""A real Chromium before the real app, whose endpoint fails on command."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from chalicelib.settings import Settings
from chalicelib.web import Web
from tests.support.browser.watch import Watch
from tests.support.local_server import local_server, running
from tests.support.paths import APP_FOLDER
from tests.support.web_fakes import FakeRuntime

# Nothing outside this machine can even be looked up.
_ARGUMENTS = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"]
# Playwright's own 5 and 30 seconds are too short on a busy machine.
PATIENCE_MS = 120_000
expect.set_options(timeout=PATIENCE_MS)
_NAMES = ("chromium-headless-shell", "chromium", "google-chrome")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    browser = next(filter(None, map(shutil.which, _NAMES)), None)
    if browser is None:
        reason = "no Chromium here: apt-get install chromium-headless-shell"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return {**browser_type_launch_args, "executable_path": browser, "args": _ARGUMENTS}


@pytest.fixture(scope="session")
def _runtime() -> Iterator[FakeRuntime]:
    runtime = FakeRuntime()
    with running(runtime):
        yield runtime


@pytest.fixture
def runtime(_runtime: FakeRuntime) -> FakeRuntime:
    """The endpoint's stand-in, as if new."""
    _runtime.reset()
    return _runtime


@pytest.fixture(scope="session")
def _web(_runtime: FakeRuntime) -> Callable[[], Any]:
    """Makes the app as deployed: the real boto3 client, led to the stand-in.

    The variables are gone before the first test: they would lead other tests' programs there too.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name, value in _runtime.environment.items():
            patch.setenv(name, value)
        from app import create_app

        web = Web.from_settings(Settings.from_env(_runtime.environment), APP_FOLDER)
        _runtime.after_reset = web._endpoint._circuit.note_answer  # one test's failures are its own
    return lambda: create_app(web)


@pytest.fixture(scope="session")
def base_url(_web: Callable[[], Any]) -> Iterator[str]:
    """The app under Chalice's local server."""
    with local_server(_web()) as url:
        yield url


@pytest.fixture(scope="session")
def stage_url(_web: Callable[[], Any]) -> Iterator[str]:
    """The same where API Gateway puts it: below /prod, and nothing beside it."""
    with local_server(_web(), under_stage=True) as url:
        yield f"{url}/prod"


@pytest.fixture
def new_context(new_context: Callable[..., BrowserContext]) -> Callable[..., BrowserContext]:
    """Make contexts whose pages wait as long as a busy machine takes."""

    def make(**options: Any) -> BrowserContext:
        context = new_context(**options)
        context.set_default_timeout(PATIENCE_MS)
        return context

    return make


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(
    new_context: Callable[..., BrowserContext],
    base_url: str,
    runtime: FakeRuntime,  # noqa: ARG001  # as if new, for every page
) -> Iterator[OpenPage]:
    """Open the form in a context of its own; at the end, nothing may have gone wrong in it.

    `expected` names console texts that a test brings about.
    """
    watch = Watch()

    def open_form(expected: str | None = None, url: str = base_url, **options: Any) -> Page:
        context = new_context(**options)
        watch.over(context, url, expected)
        page = context.new_page()
        page.goto(url)
        return page

    yield open_form
    assert watch.wrong == []
