"""The command line as a person runs it."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.paths import MODEL_PACKAGE, ROOT

_TIMEOUT_S = 120
_NOTHING = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "PYTHONPATH": str(MODEL_PACKAGE)}
ERROR = re.compile(r"^error: [^;\n]+.*; try: .+\n$")  # all that a step says that fails


@dataclass(frozen=True)
class Answer:
    """What a step said and how it ended."""

    exit_code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The result of a step that went well."""
        assert self.exit_code == 0, self.err
        content: dict[str, Any] = json.loads(self.out)
        return content


def step(*arguments: object, environment: Mapping[str, str], text: str = "") -> Answer:
    """What `python -m sagemaker_jobs ARGUMENTS` answers with that environment and nothing else."""
    done = subprocess.run(
        [sys.executable, "-m", "sagemaker_jobs", *map(str, arguments)],
        cwd=ROOT,
        env={**_NOTHING, **environment},
        input=text,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def left_when(word: str, *arguments: object, environment: Mapping[str, str]) -> Answer:
    """What the step says when Ctrl-C is pressed as soon as it says the word."""
    with subprocess.Popen(
        [sys.executable, "-m", "sagemaker_jobs", *map(str, arguments)],
        cwd=ROOT,
        env={**_NOTHING, **environment},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        said = ""
        for line in process.stderr:
            said += line
            if word in line:
                process.send_signal(signal.SIGINT)
    return Answer(process.returncode, "", said)
