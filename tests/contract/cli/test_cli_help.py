"""What the command line promises without AWS: its help, its typos explained, its documentation."""

import re
import subprocess
import sys

import pytest

import sentiment
from sagemaker_jobs.cli import STEPS, build_parser
from sagemaker_jobs.step import StepGroup
from sentiment.training.hyperparameters import parse
from tests.support.paths import ROOT
from tests.support.pipeline import call_step as step

COMMANDS = [
    (step.name, *rest)
    for step in STEPS
    for rest in ([(sub.name,) for sub in step.steps] if isinstance(step, StepGroup) else [()])
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_works_without_credentials_region_or_home(command: tuple[str, ...]) -> None:
    """--help of every step tells its options in an empty environment."""
    answer = step(*command, "--help", environment={})
    assert answer.exit_code == 0, answer.err
    assert "--stage" in answer.out
    assert "--json" in answer.out


def test_help_imports_nothing_heavy() -> None:
    """Asking for help pays neither for boto3 nor for numpy, torch or the SageMaker SDK."""
    program = (
        "import sys; from sagemaker_jobs.cli import build_parser; build_parser({}).format_help(); "
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "sagemaker_jobs" in done.stdout.split()
    heavy = {"boto3", "botocore", "numpy", "torch", "sagemaker", "nltk", "bs4"}
    assert not heavy & set(done.stdout.split())


def test_the_help_of_train_shows_the_defaults_of_train_py() -> None:
    """The numbers in its help are train.py's own, of both recipes."""
    settings, classic = parse([]), parse(["--recipe", "classic"])
    said = " ".join(step("train", "job", "--help", environment={}).out.split())
    assert f"and to calibrate (default: {settings.validation_size})" in said
    assert f"random seed (default: {settings.seed})" in said
    assert f"(default: {settings.batch_size}; classic: {classic.batch_size})" in said


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_fits_a_terminal_and_explains_every_option(command: tuple[str, ...]) -> None:
    """No line is longer than 80 columns, and each option has a phrase, not only a default."""
    page = step(*command, "--help", environment={"COLUMNS": "80"}).out
    assert max(map(len, page.splitlines())) <= 80
    options = re.findall(r"^  (--[a-z][\w-]*)[^\n]*?(?:\n {10,}|  +)(\S.*)$", page, re.MULTILINE)
    assert {"--stage", "--region", "--json"} <= {option for option, _ in options}
    for option, phrase in options:
        assert re.match(r"\w+ \w+", phrase), (option, phrase)


def test_the_version_is_printed() -> None:
    """--version needs no step, and gives the model package's version."""
    answer = step("--version", environment={})
    assert (answer.exit_code, answer.out) == (0, f"movie-sentiment {sentiment.__version__}\n")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["depoly"], "there is no step 'depoly' (did you mean deploy?)"),
        (["train", "job", "--epocs", "3"], "there is no option --epocs (did you mean --epochs?)"),
        (["train", "local", "--epocs=3"], "there is no option --epocs=3 (did you mean --epochs?)"),
        (
            ["status", "--stage", "prd"],
            "argument --stage: invalid choice: 'prd' (did you mean prod?)",
        ),
        (["status", "--xyz"], "there is no option --xyz"),
        (["status", "now"], "unexpected: now"),
    ],
)
def test_a_typo_is_reported_with_what_was_meant(arguments: list[str], error: str) -> None:
    """One line, with the help to read and exit code 2 for wrong usage."""
    answer = step(*arguments, environment={})
    named = {"depoly": "", "train": " ".join(["", *arguments[:2]])}
    help_of = named.get(arguments[0], f" {arguments[0]}")
    assert answer.exit_code == 2
    assert answer.err == f"error: {error}; try: python -m sagemaker_jobs{help_of} --help\n"


@pytest.mark.parametrize(
    "command",
    [
        "download",
        "prepare",
        "setup",
        "upload",
        "train job",
        "train local",
        "train stop x",
        "deploy",
    ],
)
def test_what_creates_or_costs_can_be_rehearsed(command: str) -> None:
    """--dry-run is there, and on teardown too, where things are deleted."""
    parser = build_parser({})
    assert parser.parse_args([*command.split(), "--dry-run"]).dry_run
    assert parser.parse_args(["teardown", "--dry-run"]).dry_run
