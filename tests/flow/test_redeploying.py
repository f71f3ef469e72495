"""How Chalice knows the API that it deployed: by a file in its project (docs/deploying.md)."""

import shutil
from pathlib import Path

from local_aws import LocalAws
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
