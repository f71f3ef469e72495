"""A plain endpoint of a classic model: one review a request, one request after the other.

    python -m benchmarks.plain_server --model-dir DIR --port PORT

Unoptimised but not sabotaged: stop words in a list in memory, a new stemmer for each word, 500
steps for every review, the dense layer on every step, and Python's own HTTP server with connections
kept open. It serves the artifact's weights.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from socketserver import ThreadingMixIn
from threading import Lock

import torch
from torch import nn

from benchmarks import plain
from sentiment.artifact.artifact import Artifact, read_artifact
from sentiment.models.lstm_classifier import rebuild


class PlainNetwork(nn.Module):
    """Embedding, LSTM, and a dense layer on every step; only the last real word's output counts."""

    def __init__(self, artifact: Artifact) -> None:
        super().__init__()
        served = rebuild(artifact.weights, artifact.description["architecture"])
        self.embedding, self.lstm, self.dense = (
            served.embedding,
            served.forward_lstm,
            served.output,
        )

    def forward(self, ids: torch.Tensor, length: int) -> torch.Tensor:
        """Return for ids (1, time) the probability of 'positive', a scalar."""
        states, _ = self.lstm(self.embedding(ids))  # (1, time, hidden)
        logits = self.dense(states)  # (1, time, 1)
        return torch.sigmoid(logits[0, length - 1, 0])


class PlainPredictor:
    """Scores one review at a time."""

    def __init__(self, folder: Path) -> None:
        artifact = read_artifact(folder)
        self._network = PlainNetwork(artifact).eval()
        self._id_of = {
            word: number for number, word in enumerate(artifact.encoder.vocabulary.words, start=2)
        }

    def predict(self, review: str) -> float:
        """Return the probability of 'positive'."""
        words = plain.words_of_in_memory(review)
        ids, length = plain.encode(words, self._id_of)
        with torch.no_grad():
            score = self._network(torch.tensor([ids]), max(1, length))
        return float(score)


def main(arguments: Sequence[str]) -> int:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.plain_server", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument(
        "--model-dir", metavar="FOLDER", type=Path, required=True, help="artifact folder to serve"
    )
    parser.add_argument("--port", type=int, required=True, help="port to listen on")
    options = parser.parse_args(arguments)
    predictor = PlainPredictor(options.model_dir)
    one_at_a_time = Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with one_at_a_time:
                score = predictor.predict(request["review"])
            self._answer(json.dumps({"score": score}).encode())

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    class Server(ThreadingMixIn, HTTPServer):
        daemon_threads = True
        request_queue_size = 128

    Server(("127.0.0.1", options.port), Handler).serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
