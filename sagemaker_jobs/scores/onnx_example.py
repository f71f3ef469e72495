"""Score reviews with model.onnx: `pip install numpy onnxruntime`, then `python example.py TEXT`."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from sentiment.recipe import find_recipe
from sentiment.text.encoder import Encoder
from sentiment.text.vocabulary import Vocabulary

if __name__ == "__main__":
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read when the library loads
    import onnxruntime

    folder = Path(__file__).parent
    session = onnxruntime.InferenceSession(folder / "model.onnx")
    given = session.get_modelmeta().custom_metadata_map
    recipe = replace(find_recipe(given["recipe"]), head=int(given["head"]), tail=int(given["tail"]))
    words = (folder / "vocabulary.txt").read_text("utf-8").split("\n")[:-1]
    encoder = Encoder(recipe, Vocabulary(words))
    for review in sys.argv[1:]:
        ids = encoder.encode(review).ids
        score = session.run(["score"], {"ids": np.array([ids])})[0][0] if ids else 0.5  # no words
        print(f"{score:.6f} {review}")
