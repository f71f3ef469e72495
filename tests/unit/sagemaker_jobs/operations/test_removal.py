"""Removing several things, one of which AWS refuses to remove."""

import io

import pytest

from sagemaker_jobs.errors import AwsError
from sagemaker_jobs.operations.removal import Left, Thing, remove_all
from sagemaker_jobs.terminal import Ui


def test_a_refusal_does_not_keep_the_others() -> None:
    """What fails is left, counts as billed and says why; the things after it are removed."""
    said, removed = io.StringIO(), []

    def refuse() -> None:
        raise AwsError("AWS refused DeleteEndpoint", hint="repeat in a minute")

    things = [Thing("endpoint a", refuse), Thing("role b", lambda: removed.append("b"))]
    outcome = list(remove_all(things, ui=Ui(said)))
    reason = "endpoint a: AWS refused DeleteEndpoint; try: repeat in a minute"
    assert outcome == [Left(reason, costs=True), things[1]]
    assert removed == ["b"]
    assert said.getvalue() == "removed role b\n"


def test_a_bug_is_not_taken_for_a_refusal() -> None:
    """Only declared errors are reported as left."""
    with pytest.raises(ZeroDivisionError):
        list(remove_all([Thing("role b", lambda: 1 // 0)], ui=Ui(io.StringIO())))
