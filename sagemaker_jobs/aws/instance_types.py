"""Instance types that SageMaker has, as botocore lists them."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Literal

from sagemaker_jobs.errors import InvalidSetting

Use = Literal["training jobs", "endpoints", "transform jobs", "processing jobs"]
_SHAPES: dict[Use, str] = {
    "training jobs": "TrainingInstanceType",
    "endpoints": "ProductionVariantInstanceType",
    "transform jobs": "TransformInstanceType",
    "processing jobs": "ProcessingInstanceType",
}


def check_instance_type(name: str, use: Use) -> None:
    """Raise unless SageMaker has the instance type for this use. Nothing is sent.

    Raises:
        InvalidSetting: it has none of this name.
    """
    from botocore.loaders import Loader

    model = Loader().load_service_model("sagemaker", "service-2")
    known: list[str] = model["shapes"][_SHAPES[use]]["enum"]
    if name in known:
        return
    near = get_close_matches(name, known, 1)
    meant = f" (did you mean {near[0]}?)" if near else ""
    raise InvalidSetting(
        f"SageMaker has no instance type {name} for {use}{meant}",
        hint="check --instance-type, or pip install --upgrade boto3 if the type is new",
    )
