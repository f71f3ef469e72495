"""Bucket policies as local_aws reads them."""

from __future__ import annotations

import json
from collections.abc import Mapping

from moto.iam.access_control import PermissionResult

from local_aws.moto_glue.bucket_policies import permission

OBJECT = "arn:aws:s3:::bucket/key"


def policy(*statements: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def test_a_tls_only_policy_lets_requests_through() -> None:
    """A policy that denies plain http says nothing against a request to local_aws."""
    tls_only = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    verdict = permission(policy(tls_only), "s3:GetObject", OBJECT)
    assert verdict != PermissionResult.DENIED


def test_an_unconditional_deny_still_denies() -> None:
    """A statement without that condition keeps its effect."""
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"{OBJECT}"}
    verdict = permission(policy(deny), "s3:GetObject", OBJECT)
    assert verdict == PermissionResult.DENIED
