"""Any bytes give a value or a declared error."""

import base64
import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.content import body_text, parse_form, parse_json, refuse_unknown
from chalicelib.errors import BadJson, RequestError, TooLong, Undecodable, UnsupportedType
from chalicelib.exchange import Request
from chalicelib.settings import MAX_BODY_BYTES


def request(
    body: bytes | str | None,
    content_type: str = "text/plain",
    *,
    is_base64: bool = False,
) -> Request:
    headers = {"content-type": content_type}
    return Request("POST", "/review", headers=headers, body=body, is_base64=is_base64)


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        ("utf-8", "utf-8"),
        ("UTF8", "utf-8"),
        ('"utf-8"', "utf-8"),
        ("iso-8859-1", "latin-1"),
        ("latin1", "latin-1"),
        ("windows-1252", "cp1252"),
        ("utf-16", "utf-16"),
    ],
)
def test_declared_charset_decodes_the_bytes(charset: str, encoding: str) -> None:
    """The bytes are read in the charset that the sender names."""
    sent = request("Un film génial".encode(encoding), f"text/plain; charset={charset}")
    assert body_text(sent) == "Un film génial"


@pytest.mark.parametrize("charset", ["klingon", "unicode_escape", "idna", "base64", "rot13", "\0"])
def test_unknown_charset_is_refused(charset: str) -> None:
    """An unknown charset, or a Python codec that is not a charset, is a 415."""
    with pytest.raises(UnsupportedType):
        body_text(request(b"good", f"text/plain; charset={charset}"))


def test_byte_order_mark_is_dropped() -> None:
    """A byte order mark is not part of the review."""
    assert body_text(request(b"\xef\xbb\xbfgood")) == "good"


@pytest.mark.parametrize(
    ("body", "content_type", "is_base64"),
    [
        (b"\xff\xfe\xfa", "text/plain", False),
        ("caf\N{REPLACEMENT CHARACTER}", "text/plain; charset=iso-8859-1", False),
        ("no base64!", "text/plain", True),
        ("\N{SNOWMAN}", "text/plain", True),
        ("Z29v!ZA==", "text/plain", True),
        ("half \ud83d", "text/plain", False),
    ],
)
def test_unreadable_bytes_are_undecodable(
    body: bytes | str,
    content_type: str,
    is_base64: bool,
) -> None:
    """Bytes that are not what they claim are a 400, also where API Gateway spoilt them first."""
    with pytest.raises(Undecodable):
        body_text(request(body, content_type, is_base64=is_base64))


def test_base64_from_api_gateway_is_unpacked() -> None:
    """A body that API Gateway packed as base64 reads as it was sent."""
    packed = base64.b64encode("génial".encode()).decode()
    assert body_text(request(packed, is_base64=True)) == "génial"


@pytest.mark.parametrize("body", [b"x" * (MAX_BODY_BYTES + 1), "é" * (MAX_BODY_BYTES // 2 + 1)])
def test_oversize_body_is_too_long(body: bytes | str) -> None:
    """The limit counts bytes, whether the body arrives as bytes or as text."""
    with pytest.raises(TooLong) as raised:
        body_text(request(body))
    assert raised.value.status == 413


@pytest.mark.parametrize("body", [b"x" * MAX_BODY_BYTES, "é" * (MAX_BODY_BYTES // 2)])
def test_a_body_of_the_limit_is_read(body: bytes | str) -> None:
    """The limit itself passes."""
    assert len(body_text(request(body)).encode()) == MAX_BODY_BYTES


def test_a_replacement_character_may_be_the_senders_own() -> None:
    """In UTF-8, nobody can tell it from one of API Gateway's."""
    text = "caf\N{REPLACEMENT CHARACTER}"
    assert body_text(request(text)) == text


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a": -Infinity}', "[" * 100_000, "", "{"])
def test_what_is_not_json_is_bad_json(text: str) -> None:
    """NaN, infinity, bottomless nesting and half a document are a 400."""
    with pytest.raises(BadJson):
        parse_json(text)


def test_form_with_many_fields_is_refused() -> None:
    """A form cannot be used to make us parse without end; 20 fields pass, empty ones included."""
    assert parse_form("&".join(["a="] * 20)) == {"a": [""] * 20}
    with pytest.raises(RequestError, match="at most 20 fields"):
        parse_form("&".join(["a="] * 21))


def test_the_first_unknown_field_is_named() -> None:
    """Its first 60 characters, so that no request fills an answer."""
    refuse_unknown(["explain", "review"], ["review", "explain"])
    with pytest.raises(RequestError) as refused:
        refuse_unknown(["review", "x" * 61, "y"], ["review", "explain"])
    named = "There is no field '" + "x" * 60 + "'; the known fields are review, explain."
    assert refused.value.message == named


@given(
    body=st.one_of(st.binary(), st.text(), st.text(alphabet=st.characters()), st.none()),
    content_type=st.one_of(
        st.text(),
        st.sampled_from(["", "text/plain; charset=utf-16", "text/plain; charset=''", "a;b;c="]),
    ),
    is_base64=st.booleans(),
)
def test_any_body_gives_text_or_a_declared_error(
    body: Any,
    content_type: str,
    is_base64: bool,
) -> None:
    """Whatever arrives: text that can be encoded again, or a RequestError."""
    try:
        text = body_text(request(body, content_type, is_base64=is_base64))
    except RequestError:
        return
    assert text.encode().decode() == text


@given(st.one_of(st.text(), st.text(alphabet='[]{}":,0123456789eE+-.truefalsn ')))
def test_any_text_gives_json_or_bad_json(text: str) -> None:
    """No text makes the JSON parser raise anything undeclared."""
    with contextlib.suppress(BadJson):
        parse_json(text)


@given(st.one_of(st.text(), st.text(alphabet="review=&+%0AFf;")))
def test_any_text_gives_a_form_or_a_declared_error(text: str) -> None:
    """No text makes the form parser raise anything undeclared."""
    with contextlib.suppress(RequestError):
        parse_form(text)
