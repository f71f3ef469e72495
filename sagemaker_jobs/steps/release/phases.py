"""The steps of a release, each by the step of the command line that does it alone."""

from __future__ import annotations

import shlex
import shutil
from argparse import ArgumentParser, Namespace
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

from sagemaker_jobs.aws import images
from sagemaker_jobs.aws.model_artifacts import as_archive, send_file, uri_of_file, uri_of_job
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.endpoint.artifact_check import check_artifact
from sagemaker_jobs.endpoint.revision import DeploySettings, serving_artifact
from sagemaker_jobs.errors import (
    EndpointFailed,
    InvalidSetting,
    RequestRefused,
    SmokeTestFailed,
    TrainingFailed,
)
from sagemaker_jobs.operations import deployment
from sagemaker_jobs.release import figures, registry
from sagemaker_jobs.release.rules import Check, Rule, as_table, failures
from sagemaker_jobs.release.state import State
from sagemaker_jobs.scores.score_here import read_description
from sagemaker_jobs.step import Step, StepGroup, Toolbox
from sagemaker_jobs.steps import deploy, prepare, report, train, upload
from sagemaker_jobs.training import training_job

STEPS = ("prepare", "upload", "train", "evaluate", "gate", "register", "deploy", "report")
MAKE_MODEL = STEPS[:3]  # left out for a model that exists
_BAKE_S = 300  # of an update between instances


