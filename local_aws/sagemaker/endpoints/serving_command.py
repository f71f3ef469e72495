"""Chooses the command that serves an unpacked model, as its container image would."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

from local_aws.errors import LocalAwsError
from local_aws.sagemaker.endpoints import handler_server

_SERVER = "code/serve.py"
_EXECUTABLE = "code/serve"
_DEFAULT_SCRIPT = "inference.py"  # AWS's
_NEEDED = ("sagemaker_inference", "uvicorn")


class NoServerError(LocalAwsError):
    """Nothing in the model archive can be started, or a package to start it with is missing."""


def serving_command(model: Path, script: str | None) -> list[str]:
    """Return the command for the model in `model`, whose SAGEMAKER_PROGRAM is `script`.

    A server of the model's own (code/serve.py, or the executable code/serve) comes first. Without
    one, AWS's handler service runs the inference script.

    Raises:
        NoServerError: the model holds neither, or the handler service is not installed.
    """
    if (model / _SERVER).is_file():
        return [sys.executable, _SERVER, "serve"]
    if os.access(model / _EXECUTABLE, os.X_OK):
        return [str(model / _EXECUTABLE)]
    script = f"code/{(script or _DEFAULT_SCRIPT).removesuffix('.py')}.py"
    if not (model / script).is_file():
        raise NoServerError(
            f"The model data holds neither {_SERVER} nor {script}. local_aws starts the first as "
            "a server, or runs the second (SAGEMAKER_PROGRAM) under AWS's handler service."
        )
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise NoServerError(
            f"{script} runs under AWS's handler service, which is not installed; install it with: "
            "pip install sagemaker-inference uvicorn"
        )
    return [sys.executable, handler_server.__file__, str(model)]
