"""AWS's errors told as sentences; nothing else is caught."""

from typing import Any

import pytest
from botocore import exceptions as botocore
from botocore.exceptions import ClientError

from sagemaker_jobs import errors
from sagemaker_jobs.aws.translate_errors import or_none, retried, translated


def refusal(code: str, message: str = "so", operation: str = "DoIt", **facts: Any) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": message}, **facts}
    return ClientError(response, operation)


REFUSALS: list[tuple[Exception, type[errors.AwsError], str]] = [
    (refusal("AccessDenied", operation="CreateRole"), errors.AccessDenied, "CreateRole"),
    (refusal("403", operation="HeadBucket"), errors.NameTaken, "--stage"),
    (refusal("BucketAlreadyExists"), errors.NameTaken, "--stage"),
    (refusal("ExpiredToken"), errors.NoCredentials, "sign in"),
    (refusal("InvalidClientTokenId"), errors.NoCredentials, "AWS_PROFILE"),
    (refusal("ResourceLimitExceeded"), errors.QuotaExceeded, "--instance-type"),
    (refusal("NoSuchBucket"), errors.NotThere, "setup"),
    (refusal("NoSuchEntity"), errors.NotThere, "setup"),
    (
        refusal("ValidationError", "Endpoint x of account 1 not found.", "InvokeEndpoint"),
        errors.NotThere,
        "deploy",
    ),
    (refusal("ThrottlingException"), errors.AwsError, "minute"),
    (refusal("ValidationException", "1 is not a number"), errors.AwsError, "objects"),
]
FAILURES: list[tuple[Exception, type[errors.AwsError], str]] = [
    (botocore.NoCredentialsError(), errors.NoCredentials, "aws configure"),
    (botocore.ProfileNotFound(profile="x"), errors.NoCredentials, "AWS_PROFILE"),
    (botocore.NoRegionError(), errors.NoRegion, "--region"),
    (
        botocore.EndpointConnectionError(endpoint_url="http://127.0.0.1:9"),
        errors.Unreachable,
        "local_aws",
    ),
    (botocore.ParamValidationError(report="no"), errors.AwsError, "settings"),
]


@pytest.mark.parametrize(("error", "kind", "hint"), REFUSALS + FAILURES)
def test_each_failure_says_what_and_what_next(
    error: Exception,
    kind: type[errors.AwsError],
    hint: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The kind is exact, the hint names the next step, and the cause is kept."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(errors.AwsError) as caught, translated():
        raise error
    assert type(caught.value) is kind
    assert hint in caught.value.hint
    assert caught.value.__cause__ is error
    assert "\n" not in caught.value.what + caught.value.hint


def test_a_model_error_is_reported_in_the_models_own_words() -> None:
    """The status and sentence behind SageMaker's 424 are the model's."""
    error = refusal(
        "ModelError",
        operation="InvokeEndpoint",
        OriginalStatusCode=400,
        OriginalMessage='{"error": {"code": "empty_review", "message": "the review is empty"}}',
    )
    with (
        pytest.raises(errors.RequestRefused, match=r"the review is empty$") as caught,
        translated(),
    ):
        raise error
    assert caught.value.status == 400


def test_other_errors_pass_through() -> None:
    """A defect of ours is not dressed up as AWS's."""
    with pytest.raises(KeyError), translated():
        raise KeyError("ours")


@pytest.mark.parametrize(
    "error",
    [
        refusal("NoSuchKey"),
        refusal("404"),
        refusal("ValidationException", 'Could not find endpoint "x".'),
        refusal("ValidationException", "Requested resource not found."),
    ],
)
def test_a_missing_thing_is_none(error: ClientError) -> None:
    """S3, IAM and SageMaker each say it their own way."""

    def call() -> str:
        raise error

    assert or_none(call) is None


def test_another_answer_can_be_none_as_well() -> None:
    """Where the caller names AWS's words for it, and for those alone."""

    def call() -> str:
        raise refusal("ValidationException", "The job is in status Completed.")

    assert or_none(call, also_where="in status (Completed|Failed)") is None
    with pytest.raises(ClientError):
        or_none(call, also_where="in status Failed")


def test_a_refusal_is_not_taken_for_a_missing_thing() -> None:
    """Denied is not absent: what cannot be seen must not be created again."""

    def call() -> str:
        raise refusal("AccessDenied")

    with pytest.raises(ClientError):
        or_none(call)


class Role:
    """A role that IAM makes known after some calls."""

    def __init__(self, unknown_for: int, message: str = "Could not assume role x.") -> None:
        self.calls = 0
        self._unknown_for = unknown_for
        self._message = message

    def use(self) -> str:
        self.calls += 1
        if self.calls <= self._unknown_for:
            raise refusal("ValidationException", self._message)
        return "done"


def test_a_role_that_is_not_known_yet_is_waited_for() -> None:
    """The call is repeated after each delay until AWS knows the role."""
    waits: list[float] = []
    assert retried(Role(2).use, "could not assume", [2, 4, 8], waits.append) == "done"
    assert waits == [2, 4]


def test_waiting_for_a_role_has_an_end() -> None:
    """After the last delay AWS's refusal is final."""
    waits: list[float] = []
    role = Role(99)
    with pytest.raises(ClientError):
        retried(role.use, "could not assume", [2, 4, 8], waits.append)
    assert (role.calls, waits) == (4, [2, 4, 8])


def test_what_the_caller_may_not_do_is_not_waited_for() -> None:
    """Of the caller AWS says in the same words what it says of a role that is not known yet."""
    waits: list[float] = []

    def call() -> str:
        raise refusal("AccessDeniedException", "User x is not authorized to perform: y.")

    with pytest.raises(ClientError):
        retried(call, "is not authorized to perform", [2, 4, 8], waits.append)
    assert waits == []


def test_other_refusals_are_not_repeated() -> None:
    """Only what passes by itself is tried again."""
    waits: list[float] = []
    role = Role(99, "epochs is not a number")
    with pytest.raises(ClientError):
        retried(role.use, "could not assume", [2, 4, 8], waits.append)
    assert waits == []
    assert role.calls == 1
