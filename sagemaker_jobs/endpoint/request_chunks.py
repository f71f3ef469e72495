"""Many reviews split into requests that SageMaker accepts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

REVIEWS_PER_REQUEST = 512
# real-time endpoints take 6 MB, serverless ones 4: one limit under both
REQUEST_BYTES = 3_500_000
_FRAME_BYTES = len(json.dumps({"reviews": []}))
_SEPARATOR_BYTES = 2


def chunks(
    reviews: Sequence[str],
    *,
    most_reviews: int = REVIEWS_PER_REQUEST,
    most_bytes: int = REQUEST_BYTES,
) -> Iterator[list[str]]:
    """Yield the reviews in order, in lists whose JSON requests stay under both limits.

    A larger review is alone in its list; the endpoint then reports that it is too long.

    >>> list(chunks(["a", "b", "c"], most_reviews=2))
    [['a', 'b'], ['c']]
    """
    chunk: list[str] = []
    size = _FRAME_BYTES
    for review in reviews:
        review_bytes = len(json.dumps(review)) + _SEPARATOR_BYTES
        if chunk and (len(chunk) == most_reviews or size + review_bytes > most_bytes):
            yield chunk
            chunk, size = [], _FRAME_BYTES
        chunk.append(review)
        size += review_bytes
    if chunk:
        yield chunk
