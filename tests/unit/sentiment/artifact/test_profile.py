"""The profile of the validation reviews: counts by bin, kept beside the model."""

import json
from pathlib import Path

import numpy as np
import pytest

from sentiment.artifact.artifact import read_artifact
from sentiment.artifact.packing import MANIFEST_FILE, add_code, check_manifest
from sentiment.artifact.profile import (
    PROFILE_FILE,
    UPPER_EDGES,
    Histogram,
    Profile,
    make_profile,
    read_profile,
    write_profile,
)
from sentiment.errors import InvalidArtifact


@pytest.fixture
def profile() -> Profile:
    """Three reviews of 4, 10 and 11 words; one of the first and all of the last are unknown."""
    reviews = [np.array([5, 1, 7, 9]), np.full(10, 3), np.full(11, 1)]
    return make_profile([0.05, 0.1, 0.95], reviews)


def test_values_are_counted_by_bin_with_the_upper_edge(profile: Profile) -> None:
    """As CloudWatch's trimmed counts: above the lower edge, up to the upper one."""
    assert profile["score"].counts == (2, 0, 0, 0, 0, 0, 0, 0, 0, 1)
    assert profile["words"].counts == (2, 1, 0, 0, 0, 0, 0, 0, 0)
    assert profile["unknown_share"].counts == (1, 0, 0, 0, 0, 0, 2)


def test_a_value_is_in_its_bin_however_its_last_digits_are() -> None:
    """0.1 in float32 is greater than 0.1; the log has four digits, and so counts the profile."""
    assert Histogram.of(np.array([0.1], np.float32), (0.1,)).counts == (1, 0)


def test_the_profile_is_read_as_written_and_is_in_the_manifest(
    artifact_folder: Path, profile: Profile
) -> None:
    """The model's version stays: model.json does not know of it."""
    before = read_artifact(artifact_folder).version
    assert read_profile(artifact_folder) is None
    write_profile(profile, artifact_folder)
    add_code(artifact_folder)
    assert f"  {PROFILE_FILE}\n" in (artifact_folder / MANIFEST_FILE).read_text()
    assert read_artifact(artifact_folder).version == before
    assert read_profile(artifact_folder) == profile
    (artifact_folder / PROFILE_FILE).write_text("{}")
    with pytest.raises(InvalidArtifact, match="changed"):
        check_manifest(artifact_folder)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"format_version": 2}',
        b'{"format_version": 1, "score": 3}',
        json.dumps(
            {"format_version": 1}
            | {name: {"upper_edges": edges, "counts": [1]} for name, edges in UPPER_EDGES.items()}
        ).encode(),
    ],
)
def test_a_damaged_profile_is_refused(tmp_path: Path, content: bytes) -> None:
    """With the file's name, whatever is wrong."""
    (tmp_path / PROFILE_FILE).write_bytes(content)
    with pytest.raises(InvalidArtifact, match=PROFILE_FILE):
        read_profile(tmp_path)


@pytest.mark.parametrize(
    ("edges", "counts"),
    [
        ([1, 2], [1, 2, -1]),
        ([1, 2], [1, 2, 1.5]),
        ([1, 2], [1, 2, True]),
        ([1, 2], [1, 2]),
        ([2, 1], [1, 2, 3]),
        ([1, 1], [1, 2, 3]),
        (["1", "2"], [1, 2, 3]),
        ([1, float("inf")], [1, 2, 3]),
        ([1, 10**400], [1, 2, 3]),
        ([float("nan"), float("nan")], [1, 2, 3]),
    ],
)
def test_bins_that_do_not_fit_are_refused(
    tmp_path: Path, edges: list[object], counts: list[object]
) -> None:
    """Finite edges that ascend, and a whole number of reviews between them."""
    bins: dict[str, object] = {
        name: {"upper_edges": [1, 2.5], "counts": [0, 1, 2]} for name in UPPER_EDGES
    }
    path = tmp_path / PROFILE_FILE
    path.write_text(json.dumps({"format_version": 1} | bins))
    read_profile(tmp_path)
    bins["score"] = {"upper_edges": edges, "counts": counts}
    path.write_text(json.dumps({"format_version": 1} | bins))
    with pytest.raises(InvalidArtifact, match=r"bins of score|too large"):
        read_profile(tmp_path)
