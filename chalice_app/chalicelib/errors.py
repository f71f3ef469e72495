"""Everything that can go wrong in the web app, as HTTP speaks of it.

WebError                      status  code
├── RequestError                 400  bad_request       the sender can put it right
│   ├── EmptyReview              400  empty_review
│   ├── Undecodable              400  undecodable
│   ├── BadJson                  400  bad_json
│   ├── NotFound                 404  not_found
│   ├── MethodNotAllowed         405  method_not_allowed
│   ├── TooLong                  413  too_long
│   ├── TooMany                  413  too_many
│   ├── UnsupportedType          415  unsupported_type
│   └── NotAReview               422  not_a_review
├── EndpointError                502  endpoint_failed   the model's side
│   ├── ModelFailed              502  model_failed
│   ├── EndpointThrottled        429  throttled         + Retry-After
│   ├── EndpointUnavailable      503  unavailable       + Retry-After
│   │   └── EndpointMissing      503  endpoint_missing  + Retry-After
│   └── EndpointTooSlow          504  too_slow
├── FeedbackUnavailable          503  feedback_unavailable  + Retry-After
├── Unexpected                   500  internal          a defect of ours
└── SetupError                   500  setup             raised while app.py is imported

A message is a sentence for the person who sent the request. It never holds their text, an ARN
or another program's words; `cause` (AWS's error code) goes to the log only.
"""

from typing import ClassVar


class WebError(Exception):
    """Root of all: `status`, `code`, `message` and `retry_after_s` make the answer."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    retry_after_s: ClassVar[int | None] = None

    def __init__(self, message: str, *, cause: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.cause = cause


class RequestError(WebError):
    status = 400
    code = "bad_request"


class EmptyReview(RequestError):
    code = "empty_review"

    def __init__(self) -> None:
        super().__init__("The review is empty. Write a sentence or two about the film.")


class Undecodable(RequestError):
    code = "undecodable"

    def __init__(self) -> None:
        super().__init__("The text could not be read in the encoding it claims. Send it as UTF-8.")


class BadJson(RequestError):
    code = "bad_json"

    def __init__(self) -> None:
        super().__init__("The body is not JSON.")


class NotFound(RequestError):
    status = 404
    code = "not_found"

    def __init__(self, message: str = "There is nothing at this address.") -> None:
        super().__init__(message)


class MethodNotAllowed(RequestError):
    status = 405
    code = "method_not_allowed"

    def __init__(self, allow: str) -> None:
        super().__init__(f"This address does not take that method; it takes {allow}.")
        self.allow = allow


class TooLong(RequestError):
    status = 413
    code = "too_long"


class TooMany(RequestError):
    status = 413
    code = "too_many"


class UnsupportedType(RequestError):
    status = 415
    code = "unsupported_type"


class NotAReview(RequestError):
    """There is no honest 1.0 or 0.0: for clients that take nothing else."""

    status = 422
    code = "not_a_review"

    def __init__(self, reason: str) -> None:
        super().__init__(f"This does not look like a review. {reason}")


class EndpointError(WebError):
    status = 502
    code = "endpoint_failed"


class ModelFailed(EndpointError):
    code = "model_failed"


class EndpointThrottled(EndpointError):
    """The endpoint refused for load; `retry_after_s` says when to come back."""

    status = 429
    code = "throttled"
    retry_after_s = 5


class EndpointUnavailable(EndpointError):
    """The endpoint is starting, scaling or out of reach for now."""

    status = 503
    code = "unavailable"
    retry_after_s = 10


class EndpointMissing(EndpointUnavailable):
    """No endpoint of that name exists: the stage has no model deployed."""

    code = "endpoint_missing"
    retry_after_s = 60


class EndpointTooSlow(EndpointError):
    status = 504
    code = "too_slow"


class FeedbackUnavailable(WebError):
    """The table for feedback is missing, busy or out of reach."""

    status = 503
    code = "feedback_unavailable"
    retry_after_s = 30

    def __init__(self, *, cause: str) -> None:
        super().__init__("Your answer could not be kept; please try again.", cause=cause)


class Unexpected(WebError):
    def __init__(self) -> None:
        super().__init__("Something went wrong here. It has been noted; please try again later.")


class SetupError(WebError):
    """The app cannot start; raised at import, so that packaging it aborts as well."""

    code = "setup"
