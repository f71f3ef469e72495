"""Lets a program find its folder at /opt/ml, and the other hosts by name, as in a container.

The program runs in a mount namespace of its own, so the machine's /opt and /etc/hosts stay as they
are. Root may make one; other users may where the kernel allows user namespaces.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

NO_MOUNTS = "it allows no mount namespaces (unshare --mount)"
# Arguments: the folder for /opt/ml, an empty scratch folder, the hosts file, and the command.
# Where the machine has no /opt/ml to mount on, a copy of /opt with one is mounted over /opt.
_SCRIPT = """\
set -e
ml=$1 scratch=$2 hosts=$3
shift 3
[ ! -e /etc/hosts ] || mount --bind "$hosts" /etc/hosts
if [ -d /opt/ml ]; then
  mount --bind "$ml" /opt/ml
else
  mkdir "$scratch/old" "$scratch/new" "$scratch/new/ml"
  mount --rbind /opt "$scratch/old"
  for path in "$scratch"/old/*; do
    copy=$scratch/new/${path##*/}
    if [ -d "$path" ]; then mkdir "$copy"; else [ -e "$path" ] || continue; : > "$copy"; fi
    mount --rbind "$path" "$copy"
  done
  mount --bind "$ml" "$scratch/new/ml"
  mount --rbind "$scratch/new" /opt
fi
exec "$@"
"""


def in_container(
    command: Sequence[str], opt_ml: Path, addresses: Mapping[str, str] | None = None
) -> list[str]:
    """Return `command` so that it finds `opt_ml` at /opt/ml, or unchanged if that is not allowed.

    `addresses` gives the loopback address of each host's name.
    """
    unshare = private_mounts()
    if not unshare:
        return list(command)
    scratch = Path(tempfile.mkdtemp(prefix="mounts-", dir=opt_ml.parent))
    lines = [f"{address} {name}" for name, address in (addresses or {}).items()]
    hosts = scratch / "hosts"
    hosts.write_text("\n".join([_read_hosts(), *lines, ""]))
    return [*unshare, "sh", "-c", _SCRIPT, "sh", str(opt_ml), str(scratch), str(hosts), *command]


@cache
def private_mounts() -> tuple[str, ...]:
    """Return the command that gives a program mounts of its own, () if that is not allowed."""
    as_root = ("unshare", "--mount", "--")
    as_user = ("unshare", "--user", "--map-root-user", "--mount", "--")
    for unshare in (as_root, as_user) if os.geteuid() == 0 else (as_user,):
        with tempfile.TemporaryDirectory() as folder:
            probe = Path(folder)
            (probe / "hosts").touch()
            (probe / "ml").mkdir()
            (probe / "scratch").mkdir()
            words = [str(probe / name) for name in ("ml", "scratch", "hosts")]
            try:
                done = subprocess.run(  # noqa: S603 - our own probe, no input of a caller
                    [*unshare, "sh", "-c", _SCRIPT, "sh", *words, "test", "-d", "/opt/ml"],
                    check=False,
                    capture_output=True,
                )
            except OSError:  # no such program
                return ()
            if done.returncode == 0:
                return unshare
    return ()


def _read_hosts() -> str:
    try:
        return Path("/etc/hosts").read_text()
    except OSError:
        return "127.0.0.1 localhost"
