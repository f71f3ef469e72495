"""`web`: deploy or delete the web app; any machine can, because the bucket keeps its record."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass

from sagemaker_jobs.aws import web_app
from sagemaker_jobs.aws.bucket import require_bucket
from sagemaker_jobs.aws.translate_errors import translated
from sagemaker_jobs.hardening.limits import find_limits
from sagemaker_jobs.libraries import require_libraries
from sagemaker_jobs.step import Step, StepGroup, Toolbox


@dataclass(frozen=True)
class WebApp:
    """The web app, what was done, and its addresses."""

    function: str
    action: str
    urls: tuple[str, ...] = ()
    dry_run: bool = False

    def line(self) -> str:
        if self.dry_run:
            return f"would {self.action} the web app {self.function}"
        done = "deployed" if self.action == "deploy" else "deleted"
        return "\n".join([f"{done} the web app {self.function}", *self.urls])


@translated()
def deploy(arguments: Namespace, tools: Toolbox) -> WebApp:
    """Deploy or update the web app."""
    require_libraries("the web app", "chalice")
    aws = tools.connect()
    name = aws.names.web_app
    require_bucket(aws)
    if arguments.dry_run:
        return WebApp(name, "deploy", dry_run=True)
    return WebApp(name, "deploy", tuple(web_app.deploy(aws, ui=tools.ui)))


@translated()
def delete(arguments: Namespace, tools: Toolbox) -> WebApp:
    """Delete the web app, if the user agrees."""
    require_libraries("the web app", "chalice")
    aws = tools.connect()
    name = aws.names.web_app
    if arguments.dry_run:
        return WebApp(name, "delete", dry_run=True)
    if not arguments.yes:
        tools.ui.confirm(
            f"Delete the web app {name} in {aws.region}?",
            otherwise="add --yes to delete it without confirmation",
        )
    for thing, remove in find_limits(aws):
        remove()
        tools.ui.say(f"deleted {thing}")
    web_app.delete(aws, ui=tools.ui)
    return WebApp(name, "delete")


def add_arguments(_parser: ArgumentParser) -> None:
    """Declare nothing: `web deploy` has only the common options."""


def add_delete_arguments(parser: ArgumentParser) -> None:
    """Add the options of `web delete`."""
    parser.add_argument("--yes", action="store_true", help="delete without asking for confirmation")


STEP = StepGroup(
    "web",
    "deploy or delete the web app",
    (
        Step("deploy", "deploy or update the web app with Chalice", add_arguments, deploy),
        Step("delete", "delete the web app and its address", add_delete_arguments, delete),
    ),
)
