"""How batch transform cuts objects into requests."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_aws.errors import LocalAwsError
from local_aws.sagemaker.transform.splitting import RecordTooLongError, assemble, cut, decompress

LINES = st.lists(st.binary(max_size=20).map(lambda b: b.translate(None, b"\r\n")), max_size=30)


@given(lines=LINES, many=st.booleans(), limit=st.integers(min_value=20, max_value=60))
def test_no_record_is_lost_and_no_request_too_long(
    lines: list[bytes], many: bool, limit: int
) -> None:
    """Joined again, the requests hold the same lines in order, each within the limit."""
    content = b"".join(line + b"\n" for line in lines)
    bodies = list(cut(content, by_line=True, many=many, limit_bytes=limit))
    assert [line for body in bodies for line in body.split(b"\n")] == lines
    assert all(len(body) <= limit for body in bodies)


def test_a_record_past_the_limit_is_refused() -> None:
    """A line longer than MaxPayloadInMB raises instead of being cut."""
    with pytest.raises(RecordTooLongError, match="MaxPayloadInMB"):
        list(cut(b"short\n" + b"x" * 11, by_line=True, many=True, limit_bytes=10))


def test_gzip_input_is_unpacked_or_refused() -> None:
    """Gzip content is decompressed; other content said to be gzip is an error."""
    assert decompress(gzip.compress(b"film"), "Gzip") == b"film"
    assert decompress(b"film", "None") == b"film"
    with pytest.raises(LocalAwsError, match="not a gzip file"):
        decompress(b"film", "Gzip")


def test_answers_are_joined_with_or_without_lines() -> None:
    """AssembleWith Line ends every answer with one newline; None joins them as they are."""
    assert assemble([b"a", b"b\n"], by_line=True) == b"a\nb\n"
    assert assemble([b"a", b"b"], by_line=False) == b"ab"
