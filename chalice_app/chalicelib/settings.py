"""What the app is told from outside, and the figures it keeps to."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.errors import SetupError

API_VERSION = 1  # a field may join an answer; none goes or changes its meaning within a version

# The longest review of the IMDB archive has 14,282 characters.
MAX_REVIEW_CHARACTERS = 20_000
MAX_REVIEWS = 100
# One request, and so one endpoint call: well under the 4 MB of a serverless endpoint, the 6 MB of
# a real-time one and the 6 MB of a Lambda event. Any one review fits, however it is escaped.
MAX_BODY_BYTES = 1_000_000

# The longest a request can take is RETRY_WINDOW_S + CONNECT_TIMEOUT_S + READ_TIMEOUT_S = 17 s:
# under the Lambda's 20 s, which is under API Gateway's 29 s and the page's 25 s. So a slow model
# is answered by our 504, not by somebody's bare time-out.
CONNECT_TIMEOUT_S = 2.0
READ_TIMEOUT_S = 12.0
FEEDBACK_KEPT_DAYS = 365
RETRY_WINDOW_S = 3.0  # no attempt starts later than this after the first
RETRY_PAUSES_S = (0.2, 0.6)  # so at most three attempts

_ENDPOINT_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")  # AWS's rules
_TABLE_NAME = re.compile(r"[a-zA-Z0-9_.-]{3,255}")


@dataclass(frozen=True)
class Settings:
    """What differs from stage to stage."""

    endpoint_name: str
    feedback_table: str | None = None  # with none, nobody is asked for feedback

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Return the settings in `environ`.

        >>> Settings.from_env({"ENDPOINT_NAME": "movie-sentiment-prod"})
        Settings(endpoint_name='movie-sentiment-prod', feedback_table=None)

        Raises SetupError where ENDPOINT_NAME is absent, or where no endpoint or table can have
        the name given.
        """
        name = environ.get("ENDPOINT_NAME", "")
        if not _ENDPOINT_NAME.fullmatch(name):
            raise SetupError(
                "ENDPOINT_NAME must name the SageMaker endpoint (letters, digits and hyphens,"
                " at most 63); .chalice/config.json sets it for each stage",
            )
        table = environ.get("FEEDBACK_TABLE") or None
        if table is not None and not _TABLE_NAME.fullmatch(table):
            raise SetupError(
                "FEEDBACK_TABLE must name the DynamoDB table for feedback (3 to 255 letters,"
                " digits, hyphens, dots and underscores), or be left out",
            )
        return cls(name, table)
