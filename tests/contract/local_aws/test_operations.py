"""The registry of the operations that local_aws runs itself, from which documents list them."""

import re

import pytest

from local_aws.router import IMPLEMENTED
from local_aws.sagemaker.moto_records import RECORDS
from local_aws.sagemaker.validation import service_model
from tests.support.local_aws.raw_requests import ask, signed
from tests.support.local_aws.toys import ToyAccount
from tests.support.paths import ROOT


@pytest.mark.parametrize("service", IMPLEMENTED)
def test_every_operation_is_one_of_aws(service: str) -> None:
    """Each name is an operation in botocore's description of the service."""
    assert set(IMPLEMENTED[service]) <= set(service_model(service).operation_names)


def test_sagemaker_runs_the_operations_of_the_registry_and_no_others(toys: ToyAccount) -> None:
    """An empty request is served or found invalid; all others are refused as not implemented."""
    key = signed(toys, "sagemaker")

    def status_of(operation: str) -> int:
        target = f"SageMaker.{operation}"
        return ask(toys, "POST", "/", "{}", X_Amz_Target=target, Authorization=key)[0]

    statuses = {name: status_of(name) for name in service_model("sagemaker").operation_names}
    assert set(statuses.values()) == {200, 400, 501}
    run = {name for name, status in statuses.items() if status != 501}
    assert run == {*IMPLEMENTED["sagemaker"], *RECORDS}


def test_the_readme_lists_the_operations_of_the_registry() -> None:
    """Its table names each service's operations, all of them and no others."""
    page = (ROOT / "local_aws" / "README.md").read_text("utf-8")
    listed: dict[str, list[str]] = {}
    for service, operations in re.findall(
        r"^\| `([a-z-]+)` \|[^|]*\|([^|]*)\|$", page, re.MULTILINE
    ):
        listed.setdefault(service, []).extend(re.findall(r"`(\w+)`", operations))
    assert listed == {service: list(names) for service, names in IMPLEMENTED.items()}


def test_the_readme_lists_the_records_that_moto_keeps() -> None:
    """The table of them names all of their operations, in the code's order."""
    page = (ROOT / "local_aws" / "README.md").read_text("utf-8")
    (listed,) = re.findall(r"^moto keeps .*:\n\n((?:\|.*\n)+)", page, re.MULTILINE)
    assert re.findall(r"`(\w+)`", listed) == list(RECORDS)
