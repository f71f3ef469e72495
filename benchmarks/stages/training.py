"""An epoch of the classic recipe against a plain one, and a dataset's way into tensors."""

from __future__ import annotations

import statistics
import tempfile
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.pairing import seconds, take_turns
from benchmarks.reviews import link_archive, list_files
from benchmarks.stage import Measurement, Setting, Stage, require

if TYPE_CHECKING:
    from torch import Tensor

    from benchmarks.plain_training import PlainClassifier
    from sentiment.data.dataset import TrainingDataset
    from sentiment.models.lstm_classifier import LSTMClassifier

_MS = 1e3
_LENGTH = 500
_A_FEW = 64  # reviews
_N_JUDGED = 4  # reviews; the plain epoch judges none
_TOLERANCE = 1e-5
_NOISE = 0.01  # of an epoch's mean loss, from one order of the reviews to another


def measure_epoch(setting: Setting) -> Measurement:
    """The real fitting loop against a plain epoch, time a review.

    A plain batch takes the same time whatever its reviews, so that one of them is enough; ours need
    as many as find batches of like length. Ours computes as a training does that is told nothing:
    in bfloat16 where that is faster; what float32 takes there is noted.
    """
    import torch

    from benchmarks.plain_training import PlainClassifier, train_epoch
    from sentiment.data.dataset import read_training_dataset
    from sentiment.models.lstm_classifier import LSTMClassifier
    from sentiment.recipe import CLASSIC
    from sentiment.training.hyperparameters import resolve
    from sentiment.training.precision import is_half

    half = is_half("auto")
    settings = resolve({"recipe": CLASSIC.name})
    batch_size = setting.size(16, settings.batch_size)
    n_plain, n_ours = batch_size * setting.size(2, 1), batch_size * setting.size(16, 12)
    with tempfile.TemporaryDirectory() as folder:
        path = _prepare(setting, Path(folder), n_ours)
        dataset, tensors = read_training_dataset(path), _load(path)
    sizes = (settings.embedding_dim, settings.hidden_dim, settings.vocab_size)
    n_threads = torch.get_num_threads()
    if setting.quick:  # threads that wait for each other make small steps on a busy machine endless
        torch.set_num_threads(1)
    torch.manual_seed(1)
    ours, plain = LSTMClassifier(*sizes), PlainClassifier(*sizes)
    plain.start_from(ours)
    beginning = {name: tensor.clone() for name, tensor in ours.state_dict().items()}
    checked = _compare_steps(plain, ours, tensors)

    def plainly(n_reviews: int, batch_size: int) -> float:
        ours.load_state_dict(beginning)
        plain.start_from(ours)
        labels, lengths, ids = (tensor[:n_reviews] for tensor in tensors)
        return train_epoch(plain, ids, lengths, labels, batch_size)

    def by_us(n_reviews: int, batch_size: int, half: bool = half) -> float:
        ours.load_state_dict(beginning)
        torch.set_flush_denormal(True)  # as train.py does first of all
        loss = _fit(ours, dataset, n_reviews, batch_size, half=half)
        torch.set_flush_denormal(False)
        return loss

    losses = [epoch(setting.size(32, 512), batch_size=16) for epoch in (plainly, by_us)]
    require(
        equal=abs(losses[0] - losses[1]) <= _NOISE,
        what=f"the mean losses of an epoch are {losses[0]:.4f} plainly and {losses[1]:.4f} by us",
    )
    times = take_turns(
        lambda: seconds(lambda: plainly(n_plain, batch_size)) / n_plain * _MS,
        lambda: seconds(lambda: by_us(n_ours, batch_size)) / n_ours * _MS,
        setting.size(2, 3),
    )
    float32_ms = seconds(lambda: by_us(n_ours, batch_size, half=False)) / n_ours * _MS
    n_used = torch.get_num_threads()
    torch.set_num_threads(n_threads)
    return Measurement(
        *times,
        note=f"batches of {batch_size}; {n_plain} reviews plainly and {n_ours:,} by us, "
        f"{tensors[1].float().mean():.0f} words in the mean, {n_used} threads, "
        + (f"bfloat16 (in float32 {float32_ms:.2f} ms a review)" if half else "float32"),
        checked=f"{checked}; mean losses of an epoch, {losses[0]:.4f} plainly, {losses[1]:.4f} by "
        "us",
        details={"losses": losses, "float32_ms": float32_ms},
    )


