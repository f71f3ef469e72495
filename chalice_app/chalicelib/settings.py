"""The app's settings from the environment, and its limits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.errors import InvalidSetup

API_VERSION = 1  # of the answers' fields; it may gain fields, but never loses or changes one
EVEN = 0.5  # the score from which a review is positive

# The longest review of the IMDB archive has 14,282 characters.
MAX_REVIEW_CHARACTERS = 20_000
MAX_REVIEWS = 100
# Of a request, and so of an endpoint call: well below the limits of a serverless endpoint (4 MB), a
# real-time endpoint (6 MB) and a Lambda event (6 MB). Any review fits, with any escaping.
MAX_BODY_BYTES = 1_000_000
MAX_ANSWER_BYTES = 4_000_000  # of the endpoint; a Lambda's own answer may have 6 MB

# A request takes at most RETRY_WINDOW_S + CONNECT_TIMEOUT_S + READ_TIMEOUT_S = 17 s. That is below
# the timeouts of the Lambda (20 s), the page (25 s) and API Gateway (29 s), so that a slow model
# gets our 504 and not another timeout.
CONNECT_TIMEOUT_S = 2.0
READ_TIMEOUT_S = 12.0
FEEDBACK_KEPT_DAYS = 365
DEEP_CHECK_S = 30.0  # /health?deep=1 asks the endpoint no more often
RETRY_WINDOW_S = 3.0  # no attempt starts later than this after the first
RETRY_PAUSES_S = (0.2, 0.6)  # so at most three attempts
CIRCUIT_FAILURES = 3  # requests in a row that failed; then the endpoint counts as down
CIRCUIT_PAUSE_S = 1.0  # between two requests to an endpoint that is down

_ENDPOINT_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")  # AWS's rules
_TABLE_NAME = re.compile(r"[a-zA-Z0-9_.-]{3,255}")


@dataclass(frozen=True)
class Settings:
    """The settings that differ between stages."""

    endpoint_name: str
    feedback_table: str | None = None  # if None, the page does not ask for feedback

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Return the settings in `environ`.

        >>> Settings.from_env({"ENDPOINT_NAME": "movie-sentiment-prod"})
        Settings(endpoint_name='movie-sentiment-prod', feedback_table=None)

        Raises:
            InvalidSetup: ENDPOINT_NAME is missing, or a name is not valid in AWS.
        """
        name = environ.get("ENDPOINT_NAME", "")
        if not _ENDPOINT_NAME.fullmatch(name):
            raise InvalidSetup(
                "ENDPOINT_NAME must name the SageMaker endpoint (letters, digits and hyphens,"
                " at most 63); .chalice/config.json sets it for each stage",
            )
        table = environ.get("FEEDBACK_TABLE") or None
        if table is not None and not _TABLE_NAME.fullmatch(table):
            raise InvalidSetup(
                "FEEDBACK_TABLE must name the DynamoDB table for feedback (3 to 255 letters,"
                " digits, hyphens, dots and underscores), or be left out",
            )
        return cls(name, table)
