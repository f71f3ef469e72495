"""What the tests of serving share."""

import pytest

from tests.support.models.bundled_reader import Reader, bundled_reader


@pytest.fixture(scope="session")
def reader() -> Reader:
    """The bundled vocabulary with its check of what is a review."""
    return bundled_reader()
