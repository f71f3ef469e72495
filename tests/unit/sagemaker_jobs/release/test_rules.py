"""The rules of a release: how they are read, and what they let pass."""

from pathlib import Path

import pytest

from sagemaker_jobs.errors import InvalidSetting
from sagemaker_jobs.release.rules import FIGURES, Rule, as_table, failures, read_rules


def test_the_rules_that_come_with_the_program_use_every_figure() -> None:
    """The file is a valid example, and shows all that can be demanded."""
    assert {rule.figure for rule in read_rules()} == FIGURES.keys()


def test_a_bound_is_itself_allowed_and_the_table_names_what_failed() -> None:
    """At least and at most include the limit; a missed one is in the table and in the error."""
    rules = [Rule("accuracy", "at_least", 0.9), Rule("size_mb", "at_most", 20)]
    good = [rule.check({"accuracy": 0.9, "size_mb": 20}) for rule in rules]
    assert failures(good) == ""
    bad = [rule.check({"accuracy": 0.89, "size_mb": 20}) for rule in rules]
    assert failures(bad) == "accuracy 0.89 (must be at least 0.9)"
    assert as_table(bad).splitlines()[1].endswith("at least 0.9  FAILED")


def test_only_a_comparison_passes_without_a_value() -> None:
    """No model serves at the first release; every other figure must be known."""
    assert Rule("latency_ratio", "at_most", 1.5).check({}).passed
    assert not Rule("accuracy", "at_least", 0.9).check({}).passed


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[at_least]\naccuracie = 1", "accuracie is not one of accuracy"),
        ("[atleast]\naccuracy = 1", "atleast is not one of the tables"),
        ("accuracy = 1", "accuracy is not one of the tables"),
        ('[at_most]\nsize_mb = "20"', "size_mb is not a number"),
        ("[at_most]\nsize_mb = true", "size_mb is not a number"),
        ("[at_least]", "it has no rule"),
        ("[", "is not a file of rules"),
    ],
)
def test_a_mistake_in_the_file_is_one_sentence(tmp_path: Path, content: str, words: str) -> None:
    """A misspelt rule must not be a rule that nothing fails."""
    path = tmp_path / "rules.toml"
    path.write_text(content)
    with pytest.raises(InvalidSetting, match=words):
        read_rules(path)


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    """The error names the file."""
    with pytest.raises(InvalidSetting, match="nowhere"):
        read_rules(tmp_path / "nowhere.toml")
