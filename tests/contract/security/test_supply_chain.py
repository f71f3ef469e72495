"""What the project installs, and what it must not publish: digests, reasons, secrets."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.support.paths import ROOT

LOCK = ROOT / "model_pkg" / "requirements.lock"
PINS = ("requirements-run.txt", "requirements.txt", "requirements-dev.txt")
# what nobody commits on purpose; the keys are split so that this file does not hold them
SECRETS = {
    "an AWS access key": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    "an AWS secret key": r"(?i)aws.{0,20}secret.{0,20}['\"][A-Za-z0-9/+]{40}['\"]",
    "a private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----",
    "a GitHub token": r"\bgh[opsu]_[A-Za-z0-9]{36}\b|\bgithub_pat_\w{60,}",
    "a PyPI token": r"\bpypi-[A-Za-z0-9_-]{40,}",
    "a Slack token": r"\bxox[abprs]-[A-Za-z0-9-]{10,}",
    "a Google key": r"\bAIza[A-Za-z0-9_-]{35}\b",
    "a Hugging Face token": r"\bhf_[A-Za-z0-9]{34}\b",
    "a password in an address": r"[a-z]+://[^/\s:@{}$<>'\"]+:[^/\s:@{}$<>'\"]{3,}@\w",
    "a web token": r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
}
EXAMPLES = {"AKIA" + "IOSFODNN7EXAMPLE"}  # of AWS's documentation


def tracked_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def pins(file: Path) -> dict[str, str]:
    found = re.findall(
        r"^([\w.-]+)(?:\[[^]]+\])?==([^\s;\\]+)", file.read_text("utf-8"), re.MULTILINE
    )
    return dict(found)


def find_secrets(text: str) -> Iterator[str]:
    """Yield what the text holds that must not be published."""
    for name, pattern in SECRETS.items():
        if any(match[0] not in EXAMPLES for match in re.finditer(pattern, text)):
            yield name


def test_the_container_installs_the_pinned_versions_by_digest() -> None:
    """The lock has all that requirements.txt and numpy's pin name, and a digest for everything."""
    lock = pins(LOCK)
    assert pins(ROOT / "model_pkg" / "requirements.txt").items() <= lock.items()
    assert lock["numpy"] == pins(ROOT / "requirements-run.txt")["numpy"]
    entries = re.split(r"\n(?=\w)", LOCK.read_text("utf-8"))[1:]
    assert len(entries) == len(lock)
    for entry in entries:
        assert re.search(r" --hash=sha256:[0-9a-f]{64}", entry), entry.splitlines()[0]


def test_the_image_installs_nothing_without_a_digest() -> None:
    """pip refuses files with other digests, and runs no package's own code."""
    dockerfile = (ROOT / "model_pkg" / "Dockerfile").read_text("utf-8")
    (install,) = [line for line in dockerfile.splitlines() if "pip install" in line]
    assert install.endswith(
        "pip install --require-hashes --only-binary :all: -r /opt/program/requirements.lock"
    )


@pytest.mark.parametrize("file", [*map(Path, PINS), LOCK.relative_to(ROOT)], ids=str)
def test_no_package_index_is_named(file: Path) -> None:
    """Where packages come from is the machine's own setting."""
    text = (ROOT / file).read_text("utf-8")
    assert "://" not in text
    assert not re.search(
        r"^\s*--?(?:i|index-url|extra-index-url|find-links|f)\b", text, re.MULTILINE
    )


def test_the_repository_holds_no_secrets() -> None:
    """No key, token, password or account number in any file that git would publish."""
    found = []
    for path in tracked_files():
        text = path.read_bytes().decode("utf-8", "replace")
        found += [f"{path.relative_to(ROOT)} holds {what}" for what in find_secrets(text)]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "key = AKIA" + "ABCDEFGHIJKLMNOP",
        'aws_secret_access_key = "' + "a1B2" * 10 + '"',
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "token: ghp_" + "a1B2c3" * 6,
        "https://user:" + "hunter22@example.org/",
        "pypi-" + "AgEIcHlwaS5vcmc" * 4,
    ],
)
def test_a_secret_is_found(text: str) -> None:
    """So the scan above can fail."""
    assert list(find_secrets(text))


def test_every_exception_from_the_security_rules_has_its_reason() -> None:
    """ruff's S rules are bandit's; a line that breaks one says why it may."""
    marked = re.compile(r"# noqa: [A-Z0-9, ]*\bS\d{3}\b[A-Z0-9, ]*(?P<reason>.*)")
    bare = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in tracked_files()
        if path.suffix == ".py"
        for match in marked.finditer(path.read_text("utf-8"))
        if not re.search(r"\w{2}", match["reason"])
    ]
    assert bare == []


WORKFLOWS = {
    path.name: yaml.safe_load(path.read_text("utf-8"))
    for path in (ROOT / ".github" / "workflows").iterdir()
}
READ = {"contents": "read"}


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_may_only_read_the_code(name: str) -> None:
    """Jobs that sign in to AWS may ask for an identity too; no job that only tests may."""
    workflow = WORKFLOWS[name]
    assert workflow["permissions"] == READ
    signs_in = {
        job_name
        for job_name, job in workflow["jobs"].items()
        if job.get("uses", "").endswith("release.yml")
        or any("aws-actions" in step.get("uses", "") for step in job.get("steps", ()))
    }
    given = {
        job: more["permissions"] for job, more in workflow["jobs"].items() if "permissions" in more
    }
    assert given == {job: {**READ, "id-token": "write"} for job in signs_in}
    assert "pull_request_target" not in workflow[True]  # YAML's name for `on`


@pytest.mark.parametrize("name", WORKFLOWS)
def test_no_workflow_pastes_what_it_is_given_into_a_shell(name: str) -> None:
    """Inputs reach scripts as variables; and no script finds GitHub's token in .git/config."""
    for job in WORKFLOWS[name]["jobs"].values():
        for step in job.get("steps", ()):
            assert "${{" not in step.get("run", "")
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"] == {"persist-credentials": False}


def test_every_kind_of_dependency_is_watched() -> None:
    """Dependabot proposes new packages, images, actions, and tools that check the page."""
    settings = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text("utf-8"))
    watched = {(update["package-ecosystem"], update["directory"]) for update in settings["updates"]}
    assert watched == {
        ("pip", "/"),
        ("pip", "/model_pkg"),
        ("docker", "/model_pkg"),
        ("github-actions", "/"),
        ("npm", "/tests/quality"),
    }
    for _, directory in watched:
        assert (ROOT / directory.strip("/")).is_dir()
