"""The permissions that a person or CI machine needs to run every step of every stage."""

from __future__ import annotations

from typing import Any

from sagemaker_jobs.aws.names import PROJECT

_ALL = f"{PROJECT}-*"
_SERVICES = [
    f"{service}.amazonaws.com" for service in ("codebuild", "lambda", "sagemaker", "scheduler")
]


def deployer_policies() -> dict[str, dict[str, Any]]:
    """Return two policies by name, because one would exceed IAM's limit of 6,144 characters.

    `model` permits what trains, releases and serves a model; `app` the web app, alarms and budgets.
    Both only name resources that begin with the project's name, where AWS allows that. A test holds
    the actions to the calls that the steps make, from `setup` to `teardown`.
    """
    return {
        name: {"Version": "2012-10-17", "Statement": statements}
        for name, statements in (("model", _model()), ("app", _app()))
    }


def _model() -> list[dict[str, Any]]:
    pass_role = _allow("PassRoles", "iam", ["PassRole"], f"arn:*:iam::*:role/{_ALL}")
    return [
        _allow("Bucket", "s3", _BUCKET, f"arn:*:s3:::{_ALL}"),
        # the key of `setup --kms-key`, through S3 and SageMaker only
        _allow("UseKey", "kms", _KEY, "arn:*:kms:*:*:key/*")
        | {"Condition": {"StringLike": {"kms:ViaService": ["s3.*", "sagemaker.*"]}}},
        _allow("SeeKey", "kms", ["DescribeKey"], "arn:*:kms:*:*:key/*"),
        _allow("Roles", "iam", _ROLES, f"arn:*:iam::*:role/{_ALL}"),
        pass_role | {"Condition": {"StringEquals": {"iam:PassedToService": _SERVICES}}},
        _allow("JobsAndEndpoints", "sagemaker", _SAGEMAKER, f"arn:*:sagemaker:*:*:*/{_ALL}"),
        # AWS has no narrower resource for these
        {"Sid": "ListAndScale", "Effect": "Allow", "Action": _LIST_AND_SCALE, "Resource": ["*"]},
        _allow("ScalingRole", "iam", ["CreateServiceLinkedRole"], _SCALING_ROLE),
        _allow("Images", "ecr", _ECR, f"arn:*:ecr:*:*:repository/{_ALL}"),
        _allow("BuildImages", "codebuild", _CODEBUILD, f"arn:*:codebuild:*:*:project/{_ALL}"),
    ]


def _app() -> list[dict[str, Any]]:
    return [
        _allow("Feedback", "dynamodb", _TABLE, f"arn:*:dynamodb:*:*:table/{_ALL}"),
        _allow("WebApp", "lambda", _FUNCTION, f"arn:*:lambda:*:*:function:{_ALL}"),
        _allow(
            "WebAddress",
            "apigateway",
            ["GET", "POST", "PUT", "PATCH", "DELETE", "SetWebACL"],
            *(f"arn:*:apigateway:*::/{path}" for path in _GATEWAY_PATHS),
        ),
        _allow(
            "Firewall",
            "wafv2",
            _FIREWALL,
            f"arn:*:wafv2:*:*:regional/webacl/{_ALL}",
            "arn:*:apigateway:*::/restapis/*",
        ),
        _allow(
            "Watch",
            "cloudwatch",
            _WATCH,
            f"arn:*:cloudwatch:*:*:alarm:{_ALL}",
            f"arn:*:cloudwatch:*:*:alarm:*/{_ALL}",  # autoscaling's
            f"arn:*:cloudwatch::*:dashboard/{_ALL}",
        ),
        _allow(
            "Logs",
            "logs",
            _LOGS,
            "arn:*:logs:*:*:log-group:/aws/sagemaker/*",
            f"arn:*:logs:*:*:log-group:/aws/apigateway/{_ALL}",
            f"arn:*:logs:*:*:log-group:/aws/lambda/{_ALL}",
            f"arn:*:logs:*:*:log-group:/aws/codebuild/{_ALL}",
        ),
        _allow("Expiry", "scheduler", _SCHEDULE, f"arn:*:scheduler:*:*:schedule/*/{_ALL}"),
        _allow("Budget", "budgets", _BUDGET, f"arn:*:budgets::*:budget/{_ALL}"),
        # AWS has no narrower resource for these
        {"Sid": "Find", "Effect": "Allow", "Action": _FIND, "Resource": ["*"]},
    ]


