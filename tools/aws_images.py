"""Run the bundled model and a training under the software of AWS's images, without Docker.

    python -m tools.aws_images [inference] [training] [--dataset work/dataset-classic]

Both images are emulated: their Python packages in an environment of their own (made once, some
minutes and 3 to 8 GB each), their entry points, and /opt/ml as SageMaker lays it out, where only
loopback can be reached. `inference` serves pretrained/ by TorchServe and compares its
answers with the model's; `training` runs train.py by AWS's toolkit. Needs Linux, root or user
namespaces, Java 17, and the Pythons of the images (--python312, --python313).
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
import urllib.request
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from local_aws.host.mounts import NO_MOUNTS, in_container, private_mounts
from sentiment.artifact.artifact import read_artifact
from sentiment.artifact.packing import pack_artifact
from sentiment.serving.predictor import Predictor, Verdict

ROOT = Path(__file__).resolve().parents[1]
BUNDLE = ROOT / "pretrained"
_REQUIREMENTS = ROOT / "model_pkg" / "requirements.txt"
_OPT_ML = Path("/opt/ml")
_URL = "http://127.0.0.1:8080"
_PATIENCE_S = 120
_TOLERANCE = 1e-6  # of a score, which has six decimals
_REVIEWS = ("A wonderful film.", "<b>Dull</b> and far too long, 3/10", "Not bad 😍", "dull " * 2000)
# The toolkits write below /etc, so it is covered as well; only loopback can be reached.
_PRIVATE = """\
set -e
scratch=$(mktemp -d)
mount -t tmpfs tmpfs "$scratch"
mkdir "$scratch/upper" "$scratch/work"
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$scratch/upper,workdir=$scratch/work" /etc
echo "127.0.0.1 localhost algo-1" > /etc/hosts
ip link set lo up
"$@"  # no exec: the shell is the namespace's first process, which ends what others leave
"""
_SERVE = "from sagemaker_pytorch_serving_container import serving; serving.main()"


# The packages that each image installs
IMAGES = {
    "inference": (
        "setuptools<81",  # the toolkit imports pkg_resources
        "pyyaml",  # TorchServe imports it without requiring it
        "torch==2.6.0",
        "torchserve==0.12.0",
        "torch-model-archiver==0.12.0",
        "sagemaker-pytorch-inference==2.0.25",
    ),
    "training": (
        "torch==2.10.0",
        "sagemaker-training==5.1.4",
        "sagemaker-pytorch-training==3.0.0",
    ),
}


def main() -> int:
    """Run the images asked for and print what they did as JSON; return 1 if one failed."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.aws_images",
        description=(__doc__ or "").split("\n", maxsplit=1)[0],
    )
    parser.add_argument("images", nargs="*", choices=[*IMAGES, []], help="default: both")
    work = ROOT / "work"
    parser.add_argument(
        "--folder", type=Path, default=work / "aws-images", help="for their packages"
    )
    parser.add_argument(
        "--dataset", type=Path, default=work / "dataset-classic", help="that training reads"
    )
    parser.add_argument("--python312", default="python3.12", help="program of inference")
    parser.add_argument("--python313", default="python3.13", help="program of training")
    parser.add_argument("--inside", choices=IMAGES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        return (_serve if options.inside == "inference" else _train)(options.folder)
    if not private_mounts():
        parser.error(NO_MOUNTS)
    if "inference" not in options.images and not (options.dataset / "dataset.json").is_file():
        parser.error(f"there is no dataset {options.dataset}; run prepare --recipe classic")
    failed = 0
    for name in options.images or IMAGES:
        python = options.python312 if name == "inference" else options.python313
        environment = _install(name, python, options.folder)
        with TemporaryDirectory(prefix="aws-image-") as folder:
            opt_ml = Path(folder) / "ml"
            if name == "inference":
                _lay_out_model(opt_ml)
            else:
                _lay_out_job(opt_ml, options.dataset)
            failed |= _enter(opt_ml, "--inside", name, "--folder", str(environment))
    return failed


def _install(name: str, python: str, folder: Path) -> Path:
    """Return the environment with the image's packages and those of the model's requirements."""
    environment = folder / name
    if not (environment / "complete").exists():
        print(f"installing the {name} image's packages in {environment} ...", file=sys.stderr)
        shutil.rmtree(environment, ignore_errors=True)
        subprocess.run([python, "-m", "venv", environment], check=True)
        words = ("install", "--quiet", *IMAGES[name], "-r", str(_REQUIREMENTS))
        subprocess.run([environment / "bin" / "pip", *words], check=True)
        (environment / "complete").touch()
    return environment.resolve()


def _enter(opt_ml: Path, *arguments: str) -> int:
    """Run this program with `arguments` where `opt_ml` is /opt/ml; return its exit status."""
    program = [sys.executable, "-m", "tools.aws_images", *arguments]
    unshare = ("unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc")
    command = in_container([*unshare, "sh", "-c", _PRIVATE, "sh", *program], opt_ml)
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def _lay_out_model(opt_ml: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(pack_artifact(BUNDLE))) as archive:
        archive.extractall(opt_ml / "model", filter="data")


def _lay_out_job(opt_ml: Path, dataset: Path) -> None:
    for folder in ("input/config", "input/data", "model", "output/data", "checkpoints"):
        (opt_ml / folder).mkdir(parents=True)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "model_pkg", opt_ml / "code", ignore=ignored)
    shutil.copytree(dataset, opt_ml / "input/data/training")
    recipe = json.loads((dataset / "dataset.json").read_text())["recipe"]
    settings = {"recipe": recipe, "epochs": 1, "sample": 500, "validation-size": 100}
    if recipe == "default":
        settings |= {"pretraining-epochs": 0, "ensemble-epochs": 0}
    sagemaker = {
        "sagemaker_program": "train.py",
        "sagemaker_submit_directory": "/opt/ml/code",
        "sagemaker_region": "us-east-1",
    }
    host = {"current_host": "algo-1", "hosts": ["algo-1"], "network_interface_name": "lo"}
    channel = {"TrainingInputMode": "File", "S3DistributionType": "FullyReplicated"}
    for name, content in (
        ("hyperparameters", {key: json.dumps(v) for key, v in (settings | sagemaker).items()}),
        ("resourceconfig", host),
        ("inputdataconfig", {"training": {**channel, "RecordWrapperType": "None"}}),
    ):
        (opt_ml / f"input/config/{name}.json").write_text(json.dumps(content))


