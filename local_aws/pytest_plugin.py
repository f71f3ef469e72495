"""A pytest fixture for the tests of other projects.

# conftest.py
pytest_plugins = ["local_aws.pytest_plugin"]
"""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest

from local_aws.server import LocalAws


@pytest.fixture
def local_aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalAws]:
    """Return an empty AWS for one test, with the variables that point AWS clients at it."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it keeps the last one's key
    with LocalAws() as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running
