"""Programs in which packages are missing, as in an environment without them."""

from __future__ import annotations

from pathlib import Path

_PROGRAM = '''
import sys


class Without:
    """A finder that does not find some packages."""

    def __init__(self, finder):
        self._finder = finder

    def find_spec(self, name, *rest):
        missing = name.partition(".")[0] in {missing!r}
        return None if missing else self._finder.find_spec(name, *rest)

    def __getattr__(self, name):
        return getattr(self._finder, name)


sys.meta_path[:] = [Without(finder) for finder in sys.meta_path]
'''


def hide_packages(folder: Path, *names: str) -> str:
    """Return a PYTHONPATH entry for programs that are not to find the packages."""
    program = _PROGRAM.replace("{missing!r}", repr(set(names)))
    (folder / "sitecustomize.py").write_text(program)  # Python imports it before the program
    return str(folder)