def _environment(folder: Path, home: Path) -> dict[str, str]:
    """Return the variables that both images have."""
    return {
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "SAGEMAKER_REGION": "us-east-1",
        "SAGEMAKER_CONTAINER_LOG_LEVEL": "20",
    }


def _serve(environment: Path) -> int:
    """Serve /opt/ml/model as AWS's inference image does, and compare the answers."""
    predictor = Predictor.load(BUNDLE)
    with TemporaryDirectory() as folder:
        home = Path(folder)
        variables = {
            **_environment(environment, home),
            "SAGEMAKER_PROGRAM": "predict.py",
            "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
            "SAGEMAKER_MODEL_SERVER_WORKERS": str(os.cpu_count()),
            "TEMP": folder,
        }
        log, command = home / "log", [str(environment / "bin/python"), "-c", _SERVE, "serve"]
        started = time.monotonic()
        with (
            log.open("wb") as out,
            subprocess.Popen(command, cwd=home, env=variables, stdout=out, stderr=out) as server,
        ):
            try:
                _await_ping(server)
                healthy = time.monotonic()
                _ask("text/plain", "application/json", _REVIEWS[0].encode())
                first = time.monotonic()
                found = _compare(predictor)
                memory = sum(process.memory_info().rss for process in _others())
                stopped = time.monotonic()
                server.send_signal(signal.SIGTERM)
                server.wait(_PATIENCE_S)
                _, alive = psutil.wait_procs(_others(), _PATIENCE_S)
            except Exception as error:  # noqa: BLE001 - whatever it is, the server's log says more
                server.kill()
                print(log.read_text(errors="replace")[-4000:], file=sys.stderr)
                print(f"error: {error}", file=sys.stderr)
                return 1
    found |= {
        "healthy_s": round(healthy - started, 1),
        "first_answer_s": round(first - healthy, 1),
        "end_s": round(time.monotonic() - stopped, 1),
        "memory_mb": round(memory / 1e6),
        "left_running": len(alive),
    }
    print(json.dumps({"image": "inference", **found}))
    return 0 if found["largest_difference"] <= _TOLERANCE else 1


def _others() -> list[psutil.Process]:
    """Return the processes of this namespace but this one and the shell that waits for it."""
    return [each for each in psutil.process_iter() if each.pid not in (1, os.getpid())]


def _compare(predictor: Predictor) -> dict[str, Any]:
    """Ask in every content type; return the number of scores and their largest difference."""
    verdicts = predictor.predict(_REVIEWS)
    expected = [verdict.score for verdict in verdicts if isinstance(verdict, Verdict)]
    scores: list[tuple[float, float]] = []
    for review, score in zip(_REVIEWS, expected, strict=True):
        for kind, body in (
            ("text/plain", review.encode()),
            ("application/json", json.dumps({"review": review}).encode()),
            ("application/json", json.dumps({"review": review, "explain": True}).encode()),
        ):
            scores.append((json.loads(_ask(kind, "application/json", body))["score"], score))
        scores.append((float(_ask("text/plain", "text/plain", review.encode())), score))
    lines = "\n".join(json.dumps({"review": review}) for review in _REVIEWS)
    kind = "application/jsonlines"
    rows = [json.loads(row) for row in _ask(kind, kind, lines.encode()).decode().splitlines()]
    scores += zip([row["score"] for row in rows], expected, strict=True)
    return {"answers": len(scores), "largest_difference": max(abs(a - b) for a, b in scores)}


def _ask(content_type: str, accept: str, body: bytes) -> bytes:
    headers = {"Content-Type": content_type, "Accept": accept}
    request = urllib.request.Request(f"{_URL}/invocations", body, headers)  # noqa: S310 - ours
    with urllib.request.urlopen(request, timeout=_PATIENCE_S) as answer:  # noqa: S310 - ours
        content: bytes = answer.read()
    return content


def _await_ping(server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{_URL}/ping", timeout=5):  # noqa: S310 - ours
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the server did not become healthy")


def _train(environment: Path) -> int:
    """Train as AWS's training image does, and read the model."""
    with TemporaryDirectory() as home:
        variables = {
            **_environment(environment, Path(home)),
            "SAGEMAKER_TRAINING_MODULE": "sagemaker_pytorch_container.training:main",
            "TRAINING_JOB_NAME": "job",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        started = time.monotonic()
        train = environment / "bin" / "train"
        done = subprocess.run([train], cwd="/", env=variables, capture_output=True, check=False)
    if done.returncode:
        print((done.stdout + done.stderr).decode(errors="replace")[-4000:], file=sys.stderr)
        return 1
    artifact = read_artifact(_OPT_ML / "model")
    found = {
        "image": "training",
        "seconds": round(time.monotonic() - started, 1),
        "model_version": artifact.version,
        "torch": artifact.description["training"]["torch"],
        "validation": artifact.description["training"]["validation"],
    }
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
