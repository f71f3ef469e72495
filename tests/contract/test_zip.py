"""What `chalice package` makes: the zip, its size, and what the function may do."""

import json
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from tests.support.chalice_project import copy_of_web_app, run_chalice
from tests.support.paths import APP_FOLDER, ROOT
from tests.support.timeouts import HANG_S
from tests.support.web_fakes import APP_ENVIRONMENT

STAGES = ["local", "dev", "prod"]
MAX_ZIP_BYTES = 100_000
OURS = {"app.py", "chalicelib", "static"}


@dataclass(frozen=True)
class Package:
    """One packaged stage."""

    zip_path: Path
    resources: dict[str, Any]  # the template's, by logical name

    def only(self, kind: str) -> dict[str, Any]:
        found = [item for item in self.resources.values() if item["Type"] == kind]
        assert len(found) == 1
        properties: dict[str, Any] = found[0]["Properties"]
        return properties


def package(project: Path, out: Path, stage: str) -> subprocess.CompletedProcess[str]:
    """Run `chalice package` with only the endpoint's name left to config.json."""
    environment = {
        name: value for name, value in APP_ENVIRONMENT.items() if name != "ENDPOINT_NAME"
    }
    return run_chalice(project, "package", "--stage", stage, str(out), environment=environment)


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Package]:
    project = copy_of_web_app(tmp_path_factory.mktemp("project"))
    made = {}
    for stage in STAGES:
        out = tmp_path_factory.mktemp(f"package-{stage}")
        done = package(project, out, stage)
        assert done.returncode == 0, done.stderr
        template = json.loads((out / "sam.json").read_text())
        made[stage] = Package(out / "deployment.zip", template["Resources"])
    return made


