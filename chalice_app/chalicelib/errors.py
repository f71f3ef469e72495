"""The web app's errors, with their HTTP status and code.

WebError                      status  code
├── RequestError                 400  bad_request       the client can fix it
│   ├── EmptyReview              400  empty_review
│   ├── Undecodable              400  undecodable
│   ├── BadJson                  400  bad_json
│   ├── NotFound                 404  not_found
│   ├── MethodNotAllowed         405  method_not_allowed
│   ├── TooLong                  413  too_long
│   ├── TooMany                  413  too_many
│   ├── UnsupportedType          415  unsupported_type
│   └── NotAReview               422  not_a_review
├── EndpointError                502  endpoint_failed   the model failed
│   ├── ModelFailed              502  model_failed
│   ├── EndpointThrottled        429  throttled         + Retry-After
│   ├── EndpointUnavailable      503  unavailable       + Retry-After
│   │   └── EndpointMissing      503  endpoint_missing  + Retry-After
│   └── EndpointTooSlow          504  too_slow
├── FeedbackUnavailable          503  feedback_unavailable  + Retry-After
├── Unexpected                   500  internal          a bug in this app
└── InvalidSetup                 500  setup             raised while app.py is imported

A message is for the person who sent the request. It never has the review's text, an ARN or another
program's message. `cause` (AWS's error code) goes to the log only.
"""

from __future__ import annotations

from typing import ClassVar


class WebError(Exception):
    """The root of all: `status`, `code`, `message` and `retry_after_s` make the answer."""

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
        super().__init__("The text is not valid in its encoding. Send it as UTF-8.")


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
        super().__init__(f"This address does not allow that method. It allows {allow}.")
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
    """The text is not a review, so neither 1.0 nor 0.0 would be true; for text clients."""

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
    """The endpoint is overloaded; `retry_after_s` says when to retry."""

    status = 429
    code = "throttled"
    retry_after_s = 5


class EndpointUnavailable(EndpointError):
    """The endpoint is starting, scaling or temporarily unreachable."""

    status = 503
    code = "unavailable"
    retry_after_s = 10


class EndpointMissing(EndpointUnavailable):
    """No endpoint has that name: the stage has no model deployed."""

    code = "endpoint_missing"
    retry_after_s = 60


class EndpointTooSlow(EndpointError):
    status = 504
    code = "too_slow"


class FeedbackUnavailable(WebError):
    """The feedback table is missing, busy or unreachable."""

    status = 503
    code = "feedback_unavailable"
    retry_after_s = 30

    def __init__(self, *, cause: str) -> None:
        super().__init__("Your answer could not be saved; please try again.", cause=cause)


class Unexpected(WebError):
    def __init__(self) -> None:
        super().__init__("Something went wrong here. The error is logged. Please try again later.")


class InvalidSetup(WebError):
    """The app cannot start; raised at import, so that packaging the app fails too."""

    code = "setup"
