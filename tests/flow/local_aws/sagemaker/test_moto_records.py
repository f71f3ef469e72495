"""SageMaker's records that run nothing: kept, and refused where AWS refuses them."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.support.local_aws.toys import ToyAccount, new_name


def test_experiments_are_kept_with_their_tags(toys: ToyAccount) -> None:
    """An experiment, its trial and a trial component are made, joined, listed and deleted."""
    sagemaker, name = toys.sagemaker, new_name("experiment")
    tags = [{"Key": "project", "Value": "toy"}]
    arn = sagemaker.create_experiment(ExperimentName=name)["ExperimentArn"]
    sagemaker.add_tags(ResourceArn=arn, Tags=tags)  # type: ignore[arg-type]
    sagemaker.create_trial(TrialName=name, ExperimentName=name)
    sagemaker.create_trial_component(
        TrialComponentName=name, Parameters={"rate": {"NumberValue": 0.1}}
    )
    sagemaker.associate_trial_component(TrialComponentName=name, TrialName=name)
    (found,) = sagemaker.list_trial_components(TrialName=name)["TrialComponentSummaries"]
    assert found["TrialComponentName"] == name
    (trial,) = sagemaker.list_trials(ExperimentName=name)["TrialSummaries"]
    assert trial["TrialName"] == name
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == tags
    sagemaker.disassociate_trial_component(TrialComponentName=name, TrialName=name)
    sagemaker.delete_trial(TrialName=name)
    sagemaker.delete_experiment(ExperimentName=name)
    experiments = sagemaker.list_experiments()["ExperimentSummaries"]
    assert name not in {entry["ExperimentName"] for entry in experiments}


def test_a_pipelines_definition_is_kept_and_its_run_refused(toys: ToyAccount) -> None:
    """The definition comes back as it was sent; starting it is not implemented."""
    name, definition = new_name("pipeline"), json.dumps({"Version": "2020-12-01", "Steps": []})
    toys.sagemaker.create_pipeline(
        PipelineName=name,
        PipelineDefinition=definition,
        RoleArn=toys.role,
        ClientRequestToken=new_name("a-token-that-has-32-characters"),
    )
    kept = toys.sagemaker.describe_pipeline(PipelineName=name)
    assert json.loads(kept["PipelineDefinition"]) == json.loads(definition)
    with pytest.raises(ClientError, match="does not implement SageMaker's StartPipelineExecution"):
        toys.sagemaker.start_pipeline_execution(
            PipelineName=name, ClientRequestToken=new_name("a-token-that-has-32-characters")
        )


def test_a_malformed_record_is_refused(toys: ToyAccount) -> None:
    """moto would keep any name; AWS has a pattern for it."""
    with pytest.raises(ClientError, match="'experimentName' failed to satisfy constraint"):
        toys.sagemaker.create_experiment(ExperimentName="not a name")
