"""A model made by hand, without training: an LSTM of one cell that counts good and bad words."""

import io
import tarfile
from pathlib import Path

import torch

from sentiment.artifact.artifact import write_artifact
from sentiment.artifact.calibration import Calibration
from sentiment.artifact.packing import pack_artifact
from sentiment.models.lstm_classifier import LSTMClassifier
from sentiment.recipe import find_recipe
from sentiment.text.vocabulary import FIRST_WORD_ID, Vocabulary
from sentiment.text.words import classic_words
from tests.support.local_aws.toys import PROGRAMS, tar

_GOOD = "superb wonderful moving delight won best smile great love"
_BAD = "awful terrible boring mess sleep worst wince painfully bad hate avoid"
_OPEN = 10.0  # a gate's bias: its sigmoid is almost 1
_CERTAIN = 5.0  # the logit of a review with several words of one kind


def counting_model(folder: Path, *, contrary: bool = False, note: str = "one") -> Path:
    """Return the folder with the model's artifact; a contrary one says the opposite.

    Another `note` makes another file of the same model. It judges the small archive's reviews and
    the smoke test's.
    """
    good, bad = (list(dict.fromkeys(classic_words(words))) for words in (_GOOD, _BAD))
    network = LSTMClassifier(1, 1, FIRST_WORD_ID + len(good) + len(bad))
    weights = network.state_dict()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
        values = torch.tensor([1.0] * len(good) + [-1.0] * len(bad))
        weights["embedding.weight"][FIRST_WORD_ID:, 0] = values
        # rows: input gate, forget gate, cell, output gate
        weights["forward_lstm.weight_ih_l0"][2] = 1.0
        weights["forward_lstm.bias_ih_l0"][:] = torch.tensor([_OPEN, _OPEN, 0.0, _OPEN])
        weights["output.weight"][:] = -_CERTAIN if contrary else _CERTAIN
    write_artifact(
        folder,
        network,
        find_recipe("classic"),
        Vocabulary([*good, *bad]),
        Calibration(1.0),
        0.5,
        {"data_fingerprint": f"fingerprint-{note}"},
    )
    return folder


def failing_model(folder: Path) -> Path:
    """Return the counting model in an archive whose server answers every review with 500."""
    packed = io.BytesIO(pack_artifact(counting_model(folder)))
    with tarfile.open(fileobj=packed) as archive:
        files = {
            member.name: opened.read()
            for member in archive
            if (opened := archive.extractfile(member)) and member.name != "manifest.sha256"
        }
    path = folder / "failing.tar.gz"
    server = (PROGRAMS / "serve.py").read_bytes()
    path.write_bytes(tar({**files, "code/serve.py": server, "name.txt": b"failing"}))
    return path
