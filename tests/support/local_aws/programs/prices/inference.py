"""A foreign project's inference script with SageMaker's four functions: prices of houses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import price_list  # a second file in code/


def model_fn(model_dir: str) -> dict[str, float]:
    model: dict[str, float] = json.loads(Path(model_dir, "line.json").read_text())
    print(f"loaded={sorted(model)}", flush=True)
    return model


def input_fn(body: bytes | str, content_type: str) -> list[float]:
    if content_type == "text/csv":
        return [float(field) for field in str(body).split(",")]
    if content_type == "application/json":
        values: list[float] = json.loads(body)
        return values
    raise ValueError(f"no prices from {content_type}")


def predict_fn(areas: list[float], model: dict[str, float]) -> list[float]:
    return [model["base"] + model["each"] * area for area in areas]


def output_fn(prices: list[float], accept: str, context: Any) -> tuple[str, str]:
    if min(prices) < 0:
        context.set_response_status(422, "Negative price")
        return "a price below nothing", "text/plain"
    if accept == "text/csv":
        return ",".join(str(price) for price in prices), accept
    answer = {"prices": prices, "unit": price_list.UNIT, "program": Path(__file__).name}
    return json.dumps(answer), "application/json"