@dataclass(frozen=True)
class Release:
    """One release: its options and what it has done so far."""

    arguments: Namespace
    tools: Toolbox
    aws: Aws
    state: State
    rules: tuple[Rule, ...]

    @property
    def _folder(self) -> Path:
        return self.state.folder

    @property
    def _model(self) -> Path:
        return self._folder / "model.tar.gz"

    def result(self, step: str) -> Any:
        """Return what an earlier step left.

        Raises:
            InvalidSetting: it has not run.
        """
        if step not in self.state.done:
            raise InvalidSetting(
                f"the step {step} of this release has not run", hint="leave out --only"
            )
        return self.state.done[step]

    def run(self, step: str) -> None:
        """Run the step and record its result."""
        self.tools.ui.say(f"ship: {step}")
        self.state.keep(step, getattr(self, f"_{step}")())

    def _prepare(self) -> Any:
        words = ["--archive-directory", str(self.arguments.archive_directory), *self._recipe]
        return asdict(self._step(prepare.STEP, words, self.arguments.prepare))

    def _upload(self) -> Any:
        words = ["--data", self.result("prepare")["directory"], *self._recipe]
        return asdict(self._step(upload.STEP, words))

    def _train(self) -> Any:
        if "job" not in self.state.done:
            words = ["--dataset", self.result("upload")["uri"], *self._recipe, "--no-wait"]
            started = self._step(_command(train.STEP, "job"), words, self.arguments.train)
            self.state.keep("job", started.job)  # an interrupted release follows it again
        try:
            followed = training_job.follow(
                self.aws,
                self.result("job"),
                ui=self.tools.ui,
                sleep=self.tools.sleep,
                clock=self.tools.clock,
            )
        except TrainingFailed:
            self.state.forget("job")
            raise
        return {"job": followed.job, "artifact": followed.artifact}

    def _evaluate(self) -> Any:
        artifact = self._fetch_model()
        work = figures.Measurement(
            self._model,
            self._fetch_serving(),
            self.arguments.archive_directory,
            self.arguments.limit,
            self._folder,
        )
        wanted = {rule.figure for rule in self.rules}
        return {
            "artifact": artifact,
            "figures": figures.measure(work, wanted, ui=self.tools.ui),
            "description": read_description(self._model),
        }

    def _gate(self) -> Any:
        checks = [rule.check(self.result("evaluate")["figures"]) for rule in self.rules]
        self.tools.ui.say(as_table(checks))
        return [asdict(check) for check in checks]

    def _register(self) -> Any:
        measured = self.result("evaluate")
        failed = failures([Check(**check) for check in self.result("gate")])
        settings = self._hosting
        image = images.serving_image(
            self.aws,
            settings.image,
            instance_type=settings.instance_type,
            serverless_mb=settings.memory_mb if settings.serverless else None,
            ui=self.tools.ui,
        )
        if self.arguments.artifact:
            uri, sha256 = uri_of_file(self.aws, self._model)
            send_file(self.aws, self._model, uri, sha256, ui=self.tools.ui)
        number = registry.register(
            self.aws,
            registry.Candidate(
                measured["artifact"], image, measured["description"], measured["figures"]
            ),
            registry.REJECTED if failed else registry.APPROVED,
            f"fails {failed}" if failed else "meets every rule",
        )
        return {"number": number, "image": image}

    def _deploy(self) -> Any:
        registered = self.result("register")
        number = registered["number"]
        version = registry.require_approved(self.aws, number)
        settings = replace(self._hosting, uri=version.artifact, image=registered["image"])
        try:
            deployed = deployment.deploy(
                self.aws,
                settings,
                ui=self.tools.ui,
                sleep=self.tools.sleep,
                clock=self.tools.clock,
            )
        except (EndpointFailed, SmokeTestFailed, RequestRefused) as error:
            registry.set_status(self.aws, number, registry.REJECTED, error.what)
            self.tools.ui.say(f"model version {number} is now Rejected")
            raise
        return {**asdict(deployed), "line": deployed.line()}

    def _report(self) -> Any:
        against, behaviour = self._folder / figures.AGAINST, self._folder / figures.BEHAVIOUR
        figures_of = self.result("evaluate")["figures"]
        return asdict(
            report.report(
                self._model,
                self.arguments.archive_directory,
                self._folder / "report",
                scores=self._folder / figures.SCORES,
                against=against if "accuracy_gain" in figures_of else None,
                attachments={"Behavioural suite": behaviour} if "behaviour" in figures_of else {},
                ui=self.tools.ui,
                clock=self.tools.clock,
            )
        )

    @property
    def _recipe(self) -> list[str]:
        return ["--recipe", self.arguments.recipe]

    @cached_property
    def _hosting(self) -> DeploySettings:
        options = parse_options(deploy.STEP, [], self.arguments.deploy)
        settings = deploy.settings_of(options, self.aws, ui=self.tools.ui)
        bakes = not settings.serverless and options.bake_s is None
        return replace(
            settings,
            bake_s=_BAKE_S if bakes else settings.bake_s,
            confirmed=self.arguments.yes or options.yes,
        )

    def _fetch_model(self) -> str:
        """Copy the model to the release's folder; return its S3 URI."""
        if self.arguments.artifact:
            with as_archive(self.arguments.artifact) as archive:
                check_artifact(archive)
                shutil.copyfile(archive, self._model)
            return uri_of_file(self.aws, self._model)[0]
        job = self.arguments.job or self.result("train")["job"]
        uri = uri_of_job(self.aws, job)
        self._download(uri, self._model)
        return uri

    def _fetch_serving(self) -> Path | None:
        """Copy the model that serves; None if there is none that this code can read."""
        uri = serving_artifact(self.aws)
        if uri is None:
            return None
        path = self._folder / "serving.tar.gz"
        self._download(uri, path)
        try:
            read_description(path)
        except InvalidSetting:
            self.tools.ui.say(f"the serving model {uri} is not one of ours; there is no comparison")
            return None
        return path

    def _download(self, uri: str, path: Path) -> None:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        self.aws.s3.download_file(bucket, key, str(path))

    def _step(self, step: Step, words: list[str], more: str = "") -> Any:
        return step.run(parse_options(step, words, more), self.tools)


class _Options(ArgumentParser):
    """Options of another step, whose faults are errors of ours."""

    def error(self, message: str) -> NoReturn:
        raise InvalidSetting(
            f"the options for {self.prog}: {message}",
            hint=f"python -m sagemaker_jobs {self.prog} --help",
        )


def parse_options(step: Step, words: list[str], more: str) -> Namespace:
    """Return a step's options: ours, then those that the user chose for it.

    Raises:
        InvalidSetting: an option is unknown or malformed.
    """
    parser = _Options(prog=step.name, add_help=False, allow_abbrev=False)
    step.add_arguments(parser)
    parser.set_defaults(dry_run=False)
    return parser.parse_args([*words, *shlex.split(more)])


def _command(group: StepGroup, name: str) -> Step:
    return next(step for step in group.steps if step.name == name)


def check_options(arguments: Namespace) -> None:
    """Raise unless the options for the other steps are right: before hours of training.

    Raises:
        InvalidSetting: one is unknown or malformed.
    """
    parse_options(prepare.STEP, [], arguments.prepare)
    parse_options(_command(train.STEP, "job"), [], arguments.train)
    deploy.chosen_hosting(parse_options(deploy.STEP, [], arguments.deploy))
