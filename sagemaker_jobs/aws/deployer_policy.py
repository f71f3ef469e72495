"""What a person or CI machine needs permission for, to run every step of every stage."""

from __future__ import annotations

from typing import Any

from sagemaker_jobs.aws.names import PROJECT

_ALL = f"{PROJECT}-*"
_SERVICES = ["codebuild.amazonaws.com", "lambda.amazonaws.com", "sagemaker.amazonaws.com"]


def deployer_statements() -> list[dict[str, Any]]:
    """Return the statements: actions on resources whose names begin with the project's.

    A test holds the actions to the calls that the steps make, from `setup` to `teardown`.
    """
    pass_role = _allow("PassRoles", "iam", ["PassRole"], f"arn:*:iam::*:role/{_ALL}")
    return [
        _allow("Bucket", "s3", _BUCKET, f"arn:*:s3:::{_ALL}", f"arn:*:s3:::{_ALL}/*"),
        _allow("Roles", "iam", _ROLES, f"arn:*:iam::*:role/{_ALL}"),
        pass_role | {"Condition": {"StringEquals": {"iam:PassedToService": _SERVICES}}},
        _allow("Feedback", "dynamodb", _TABLE, f"arn:*:dynamodb:*:*:table/{_ALL}"),
        _allow("JobsAndEndpoints", "sagemaker", _SAGEMAKER, f"arn:*:sagemaker:*:*:*/{_ALL}"),
        # AWS has no narrower resource for these
        _allow("ListJobsAndEndpoints", "sagemaker", _SAGEMAKER_LISTS, "*"),
        _allow("Alarms", "cloudwatch", _ALARMS, f"arn:*:cloudwatch:*:*:alarm:{_ALL}"),
        _allow("ListLogs", "logs", ["DescribeLogGroups"], "*"),
        _allow("SignInToRegistry", "ecr", ["GetAuthorizationToken"], "*"),
        _allow(
            "Logs",
            "logs",
            ["DescribeLogStreams", "GetLogEvents", "DeleteLogStream", "DeleteLogGroup"],
            "arn:*:logs:*:*:log-group:/aws/sagemaker/*",
            f"arn:*:logs:*:*:log-group:/aws/lambda/{_ALL}",
            f"arn:*:logs:*:*:log-group:/aws/codebuild/{_ALL}",
        ),
        _allow("WebApp", "lambda", _FUNCTION, f"arn:*:lambda:*:*:function:{_ALL}"),
        _allow(
            "WebAddress",
            "apigateway",
            ["GET", "POST", "PUT", "PATCH", "DELETE"],
            "arn:*:apigateway:*::/restapis*",
        ),
        _allow("Images", "ecr", _ECR, f"arn:*:ecr:*:*:repository/{_ALL}"),
        _allow("BuildImages", "codebuild", _CODEBUILD, f"arn:*:codebuild:*:*:project/{_ALL}"),
    ]


def _allow(sid: str, service: str, actions: list[str], *resources: str) -> dict[str, Any]:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Action": [f"{service}:{action}" for action in actions],
        "Resource": list(resources),
    }


_ALARMS = ["DeleteAlarms", "DescribeAlarms", "PutMetricAlarm", "TagResource"]
_BUCKET = [
    "AbortMultipartUpload",
    "CreateBucket",
    "DeleteBucket",
    "DeleteObject",
    "DeleteObjectVersion",
    "GetBucketTagging",
    "GetObject",
    "ListBucket",
    "ListBucketVersions",
    "PutBucketOwnershipControls",
    "PutBucketPolicy",
    "PutBucketPublicAccessBlock",
    "PutBucketTagging",
    "PutEncryptionConfiguration",
    "PutLifecycleConfiguration",
    "PutObject",
]
_ROLES = [
    "CreateRole",
    "DeleteRole",
    "DeleteRolePolicy",
    "DetachRolePolicy",
    "GetRole",
    "ListAttachedRolePolicies",
    "ListRolePolicies",
    "PutRolePermissionsBoundary",
    "PutRolePolicy",
    "TagRole",
    "UpdateAssumeRolePolicy",
]
_TABLE = [
    "CreateTable",
    "DeleteTable",
    "DescribeTable",
    "DescribeTimeToLive",
    "ListTagsOfResource",
    "Scan",
    "TagResource",
    "UpdateTimeToLive",
]
_SAGEMAKER = [
    "AddTags",
    "CreateEndpoint",
    "CreateEndpointConfig",
    "CreateModel",
    "CreateModelPackage",
    "CreateModelPackageGroup",
    "CreateTrainingJob",
    "DeleteEndpoint",
    "DeleteEndpointConfig",
    "DeleteModel",
    "DeleteModelPackage",
    "DeleteModelPackageGroup",
    "DescribeEndpoint",
    "DescribeEndpointConfig",
    "DescribeModel",
    "DescribeModelPackage",
    "DescribeModelPackageGroup",
    "DescribeTrainingJob",
    "InvokeEndpoint",
    "ListTags",
    "StopTrainingJob",
    "UpdateEndpoint",
    "UpdateModelPackage",
]
_SAGEMAKER_LISTS = [
    "ListEndpointConfigs",
    "ListEndpoints",
    "ListModelPackages",
    "ListModels",
    "ListTrainingJobs",
]
_FUNCTION = [
    "AddPermission",
    "CreateFunction",
    "DeleteFunction",
    "DeleteFunctionConcurrency",
    "GetFunction",
    "GetFunctionConfiguration",
    "GetPolicy",
    "ListTags",
    "RemovePermission",
    "TagResource",
    "UntagResource",
    "UpdateFunctionCode",
    "UpdateFunctionConfiguration",
]
_ECR = [
    "BatchGetImage",
    "CreateRepository",
    "DeleteRepository",
    "DescribeRepositories",
    "ListTagsForResource",
    "PutLifecyclePolicy",
    "TagResource",
    # to push from this machine's Docker
    "BatchCheckLayerAvailability",
    "CompleteLayerUpload",
    "InitiateLayerUpload",
    "PutImage",
    "UploadLayerPart",
]
_CODEBUILD = [
    "BatchGetBuilds",
    "BatchGetProjects",
    "CreateProject",
    "DeleteProject",
    "StartBuild",
]