def measure_loading(setting: Setting) -> Measurement:
    """What training reads, in tensors, against the source report's CSV form.

    Ours pads a batch when its turn comes, which is part of the epoch's time. What padding all
    reviews at once would take is noted.
    """
    import torch

    n_reviews = setting.size(2_000, 25_000)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        dataset = _prepare(setting, folder, n_reviews)
        table = folder / "train.csv"
        _write_csv(_load(dataset), table)
        require(
            equal=all(map(torch.equal, _load_csv(table), _load(dataset))),
            what="the tensors read differ",
        )
        times = take_turns(
            lambda: seconds(partial(_load_csv, table)) * _MS,
            lambda: seconds(partial(_load_as_prepared, dataset)) * _MS,
            setting.size(5, 7),
        )
        padded = [seconds(partial(_load, dataset)) * _MS for _ in times[0]]
        megabytes = table.stat().st_size / 1e6
        ours_megabytes = (dataset / "train.safetensors").stat().st_size / 1e6
    return Measurement(
        *times,
        note=f"{n_reviews:,} reviews; ours checks digests and reads the vocabulary too; padded to "
        f"(reviews, {_LENGTH}) at once it takes {statistics.median(padded):.0f} ms; "
        f"{megabytes:.1f} MB of CSV, {ours_megabytes:.1f} MB of safetensors",
        checked="every label, length and id, padded",
        details={"padded_ms": padded},
    )


def _prepare(setting: Setting, folder: Path, n_reviews: int) -> Path:
    """A classic dataset folder of so many train reviews, and as many test reviews."""
    from sentiment.data.prepare import prepare
    from sentiment.recipe import CLASSIC

    files = list_files(setting, min(2 * n_reviews, setting.size(1_000, 50_000)))
    root = link_archive(folder / "archive", list(islice(cycle(files), 2 * n_reviews)))
    prepare(root, folder / "dataset", CLASSIC, check_counts=False)
    return folder / "dataset"


def _load_as_prepared(dataset: Path) -> list[Tensor]:
    """ids (words of all reviews,), offsets (reviews + 1,), labels (reviews,), to train on."""
    import torch

    from sentiment.data.dataset import read_training_dataset

    train = read_training_dataset(dataset).train
    return [torch.from_numpy(array) for array in (train.ids, train.offsets, train.labels)]


def _load(dataset: Path) -> tuple[Tensor, Tensor, Tensor]:
    """labels (reviews,), lengths (reviews,), ids (reviews, 500), all reviews padded."""
    import numpy as np
    import torch
    from torch.nn.functional import pad

    from sentiment.data.dataset import read_training_dataset
    from sentiment.training.batches import pad_reviews

    read = read_training_dataset(dataset)
    ids, lengths = pad_reviews(read.train, np.arange(len(read.train)))
    labels = torch.from_numpy(read.train.labels).long()
    missing = _LENGTH - ids.shape[1]
    return labels, lengths, pad(ids, (0, missing)) if missing else ids


def _write_csv(tensors: tuple[Tensor, Tensor, Tensor], path: Path) -> None:
    """The source report's form: label, length and 500 ids a row."""
    labels, lengths, ids = tensors
    with path.open("w", encoding="ascii") as stream:
        for label, length, row in zip(labels.tolist(), lengths.tolist(), ids.tolist(), strict=True):
            stream.write(",".join(map(str, [label, length, *row])) + "\n")


