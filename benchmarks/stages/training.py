"""An epoch of the classic recipe against a plain one, and loading a dataset into tensors."""

from __future__ import annotations

import statistics
import tempfile
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.pairing import MS_PER_S, seconds, take_turns
from benchmarks.reviews import link_archive, list_files
from benchmarks.stage import TOLERANCE, Measurement, Setting, Stage, require

if TYPE_CHECKING:
    from torch import Tensor

    from benchmarks.plain_training import PlainClassifier
    from sentiment.data.dataset import TrainingDataset
    from sentiment.models.lstm_classifier import LSTMClassifier

_A_FEW = 64  # reviews
_N_VALIDATED = 4  # reviews; the plain epoch validates none
_NOISE = 0.01  # difference of an epoch's mean loss between two orders of the reviews


def measure_epoch(setting: Setting) -> Measurement:
    """Measure the time a review in the real fitting loop against a plain epoch.

    A plain batch takes the same time with any reviews, so one batch is enough; ours needs enough
    reviews to form batches of similar length. Ours uses the default precision, bfloat16 where that
    is faster; the note then has the float32 time too.
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
    if (
        setting.quick
    ):  # on a busy machine, threads that wait for each other make small steps very slow
        torch.set_num_threads(1)
    torch.manual_seed(1)
    ours, plain = LSTMClassifier(*sizes), PlainClassifier(*sizes)
    plain.copy_weights_of(ours)
    beginning = {name: tensor.clone() for name, tensor in ours.state_dict().items()}
    checked = _compare_steps(plain, ours, tensors)

    def plainly(n_reviews: int, batch_size: int) -> float:
        ours.load_state_dict(beginning)
        plain.copy_weights_of(ours)
        labels, lengths, ids = (tensor[:n_reviews] for tensor in tensors)
        return train_epoch(plain, ids, lengths, labels, batch_size)

    def by_us(n_reviews: int, batch_size: int, half: bool = half) -> float:
        ours.load_state_dict(beginning)
        torch.set_flush_denormal(True)  # as train.py does
        loss = _fit(ours, dataset, n_reviews, batch_size, half=half)
        torch.set_flush_denormal(False)
        return loss

    losses = [epoch(setting.size(32, 512), batch_size=16) for epoch in (plainly, by_us)]
    require(
        equal=abs(losses[0] - losses[1]) <= _NOISE,
        what=f"the mean losses of an epoch are {losses[0]:.4f} plainly and {losses[1]:.4f} by us",
    )
    times = take_turns(
        lambda: seconds(lambda: plainly(n_plain, batch_size)) / n_plain * MS_PER_S,
        lambda: seconds(lambda: by_us(n_ours, batch_size)) / n_ours * MS_PER_S,
        setting.size(2, 3),
    )
    float32_ms = seconds(lambda: by_us(n_ours, batch_size, half=False)) / n_ours * MS_PER_S
    n_used = torch.get_num_threads()
    torch.set_num_threads(n_threads)
    return Measurement(
        *times,
        note=f"batches of {batch_size}; {n_plain} reviews plainly and {n_ours:,} by us, "
        f"{tensors[1].float().mean():.0f} words on average, {n_used} threads, "
        + (f"bfloat16 (in float32 {float32_ms:.2f} ms a review)" if half else "float32"),
        checked=f"{checked}; mean losses of an epoch, {losses[0]:.4f} plainly, {losses[1]:.4f} by "
        "us",
        details={"losses": losses, "float32_ms": float32_ms},
    )


def measure_loading(setting: Setting) -> Measurement:
    """Measure loading the dataset into tensors against the source report's CSV form.

    Ours pads each batch during training, which is part of the epoch's time. The note has the time
    to pad all reviews at once.
    """
    import torch

    from benchmarks.plain import LENGTH

    n_reviews = setting.size(2_000, 25_000)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        dataset = _prepare(setting, folder, n_reviews)
        table = folder / "train.csv"
        _write_csv(_load(dataset), table)
        require(
            equal=all(map(torch.equal, _load_csv(table), _load(dataset))),
            what="the tensors differ",
        )
        times = take_turns(
            lambda: seconds(partial(_load_csv, table)) * MS_PER_S,
            lambda: seconds(partial(_load_as_prepared, dataset)) * MS_PER_S,
            setting.size(5, 7),
        )
        padded = [seconds(partial(_load, dataset)) * MS_PER_S for _ in times[0]]
        megabytes = table.stat().st_size / 1e6
        ours_megabytes = (dataset / "train.safetensors").stat().st_size / 1e6
    return Measurement(
        *times,
        note=f"{n_reviews:,} reviews; ours checks digests and reads the vocabulary too; padded to "
        f"(reviews, {LENGTH}) at once it takes {statistics.median(padded):.0f} ms; "
        f"{megabytes:.1f} MB of CSV, {ours_megabytes:.1f} MB of safetensors",
        checked="every label, length and id, padded",
        details={"padded_ms": padded},
    )


def _prepare(setting: Setting, folder: Path, n_reviews: int) -> Path:
    """Write a classic dataset folder with `n_reviews` train reviews and as many test reviews."""
    from sentiment.data.prepare import prepare
    from sentiment.recipe import CLASSIC

    files = list_files(setting, min(2 * n_reviews, setting.size(1_000, 50_000)))
    root = link_archive(folder / "archive", list(islice(cycle(files), 2 * n_reviews)))
    prepare(root, folder / "dataset", CLASSIC, check_counts=False)
    return folder / "dataset"


def _load_as_prepared(dataset: Path) -> list[Tensor]:
    """Return ids (words of all reviews,), offsets (reviews + 1,) and labels (reviews,)."""
    import torch

    from sentiment.data.dataset import read_training_dataset

    train = read_training_dataset(dataset).train
    return [torch.from_numpy(array) for array in (train.ids, train.offsets, train.labels)]


def _load(dataset: Path) -> tuple[Tensor, Tensor, Tensor]:
    """Return labels (reviews,), lengths (reviews,) and padded ids (reviews, 500)."""
    import numpy as np
    import torch
    from torch.nn.functional import pad

    from benchmarks.plain import LENGTH
    from sentiment.data.dataset import read_training_dataset
    from sentiment.training.batches import pad_reviews

    read = read_training_dataset(dataset)
    ids, lengths = pad_reviews(read.train, np.arange(len(read.train)))
    labels = torch.from_numpy(read.train.labels).long()
    missing = LENGTH - ids.shape[1]
    return labels, lengths, pad(ids, (0, missing)) if missing else ids


def _write_csv(tensors: tuple[Tensor, Tensor, Tensor], path: Path) -> None:
    """Write the source report's form: label, length and 500 ids a row."""
    labels, lengths, ids = tensors
    with path.open("w", encoding="ascii") as stream:
        for label, length, row in zip(labels.tolist(), lengths.tolist(), ids.tolist(), strict=True):
            stream.write(",".join(map(str, [label, length, *row])) + "\n")


