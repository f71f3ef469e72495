"""`models`: the registered models of the stage: list, show, approve, roll back."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass

from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import translated
from sagemaker_jobs.endpoint.endpoint import describe
from sagemaker_jobs.endpoint.revision import DeploySettings
from sagemaker_jobs.errors import NotThere
from sagemaker_jobs.operations.deployment import Deployment, deploy
from sagemaker_jobs.release import registry
from sagemaker_jobs.release.registry import Version
from sagemaker_jobs.step import Step, StepGroup, Toolbox, at_least


@dataclass(frozen=True)
class Registry:
    """The versions, newest first."""

    group: str
    versions: tuple[Version, ...]

    def line(self) -> str:
        if not self.versions:
            return f"no models are registered in {self.group}; run ship"
        return "\n".join(version.line() for version in self.versions)


@dataclass(frozen=True)
class Shown:
    """One version with everything that is known of it."""

    version: Version

    def line(self) -> str:
        version = self.version
        figures = (f"{name:<24} {value:g}" for name, value in sorted(version.figures.items()))
        facts = (
            *("status", "note", "model_version", "code_version", "data_fingerprint"),
            *("artifact", "image"),
        )
        return "\n".join(
            [
                version.line().strip(),
                *(f"{name:<24} {getattr(version, name)}" for name in facts),
                *figures,
            ]
        )


@dataclass(frozen=True)
class Approval:
    """A version that was approved, or would be."""

    number: int
    before: str  # its status
    dry_run: bool = False

    def line(self) -> str:
        verb = "would approve" if self.dry_run else "approved"
        return (
            f"{verb} model version {self.number}, which was {self.before}; "
            f"deploy it with deploy --model-version {self.number}"
        )


@dataclass(frozen=True)
class Rollback:
    """A return to an earlier version."""

    number: int
    rejected: int | None  # the version that served
    deployment: Deployment

    def line(self) -> str:
        done = self.deployment.line()
        if self.rejected is None or self.deployment.dry_run:
            return f"version {self.number}: {done}"
        return f"version {self.number}: {done}; version {self.rejected} is now Rejected"


@translated()
def list_versions(_arguments: Namespace, tools: Toolbox) -> Registry:
    """Return the stage's versions."""
    aws = tools.connect()
    return Registry(aws.names.model_group, tuple(registry.versions(aws)))


@translated()
def show(arguments: Namespace, tools: Toolbox) -> Shown:
    """Return one version."""
    return Shown(registry.find(tools.connect(), arguments.number))


@translated()
def approve(arguments: Namespace, tools: Toolbox) -> Approval:
    """Approve a version, whatever the gate said."""
    aws = tools.connect()
    before = registry.find(aws, arguments.number).status
    if not arguments.dry_run:
        registry.set_status(aws, arguments.number, registry.APPROVED, arguments.because)
    return Approval(arguments.number, before, arguments.dry_run)


@translated()
def roll_back(arguments: Namespace, tools: Toolbox) -> Rollback:
    """Deploy an earlier approved version with the endpoint's hosting; reject the one that served.

    Raises:
        NotThere: there is no endpoint, or no approved version to go back to.
        GateFailed: the version chosen is not approved.
    """
    aws = tools.connect()
    if arguments.to:
        chosen = registry.require_approved(aws, arguments.to)
        serving = next((found for found in registry.versions(aws) if found.serves), None)
    else:
        serving, chosen = registry.before_serving(aws)
    deployment = deploy(
        aws,
        _hosting(aws, chosen),
        ui=tools.ui,
        sleep=tools.sleep,
        clock=tools.clock,
        dry_run=arguments.dry_run,
    )
    left = serving.number if serving and serving.number != chosen.number else None
    if left and not arguments.dry_run:
        registry.set_status(aws, left, registry.REJECTED, f"rolled back to version {chosen.number}")
    return Rollback(chosen.number, left, deployment)


def _hosting(aws: Aws, version: Version) -> DeploySettings:
    """Return the settings that deploy the version on what the endpoint runs on now."""
    endpoint = describe(aws, aws.names.endpoint)
    if endpoint is None:
        raise NotThere(
            f"the stage {aws.stage} has no endpoint to roll back",
            hint=f"deploy --model-version {version.number} {aws.options}",
        )
    name = endpoint["EndpointConfigName"]
    config = aws.sagemaker.describe_endpoint_config(EndpointConfigName=name)
    variant = config["ProductionVariants"][0]
    serverless = variant.get("ServerlessConfig")
    if serverless:
        return DeploySettings(
            uri=version.artifact,
            image=version.image,
            serverless=True,
            memory_mb=serverless["MemorySizeInMB"],
            max_concurrency=serverless["MaxConcurrency"],
        )
    return DeploySettings(
        uri=version.artifact,
        image=version.image,
        instance_type=variant.get("InstanceType", DeploySettings.instance_type),
        instance_count=variant.get("InitialInstanceCount", 1),
    )


def _add_nothing(_parser: ArgumentParser) -> None:
    """Declare nothing: the command has only the common options."""


def _add_number(parser: ArgumentParser) -> None:
    parser.add_argument("number", type=at_least(1), metavar="N", help="number of the version")


def _add_approval(parser: ArgumentParser) -> None:
    _add_number(parser)
    parser.add_argument(
        "--because", metavar="TEXT", default="approved by hand", help="reason to record"
    )


def _add_target(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--to",
        type=at_least(1),
        metavar="N",
        help="approved version to deploy (default: the newest before the serving one)",
    )


STEP = StepGroup(
    "models",
    "list, show, approve and roll back the stage's registered models",
    (
        Step("list", "list the registered models", _add_nothing, list_versions, has_dry_run=False),
        Step("show", "show one model's figures and origin", _add_number, show, has_dry_run=False),
        Step("approve", "approve a model, whatever the rules said", _add_approval, approve),
        Step(
            "rollback", "deploy the approved model before the serving one", _add_target, roll_back
        ),
    ),
)
