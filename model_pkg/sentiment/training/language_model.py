"""Pretraining: the LSTMs first learn to predict each next word of all training texts.

Labels are few and texts are many. A network that has learned a language model reads a review far
better than one with random weights (Dai & Le, "Semi-supervised Sequence Learning", 2015). The
forward LSTM predicts the word to the right, the backward LSTM the word to the left. The classifier
keeps the word vectors and both LSTMs; only the heads that predict words are dropped.

A prediction chooses among a few hundred sampled words rather than all 30,000 (sampled softmax, Jean
et al., 2015), so that the LSTM itself is most of the work.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sentiment.data.dataset import EncodedSplit
from sentiment.models.cudnn_lstm import State, run_lstm
from sentiment.models.lstm_classifier import LSTMClassifier, reversed_within_length
from sentiment.text.padding import by_length
from sentiment.text.vocabulary import FIRST_WORD_ID
from sentiment.training.batches import pad_reviews, send, shuffled_batches
from sentiment.training.epoch_loop import (
    Judgement,
    Phase,
    Run,
    run_phase,
)
from sentiment.training.history import EpochMetrics
from sentiment.training.optimizer_step import ScaledOptimizer
from sentiment.training.process_group import Group

CHUNK = 128  # time steps of an update; the next chunk takes over the LSTM's state, not gradients
_CANDIDATES = 512
_SMOOTHING = 0.75  # of the frequencies by which candidates are drawn
_DROPOUT_IN, _DROPOUT_OUT = 0.1, 0.2
_JUDGING = 128  # held-out reviews a batch
PRETRAINING = "pretraining"

States = tuple[State | None, State | None]


class Piece(NamedTuple):
    """Some words of some reviews in one direction, and the words that follow them."""

    inputs: Tensor  # (batch, time) ids
    places: Tensor  # (predictions,) of the flat inputs after which a word is predicted
    targets: Tensor  # (predictions,) ids of these words: neither padding nor 'infrequent'


class _Chunk(NamedTuple):
    """The pieces that one update learns from."""

    pieces: list[Piece]  # of both directions
    candidates: Tensor  # (candidates,) ids

    def to(self, device: torch.device) -> _Chunk:
        pieces = [Piece(*send(piece, device)) for piece in self.pieces]
        return _Chunk(pieces, *send([self.candidates], device))


@dataclass(frozen=True)
class PretrainingPlan:
    """The settings of the language model's training."""

    n_epochs: int
    batch_size: int  # of all processes together
    learning_rate: float
    gradient_clip: float
    vector_share: float  # of the learning rate, for the word vectors


class LanguageModel(nn.Module):
    """A classifier's word vectors and LSTMs, each LSTM with a head that predicts the next word.

    A word's logit is its vector times the projected state, plus its bias (tied weights, Press &
    Wolf, 2017).
    """

    def __init__(self, classifier: LSTMClassifier, frequencies: Tensor) -> None:
        """Add heads to the classifier's LSTMs.

        frequencies (vocabulary,) float64: counts of the words in the training texts.

        Raises:
            ValueError: the classifier is not bidirectional.
        """
        super().__init__()
        if classifier.backward_lstm is None:
            raise ValueError("pretraining needs a bidirectional classifier")
        self.embedding = classifier.embedding
        self.lstms = nn.ModuleList([classifier.forward_lstm, classifier.backward_lstm])
        hidden, width = classifier.forward_lstm.hidden_size, self.embedding.embedding_dim
        self.projections = nn.ModuleList(nn.Linear(hidden, width) for _ in self.lstms)
        unigrams = (frequencies / frequencies.sum()).clamp(min=1e-8).log().float()
        self.biases = nn.ParameterList(unigrams.clone() for _ in self.lstms)
        self.drop_in, self.drop_out = nn.Dropout(_DROPOUT_IN), nn.Dropout(_DROPOUT_OUT)
        drawn = frequencies**_SMOOTHING
        drawn[:FIRST_WORD_ID] = 0
        self._drawn = drawn / drawn.sum()  # on the CPU, where candidates are drawn
        expected = (self._drawn * _CANDIDATES).clamp(min=1e-12).log().float()
        self.register_buffer("expected", expected, persistent=False)  # (vocabulary,) logarithms

    def draw_candidates(self, generator: torch.Generator) -> Tensor:
        """Return distinct word ids (candidates,) on the CPU; frequent words come more often."""
        drawn = torch.multinomial(self._drawn, _CANDIDATES, replacement=True, generator=generator)
        return cast("Tensor", drawn.unique())  # type: ignore[no-untyped-call]  # torch declares none

    def forward(
        self, pieces: Sequence[Piece], states: States, candidates: Tensor
    ) -> tuple[Tensor, States]:
        """Return the summed loss of predicting the pieces' words, in nats, and the final states.

        Args:
            pieces: for each direction, in its reading order.
            states: of the LSTMs where the pieces begin; None for the beginning of the reviews.
            candidates: as `draw_candidates` returns them.
        """
        results = [
            self._predict(direction, piece, states[direction], candidates)
            for direction, piece in enumerate(pieces)
        ]
        losses, after = zip(*results, strict=True)
        return torch.stack(losses).sum(), cast("States", after)

    def _predict(
        self, direction: int, piece: Piece, state: State | None, candidates: Tensor
    ) -> tuple[Tensor, State]:
        inputs, places, targets = piece
        # one look-up for all three: each one costs a gradient the size of the vocabulary
        looked_up = self.embedding(torch.cat([inputs.reshape(-1), targets, candidates]))
        embedded, wanted, offered = looked_up.split([inputs.numel(), len(targets), len(candidates)])
        embedded = self.drop_in(embedded.view(*inputs.shape, -1))  # (batch, time, embedding)
        lstm = cast("nn.LSTM", self.lstms[direction])
        outputs, after = run_lstm(lstm, embedded, state)
        hidden = self.projections[direction](self.drop_out(outputs.flatten(0, 1)[places]))
        bias = self.biases[direction] - cast("Tensor", self.expected)
        among = (hidden @ offered.T).float() + bias[candidates]  # (predictions, candidates)
        among = among.masked_fill(targets[:, None] == candidates, float("-inf"))
        right = (hidden * wanted).sum(1).float() + bias[targets]  # (predictions,)
        losses = torch.logaddexp(among.logsumexp(1), right) - right
        return losses.sum(), (after[0].detach(), after[1].detach())


