"""The Pythons that run functions: python3.12 on the PATH, say, for the runtime python3.12."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from local_aws.errors import AwsError, NotImplementedHereError
from local_aws.http import parse_json
from local_aws.sagemaker.validation import service_model

_OWN = f"python{sys.version_info.major}.{sys.version_info.minor}"
# AWS creates and updates no function with these; it still invokes those that exist
_RETIRED = ("python2.7", "python3.6", "python3.7", "python3.8", "python3.9")
_DESCRIBE = "import sys; print('%d.%d.%d' % sys.version_info[:3], sys.executable)"


@dataclass(frozen=True)
class Python:
    """An interpreter that runs functions of one runtime."""

    runtime: str  # "python3.12", say
    path: Path
    version: str  # "3.12.1", say

    @property
    def is_own(self) -> bool:
        """Return whether it has the version of the Python that runs local_aws."""
        return self.runtime == _OWN


def check_runtime(body: bytes) -> None:
    """Raise unless AWS would create or update a function with the runtime in the request's body.

    Raises:
        AwsError: InvalidParameterValueException, AWS does not know the runtime, or has retired it.
    """
    try:
        runtime = parse_json(body or b"{}").get("Runtime")
    except (ValueError, AttributeError):
        return  # moto refuses it
    if runtime is None:
        return
    known: list[str] = service_model("lambda").shape_for("Runtime").metadata["enum"]
    if runtime not in known:
        raise AwsError(
            "InvalidParameterValueException",
            f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum "
            f"value set: [{', '.join(known)}] or be a valid ARN",
        )
    if runtime in _RETIRED:
        raise AwsError(
            "InvalidParameterValueException",
            f"The runtime parameter of {runtime} is no longer supported for creating or updating "
            "AWS Lambda functions. We recommend you use a supported runtime while creating or "
            "updating functions.",
        )


def find_python(runtime: str) -> Python:
    """Return the interpreter for a function's runtime.

    Raises:
        NotImplementedHereError: it is not a Python runtime, or no such Python is on the PATH.
    """
    if runtime == _OWN:
        version = ".".join(str(part) for part in sys.version_info[:3])
        return Python(runtime, Path(sys.executable), version)
    if not runtime.startswith("python"):
        raise NotImplementedHereError(f"the runtime {runtime}; only Python functions run here")
    found = _search(runtime, os.environ.get("PATH", os.defpath))
    if found is None:
        raise NotImplementedHereError(
            f"the runtime {runtime} without its interpreter; try: install {runtime} so that it is "
            "on the PATH of local_aws"
        )
    return found


@cache
def _search(runtime: str, folders: str) -> Python | None:
    """Return the first program of the runtime's name that runs and is that version."""
    for folder in folders.split(os.pathsep):
        path = Path(folder, runtime)
        if not os.access(path, os.X_OK):
            continue
        done = subprocess.run(  # noqa: S603 - a Python on the PATH, with our own program
            [path, "-I", "-S", "-c", _DESCRIBE], check=False, capture_output=True, text=True
        )
        version, _, executable = done.stdout.strip().partition(" ")
        if done.returncode == 0 and f"python{version.rpartition('.')[0]}" == runtime:
            return Python(runtime, Path(executable), version)
    return None
