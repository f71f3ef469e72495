"""Requests that SageMaker accepts, whatever the reviews."""

import json

from hypothesis import given
from hypothesis import strategies as st

from sagemaker_jobs.endpoint.request_chunks import REQUEST_BYTES, REVIEWS_PER_REQUEST, chunks

REVIEWS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), max_size=40)


@given(REVIEWS, st.integers(1, 10), st.integers(200, 900))
def test_no_request_passes_a_limit_and_no_review_is_lost(
    reviews: list[str], most_reviews: int, most_bytes: int
) -> None:
    """Chunks in order make the reviews again; each stays under both limits unless one review."""
    made = list(chunks(reviews, most_reviews=most_reviews, most_bytes=most_bytes))
    assert [review for chunk in made for review in chunk] == reviews
    for chunk in made:
        assert 1 <= len(chunk) <= most_reviews
        size = len(json.dumps({"reviews": chunk}).encode())
        assert size <= most_bytes or len(chunk) == 1


def test_ordinary_reviews_travel_512_at_a_time() -> None:
    """25,000 reviews of ordinary length make 49 requests."""
    sizes = [len(chunk) for chunk in chunks(["word " * 230] * 25_000)]
    assert sizes == [REVIEWS_PER_REQUEST] * 48 + [25_000 - 48 * REVIEWS_PER_REQUEST]


def test_long_reviews_travel_in_smaller_company() -> None:
    """Where 512 reviews would be too much for one request, fewer go into it."""
    made = list(chunks(["é" * 10_000] * 512))
    assert len(made) > 1
    assert all(len(json.dumps({"reviews": chunk})) <= REQUEST_BYTES for chunk in made)
