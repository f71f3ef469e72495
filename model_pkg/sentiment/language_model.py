"""Pretraining: the LSTMs first learn to guess each next word of all training texts.

Labels are few and texts are many. A network that has learned what words follow which reads a
review far better than one that starts from nothing (Dai & Le, "Semi-supervised Sequence Learning",
2015). The forward LSTM guesses the word to the right, the backward LSTM the word to the left; both
keep their weights and the word vectors for the classifier, and only the guessing heads are thrown
away.

A guess is among a few hundred sampled words rather than all 30,000 (sampled softmax, Jean et al.,
2015), which leaves the LSTM itself as most of the work.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sentiment.batching import pad_reviews, shuffled_batches
from sentiment.checkpoint import EpochMetrics
from sentiment.dataset import EncodedSplit
from sentiment.epochs import (
    Judgement,
    Phase,
    Run,
    run_phase,
)
from sentiment.model import LSTMClassifier, reversed_within_length
from sentiment.padding import by_length
from sentiment.vocabulary import FIRST_WORD_ID

CHUNK = 128  # time steps between two updates; gradients stop there, the LSTM's state goes on
_CANDIDATES = 512
_SMOOTHING = 0.75  # of the frequencies by which candidates are drawn
_DROPOUT_IN, _DROPOUT_OUT = 0.1, 0.2
_JUDGING = 128  # held-out reviews a batch
_PHASE = "pretraining"

State = tuple[Tensor, Tensor]
States = tuple[State | None, State | None]


@dataclass(frozen=True)
class PretrainingPlan:
    """How long and how fast the language model learns."""

    n_epochs: int
    batch_size: int  # of all processes together
    learning_rate: float
    gradient_clip: float
    vector_share: float  # of the learning rate, for the word vectors


class LanguageModel(nn.Module):
    """A classifier's word vectors and LSTMs, each LSTM with a head that guesses the next word.

    A word's logit is its vector times the projected state, plus its bias (tied weights, Press &
    Wolf, 2017).
    """

    def __init__(self, classifier: LSTMClassifier, frequencies: Tensor) -> None:
        """frequencies (vocabulary,) float64 counts of the words in the training texts."""
        super().__init__()
        if classifier.backward_lstm is None:
            raise ValueError("pretraining wants a bidirectional classifier")
        self.embedding = classifier.embedding
        self.lstms = nn.ModuleList([classifier.forward_lstm, classifier.backward_lstm])
        hidden, width = classifier.forward_lstm.hidden_size, self.embedding.embedding_dim
        self.projections = nn.ModuleList(nn.Linear(hidden, width) for _ in self.lstms)
        unigrams = (frequencies / frequencies.sum()).clamp(min=1e-8).log().float()
        self.biases = nn.ParameterList(unigrams.clone() for _ in self.lstms)
        self.drop_in, self.drop_out = nn.Dropout(_DROPOUT_IN), nn.Dropout(_DROPOUT_OUT)
        drawn = frequencies**_SMOOTHING
        drawn[:FIRST_WORD_ID] = 0
        self.register_buffer("drawn", drawn / drawn.sum())

    def draw_candidates(self, generator: torch.Generator) -> Tensor:
        """(candidates,) distinct word ids, frequent words more often."""
        drawn = torch.multinomial(
            cast("Tensor", self.drawn), _CANDIDATES, replacement=True, generator=generator
        )
        return cast("Tensor", drawn.unique())  # type: ignore[no-untyped-call]  # torch declares none

    def forward(
        self, chunks: Sequence[Tensor], states: States, candidates: Tensor
    ) -> tuple[Tensor, Tensor, States]:
        """Loss of guessing each word of the chunks but the first.

        Args:
            chunks: for each direction ids (batch, time + 1), in its reading order.
            states: of the LSTMs where the chunks begin; None for the beginning of the reviews.
            candidates: as `draw_candidates` returns them.

        Returns:
            The summed loss in nats, the number of words guessed, the states behind the chunks.
        """
        results = [
            self._guess(direction, chunk, states[direction], candidates)
            for direction, chunk in enumerate(chunks)
        ]
        losses, counts, after = zip(*results, strict=True)
        return torch.stack(losses).sum(), torch.stack(counts).sum(), cast("States", after)

    def _guess(
        self, direction: int, chunk: Tensor, state: State | None, candidates: Tensor
    ) -> tuple[Tensor, Tensor, State]:
        inputs, following = chunk[:, :-1], chunk[:, 1:]
        guessed = following >= FIRST_WORD_ID  # neither padding nor 'infrequent'
        targets = following[guessed]  # (guesses,)
        # one look-up for all three, for each costs a gradient the size of the vocabulary
        looked_up = self.embedding(torch.cat([inputs.reshape(-1), targets, candidates]))
        embedded, wanted, offered = looked_up.split([inputs.numel(), len(targets), len(candidates)])
        embedded = self.drop_in(embedded.view(*inputs.shape, -1))  # (batch, time, embedding)
        outputs, after = self.lstms[direction](embedded, state)
        hidden = self.projections[direction](self.drop_out(outputs[guessed]))
        bias = (
            self.biases[direction]
            - (cast("Tensor", self.drawn) * _CANDIDATES).clamp(min=1e-12).log().float()
        )
        among = (hidden @ offered.T).float() + bias[candidates]  # (guesses, candidates)
        among = among.masked_fill(targets[:, None] == candidates, float("-inf"))
        right = (hidden * wanted).sum(1).float() + bias[targets]  # (guesses,)
        losses = torch.logaddexp(among.logsumexp(1), right) - right
        return losses.sum(), guessed.sum(), (after[0].detach(), after[1].detach())


@dataclass(frozen=True)
class Texts:
    """Reviews of a split to learn words from; their labels are not looked at."""

    split: EncodedSplit
    indices: NDArray[np.int64]


def pretrain(
    run: Run, classifier: LSTMClassifier, texts: Texts, held_out: Texts, plan: PretrainingPlan
) -> list[EpochMetrics]:
    """Teach the classifier's word vectors and LSTMs what words follow which, in place."""
    vocabulary_size = classifier.embedding.num_embeddings
    language_model = LanguageModel(classifier, word_frequencies(texts, vocabulary_size))
    language_model.to(run.device)
    network = run.group.wrap(language_model)
    vectors = {id(classifier.embedding.weight)}
    optimizer = torch.optim.Adam(
        [
            {"params": [classifier.embedding.weight], "share": plan.vector_share},
            {
                "params": [p for p in language_model.parameters() if id(p) not in vectors],
                "share": 1,
            },
        ],
        fused=True,
    )

    def batches(generator: np.random.Generator) -> list[NDArray[np.int64]]:
        return shuffled_batches(texts.split, texts.indices, plan.batch_size, generator)

    def learn(indices: NDArray[np.int64], generator: np.random.Generator) -> tuple[float, int]:
        language_model.train()
        drawing = torch.Generator().manual_seed(int(generator.integers(2**63)))
        states: States = (None, None)
        total, n_guesses = 0.0, 0
        for chunks in _chunks(run, texts.split, indices):
            drawn = language_model.draw_candidates(drawing).to(run.device)
            optimizer.zero_grad()
            with torch.autocast(run.device.type, torch.bfloat16, enabled=run.half_precision):
                loss, n_guessed, states = network(chunks, states, drawn)
            scale = run.group.size / (2 * plan.batch_size * CHUNK)
            (loss * scale).backward()
            torch.nn.utils.clip_grad_norm_(language_model.parameters(), plan.gradient_clip)
            optimizer.step()
            total, n_guesses = total + float(loss.detach()), n_guesses + int(n_guessed)
        of_all = run.group.total(torch.tensor([total, n_guesses], dtype=torch.float64))
        return float(of_all[0]), int(of_all[1])

    @torch.no_grad()
    def judge() -> Judgement:
        language_model.eval()
        drawn = language_model.draw_candidates(torch.Generator().manual_seed(0)).to(run.device)
        total, n_guesses = 0.0, 0
        batches = by_length(np.diff(held_out.split.offsets)[held_out.indices].tolist(), _JUDGING)
        for positions in batches:
            states: States = (None, None)
            indices = held_out.indices[positions]
            for chunks in _chunks(run, held_out.split, indices, whole=True):
                loss, n_words, states = language_model(chunks, states, drawn)
                total += float(loss)
                n_guesses += int(n_words)
        return Judgement(total / max(1, n_guesses), None)

    return run_phase(
        run,
        Phase(
            _PHASE,
            language_model,
            optimizer,
            plan.learning_rate,
            one_cycle=True,
            n_epochs=plan.n_epochs,
            batches=batches,
            learn=learn,
            judge=judge,
        ),
    )


def _chunks(
    run: Run,
    split: EncodedSplit,
    indices: NDArray[np.int64],
    *,
    whole: bool = False,
) -> Iterator[tuple[Tensor, Tensor]]:
    """A process's share of a batch in both reading orders, piece by piece along the words.

    Pieces are (batch, time + 1) with time at most `CHUNK`; each begins with the last word of the
    one before. All processes get as many pieces, since they go on together.
    """
    ids, lengths = pad_reviews(split, indices)
    if not whole:
        ids, lengths = run.group.share(ids), run.group.share(lengths)
    ids = ids.to(run.device)
    orders = ids, ids.gather(1, reversed_within_length(lengths.to(run.device), ids.shape[1]))
    n_steps = ids.shape[1] - 1
    for start in range(0, n_steps, CHUNK):
        stop = min(start + CHUNK, n_steps) + 1
        yield orders[0][:, start:stop], orders[1][:, start:stop]


def word_frequencies(texts: Texts, vocabulary_size: int) -> Tensor:
    """(vocabulary,) float64 counts."""
    counts = np.zeros(vocabulary_size)
    for index in texts.indices:
        np.add.at(counts, texts.split.review(index), 1)
    return torch.from_numpy(counts)
