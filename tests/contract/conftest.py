"""The app under Chalice's own local server, for the tests of its HTTP."""

from collections.abc import Iterator

import pytest

from chalicelib.assets import find_static, read_assets
from chalicelib.endpoint import Endpoint
from chalicelib.web import Web
from tests.support.api_client import Api
from tests.support.local_server import local_server
from tests.support.paths import APP_FOLDER
from tests.support.web_fakes import APP_ENVIRONMENT, FakeClient


@pytest.fixture(scope="module")
def client() -> FakeClient:
    return FakeClient()


@pytest.fixture(scope="module")
def endpoint(client: FakeClient) -> Endpoint:
    return Endpoint(client, "movie-sentiment-local", sleep=lambda _: None)


@pytest.fixture(scope="module")
def running_api(client: FakeClient, endpoint: Endpoint) -> Iterator[Api]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in APP_ENVIRONMENT.items():
            patch.setenv(name, value)
        from app import create_app  # importing it reads the environment
    app = create_app(Web(endpoint, read_assets(find_static(APP_FOLDER))))
    with local_server(app) as url:
        yield Api(url, client)


@pytest.fixture
def api(running_api: Api, endpoint: Endpoint) -> Api:
    running_api.client.script.clear()
    running_api.client.asked.clear()
    endpoint._circuit.note_answer()  # one test's failures are its own
    return running_api