@pytest.fixture(params=STAGES)
def stage(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def packaged(packages: dict[str, Package], stage: str) -> Package:
    return packages[stage]


def test_zip_is_small(packages: dict[str, Package]) -> None:
    """The Lambda stays light: cold starts and deploys are quick."""
    assert packages["prod"].zip_path.stat().st_size < MAX_ZIP_BYTES


def test_zip_holds_the_app_its_page_and_nothing_else(packages: dict[str, Package]) -> None:
    """Our app, static/ at the root where the link led, Chalice's own runtime; no other package."""
    with zipfile.ZipFile(packages["prod"].zip_path) as archive:
        names = set(archive.namelist())
        tops = {name.partition("/")[0] for name in names}
        assert tops == OURS | {"chalice"}
        for path in (ROOT / "static").iterdir():
            assert archive.read(f"static/{path.name}") == path.read_bytes()
        for path in (APP_FOLDER / "chalicelib").glob("*.py"):
            assert f"chalicelib/{path.name}" in names
    assert not [name for name in names if "__pycache__" in name or "test" in name]


def test_function_may_ask_its_own_endpoint_keep_feedback_and_write_its_own_log(
    packaged: Package,
    stage: str,
) -> None:
    """Least privilege: this stage's endpoint, table and log group; no other action at all."""
    role = packaged.only("AWS::IAM::Role")
    statements = [
        statement
        for policy in role["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    allowed = {
        (action, resource)
        for statement in statements
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    }
    log_group = f"arn:*:logs:*:*:log-group:/aws/lambda/movie-sentiment-{stage}"
    logs = {
        (f"logs:{action}", resource)
        for action in ("CreateLogGroup", "CreateLogStream", "PutLogEvents")
        for resource in (log_group, f"{log_group}:*")
    }
    endpoint = f"arn:*:sagemaker:*:*:endpoint/movie-sentiment-{stage}"
    table = f"arn:*:dynamodb:*:*:table/movie-sentiment-{stage}-feedback"
    assert allowed == {("sagemaker:InvokeEndpoint", endpoint), ("dynamodb:PutItem", table)} | logs
    assert "ManagedPolicyArns" not in role


@pytest.mark.parametrize(
    ("statement", "arn"),
    [
        (0, "arn:aws:sagemaker:us-east-1:123456789012:endpoint/movie-sentiment-{}"),
        (1, "arn:aws:dynamodb:us-east-1:123456789012:table/movie-sentiment-{}-feedback"),
        (0, "arn:aws-cn:sagemaker:cn-north-1:123456789012:endpoint/movie-sentiment-{}"),
    ],
)
def test_no_stage_reaches_anothers_endpoint_or_table(statement: int, arn: str) -> None:
    """The policies' patterns match their own endpoint's and table's ARN and no other stage's."""
    for stage in STAGES:
        policy = json.loads((APP_FOLDER / ".chalice" / f"policy-{stage}.json").read_text())
        patterns = as_list(policy["Statement"][statement]["Resource"])
        reached = {
            other for other in STAGES for pattern in patterns if fnmatch(arn.format(other), pattern)
        }
        assert reached == {stage}


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_sams_function_has_the_name_that_its_policy_allows(tmp_path: Path, stage: str) -> None:
    """SAM would invent a name, and the function could not write its log."""
    project = copy_of_web_app(tmp_path)
    command = ("package", "--stage", stage, "--merge-template", f".chalice/sam-{stage}.json", "out")
    done = run_chalice(project, *command, environment={"AWS_DEFAULT_REGION": "eu-west-1"})
    assert done.returncode == 0, done.stderr
    template = json.loads((project / "out" / "sam.json").read_text())
    function = template["Resources"]["APIHandler"]["Properties"]
    assert function["FunctionName"] == f"movie-sentiment-{stage}"
    assert function["MemorySize"] == 256


def test_function_has_its_settings(packaged: Package, stage: str) -> None:
    """256 MB, 20 s, this stage's endpoint and table, this stage's tags."""
    function = packaged.only("AWS::Serverless::Function")
    assert function["MemorySize"] == 256
    assert function["Timeout"] == 20
    variables = function["Environment"]["Variables"]
    assert variables["ENDPOINT_NAME"] == f"movie-sentiment-{stage}"
    assert variables["FEEDBACK_TABLE"] == f"movie-sentiment-{stage}-feedback"
    assert function["Tags"]["project"] == "movie-sentiment"
    assert function["Tags"]["stage"] == stage


def test_api_is_regional_and_open(packaged: Package) -> None:
    """One REST API, regional, its gateway stage called prod, a preflight on every route."""
    api = packaged.only("AWS::Serverless::Api")
    assert api["StageName"] == "prod"
    assert "REGIONAL" in json.dumps(api["EndpointConfiguration"])
    paths = api["DefinitionBody"]["paths"]
    methods = {path: sorted(set(item) - {"options"}) for path, item in paths.items()}
    every = ["delete", "get", "head", "patch", "post", "put"]  # so that we say 405, not API Gateway
    assert methods == dict.fromkeys(
        (
            "/",
            "/docs",
            "/feedback",
            "/health",
            "/openapi.yaml",
            "/review",
            "/reviews",
            "/static/{name}",
        ),
        every,
    )
    assert all("options" in item for item in paths.values())


def test_checkout_without_links_cannot_be_packaged(tmp_path: Path) -> None:
    """Where git made a text file of the link, packaging fails and says what to do."""
    project = copy_of_web_app(tmp_path)
    link = project / "vendor" / "static"
    target = link.readlink()
    link.unlink()
    link.write_text(str(target))
    done = package(project, tmp_path / "out", "prod")
    assert done.returncode != 0
    assert "symbolic link" in done.stderr + done.stdout
    assert not (tmp_path / "out" / "deployment.zip").exists()


def test_a_region_that_chalice_does_not_read_is_reported_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AWS_REGION alone is none: Chalice names the variable that it reads, without a traceback."""
    for name in ("AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    environment = {"AWS_REGION": "us-east-1", "AWS_CONFIG_FILE": "/nonexistent"}
    project = copy_of_web_app(tmp_path)
    done = run_chalice(project, "package", str(tmp_path / "out"), environment=environment)
    assert done.returncode != 0
    assert "AWS_DEFAULT_REGION" in done.stderr
    assert "Traceback" not in done.stderr


def test_app_imports_nothing_the_lambda_lacks() -> None:
    """Only the standard library, boto3 and botocore, Chalice and our own chalicelib."""
    script = (
        "import sys; before = set(sys.modules); import app; "
        "print(*sorted({name.partition('.')[0] for name in set(sys.modules) - before"
        " if not name.startswith('_')} - set(sys.stdlib_module_names)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=APP_FOLDER,
        env={**os.environ, **APP_ENVIRONMENT},
        capture_output=True,
        text=True,
        timeout=HANG_S,
        check=True,
    )
    boto3_and_its_own = {
        "boto3",
        "botocore",
        "dateutil",
        "jmespath",
        "s3transfer",
        "six",
        "urllib3",
    }
    optional = {"awscrt", "certifi", "brotli", "h2", "socks", "zstandard", "compression"}
    ours = {"app", "chalice", "chalicelib"}
    assert set(done.stdout.split()) <= boto3_and_its_own | optional | ours


def as_list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
