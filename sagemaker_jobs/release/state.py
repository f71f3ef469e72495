"""What a release has done so far: a file by which it resumes at the step that failed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sagemaker_jobs.files import refused_as_setting

STATE_FILE = "state.json"
_WRITTEN = (
    *(STATE_FILE, "model.tar.gz", "serving.tar.gz", "behaviour.json", ".*.partial", "*.partial"),
    *("scores.csv", "against.csv", "report/index.html"),
)


@dataclass
class State:
    """The release's settings, and the result of each step that is done."""

    folder: Path
    settings: Mapping[str, Any]
    done: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def load(
        cls, folder: Path, settings: Mapping[str, Any], *, fresh: bool, dry_run: bool = False
    ) -> State:
        """Return the folder's state; an empty one if the settings changed, or if `fresh`.

        The folder is made if it is missing, unless `dry_run`.

        Raises:
            InvalidSetting: the folder holds files that no release wrote.
        """
        from sentiment.safe_files import Kind, check_folder, mark

        with refused_as_setting("--directory"):
            (check_folder if dry_run else mark)(folder, Kind("release", _WRITTEN))
        state = cls(folder, json.loads(json.dumps(settings)))
        try:
            saved = json.loads((folder / STATE_FILE).read_text("utf-8"))
        except (OSError, ValueError):
            return state
        if not fresh and saved.get("settings") == state.settings:
            state.done = dict(saved["done"])
        return state

    def keep(self, step: str, result: Any) -> None:
        """Record the step's result."""
        self.done[step] = result
        self._save()

    def forget(self, step: str) -> None:
        """Drop the step's result, so that it is repeated."""
        self.done.pop(step, None)
        self._save()

    def _save(self) -> None:
        from sentiment.safe_files import write_atomically

        content = json.dumps({"settings": self.settings, "done": self.done}, indent=2)
        write_atomically(content.encode(), self.folder / STATE_FILE)
