"""Container images: AWS's, from the SageMaker SDK's registry, and our own in the account's ECR."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import or_none
from sagemaker_jobs.errors import InvalidSetting, NotThere
from sagemaker_jobs.libraries import require_libraries
from sagemaker_jobs.paths import MODEL_PACKAGE
from sagemaker_jobs.terminal import Ui

# The SDK's framework and version. AWS patches 2.13 until 2027-07-20 and 2.10 until 2027-01-21; both
# have AWS's script-mode toolkit. 2.6 is the last image for serving.
_TRAINING = ("pytorch-amzn2023", "2.13", None)
_OLDER_TRAINING = ("pytorch", "2.10", "py313")
_INFERENCE = ("pytorch", "2.6", "py312")
_AWS_SERVING = "/pytorch-inference:"
_AWS_SERVING_LEAST_MB = 2048  # two workers of 510 MB and a Java machine of 240 MB
_URI = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[\w-]+)\.amazonaws\.com(?:\.cn)?/"
    r"(?P<repository>[^:@]+)(?::(?P<tag>[^@]+))?(?:@(?P<digest>sha256:\w+))?"
)

# what ECR may answer; SageMaker accepts the first
_MEDIA_TYPES = [
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
]


def training_image(region: str, instance_type: str, *, ui: Ui) -> str:
    """Return the URI of AWS's PyTorch training image for the instance, CPU or GPU."""
    try:
        return _retrieve("training", _TRAINING, region, instance_type)
    except InvalidSetting:
        older = _retrieve("training", _OLDER_TRAINING, region, instance_type)
        ui.say(f"PyTorch {_TRAINING[1]} is not published in {region}; training on {older}")
        return older


def inference_image(region: str, instance_type: str) -> str:
    """Return the URI of AWS's PyTorch inference image for the instance, CPU or GPU."""
    return _retrieve("inference", _INFERENCE, region, instance_type)


def serving_image(
    aws: Aws, given: str | None, *, instance_type: str, serverless_mb: int | None, ui: Ui
) -> str:
    """Return the image to serve with: the one given, ours of today's code, or AWS's.

    An image in the account's ECR is named by its digest, so that a rebuilt one is deployed.
    `serverless_mb` is None for hosting on instances.

    Raises:
        InvalidSetting: SageMaker would refuse the image, or AWS's does not fit into the memory.
        NotThere: the image given is not in ECR.
    """
    image = pinned(aws, given) if given else own_image(aws)
    if image is None:
        image = inference_image(aws.region, instance_type)
    elif not given:
        ui.say(f"using our own image: {image}")
    is_short = serverless_mb is not None and serverless_mb < _AWS_SERVING_LEAST_MB
    if is_short and _AWS_SERVING in image:
        raise InvalidSetting(
            f"AWS's inference image does not fit into {serverless_mb} MB",
            hint="build our own image with the step `image`, or add "
            f"--memory-mb {_AWS_SERVING_LEAST_MB}",
        )
    return image


def warn_of_slow_start(aws: Aws, image: str, *, ui: Ui) -> None:
    """Tell that AWS's image keeps the first visitors of a serverless endpoint waiting."""
    if _AWS_SERVING in image:
        ui.say(
            "warning: AWS's image takes some 26 s to start, and a serverless endpoint starts after "
            "each pause: its first visitor gets an error (504). Our own image starts in a second: "
            f"build it with python -m sagemaker_jobs image {aws.options}"
        )


def own_image(aws: Aws) -> str | None:
    """Return the URI of our image of today's code; None if `image` has not built it."""
    name = f"{aws.names.registry}/{aws.names.repository}"
    found = _find(aws, aws.names.repository, {"imageTag": context_tag()})
    return f"{name}@{found}" if found else None


def is_own(aws: Aws, uri: str) -> bool:
    """Return whether the URI is one of the account's ECR, not AWS's."""
    match = _URI.fullmatch(uri)
    if match is None:
        return False
    return (match["account"], match["region"]) == (aws.names.account, aws.region)


def pinned(aws: Aws, uri: str) -> str:
    """Return the URI with the digest in place of the tag, if it is in the account's ECR.

    Raises:
        NotThere: there is no such image.
        InvalidSetting: SageMaker refuses its form.
    """
    match = _URI.fullmatch(uri)
    if not match or not is_own(aws, uri):
        return uri
    which = {"imageDigest": match["digest"]} if match["digest"] else {}
    found = _find(aws, match["repository"], which or {"imageTag": match["tag"] or "latest"})
    if found is None:
        raise NotThere(
            f"there is no image {uri}", hint="run the step `image` to build ours, or check the name"
        )
    return f"{uri[: match.end('repository')]}@{found}"


def context_files() -> dict[str, Path]:
    """Return the files that our image is built from, by their names in the build context."""
    ignored = (MODEL_PACKAGE / ".dockerignore").read_text("utf-8").split()
    return {name: path for name, path in _files() if not _is_under(name, ignored)}


def context_tag() -> str:
    """Return the tag of our image of today's code: a digest of all that it is built from."""
    digest = hashlib.sha256()
    for name, path in sorted(context_files().items()):
        digest.update(f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()[:12]


def _files() -> Iterator[tuple[str, Path]]:
    for path in MODEL_PACKAGE.rglob("*"):
        if path.is_file() and path.suffix != ".pyc":
            yield path.relative_to(MODEL_PACKAGE).as_posix(), path


def _is_under(name: str, folders: list[str]) -> bool:
    return any(name == folder or name.startswith(f"{folder}/") for folder in folders)


def _find(aws: Aws, repository: str, which: dict[str, str]) -> str | None:
    """Return the digest of an image in the account's ECR; None if there is none.

    Raises:
        InvalidSetting: its manifest is an OCI one.
    """
    answer = or_none(
        lambda: aws.ecr.batch_get_image(
            repositoryName=repository,
            imageIds=[which],  # type: ignore[list-item]
            acceptedMediaTypes=_MEDIA_TYPES,
        )
    )
    if not answer or not answer["images"]:
        return None
    image = answer["images"][0]
    kind = image.get("imageManifestMediaType", "")
    if kind.startswith("application/vnd.oci."):  # AWS: 'Unsupported manifest media type'
        raise InvalidSetting(
            f"SageMaker does not accept the image {repository}: its manifest is {kind}",
            hint="build it with the step `image`, or with docker buildx build "
            "--platform linux/amd64 --provenance=false --output type=docker",
        )
    return str(image["imageId"]["imageDigest"])


def _retrieve(
    scope: str, image: tuple[str, str, str | None], region: str, instance_type: str
) -> str:
    require_libraries("the lookup of AWS's images", "sagemaker", otherwise=", or pass --image")
    from sagemaker.core import image_uris

    framework, version, python = image
    try:
        uri: str = image_uris.retrieve(
            framework,
            region,
            version=version,
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
