"""A toy training program: its hyperparameters say what it does."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=1)
parser.add_argument("--fail", default="")
parser.add_argument("--crash", action="store_true")
parser.add_argument("--wait-for", default="/")
parser.add_argument("--on-sigterm", choices=["save", "ignore", "die"], default="die")
options, _ = parser.parse_known_args()

model = Path(os.environ["SM_MODEL_DIR"])
checkpoints = Path(os.environ["SAGEMAKER_BASE_DIR"], "checkpoints")


def end_early(*_: object) -> None:
    (model / "stopped.txt").write_text("saved on SIGTERM")
    print("saved=true")
    sys.exit(0)


if options.on_sigterm == "save":
    signal.signal(signal.SIGTERM, end_early)
elif options.on_sigterm == "ignore":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)

if options.fail:
    Path(os.environ["SAGEMAKER_BASE_DIR"], "output", "failure").write_text(options.fail)
    sys.exit(1)
if options.crash:
    raise RuntimeError("the toy crashed")

channel = Path(os.environ["SM_CHANNEL_TRAINING"])
words = " ".join(path.read_text() for path in sorted(channel.rglob("*.txt"))).split()
done = checkpoints / "epochs.txt"
first = int(done.read_text()) if done.is_file() else 0
print(f"first_epoch={first} setting={os.environ.get('MY_SETTING', 'none')}")
for epoch in range(first + 1, options.epochs + 1):
    print(
        f"epoch={epoch} train_loss={1 / (epoch + 1):.4f} validation_accuracy={0.5 + epoch / 10:.2f}"
    )
    if checkpoints.is_dir():
        done.write_text(str(epoch))
while not Path(options.wait_for).exists():  # a test makes it when it has seen enough
    time.sleep(0.02)
model.joinpath("words.txt").write_text("\n".join(words))
model.joinpath("args.txt").write_text(" ".join(sys.argv[1:]))
print(f"words={len(words)} finished=true")
