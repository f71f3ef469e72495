"""What can go wrong between a raw review and its score.

SentimentError
├── InvalidHyperparameter   a setting of the training job makes no sense
├── InvalidDataset          a dataset file or archive folder is missing, damaged or another format
├── InvalidArtifact         a model artifact is missing, damaged, tampered with or of another format
├── TrainingDiverged        weights or losses are no longer finite
├── NotOurs                 a file or folder in the way was not made by this program (`hint`)
├── InvalidCheckpoint       a checkpoint is damaged; training starts over instead
└── InvalidRequest          the endpoint was sent something it cannot score (`code`, `status`)
"""

from __future__ import annotations


class SentimentError(Exception):
    """The root: its text is one sentence a person can act on."""


class InvalidHyperparameter(SentimentError):
    pass


class InvalidDataset(SentimentError):
    pass


class InvalidArtifact(SentimentError):
    pass


class TrainingDiverged(SentimentError):
    pass


class NotOurs(SentimentError):
    """Writing there would cost somebody's files; `hint` is what to try instead."""

    def __init__(self, what: str, *, hint: str) -> None:
        super().__init__(what)
        self.hint = hint


class InvalidCheckpoint(SentimentError):
    pass


class InvalidRequest(SentimentError):
    """The request is at fault; `code` is for machines, `status` the HTTP status it deserves."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status

    def as_json(self) -> dict[str, dict[str, str]]:
        """Return the error as the endpoint sends it: `{"error": {"code": ..., "message": ...}}`."""
        return {"error": {"code": self.code, "message": self.message}}
