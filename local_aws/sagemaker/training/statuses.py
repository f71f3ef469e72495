"""The statuses of a training job and their order."""

from __future__ import annotations

import time

from local_aws.http import JsonObject

_FINAL = {"Completed", "Failed", "Stopped"}
ENDINGS = {
    "done": ("Completed", "Training job completed", "Completed"),
    "stopped": ("Stopped", "Training job stopped", "Stopped"),
    "timed out": (
        "MaxRuntimeExceeded",
        "Training job runtime exceeded MaxRuntimeInSeconds provided",
        "Stopped",
    ),
}


def enter(description: JsonObject, secondary: str, message: str, status: str | None) -> None:
    """Set the secondary status and, if given, the primary one; a final one completes the times."""
    now = time.time()
    transitions = description["SecondaryStatusTransitions"]
    if transitions:
        transitions[-1].setdefault("EndTime", now)
    entry = {"Status": secondary, "StartTime": now, "StatusMessage": message}
    transitions.append(entry)
    description["SecondaryStatus"] = secondary
    description["LastModifiedTime"] = now
    if status:
        description["TrainingJobStatus"] = status
    if status in _FINAL:
        entry["EndTime"] = now
        started = description.get("TrainingStartTime")
        ended = description.setdefault("TrainingEndTime", now)
        if started:
            seconds = max(1, round(ended - started))
            description["TrainingTimeInSeconds"] = seconds
            description["BillableTimeInSeconds"] = seconds
