"""The one place that catches botocore's errors and raises ours."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from sagemaker_jobs import errors

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

_T = TypeVar("_T")

_MISSING = {
    "404",
    "NoSuchBucket",
    "NoSuchEntity",
    "NoSuchKey",
    "NoSuchTagSet",
    "NotFound",
    "NotFoundException",
    "ObjectNotFoundException",
    "RepositoryNotFoundException",
    "ResourceNotFound",
    "ResourceNotFoundException",
    "ServerSideEncryptionConfigurationNotFoundError",
}
_DENIED = {
    "403",
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "UnauthorizedOperation",
}
_CREDENTIALS = {
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidToken",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
_QUOTA = {
    "LimitExceeded",
    "LimitExceededException",
    "ResourceLimitExceeded",
    "ServiceQuotaExceededException",
    "TooManyBuckets",
}
_TAKEN = {"BucketAlreadyExists", "EntityAlreadyExists", "ResourceInUse"}
_BUSY = {"ConflictException", "ConcurrentModification", "OperationAborted"}
_THROTTLED = {"RequestLimitExceeded", "SlowDown", "Throttling", "ThrottlingException"}
# SageMaker reports missing resources as a ValidationException
_SAGEMAKER_MISSING = re.compile(
    r"could not find|cannot find|not found|does not exist", re.IGNORECASE
)


@contextmanager
def translated() -> Iterator[None]:
    """Raise botocore's errors in the block, or in a decorated function, as `AwsError`s."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        raise _refusal(error) from error
    except (BotoCoreError, Boto3Error) as error:
        raise _failure(error) from error


def or_none(call: Callable[[], _T], *, also_where: str = "") -> _T | None:
    """Return the call's result, or None if AWS answers that the resource does not exist.

    `also_where` is a pattern of further AWS messages to return None for.
    """
    from botocore.exceptions import ClientError

    try:
        return call()
    except ClientError as error:
        if _is_missing(error) or (also_where and _matches(error, also_where)):
            return None
        raise


def retried(
    call: Callable[[], _T],
    while_matching: str,
    delays_s: Sequence[float],
    sleep: Callable[[float], None],
) -> _T:
    """Return the call's result, repeating it after each delay while AWS's message matches.

    For resources that AWS needs a moment to propagate, such as a new role.
    """
    from botocore.exceptions import ClientError

    for delay_s in delays_s:
        try:
            return call()
        except ClientError as error:
            is_denied = (
                error.response["Error"]["Code"] in _DENIED
            )  # the caller's own permissions do not change
            if is_denied or not _matches(error, while_matching):
                raise
            sleep(delay_s)
    return call()


def _matches(error: ClientError, pattern: str) -> bool:
    message = error.response["Error"].get("Message", "")
    return re.search(pattern, message, re.IGNORECASE) is not None


def _is_missing(error: ClientError) -> bool:
    code = error.response["Error"]["Code"]
    message = error.response["Error"].get("Message", "")
    in_words = code in {"ValidationException", "ValidationError"}
    return code in _MISSING or (in_words and bool(_SAGEMAKER_MISSING.search(message)))