def _load_csv(path: Path) -> tuple[Tensor, Tensor, Tensor]:
    """Read the CSV as the source report does: with pandas, then into tensors."""
    import pandas as pd
    import torch

    table = pd.read_csv(path, header=None)
    labels = torch.from_numpy(table[0].to_numpy(copy=True)).long()
    lengths = torch.from_numpy(table[1].to_numpy(copy=True)).long()
    return labels, lengths, torch.from_numpy(table.drop(columns=[0, 1]).to_numpy(copy=True)).long()


def _fit(
    model: LSTMClassifier, dataset: TrainingDataset, n_reviews: int, batch_size: int, *, half: bool
) -> float:
    """Run one epoch of the real fitting loop on the first reviews; return its mean loss."""
    import numpy as np
    import torch

    from sentiment.augmentation.excerpts import Excerpts
    from sentiment.augmentation.names import Names
    from sentiment.recipe import CLASSIC
    from sentiment.training.epoch_loop import Run
    from sentiment.training.hyperparameters import resolve
    from sentiment.training.process_group import Group
    from sentiment.training.step_batches import Examples, FittingPlan
    from sentiment.training.supervised import fit

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
        lessons=None,
        lesson_weight=0.0,
        perturbation=0.0,
        short_perturbation=0.0,
    )
    to_learn = Examples(dataset.train, np.arange(n_reviews), targets)
    a_few = Examples(dataset.train, np.arange(_N_VALIDATED), targets)
    return fit(run, model, to_learn, a_few, plan)[0].train_loss


def _compare_steps(
    plain: PlainClassifier, ours: LSTMClassifier, tensors: tuple[Tensor, Tensor, Tensor]
) -> str:
    """Compare loss and gradients of one step from the same weights on the same reviews."""
    from torch.autograd import grad
    from torch.nn.functional import binary_cross_entropy, binary_cross_entropy_with_logits

    labels, lengths, ids = (tensor[:_A_FEW] for tensor in tensors)
    plainly = binary_cross_entropy(plain(ids, lengths), labels.float())
    cut = ids[:, : int(lengths.max())]
    by_us = binary_cross_entropy_with_logits(ours(cut, lengths), labels.float())
    gradients = grad(plainly, list(plain.parameters())), grad(by_us, list(ours.parameters()))
    pairs = [(plainly.detach(), by_us.detach()), *zip(*gradients, strict=True)]
    apart = max(float((one - other).abs().max()) for one, other in pairs)
    require(equal=apart <= TOLERANCE, what=f"a step's loss or gradients differ by {apart:.1e}")
    return f"loss and gradients of a step of {_A_FEW} reviews within {TOLERANCE:g}"


_WHY_NOT_FIVE = (
    "reviews have 121 words on average, a quarter of 500, so batches by length gain at most a "
    "factor of 4.1; the rest needs a processor with bfloat16 instructions"
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