def _load_csv(path: Path) -> tuple[Tensor, Tensor, Tensor]:
    """As the source report reads it: by pandas, then into tensors."""
    import pandas as pd
    import torch

    table = pd.read_csv(path, header=None)
    labels = torch.from_numpy(table[0].to_numpy(copy=True)).long()
    lengths = torch.from_numpy(table[1].to_numpy(copy=True)).long()
    return labels, lengths, torch.from_numpy(table.drop(columns=[0, 1]).to_numpy(copy=True)).long()


def _fit(
    model: LSTMClassifier, dataset: TrainingDataset, n_reviews: int, batch_size: int, *, half: bool
) -> float:
    """The mean loss over one epoch of the real fitting loop, over the first reviews."""
    import numpy as np
    import torch

    from sentiment.augmentation.excerpts import Excerpts
    from sentiment.augmentation.names import Names
    from sentiment.recipe import CLASSIC
    from sentiment.training.epoch_loop import Run
    from sentiment.training.hyperparameters import resolve
    from sentiment.training.process_group import Group
    from sentiment.training.supervised import Examples, FittingPlan, fit

    settings = resolve({"recipe": CLASSIC.name})
    targets = dataset.train.labels.astype(np.float32)
    run = Run(
        identify=str,
        seed=1,
        precision=torch.bfloat16 if half else torch.float32,
        device=torch.device("cpu"),
        group=Group(),
        checkpoints=None,
        log=lambda _line: None,
    )
    plan = FittingPlan(
        phase="classifier",
        n_epochs=1,
        batch_size=batch_size,
        learning_rate=settings.learning_rate,
        one_cycle=CLASSIC.one_cycle,
        gradient_clip=CLASSIC.gradient_clip,
        vector_share=1.0,
        word_dropout=settings.word_dropout,
        excerpts=Excerpts.of(dataset.vocabulary),
        excerpt_weight=0.0,
        names=Names.of(dataset.vocabulary),
        synthetic=None,
        perturbation=0.0,
    )
    to_learn = Examples(dataset.train, np.arange(n_reviews), targets)
    a_few = Examples(dataset.train, np.arange(_N_JUDGED), targets)
    return fit(run, model, to_learn, a_few, plan)[0].train_loss


def _compare_steps(
    plain: PlainClassifier, ours: LSTMClassifier, tensors: tuple[Tensor, Tensor, Tensor]
) -> str:
    """One step's loss and gradients by both ways, from the same weights on the same reviews."""
    from torch.autograd import grad
    from torch.nn.functional import binary_cross_entropy, binary_cross_entropy_with_logits

    labels, lengths, ids = (tensor[:_A_FEW] for tensor in tensors)
    plainly = binary_cross_entropy(plain(ids, lengths), labels.float())
    cut = ids[:, : int(lengths.max())]
    by_us = binary_cross_entropy_with_logits(ours(cut, lengths), labels.float())
    gradients = grad(plainly, list(plain.parameters())), grad(by_us, list(ours.parameters()))
    pairs = [(plainly.detach(), by_us.detach()), *zip(*gradients, strict=True)]
    apart = max(float((one - other).abs().max()) for one, other in pairs)
    require(equal=apart <= _TOLERANCE, what=f"a step's loss or gradients differ by {apart:.1e}")
    return f"loss and gradients of a step of {_A_FEW} reviews within {_TOLERANCE:g}"


_WHY_NOT_FIVE = (
    "reviews have 121 words in the mean, a quarter of 500, so that length batches bring 4.1 times "
    "at most; the rest takes a processor with instructions for bfloat16"
)

STAGES = (
    Stage(
        "one training epoch, classic",
        "times_faster",
        5,
        "ms a review",
        measure_epoch,
        _WHY_NOT_FIVE,
    ),
    Stage("dataset load into tensors", "times_faster", 20, "ms", measure_loading),
)
