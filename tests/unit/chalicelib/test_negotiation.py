"""Which type an answer takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.exchange import JSON_TYPE, PAGE_TYPE, TEXT_TYPE, Request
from chalicelib.negotiation import answer_type, choose

FORM = "application/x-www-form-urlencoded"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("content_type", "accept", "expected"),
    [
        ("text/plain;charset=UTF-8", "*/*", TEXT_TYPE),  # XMLHttpRequest and fetch
        ("text/plain", "", TEXT_TYPE),
        ("", "", TEXT_TYPE),
        ("text/plain", "application/json", JSON_TYPE),
        ("text/plain", "application/json, text/plain, */*", TEXT_TYPE),  # axios
        ("application/json", "*/*", JSON_TYPE),
        ("Application/JSON", "", JSON_TYPE),
        ("application/json", "text/plain", TEXT_TYPE),
        ("application/json", "text/*;q=0.5, application/*;q=0.4", TEXT_TYPE),
        ("application/json", "application/json;q=0, */*", TEXT_TYPE),
        ("application/json", "text/plain;q=0", JSON_TYPE),  # all is as bad: our first choice
        ("text/plain", "text/plain;q=1, application/json;q=0.5", TEXT_TYPE),
        ("text/plain", "application/json, text/plain;q=1.0", TEXT_TYPE),
        ("text/plain", "text/plain;charset=utf-8, application/json;q=0.5", TEXT_TYPE),
        # a weight that is none
        ("text/plain", "text/plain;q=high, application/json;q=0.5", JSON_TYPE),
        ("text/plain", "text/plain;q=1.5, application/json;q=0.5", JSON_TYPE),
        ("text/plain", "text/plain;q=-1, application/json;q=0.5", JSON_TYPE),
        ("text/plain", "text/plain;q=nan, application/json;q=0.5", JSON_TYPE),
        (FORM, BROWSER, PAGE_TYPE),
        (FORM, "*/*", JSON_TYPE),  # curl -d
        (FORM, "text/plain", TEXT_TYPE),
        ("text/plain", "image/png", TEXT_TYPE),  # nothing we have: our first choice
        ("image/png", "*/*", JSON_TYPE),
    ],
)
def test_accept_and_body_decide_the_type(content_type: str, accept: str, expected: str) -> None:
    """Accept decides; where it leaves a choice, the answer takes after the body."""
    headers = {"content-type": content_type, "accept": accept}
    assert answer_type(Request("POST", "/review", headers=headers)) == expected


def test_only_a_post_without_a_type_is_text() -> None:
    """Clients of the original web app post like that."""
    assert answer_type(Request("PUT", "/review")) == JSON_TYPE


@given(st.one_of(st.text(), st.text(alphabet="text/plainhtmjso*;q=0.19,- ")))
def test_any_accept_header_chooses_an_offer(accept: str) -> None:
    """No Accept header, however broken, is an error."""
    offers = [JSON_TYPE, TEXT_TYPE]
    assert choose(accept, offers) in offers
