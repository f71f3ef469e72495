"""AWS's container images, looked up in the SageMaker SDK's registry."""

from __future__ import annotations

from sagemaker_jobs.errors import InvalidSetting
from sagemaker_jobs.libraries import require_libraries

# the newest with AWS's script-mode toolkit, and the last one for serving
_TRAINING = ("2.10", "py313")
_INFERENCE = ("2.6", "py312")


def training_image(region: str, instance_type: str) -> str:
    """Return the URI of AWS's PyTorch training image for the instance, CPU or GPU."""
    return _retrieve("training", _TRAINING, region, instance_type)


def inference_image(region: str, instance_type: str) -> str:
    """Return the URI of AWS's PyTorch inference image for the instance, CPU or GPU."""
    return _retrieve("inference", _INFERENCE, region, instance_type)


def _retrieve(scope: str, version: tuple[str, str], region: str, instance_type: str) -> str:
    require_libraries("the lookup of AWS's images", "sagemaker", otherwise=", or pass --image")
    from sagemaker.core import image_uris

    framework_version, python = version
    try:
        uri: str = image_uris.retrieve(
            "pytorch",
            region,
            version=framework_version,
            py_version=python,
            instance_type=instance_type,
            image_scope=scope,
        )
    except ValueError as error:
        raise InvalidSetting(
            f"AWS publishes no PyTorch {scope} image for {instance_type} in {region}",
            hint="choose another --instance-type or --region, or pass --image",
        ) from error
    return uri
