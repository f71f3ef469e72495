"""Decode and parse request bodies: any bytes give a value or a RequestError, nothing else."""

from __future__ import annotations

import base64
import binascii
import codecs
import json
from collections.abc import Iterable, Mapping, Sequence
from email.message import Message
from typing import NoReturn
from urllib.parse import parse_qs

from chalicelib.errors import BadJson, RequestError, TooLong, Undecodable, UnsupportedType
from chalicelib.exchange import Request
from chalicelib.settings import MAX_BODY_BYTES

# The encodings that forms and scripts still send. Python knows others, such as 'unicode_escape' and
# 'idna', that are not encodings of a review.
_CHARSETS = {
    codecs.lookup(name).name
    for name in ("utf-8", "ascii", "latin-1", "iso8859-15", "cp1252", "utf-16")
}
_MAX_FIELDS = 20
_REPLACEMENT_CHARACTER = "\N{REPLACEMENT CHARACTER}"


def body_text(request: Request) -> str:
    """Return the body as text, decoded with the charset of its Content-Type (default: UTF-8).

    Raises:
        TooLong: the body has more than MAX_BODY_BYTES.
        Undecodable: the body is not valid in its charset.
        UnsupportedType: the charset is unknown.
    """
    charset = _charset(request.header("content-type"))
    body = request.body or b""
    if request.is_base64:
        body = _from_base64(body)
    if isinstance(body, str):
        # API Gateway has already decoded the bytes as UTF-8 and marked the invalid ones.
        _refuse_oversize(len(body.encode(errors="surrogatepass")))
        if charset != "utf-8" and _REPLACEMENT_CHARACTER in body:
            raise Undecodable
        text = body
    else:
        _refuse_oversize(len(body))
        try:
            text = body.decode(charset)
        except UnicodeDecodeError as error:
            raise Undecodable from error
    return whole_text(text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}"))  # a byte order mark


def whole_text(text: str) -> str:
    r"""Return `text` unchanged.

    Raises:
        Undecodable: it has half a character, such as JSON's "\ud800".
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Undecodable from error
    return text


def parse_json(text: str) -> object:
    """Return the value of JSON text.

    Raises:
        BadJson: it is not JSON, has NaN or infinity, or is nested too deeply.
    """
    try:
        value: object = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise BadJson from error
    return value


def parse_fields(text: str, known: Sequence[str]) -> dict[str, object]:
    """Return the fields of a JSON object.

    Raises:
        RequestError: it is not a JSON object, or a field is unknown.
    """
    value = parse_json(text)
    if not isinstance(value, dict):
        raise RequestError(f"Send a JSON object with the fields {' and '.join(known)}.")
    refuse_unknown(value, known)
    return value


def refuse_unknown(names: Iterable[str], known: Sequence[str]) -> None:
    """Raise RequestError with the first unknown name, if there is one."""
    for name in names:
        if name not in known:
            raise RequestError(
                f"There is no field {name[:60]!r}; the known fields are {', '.join(known)}."
            )


def parse_form(text: str) -> Mapping[str, list[str]]:
    """Return the fields of an urlencoded form.

    Raises:
        Undecodable: a field is not UTF-8.
        RequestError: the form has more than 20 fields.
    """
    try:
        return parse_qs(text, keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    except UnicodeDecodeError as error:
        raise Undecodable from error
    except ValueError as error:
        raise RequestError(f"A form can have at most {_MAX_FIELDS} fields.") from error


def _charset(content_type: str) -> str:
    message = Message()
    message["content-type"] = " ".join(content_type.split())
    name = message.get_content_charset("utf-8")
    try:
        charset = codecs.lookup(name).name
    except (LookupError, ValueError) as error:
        raise _unknown_charset() from error
    if charset not in _CHARSETS:
        raise _unknown_charset()
    return charset


def _unknown_charset() -> UnsupportedType:
    return UnsupportedType("The text's charset is not supported. Send it as UTF-8.")


def _from_base64(body: bytes | str) -> bytes:
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Undecodable from error


def _refuse_oversize(size_bytes: int) -> None:
    if size_bytes > MAX_BODY_BYTES:
        raise TooLong(f"A request can have at most {MAX_BODY_BYTES:,} bytes.")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)  # NaN, Infinity, -Infinity