def _refusal(error: ClientError) -> errors.AwsError:  # noqa: C901, PLR0911 - a table of refusals
    operation = error.operation_name
    code = error.response["Error"]["Code"]
    message = " ".join(error.response["Error"].get("Message", "").split()).rstrip(".") or code
    if operation == "HeadBucket" and code in _DENIED:
        return errors.NameTaken(
            "another account holds the stage's bucket name, or the bucket denies these credentials",
            hint="choose another --stage or --region, or credentials of the account that owns it",
        )
    if code in _DENIED:
        return errors.AccessDenied(
            f"AWS denied {operation}: {message}",
            hint=f"use credentials that may call {operation} (AWS_PROFILE chooses them), "
            "or get the permission added",
            operation=operation,
        )
    if code in _CREDENTIALS:
        return errors.NoCredentials(
            f"AWS does not accept the credentials: {message}",
            hint="sign in again (aws sso login, aws configure) or choose others with AWS_PROFILE",
        )
    if code in _QUOTA:
        return errors.QuotaExceeded(
            f"a quota of this account stops {operation}: {message}",
            hint="choose another --instance-type or count"
            + (", or deploy --hosting serverless" if "endpoint usage" in message else "")
            + ", or request an increase in the Service Quotas console under Amazon SageMaker",
        )
    if code in _TAKEN:
        return errors.NameTaken(
            f"the name is taken: {message}",
            hint="run status to see what this stage has, or choose another --stage",
        )
    if code in _BUSY:
        return errors.NameTaken(
            f"another change is in progress: {message}", hint="wait until it ends, then repeat"
        )
    if code in _THROTTLED:
        return errors.AwsError(
            f"AWS is throttling {operation}: {message}", hint="repeat in a minute"
        )
    if code == "ModelError":
        return _model_error(error)
    if code in {"ModelNotReadyException", "ServiceUnavailable"}:
        return errors.AwsError(f"the endpoint is not ready: {message}", hint="repeat in a minute")
    if _is_missing(error):
        return _not_there(operation, code, message)
    return errors.AwsError(
        f"AWS refused {operation}: {code}: {message}",
        hint="change what AWS objects to; run status to see what the stage has",
    )


def _not_there(operation: str, code: str, message: str) -> errors.NotThere:
    if operation == "InvokeEndpoint" or "endpoint" in message.lower():
        return errors.NotThere(
            f"the stage has no such endpoint: {message}", hint="run deploy, or check --stage"
        )
    if code in {"NoSuchBucket", "NoSuchEntity", "404"}:
        return errors.NotThere(
            f"the stage's bucket or role does not exist ({operation}: {message})", hint="run setup"
        )
    return errors.NotThere(
        f"AWS does not find what {operation} requests: {message}",
        hint="run status to see what the stage has",
    )


def _model_error(error: ClientError) -> errors.RequestRefused:
    status = int(str(error.response.get("OriginalStatusCode", 500)))
    said = str(error.response.get("OriginalMessage") or error.response["Error"]["Message"])
    try:
        said = str(json.loads(said)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        said = said.strip()  # not our model's JSON: shown as it is
    own_fault = 400 <= status < 500  # noqa: PLR2004 - HTTP's client errors
    return errors.RequestRefused(
        f"the model {'refused it' if own_fault else 'failed'}: {said}",
        hint="change the review" if own_fault else "look at the endpoint's log in CloudWatch",
        status=status,
    )


def _failure(error: Exception) -> errors.AwsError:
    """Return our error for a call that got no answer."""
    from botocore import exceptions as botocore

    sentence = " ".join(str(error).split()).rstrip(".")
    if isinstance(
        error,
        (
            botocore.NoCredentialsError,
            botocore.PartialCredentialsError,
            botocore.CredentialRetrievalError,
            botocore.ProfileNotFound,
            botocore.SSOError,
            botocore.TokenRetrievalError,
        ),
    ):
        return errors.NoCredentials(
            f"no AWS credentials: {sentence}",
            hint="run aws configure or aws sso login, set AWS_PROFILE, "
            "or start local_aws and paste its export lines",
        )
    if isinstance(error, botocore.NoRegionError):
        return errors.NoRegion(
            "no AWS region is chosen", hint="pass --region, or set AWS_DEFAULT_REGION"
        )
    if isinstance(error, (botocore.HTTPClientError, botocore.ConnectionError)):
        return unreachable(sentence, os.environ.get("AWS_ENDPOINT_URL"))
    return errors.AwsError(f"an AWS call failed: {sentence}", hint="check the settings it names")


def unreachable(sentence: str, endpoint_url: str | None) -> errors.Unreachable:
    """Return the error for no connection; its usual cause is a local AWS that is not running."""
    if endpoint_url:
        return errors.Unreachable(
            f"nothing answers at AWS_ENDPOINT_URL={endpoint_url}",
            hint="start it with python -m local_aws, or unset AWS_ENDPOINT_URL to use AWS",
        )
    return errors.Unreachable(
        f"AWS cannot be reached: {sentence}", hint="check the network and --region"
    )
