"""model.json: what an artifact says of itself, with every field's type checked."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, get_args

from sentiment.artifact.calibration import Calibration
from sentiment.errors import InvalidArtifact
from sentiment.recipe import N_POOLED, Tokenizer

DESCRIPTION_FILE = "model.json"
WEIGHTS_FILE = "model.safetensors"
VOCABULARY_FILE = "vocabulary.txt"
FORMAT_VERSION = 6
# 1 has no `unsure_below`, 1 and 2 no bias, 1 to 3 no length weights; 3 and 4 call the bias `shift`,
# and 4 calls the length weights `gains`; 1 to 5 have no int8 weights
_READABLE_VERSIONS = (1, 2, 3, 4, 5, 6)
_SHA256 = re.compile(r"[0-9a-f]{64}")


def digest(description: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the description's content, whatever the order of its fields."""
    canonical = json.dumps(description, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def read_description(folder: Path) -> dict[str, Any]:
    """Return the content of the folder's model.json, without its own digest.

    Raises:
        InvalidArtifact: it is missing, was changed, or has a field of a wrong type or value.
    """
    try:
        description = json.loads((folder / DESCRIPTION_FILE).read_bytes())
        version = description["format_version"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InvalidArtifact(f"cannot read {DESCRIPTION_FILE} of the model: {error}") from error
    if not _is_integer(version) or version not in _READABLE_VERSIONS:
        raise InvalidArtifact(
            f"the model artifact has format version {version}, this code reads versions "
            f"{_READABLE_VERSIONS[0]} to {_READABLE_VERSIONS[-1]}; "
            "serve it with the code it was made by"
        )
    if description.pop("digest", None) != digest(description):
        raise InvalidArtifact(f"{DESCRIPTION_FILE} of the model was changed after it was written")
    _check_fields(description)
    return dict(description)


def read_checked(folder: Path, name: str, description: Mapping[str, Any]) -> bytes:
    """Return the file's content.

    Raises:
        InvalidArtifact: it is not the file that the description was written for.
    """
    try:
        content = (folder / name).read_bytes()
    except OSError as error:
        raise InvalidArtifact(f"cannot read {name} of the model: {error}") from error
    if hashlib.sha256(content).hexdigest() != description["sha256"][name]:
        raise InvalidArtifact(f"{name} of the model is truncated or was changed")
    return content


def read_calibration(description: Mapping[str, Any]) -> Calibration:
    """Return the calibration; what earlier formats lack has no effect."""
    version = description["format_version"]  # see _READABLE_VERSIONS
    is_earlier = version <= 4  # noqa: PLR2004
    temperature = float(description["temperature"])
    if version <= 2:  # noqa: PLR2004
        return Calibration(temperature)
    bias = float(description["shift" if is_earlier else "bias"])
    half_at = float(description["half_at"])
    if version == 3:  # noqa: PLR2004
        return Calibration(temperature, bias, half_at)
    weights = map(float, description["gains" if is_earlier else "length_weights"])
    return Calibration(temperature, bias, half_at, tuple(weights))


def read_unsure_below(description: Mapping[str, Any]) -> float:
    """Return the confidence below which there is no verdict; 0.5 for never."""
    return 0.5 if description["format_version"] == 1 else float(description["unsure_below"])


def _check_fields(description: Mapping[str, Any]) -> None:
    """Raise InvalidArtifact unless each field has a value of its kind."""
    version = description["format_version"]
    fields = dict(_FIELDS)
    if version > 1:
        fields["unsure_below"] = _UNSURE_BELOW
    if version > 2:  # noqa: PLR2004
        fields["half_at"] = _ABOVE_0
        fields["shift" if version <= 4 else "bias"] = _NUMBER  # noqa: PLR2004
    if version > 3:  # noqa: PLR2004
        fields["gains" if version == 4 else "length_weights"] = _NUMBERS  # noqa: PLR2004
    for path, (kind, is_valid) in fields.items():
        value: Any = description
        for name in path.split(" "):
            value = value.get(name) if isinstance(value, dict) else None
        if not is_valid(value):
            field = path.replace(" ", ".")
            raise InvalidArtifact(f"the model artifact has {field} {value!r:.80}, not {kind}")


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    try:
        return is_number and math.isfinite(float(value))  # type: ignore[arg-type]  # a number
    except OverflowError:
        return False


def _is_one_of(choices: Any) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and value in choices


Check = tuple[str, Callable[[Any], bool]]  # what a value must be, and whether it is

_TEXT: Check = ("a text", lambda value: isinstance(value, str) and value != "")
_DIGEST: Check = (
    "a sha256",
    lambda value: isinstance(value, str) and bool(_SHA256.fullmatch(value)),
)
_COUNT: Check = ("a whole number from 0", lambda value: _is_integer(value) and 0 <= value < 2**31)
_SIZE: Check = ("a whole number above 0", lambda value: _is_integer(value) and 0 < value < 2**31)
_NUMBER: Check = ("a finite number", _is_number)
_ABOVE_0: Check = ("a finite number above 0", lambda value: _is_number(value) and value > 0)
_NUMBERS: Check = (
    "a list of finite numbers",
    lambda value: isinstance(value, list) and all(map(_is_number, value)),
)
_UNSURE_BELOW: Check = (
    "a number in [0.5, 1)",
    lambda value: _is_number(value) and 0.5 <= value < 1,  # noqa: PLR2004 - no confidence lies outside
)
_FIELDS: Mapping[str, Check] = {
    "model_version": _TEXT,
    "code_version": _TEXT,
    "recipe": _TEXT,
    "encoding tokenizer": ("a known tokenizer", _is_one_of(get_args(Tokenizer))),
    "encoding head": _COUNT,
    "encoding tail": _COUNT,
    "architecture embedding_dim": _SIZE,
    "architecture hidden_dim": _SIZE,
    "architecture vocab_size": _SIZE,
    "architecture bidirectional": ("true or false", lambda value: isinstance(value, bool)),
    "architecture pooling": ("a known pooling", _is_one_of(N_POOLED)),
    "temperature": _ABOVE_0,
    f"sha256 {WEIGHTS_FILE}": _DIGEST,
    f"sha256 {VOCABULARY_FILE}": _DIGEST,
    "training": ("an object", lambda value: isinstance(value, dict)),
}
