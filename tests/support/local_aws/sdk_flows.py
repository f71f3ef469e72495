"""Run a SageMaker SDK's program against local_aws: `python -m tests.support.local_aws.sdk_flows`.

The program runs under the Python of its SDK, with the variables that local_aws prints and nothing
else. `make test-sdk` runs both SDKs.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.local_aws.program import running
from tests.support.local_aws.toys import PROGRAMS, ToyAccount

_FULL_ACCESS = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"


def main(python: str, program: str) -> int:
    """Return the exit status of the program under `python`."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as (_, printed):
        toys = ToyAccount(printed)
        name = toys.role.rsplit("/", 1)[-1]
        toys.iam.attach_role_policy(RoleName=name, PolicyArn=_FULL_ACCESS)
        variables = {"PATH": os.environ["PATH"], "HOME": folder, **printed}
        command = [str(Path(python).absolute()), str(PROGRAMS / program), toys.role]
        return subprocess.run(command, env=variables, cwd=folder, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
