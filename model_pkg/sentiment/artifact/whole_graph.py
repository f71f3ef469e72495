"""The whole way from ids to scores as one ONNX graph, for programs that are not ours.

The served graph (`onnx_graph`) takes word vectors and masks, which Python computes for it. Here
ONNX computes them too, by the formulas of `onnx_network` and `calibration`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.artifact.artifact import Artifact
from sentiment.artifact.int8 import fix_ranges
from sentiment.artifact.onnx_graph import write_graph
from sentiment.recipe import ENDING

_HEADER = '<ir_version: 8, opset_import: ["": 17]>'  # as those of `onnx_graph`

# ids (batch, time), 0 after a text's end -> the served graph's inputs, see `ServedNetwork._run`
_READ = f"""{_HEADER}
read (int64[batch, time] ids)
    => (float[time, batch, vector] words, int32[batch] lengths, float[time, 1, batch, 1] below,
        int64[{ENDING}, directions, batch] ending, float[{ENDING}, 1, batch, 1] shares,
        float[batch, 1] n_words)
<int64 zero = {{0}}, int64 one = {{1}}, int64[1] first = {{0}}, int64[1] second = {{1}},
 int64[2] around_batch = {{1, 3}}, int64 most = {{{ENDING}}},
 float low = {{-2}}, float none = {{0}}>
{{
    by_time = Transpose<perm = [1, 0]>(ids)
    words = Gather(vectors, by_time)
    is_word = Greater(ids, zero)
    ones = Cast<to = 7>(is_word)
    n = ReduceSum<keepdims = 0>(ones, second)
    lengths = Cast<to = 6>(n)
    n_rows = Unsqueeze(n, second)
    n_words = Cast<to = 1>(n_rows)

    n_positions = Shape<start = 0, end = 1>(by_time)
    time = Squeeze(n_positions, first)
    places = Range(zero, time, one)
    column = Unsqueeze(places, second)
    is_padding = GreaterOrEqual(column, n)
    flat_below = Where(is_padding, low, none)
    below = Unsqueeze(flat_below, around_batch)

    n_reviews = Shape<start = 1, end = 2>(by_time)
    batch = Squeeze(n_reviews, first)
    reviews = Range(zero, batch, one)
    n_before = Sub(n, most)
    skipped = Max(n_before, zero)
    last_places = Add(skipped, steps)
    ends = Sub(n, one)
    read_places = Min(last_places, ends)
    read_rows = Unsqueeze(read_places, second)
    first_states = Mul(read_rows, n_directions)
    of_directions = Add(first_states, directions)
    of_batches = Mul(of_directions, batch)
    ending = Add(of_batches, reviews)
    counted = Min(n, most)
    is_counted = Less(steps, counted)
    ones_counted = Cast<to = 1>(is_counted)
    n_counted = Cast<to = 1>(counted)
    flat_shares = Div(ones_counted, n_counted)
    shares = Unsqueeze(flat_shares, around_batch)
}}"""

# the network's parts -> probability of 'positive', see `Calibration`
_CALIBRATE = f"""{_HEADER}
calibrate (float[batch, parts] parts, float[batch, 1] n_words) => (float[batch] score)
<float unit = {{1}}>
{{
    more_words = Add(n_words, half_at)
    growth = Div(n_words, more_words)
    added = Mul(growth, length_weights)
    weights = Add(unit, added)
    weighted = Mul(parts, weights)
    logit = ReduceSum<keepdims = 0>(weighted, second)
    growth_row = Squeeze(growth, second)
    grown_bias = Mul(growth_row, bias)
    with_bias = Add(logit, grown_bias)
    calibrated = Div(with_bias, temperature)
    score = Sigmoid(calibrated)
}}"""


def write_whole_graph(artifact: Artifact) -> bytes:
    """Return an ONNX model: ids (batch, time) int64 -> score (batch,) float32.

    A text's ids are those of `Encoder`, at least one, with zeros after them. Its metadata name the
    model's version and the encoding. Of an int8 model, only ONNX Runtime knows the LSTM operator.
    """
    from onnx import load_from_string

    weights, architecture = artifact.weights, artifact.description["architecture"]
    is_int8 = artifact.network.is_int8
    if is_int8:
        weights, architecture = fix_ranges(weights, architecture)
    n_directions = 2 if architecture["bidirectional"] else 1
    read = _parse(
        _READ,
        vectors=weights["embedding.weight"],
        steps=np.arange(ENDING)[:, None],
        directions=np.arange(n_directions)[:, None],
        n_directions=np.array(n_directions),
    )
    calibration = artifact.calibration
    numbers = {name: getattr(calibration, name) for name in ("half_at", "bias", "temperature")}
    calibrate = _parse(
        _CALIBRATE,
        length_weights=np.array(calibration.length_weights or [0.0], np.float32),
        **{name: np.array(number, np.float32) for name, number in numbers.items()},
    )
    model = load_from_string(write_graph(weights, architecture, is_int8=is_int8))
    network = model.graph
    nodes = [*read.node, *network.node, *calibrate.node]
    for values, joined in (
        (network.input, read.input[:1]),
        (network.output, calibrate.output),
        (network.node, nodes),
    ):
        found = [*joined]
        del values[:]
        values.extend(found)
    network.initializer.extend([*read.initializer, *calibrate.initializer])
    encoding = artifact.description["encoding"]
    for name, value in {
        "model_version": artifact.version,
        "recipe": artifact.description["recipe"],
        **encoding,
    }.items():
        model.metadata_props.add(key=name, value=str(value))
    content: bytes = model.SerializeToString()
    return content


def _parse(text: str, **arrays: NDArray[Any]) -> Any:
    """Return the graph of ONNX's text form, with these arrays as constants."""
    from onnx import numpy_helper, parser

    graph = parser.parse_model(text).graph
    constants = [numpy_helper.from_array(array, name) for name, array in arrays.items()]
    graph.initializer.extend(constants)
    return graph
