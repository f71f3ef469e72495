"""The model registry: groups and their versions, through the real boto3."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.local_aws.toys import ToyAccount, new_name, tar


@pytest.fixture
def group(toys: ToyAccount) -> str:
    """The name of an empty group."""
    name = new_name("group")
    toys.sagemaker.create_model_package_group(
        ModelPackageGroupName=name, Tags=[{"Key": "stage", "Value": "test"}]
    )
    return name


def register(toys: ToyAccount, group: str, **changes: Any) -> str:
    """Return the ARN of a new version."""
    uri = toys.put(f"models/{group}/model.tar.gz", tar({"name.txt": b"one"}))
    return toys.sagemaker.create_model_package(
        ModelPackageGroupName=group,
        InferenceSpecification={
            "Containers": [{"Image": "an-image", "ModelDataUrl": uri}],
            "SupportedContentTypes": ["text/plain"],
            "SupportedResponseMIMETypes": ["application/json"],
        },
        **changes,
    )["ModelPackageArn"]


def test_versions_count_up_and_keep_what_was_registered(toys: ToyAccount, group: str) -> None:
    """A version waits for approval by default; its metadata and its model can be read back."""
    first = register(toys, group, CustomerMetadataProperties={"accuracy": "0.9"})
    second = register(toys, group, ModelApprovalStatus="Rejected")
    assert first.endswith(f":model-package/{group}/1")
    assert second.endswith(f":model-package/{group}/2")
    found = toys.sagemaker.describe_model_package(ModelPackageName=first)
    assert found["ModelPackageVersion"] == 1
    assert found["ModelApprovalStatus"] == "PendingManualApproval"
    assert found["CustomerMetadataProperties"] == {"accuracy": "0.9"}
    assert found["InferenceSpecification"]["Containers"][0]["Image"] == "an-image"
    listed = toys.sagemaker.list_model_packages(ModelPackageGroupName=group, SortOrder="Descending")
    assert [p["ModelPackageVersion"] for p in listed["ModelPackageSummaryList"]] == [2, 1]
    rejected = toys.sagemaker.list_model_packages(
        ModelPackageGroupName=group, ModelApprovalStatus="Rejected"
    )["ModelPackageSummaryList"]
    assert [p["ModelPackageArn"] for p in rejected] == [second]
    assert toys.sagemaker.list_model_packages()["ModelPackageSummaryList"] == []


def test_an_approval_and_metadata_are_updated(toys: ToyAccount, group: str) -> None:
    """New properties join the old ones; named ones go."""
    arn = register(toys, group, CustomerMetadataProperties={"accuracy": "0.9", "old": "1"})
    toys.sagemaker.update_model_package(
        ModelPackageArn=arn,
        ModelApprovalStatus="Approved",
        ApprovalDescription="looks good",
        CustomerMetadataProperties={"checked": "yes"},
        CustomerMetadataPropertiesToRemove=["old"],
    )
    found = toys.sagemaker.describe_model_package(ModelPackageName=arn)
    assert (found["ModelApprovalStatus"], found["ApprovalDescription"]) == (
        "Approved",
        "looks good",
    )
    assert found["CustomerMetadataProperties"] == {"accuracy": "0.9", "checked": "yes"}


def test_a_group_goes_only_when_it_is_empty(toys: ToyAccount, group: str) -> None:
    """Its tags are found meanwhile; a version's number is not used again."""
    described = toys.sagemaker.describe_model_package_group(ModelPackageGroupName=group)
    arn = described["ModelPackageGroupArn"]
    assert toys.sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "stage", "Value": "test"}]
    names = toys.sagemaker.list_model_package_groups(NameContains=group)
    assert [g["ModelPackageGroupArn"] for g in names["ModelPackageGroupSummaryList"]] == [arn]
    version = register(toys, group)
    with pytest.raises(ClientError, match="it contains Model Packages"):
        toys.sagemaker.delete_model_package_group(ModelPackageGroupName=group)
    toys.sagemaker.delete_model_package(ModelPackageName=version)
    assert register(toys, group).endswith("/2")
    toys.sagemaker.delete_model_package(ModelPackageName=f"{arn.split('/')[-1]}/2")
    toys.sagemaker.delete_model_package_group(ModelPackageGroupName=group)
    with pytest.raises(ClientError, match=f"{group} does not exist"):
        toys.sagemaker.describe_model_package_group(ModelPackageGroupName=group)


def test_what_aws_refuses_is_refused(toys: ToyAccount, group: str) -> None:
    """A group's name is used once; a version needs a group that exists and a model in S3."""
    with pytest.raises(ClientError, match="Model Package Group already exists: arn:aws:sagemaker"):
        toys.sagemaker.create_model_package_group(ModelPackageGroupName=group)
    with pytest.raises(ClientError, match="never-made does not exist"):
        register(toys, "never-made")
    with pytest.raises(ClientError, match="Tags are not allowed on versioned"):
        register(toys, group, Tags=[{"Key": "a", "Value": "b"}])
    with pytest.raises(ClientError, match="Could not find model data at s3://nowhere/model"):
        toys.sagemaker.create_model_package(
            ModelPackageGroupName=group,
            InferenceSpecification={
                "Containers": [{"Image": "i", "ModelDataUrl": "s3://nowhere/model.tar.gz"}]
            },
        )
    with pytest.raises(ClientError, match="does not implement model packages outside a group"):
        toys.sagemaker.create_model_package(ModelPackageName="alone")
    with pytest.raises(ClientError, match=f"{group}/9 does not exist"):
        toys.sagemaker.describe_model_package(ModelPackageName=f"{group}/9")
