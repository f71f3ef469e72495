"""The role for GitHub's workflow, and the workflow that uses it."""

import re
import shlex

import yaml

from sagemaker_jobs.aws.github_role import github_trust
from sagemaker_jobs.aws.names import Names
from sagemaker_jobs.cli import build_parser
from tests.support.paths import ROOT

WORKFLOWS = ROOT / ".github" / "workflows"
PROVIDER = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"


def test_only_the_repositorys_environment_of_the_stage_is_trusted() -> None:
    """A branch, a pull request or another repository gets no token that AWS accepts."""
    names = Names("prod", "123456789012", "eu-west-1")
    (statement,) = github_trust(names, PROVIDER, "someone/movies")["Statement"]
    assert statement["Principal"] == {"Federated": PROVIDER}
    assert statement["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": "repo:someone/movies:environment:prod",
        }
    }


def test_the_workflow_tests_then_releases_to_dev_then_to_prod() -> None:
    """Each stage in its environment, signed in without a key, by commands that exist."""
    jobs = yaml.safe_load((WORKFLOWS / "deploy.yml").read_text())["jobs"]
    assert [(name, job.get("needs")) for name, job in jobs.items()] == [
        ("test", None),
        ("dev", "test"),
        ("prod", "dev"),
    ]
    text = (WORKFLOWS / "release.yml").read_text()
    (release,) = yaml.safe_load(text)["jobs"].values()
    assert release["environment"] == "${{ inputs.stage }}"
    assert "secrets." not in text
    commands = re.findall(r"python -m sagemaker_jobs (.+)", text)
    assert [shlex.split(command)[0] for command in commands] == ["download", "ship"]
    for command in commands:
        build_parser({}).parse_args(shlex.split(command))
