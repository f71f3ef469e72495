"""Requests are judged by AWS's own service description."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.errors import ValidationError
from local_aws.sagemaker.validation import check_request, service_model

CREATE_CONFIG = service_model("sagemaker").operation_model("CreateEndpointConfig")


def config(**variant: Any) -> dict[str, Any]:
    return {
        "EndpointConfigName": "c",
        "ProductionVariants": [{"VariantName": "v", "ModelName": "m", **variant}],
    }


def test_a_good_request_passes() -> None:
    """Current instance types pass, newer than moto's own list."""
    check_request(CREATE_CONFIG, config(InstanceType="ml.m7i.large", InitialInstanceCount=1))


@pytest.mark.parametrize(
    ("params", "complaint"),
    [
        ({}, "Value null at 'endpointConfigName' failed to satisfy constraint: Member must not"),
        (config(InstanceType="ml.x"), "Member must satisfy enum value set"),
        (config(InitialInstanceCount=0), "value greater than or equal to 1"),
        (config(InitialInstanceCount="1"), "Member must be a number"),
        (config(VariantName="a" * 64), "Member must have length less than or equal to 63"),
        (config(VariantName="bad name"), "Member must satisfy regular expression pattern"),
        (
            {"EndpointConfigName": "c", "ProductionVariants": []},
            "length greater than or equal to 1",
        ),
        ({"EndpointConfigName": "c", "ProductionVariants": {}}, "Member must be a list"),
        ({"EndpointConfigName": 5, "ProductionVariants": [{}]}, "Member must be a string"),
        (config(EnableSSMAccess="yes"), "Member must be a boolean"),
        (config(ServerlessConfig=[]), "Member must be a structure"),
    ],
)
def test_each_constraint_has_its_sentence(params: dict[str, Any], complaint: str) -> None:
    """Missing, unlisted, out of range, of the wrong type: AWS's wording for each."""
    with pytest.raises(ValidationError) as refused:
        check_request(CREATE_CONFIG, params)
    assert complaint in refused.value.message
    assert "validation error" in refused.value.message


def test_all_complaints_come_together() -> None:
    """Two faults make one error that counts and names both."""
    params = {"EndpointConfigName": "bad name", "ProductionVariants": [{"VariantName": "b d"}]}
    with pytest.raises(ValidationError, match="2 validation errors detected"):
        check_request(CREATE_CONFIG, params)
