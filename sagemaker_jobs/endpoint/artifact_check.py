"""A look at a model.tar.gz before it is sent: does it hold what an endpoint needs, undamaged?"""

from __future__ import annotations

import hashlib
import json
import tarfile
import zlib
from pathlib import Path

from sagemaker_jobs.errors import InvalidSetting

_PROGRAMS = ("code/predict.py", "code/serve.py")  # AWS's image starts the first, ours the second


def check_artifact(archive: Path) -> None:
    """Raise unless the archive can be served.

    Raises:
        InvalidSetting: it is not a .tar.gz, or a file is missing or damaged.
    """
    from sentiment.artifact.description import DESCRIPTION_FILE
    from sentiment.artifact.packing import ARTIFACT_FILES

    try:
        with tarfile.open(archive, "r:gz") as members:
            names = {name.removeprefix("./"): name for name in members.getnames()}
            for name in (*ARTIFACT_FILES, *_PROGRAMS):
                if name not in names:
                    raise _refusal(archive, f"it has no {name}")
            description = json.loads(_read(members, names[DESCRIPTION_FILE]))
            damaged = [
                name
                for name, sha256 in description["sha256"].items()
                if hashlib.sha256(_read(members, names[name])).hexdigest() != sha256
            ]
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        raise _refusal(archive, f"it is not a complete .tar.gz ({error})") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _refusal(archive, f"its {DESCRIPTION_FILE} cannot be read") from error
    if damaged:
        raise _refusal(archive, f"{damaged[0]} is damaged")


def _read(members: tarfile.TarFile, name: str) -> bytes:
    file = members.extractfile(name)
    return file.read() if file else b""


def _refusal(archive: Path, why: str) -> InvalidSetting:
    return InvalidSetting(
        f"{archive} cannot be served: {why}",
        hint="name a model.tar.gz that train made, or an artifact's folder such as pretrained",
    )