def _allow(sid: str, service: str, actions: list[str], *resources: str) -> dict[str, Any]:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Action": [f"{service}:{action}" for action in actions],
        "Resource": list(resources),
    }


_BUDGET = ["ModifyBudget", "ViewBudget"]
# the account's settings are only read; tags are set when keys and plans are created
_GATEWAY_PATHS = ["restapis*", "apikeys*", "usageplans*", "account", "tags/*"]
_FIREWALL = [
    "AssociateWebACL",
    "CreateWebACL",
    "DeleteWebACL",
    "DisassociateWebACL",
    "GetWebACL",
    "GetWebACLForResource",
    "TagResource",
    "UpdateWebACL",
]
_BUCKET = [
    "AbortMultipartUpload",
    "CreateBucket",
    "DeleteBucket",
    "DeleteObject",
    "DeleteObjectVersion",
    "GetBucketTagging",
    "GetEncryptionConfiguration",
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
_KEY = ["CreateGrant", "Decrypt", "GenerateDataKey"]
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
_LOGS = [
    "CreateLogGroup",
    "DeleteLogGroup",
    "DeleteLogStream",
    "DescribeLogStreams",
    "GetLogEvents",
    "PutRetentionPolicy",
    "TagResource",
]
_WATCH = [
    "DeleteAlarms",
    "DeleteDashboards",
    "GetDashboard",
    "PutDashboard",
    "PutMetricAlarm",
    "TagResource",
]
_SCHEDULE = ["CreateSchedule", "DeleteSchedule", "GetSchedule"]
_SAGEMAKER = [
    "AddTags",
    "CreateEndpoint",
    "CreateEndpointConfig",
    "CreateModel",
    "CreateModelPackage",
    "CreateModelPackageGroup",
    "CreateProcessingJob",
    "CreateTrainingJob",
    "CreateTransformJob",
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
    "DescribeProcessingJob",
    "DescribeTrainingJob",
    "DescribeTransformJob",
    "InvokeEndpoint",
    "ListTags",
    "StopProcessingJob",
    "StopTrainingJob",
    "StopTransformJob",
    "UpdateEndpoint",
    "UpdateEndpointWeightsAndCapacities",
    "UpdateModelPackage",
]
_LIST_AND_SCALE = [
    # what AWS asks of the caller who lets an endpoint scale
    "application-autoscaling:DeregisterScalableTarget",
    "application-autoscaling:DescribeScalableTargets",
    "application-autoscaling:DescribeScalingPolicies",
    "application-autoscaling:PutScalingPolicy",
    "application-autoscaling:RegisterScalableTarget",
    "ecr:GetAuthorizationToken",
    "sagemaker:ListEndpointConfigs",
    "sagemaker:ListEndpoints",
    "sagemaker:ListModelPackages",
    "sagemaker:ListModels",
    "sagemaker:ListProcessingJobs",
    "sagemaker:ListTrainingJobs",
    "sagemaker:ListTransformJobs",
]
_FIND = [
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetMetricData",
    "logs:DescribeLogGroups",
    "tag:GetResources",
    "wafv2:ListWebACLs",
]
_SCALING_ROLE = (
    "arn:*:iam::*:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/*"
)
_FUNCTION = [
    "AddPermission",
    "CreateFunction",
    "DeleteFunction",
    "DeleteFunctionConcurrency",
    "GetFunction",
    "GetFunctionConcurrency",
    "GetFunctionConfiguration",
    "GetPolicy",
    "ListTags",
    "PutFunctionConcurrency",
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
    "DescribeImages",
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
