"""SageMaker's records that run nothing, which moto keeps: experiments, pipelines, model cards.

Where AWS would run something, such as a pipeline's execution, the operation stays refused.
"""

from __future__ import annotations

import re

from local_aws.arns import PARTITION
from local_aws.http import parse_json
from local_aws.sagemaker.validation import check_request, service_model

RECORDS = (
    "CreateExperiment", "DescribeExperiment", "ListExperiments", "DeleteExperiment",
    "CreateTrial", "DescribeTrial", "ListTrials", "DeleteTrial",
    "CreateTrialComponent", "DescribeTrialComponent", "UpdateTrialComponent",
    "ListTrialComponents", "DeleteTrialComponent",
    "AssociateTrialComponent", "DisassociateTrialComponent",
    "CreatePipeline", "DescribePipeline", "UpdatePipeline", "ListPipelines", "DeletePipeline",
    "CreateModelCard", "DescribeModelCard", "UpdateModelCard", "ListModelCards",
    "ListModelCardVersions", "DeleteModelCard",
    # of what cannot be created here, so the lists are empty
    "ListAutoMLJobs", "ListClusters", "ListCompilationJobs", "ListDomains",
    "ListHyperParameterTuningJobs", "ListNotebookInstances",
)  # fmt: skip
_TAGS = {"AddTags", "ListTags", "DeleteTags"}
_TAGGED = re.compile(
    rf"arn:{PARTITION}:sagemaker:[^:]*:[^:]*:(experiment|experiment-trial|experiment-trial-component|"
    r"pipeline|model-card)/"
)


def is_record(operation: str, body: bytes) -> bool:
    """Return whether moto answers the operation: one of `RECORDS`, or the tags of such a record."""
    if operation not in _TAGS:
        return operation in RECORDS
    try:
        return _TAGGED.match(parse_json(body)["ResourceArn"]) is not None
    except (ValueError, KeyError, TypeError):
        return False


def check_record(operation: str, body: bytes) -> None:
    """Raise unless the request has the form that AWS demands: moto does not look.

    Raises:
        ValidationError: it has not; the message lists every fault in AWS's words.
    """
    try:
        params = parse_json(body or b"{}")
    except ValueError:
        params = None
    check_request(service_model("sagemaker").operation_model(operation), params)