@dataclass(frozen=True)
class Texts:
    """Reviews of a split to learn words from; their labels are not used."""

    split: EncodedSplit
    indices: NDArray[np.int64]


def pretrain(
    run: Run, classifier: LSTMClassifier, texts: Texts, held_out: Texts, plan: PretrainingPlan
) -> list[EpochMetrics]:
    """Train the classifier's word vectors and LSTMs as a language model, in place."""
    vocabulary_size = classifier.embedding.num_embeddings
    language_model = LanguageModel(classifier, word_frequencies(texts, vocabulary_size))
    language_model.to(run.device)
    network = run.group.wrap(language_model)
    vectors = {id(classifier.embedding.weight)}
    adam = torch.optim.Adam(
        [
            {"params": [classifier.embedding.weight], "share": plan.vector_share},
            {
                "params": [p for p in language_model.parameters() if id(p) not in vectors],
                "share": 1,
            },
        ],
        fused=True,
    )

    optimizer = ScaledOptimizer(adam, language_model, plan.gradient_clip, run.precision, run.device)

    def batches(generator: np.random.Generator) -> list[NDArray[np.int64]]:
        return shuffled_batches(texts.split, texts.indices, plan.batch_size, generator)

    def prepare(indices: NDArray[np.int64], generator: np.random.Generator) -> list[_Chunk]:
        drawing = torch.Generator().manual_seed(int(generator.integers(2**63)))
        return [
            _Chunk(pieces, language_model.draw_candidates(drawing))
            for pieces in _pieces(texts.split, indices, run.group)
        ]

    def learn(chunks: list[_Chunk]) -> Tensor:
        language_model.train()
        states: States = (None, None)
        total = torch.zeros(2, dtype=torch.float64, device=run.device)
        scale = run.group.size / (2 * plan.batch_size * CHUNK)
        for chunk in chunks:
            pieces, candidates = chunk.to(run.device)
            optimizer.zero_grad()
            with run.autocast():
                loss, states = network(pieces, states, candidates)
            optimizer.backward(loss * scale)
            optimizer.step()
            total[0] += loss.detach()
            total[1] += _count_predictions(pieces)
        return run.group.total(total)

    @torch.no_grad()
    def judge() -> Judgement:
        language_model.eval()
        drawn = language_model.draw_candidates(torch.Generator().manual_seed(0))
        total, n_predictions = 0.0, 0
        batches = by_length(np.diff(held_out.split.offsets)[held_out.indices].tolist(), _JUDGING)
        for positions in batches:
            states: States = (None, None)
            for found in _pieces(held_out.split, held_out.indices[positions]):
                pieces, candidates = _Chunk(found, drawn).to(run.device)
                loss, states = language_model(pieces, states, candidates)
                total += float(loss)
                n_predictions += _count_predictions(pieces)
        return Judgement(total / max(1, n_predictions), None)

    return run_phase(
        run,
        Phase(
            PRETRAINING,
            language_model,
            adam,
            plan.learning_rate,
            one_cycle=True,
            n_epochs=plan.n_epochs,
            batches=batches,
            prepare=prepare,
            learn=learn,
            judge=judge,
        ),
    )


def _pieces(
    split: EncodedSplit, indices: NDArray[np.int64], group: Group | None = None
) -> Iterator[list[Piece]]:
    """Yield a process's share of a batch in both reading orders, piece by piece along the words.

    A piece has at most `CHUNK` words and begins with the last word of the previous one. All
    processes get the same number of pieces, since they take each step together.
    """
    ids, lengths = pad_reviews(split, indices)
    if group is not None:
        ids, lengths = group.share(ids), group.share(lengths)
    orders = ids, ids.gather(1, reversed_within_length(lengths, ids.shape[1]))
    n_steps = ids.shape[1] - 1
    for start in range(0, n_steps, CHUNK):
        stop = min(start + CHUNK, n_steps)
        yield [_piece(order[:, start:stop], order[:, start + 1 : stop + 1]) for order in orders]


def _piece(inputs: Tensor, following: Tensor) -> Piece:
    flat = following.flatten()
    places = (flat >= FIRST_WORD_ID).nonzero().squeeze(1)
    return Piece(inputs.contiguous(), places, flat[places])


def _count_predictions(pieces: Sequence[Piece]) -> int:
    return sum(len(piece.targets) for piece in pieces)


def word_frequencies(texts: Texts, vocabulary_size: int) -> Tensor:
    """Return float64 counts (vocabulary,) of the words in the texts."""
    counts = np.zeros(vocabulary_size)
    for index in texts.indices:
        np.add.at(counts, texts.split.review(index), 1)
    return torch.from_numpy(counts)
