"""A price list of your own."""

import json
from pathlib import Path
from typing import Any

import pytest

from sagemaker_jobs.errors import InvalidSetting
from sagemaker_jobs.operations.prices import PRICES_FILE, read_prices

OURS: dict[str, Any] = json.loads(PRICES_FILE.read_text("utf-8"))


def test_a_copy_with_other_values_is_read(tmp_path: Path) -> None:
    """Its source is printed in place of ours."""
    path = tmp_path / "mine.json"
    path.write_text(json.dumps({**OURS, "region": "eu-west-1", "source": "from AWS's page"}))
    assert read_prices(path).line() == f"eu-west-1 prices of {OURS['date']}, from AWS's page"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Expecting value"),
        ("[]", "must be a mapping"),
        ("{}", "missing 13 required positional arguments"),
        (json.dumps({**OURS, "gpu": 1}), "unexpected keyword argument 'gpu'"),
        (json.dumps({**OURS, "s3_gb_month": "0.02"}), "s3_gb_month is not a price"),
        (json.dumps({**OURS, "s3_gb_month": -1}), "s3_gb_month is not a price"),
        (json.dumps({**OURS, "instance_hour": {"ml.m5.large": None}}), "ml.m5.large is not a"),
        (json.dumps({**OURS, "instance_hour": []}), "instance_hour is not an object"),
    ],
)
def test_another_file_is_refused_with_the_reason(tmp_path: Path, text: str, words: str) -> None:
    """A missing file is refused likewise."""
    path = tmp_path / "mine.json"
    path.write_text(text)
    with pytest.raises(InvalidSetting, match="is not a price list") as caught:
        read_prices(path)
    assert words in caught.value.what
    with pytest.raises(InvalidSetting, match="No such file"):
        read_prices(tmp_path / "missing.json")
