"""The words of this project are the field's: in names, help texts, messages and documents."""

from __future__ import annotations

import re
import subprocess
from functools import cache

import pytest

from tests.support.paths import ROOT

# A pattern for what stood there before -> what to write. Files are searched in lower case. A space
# in a pattern also matches a line break, since prose is wrapped.
GLOSSARY = {
    r"\bwhoever\b|\bpeople who\b": "you, the caller, the client, the user",
    r"\banew\b|\bamid\b|\bthereby\b": "again, in the middle of, so",
    r"\b(?:stands?|stood) in (?!for\b)": "is in",
    r"(?<!there )\b(?:is|are|was|were) no (?!(?:longer|more|less|better|worse|one|way)\b)": (
        "is not a"
    ),
    r"\b(?:is|are|was|were|been) told\b(?! apart)": "is reported, printed, logged",
    r"\bbehind (?:(?:the|its|their) )?(?:last|first|words?|guess|pieces?|reviews?|those)\b": (
        "after, following"
    ),
    r"\bdeeds?\b": "action (create, update, unchanged)",
    r"\bthe road\b|\broad's\b": "the pipeline, the workflow",
    r"\bforeign (?:pages?|origins?)\b": "other origins",
    r"\bweb app's log\b(?! group)": "log group",
    r"\bmade up (?:examples?|sentences?|statements?|texts?)\b|\bstatement\.(?:ids|target)\b": (
        "synthetic examples"
    ),
    r"\bcontradictions?\b|\bdenials?\b": "negation",
    r"\bconceded\b|\bconcedes\b": "concession",
    r"\bten[- ]folds?\b": "10-fold cross-validation",
    r"\bsurest\b": "accuracy at 90 % coverage, the most confident",
    r"\bfurther.rounds?\b": "self-training rounds",
    r"\bstart.from\b|\bgo(?:es)? on from\b": "warm start, initial weights; resume",
    r"\b(?:have|has|been|was|were) (?:been )?taken back\b": "rolled back",
    r"\bput beside silence\b|\bidle settings?\b": "unused options",
    r"\bending pooled\b": "pooling over the last 32 words",
    r"\bthe greatest and (?:of )?the mean\b": "max pooling and mean pooling",
    r"\bteachers?\b.*\b(?:asked|dismissed)\b|\bdismissed teachers?\b": "ensemble predictions",
    r"\bgains by length\b": "length-dependent weights",
    r"\bself.training under noise\b": "self-training with virtual adversarial perturbation",
}
# The lab notes keep the words of their days; the word lists and stored answers are data.
EXEMPT = re.compile(
    r"docs/lab-notes/|CHANGELOG\.md|tests/contract/prose/test_glossary\.py|\.(?:txt|tsv|png|svg|json|tar\.gz)$"
    r"|evaluation/behaviour/cases/|tests/(?:golden|corpora)/|\.safetensors$"
)
_WRAP = re.compile(r"\n[ \t]*(?:# ?|// )?")


@cache
def _texts() -> dict[str, str]:
    """File -> its text in lower case, with wrapped lines joined by a line break alone.

    Names are read as words: `is_told` as 'is told'.
    """
    names = subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines()
    paths = {name: ROOT / name for name in names if not EXEMPT.search(name)}
    return {
        name: _WRAP.sub("\n", path.read_text("utf-8").lower().replace("_", " "))
        for name, path in paths.items()
        if path.is_file()
    }


def find_old_words(pattern: str, texts: dict[str, str]) -> list[str]:
    """Return each match as 'file:line: words'."""
    wrapped = re.compile(re.sub(r"(?<!-) ", "[ \n]", pattern))
    return [
        f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {' '.join(match[0].split())}"
        for name, text in texts.items()
        for match in wrapped.finditer(text)
    ]


@pytest.mark.parametrize("pattern", GLOSSARY)
def test_the_fields_words_are_used(pattern: str) -> None:
    """No name, help text, message or document holds a word that only this project used."""
    assert not find_old_words(pattern, _texts()), f"write: {GLOSSARY[pattern]}"


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("a body that is no json", True),
        ("a body that is\nno json", True),
        ("there is no body", False),
        ("there\nis no body", False),
        ("it is no longer here", False),
    ],
)
def test_wrapped_words_are_found(text: str, is_found: bool) -> None:
    """Prose breaks its lines anywhere; 'there is no' is plain English."""
    pattern = next(pattern for pattern in GLOSSARY if pattern.startswith("(?<!there )"))
    assert bool(find_old_words(pattern, {"page": text})) == is_found
