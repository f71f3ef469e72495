"""Behind a proxy: an AWS on this machine is asked past it, the real one through it."""

import pytest
from botocore.exceptions import ClientError, ProxyConnectionError

from chalicelib import endpoint, feedback
from tests.support.pipeline import call_step as step
from tests.support.web_fakes import APP_ENVIRONMENT

_NOBODY = "http://127.0.0.1:9"
PROXIES = {"HTTP_PROXY": _NOBODY, "HTTPS_PROXY": _NOBODY}


@pytest.fixture
def proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxies in the environment, and no exception from them."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name, address in PROXIES.items():
        monkeypatch.setenv(name, address)
        monkeypatch.setenv(name.lower(), address)


def test_the_steps_ask_a_local_aws_past_the_proxy(aws_environment: dict[str, str]) -> None:
    """HTTP_PROXY without NO_PROXY, as many offices set it."""
    environment = {**aws_environment, **PROXIES, "STAGE": "local"}
    assert step("status", "--json", environment=environment).json["stage"] == "local"


def test_the_steps_ask_aws_through_the_proxy(aws_environment: dict[str, str]) -> None:
    """Only what is on this machine is not for it."""
    environment = {**aws_environment, **PROXIES, "AWS_MAX_ATTEMPTS": "1", "STAGE": "dev"}
    del environment["AWS_ENDPOINT_URL"]
    answer = step("status", environment=environment)
    assert answer.exit_code == 1
    assert f'proxy URL: "{_NOBODY}"' in answer.err


@pytest.mark.usefixtures("proxies", "aws_environment")
def test_the_web_app_asks_a_local_aws_past_the_proxy() -> None:
    """For a verdict and for feedback; local_aws has neither endpoint nor table of that name."""
    with pytest.raises(ClientError, match="not found"):
        endpoint.make_client().invoke_endpoint(
            EndpointName="nothing", ContentType="text/plain", Accept="text/plain", Body=b""
        )
    with pytest.raises(ClientError, match="not found"):
        feedback.make_client().put_item(TableName="nothing", Item={"id": {"S": "1"}})


@pytest.mark.usefixtures("proxies")
def test_the_web_app_asks_aws_through_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """As before, where the function runs behind one."""
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    for name, value in APP_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ProxyConnectionError):
        endpoint.make_client().invoke_endpoint(
            EndpointName="nothing", ContentType="text/plain", Accept="text/plain", Body=b""
        )
