"""Errors that local_aws did not expect, as its clients see them."""

from pathlib import Path

import pytest

from local_aws.errors import as_aws_error, failure_reason


def test_a_full_disk_is_named() -> None:
    """The kernel's own error, from the device that is always full."""
    with (
        pytest.raises(OSError, match="No space left") as full,
        Path("/dev/full").open("wb", 0) as f,
    ):
        f.write(b"x")
    error = as_aws_error(full.value)
    assert (error.code, error.status) == ("InsufficientStorage", 507)
    assert "the disk of local_aws is full; try:" in error.message
    assert failure_reason(full.value).startswith("ClientError: the disk of local_aws is full")


@pytest.mark.parametrize("error", [OSError(2, "no such file"), ValueError("x")])
def test_other_errors_give_nothing_away(error: Exception) -> None:
    """Only the log has their details."""
    assert as_aws_error(error).code == "InternalFailure"
    assert "Please try again" in failure_reason(error)
