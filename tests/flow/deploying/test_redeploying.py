"""How Chalice knows the API that it deployed: by a file in its project (docs/deploying.md)."""

import os
import shutil
from pathlib import Path
from urllib.request import urlopen

import pytest

from local_aws import LocalAws
from sagemaker_jobs.aws import web_app
from sagemaker_jobs.aws.session import connect
from sagemaker_jobs.errors import NotThere
from sagemaker_jobs.steps.setup import setup
from sagemaker_jobs.steps.status import read_status
from sagemaker_jobs.steps.teardown import teardown
from sagemaker_jobs.terminal import Ui
from tests.support.chalice_project import copy_of_web_app, do_chalice
from tests.support.local_aws.toys import ToyAccount

DEPLOYED = Path(".chalice/deployed/dev.json")


def test_another_clone_knows_the_api_by_the_kept_file_alone(
    local_aws_server: LocalAws, toys: ToyAccount, tmp_path: Path
) -> None:
    """With `deployed/STAGE.json` a deployment renews the API, and `delete` finds it; without the
    file there comes a second API, and `delete` does nothing and says nothing.
    """

    def chalice(command: str, project: Path) -> None:
        do_chalice(project, command, "--stage", "dev", environment=local_aws_server.environment)

    def apis() -> set[str]:
        return {api["id"] for api in gateway.get_rest_apis()["items"]} - others

    gateway = toys.other("apigateway")
    others: set[str] = set()
    others = apis()
    first, second, third = (copy_of_web_app(tmp_path / name) for name in "abc")
    chalice("deploy", first)
    (known,) = apis()
    chalice("delete", second)
    assert apis() == {known}
    (second / DEPLOYED).parent.mkdir(exist_ok=True)
    shutil.copy(first / DEPLOYED, second / DEPLOYED)
    chalice("deploy", second)
    assert apis() == {known}
    chalice("deploy", third)
    assert len(apis()) == 2
    chalice("delete", second)
    (left,) = apis()
    assert left != known
    gateway.delete_rest_api(restApiId=left)  # Chalice cannot: it looks for the function first


def test_any_machine_deploys_and_deletes_the_web_app_of_a_stage(
    aws_environment: dict[str, str], tmp_path: Path, ui: Ui
) -> None:
    """The stage's bucket keeps Chalice's record: one API, and its address, from any clone."""
    aws = connect("prod", "ap-east-1", {**os.environ, **aws_environment})
    setup(aws, ui=ui)
    first, second, third = (copy_of_web_app(tmp_path / name) for name in "abc")
    (url,) = web_app.deploy(aws, ui=ui, project=first)
    with urlopen(f"{url}health") as answer:
        assert answer.status == 200
    assert web_app.deploy(aws, ui=ui, project=second) == [url]
    assert read_status(aws).web_app_urls == (url,)
    web_app.delete(aws, ui=ui, project=third)
    assert web_app.urls(aws) == []
    with pytest.raises(NotThere, match="no record of the web app"):
        web_app.delete(aws, ui=ui, project=first.parent)

    web_app.deploy(aws, ui=ui, project=third)
    removed = teardown(aws, confirmed=True, ui=ui, project=second).removed
    assert "web app movie-sentiment-prod" in removed
    assert not web_app.exists(aws)
    assert teardown(aws, confirmed=True, ui=ui).removed == ()


def test_a_web_app_without_a_record_is_not_deployed_twice(
    aws_environment: dict[str, str], tmp_path: Path, ui: Ui
) -> None:
    """Chalice would make a second API at another address; the error names the first."""
    environment = {**aws_environment, "AWS_DEFAULT_REGION": "ap-east-1"}
    aws = connect("prod", "ap-east-1", {**os.environ, **environment})
    setup(aws, ui=ui)
    first, second = (copy_of_web_app(tmp_path / name) for name in "ab")
    do_chalice(first, "deploy", "--stage", "prod", environment=environment)
    with pytest.raises(NotThere, match="record of it is neither in the bucket nor here") as caught:
        web_app.deploy(aws, ui=ui, project=second)
    assert web_app.rest_apis(aws)[0] in caught.value.hint
    web_app.deploy(aws, ui=ui, project=first)  # its own record is taken over
    web_app.delete(aws, ui=ui, project=second)
    teardown(aws, confirmed=True, ui=ui)
