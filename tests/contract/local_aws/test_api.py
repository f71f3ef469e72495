"""What clients rely on in local_aws's SageMaker API: descriptions, tags, pages."""

import pytest
from botocore.exceptions import ClientError

from local_aws import LocalAws
from tests.support.local_aws.toys import BUCKET, ToyAccount, new_name


def test_descriptions_hold_no_empty_structures(toys: ToyAccount) -> None:
    """Readers with strict models (the SageMaker SDK's) choke on {}: none is ever sent."""
    model = toys.model("one", Environment={})
    config = toys.config(model)
    for answer in (
        toys.sagemaker.describe_model(ModelName=model),
        toys.sagemaker.describe_endpoint_config(EndpointConfigName=config),
    ):
        members = {name: value for name, value in answer.items() if name != "ResponseMetadata"}
        assert [name for name, value in members.items() if value in ({}, [], None)] == []


def test_the_sagemaker_sdk_reads_what_it_created(
    toys: ToyAccount, aws_environment: dict[str, str]
) -> None:
    """sagemaker-core's resource classes create and read a model through AWS_ENDPOINT_URL alone."""
    from sagemaker.core.resources import Model
    from sagemaker.core.shapes import ContainerDefinition

    assert aws_environment["AWS_ENDPOINT_URL"] == toys.url
    stored = toys.model("one")
    name = new_name("sdk-model")
    Model.create(
        model_name=name,
        primary_container=ContainerDefinition(
            image="an-image", model_data_url=f"s3://{BUCKET}/models/{stored}/model.tar.gz"
        ),
        execution_role_arn=toys.role,
    )
    found = Model.get(model_name=name)
    assert found.primary_container.image == "an-image"
    found.delete()
    with pytest.raises(ClientError, match="Could not find model"):
        toys.sagemaker.describe_model(ModelName=name)


def test_lists_come_in_pages_and_filtered(toys: ToyAccount) -> None:
    """NameContains filters, MaxResults cuts, the paginator finds all, newest first."""
    stem = new_name("paged")
    model = toys.model("one")
    names = [f"{stem}-{n}" for n in range(12)]
    for name in names:
        toys.sagemaker.create_endpoint_config(
            EndpointConfigName=name,
            ProductionVariants=[
                {
                    "VariantName": "v",
                    "ModelName": model,
                    "InstanceType": "ml.m5.large",
                    "InitialInstanceCount": 1,
                }
            ],
        )
    first = toys.sagemaker.list_endpoint_configs(NameContains=stem)
    assert len(first["EndpointConfigs"]) == 10
    pages = toys.sagemaker.get_paginator("list_endpoint_configs").paginate(NameContains=stem)
    found = [entry["EndpointConfigName"] for page in pages for entry in page["EndpointConfigs"]]
    assert found == names[::-1]


def test_tags_are_kept_and_found_by_the_tagging_api(toys: ToyAccount) -> None:
    """Model, bucket and role tags can be listed, changed, and searched across services."""
    stage = new_name("stage")
    tags = [{"Key": "project", "Value": "toy"}, {"Key": "stage", "Value": stage}]
    model = toys.model("one")
    arn = toys.sagemaker.describe_model(ModelName=model)["ModelArn"]
    toys.sagemaker.add_tags(ResourceArn=arn, Tags=tags)  # type: ignore[arg-type]
    toys.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "owner", "Value": "me"}])
    toys.sagemaker.delete_tags(ResourceArn=arn, TagKeys=["owner"])
    assert toys.sagemaker.list_tags(ResourceArn=arn)["Tags"] == tags
    bucket = new_name("tagged")
    toys.s3.create_bucket(Bucket=bucket)
    toys.s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})  # type: ignore[typeddict-item]
    role = toys.iam.create_role(RoleName=new_name("r"), AssumeRolePolicyDocument="{}", Tags=tags)  # type: ignore[arg-type]
    assert toys.iam.list_role_tags(RoleName=role["Role"]["RoleName"])["Tags"] == tags

    search = toys.other("resourcegroupstaggingapi")
    found = search.get_resources(TagFilters=[{"Key": "stage", "Values": [stage]}])
    arns = {entry["ResourceARN"] for entry in found["ResourceTagMappingList"]}
    assert {arn, f"arn:aws:s3:::{bucket}"} <= arns
    search.untag_resources(ResourceARNList=[arn], TagKeys=["stage"])
    assert toys.sagemaker.list_tags(ResourceArn=arn)["Tags"] == tags[:1]
    toys.sagemaker.delete_model(ModelName=model)
    with pytest.raises(ClientError, match="Could not find resource"):
        toys.sagemaker.list_tags(ResourceArn=arn)


def test_the_environment_redirects_any_client(
    local_aws_server: LocalAws, aws_environment: dict[str, str]
) -> None:
    """The variables name the URL, test credentials and a region; nothing else is needed."""
    assert aws_environment == local_aws_server.environment
    assert aws_environment["AWS_ENDPOINT_URL"] == local_aws_server.url
    assert aws_environment["AWS_DEFAULT_REGION"] == aws_environment["AWS_REGION"] == "us-east-1"
