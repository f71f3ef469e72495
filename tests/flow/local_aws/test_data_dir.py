"""--data-dir: what the next start finds, which folders are refused, and what reset deletes."""

from __future__ import annotations

import json
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from local_aws.errors import DataDirError
from local_aws.kept_state import FORMAT, KeptState, Requests, reset
from sagemaker_jobs.aws.polling import looks
from tests.support.local_aws.program import running
from tests.support.local_aws.toy_functions import invoke, make_function
from tests.support.local_aws.toys import BUCKET, ToyAccount
from tests.support.paths import ROOT
from tests.support.timeouts import HANG_S

ACCOUNT = "123456789012"


def test_the_next_start_finds_what_was_kept(tmp_path: Path) -> None:
    """Objects, a table, a function, a model, its configuration and tags, and the role work on."""
    folder = tmp_path / "kept"
    with running(folder) as (program, printed):
        toys = ToyAccount(printed)
        name = make_function(toys, "def handle(event, context): return event\n")
        tables = toys.other("dynamodb")
        tables.create_table(
            TableName="films",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        tables.put_item(TableName="films", Item={"id": {"S": "1"}, "stars": {"N": "4.5"}})
        model = toys.model("one")
        config = toys.config(model)
        arn = toys.sagemaker.describe_model(ModelName=model)["ModelArn"]
        tags = [{"Key": "project", "Value": "toy"}]
        toys.sagemaker.add_tags(ResourceArn=arn, Tags=tags)  # type: ignore[arg-type]
        toys.sagemaker.create_experiment(ExperimentName="kept")
        program.send_signal(signal.SIGTERM)
        assert program.wait(timeout=HANG_S) == 0
    with running(folder) as (_, printed):
        again = ToyAccount.__new__(ToyAccount)
        again.connect(printed)
        assert again.keys("data/") == ["data/deeper/two.txt", "data/one.txt"]
        assert again.get(f"s3://{BUCKET}/data/one.txt") == b"a wonderful film"
        item = again.other("dynamodb").get_item(TableName="films", Key={"id": {"S": "1"}})["Item"]
        assert item["stars"] == {"N": "4.5"}
        assert invoke(again, name, "a film") == ("a film", None)
        assert again.sagemaker.list_tags(ResourceArn=arn)["Tags"] == tags
        assert again.sagemaker.describe_experiment(ExperimentName="kept")["ExperimentName"]
        endpoint = again.endpoint(config)
        assert again.settled_endpoint(endpoint)["EndpointStatus"] == "InService"


def test_a_killed_one_loses_a_few_seconds_at_most(tmp_path: Path) -> None:
    """The state is written while it runs too, between the requests."""
    folder = tmp_path / "kept"
    with running(folder) as (program, printed):
        ToyAccount(printed).put("late-object", b"a wonderful film")
        state = folder / "state.pickle"
        for _ in looks(HANG_S, sleep=time.sleep, clock=time.monotonic):
            if state.exists() and b"late-object" in state.read_bytes():
                break
        program.kill()
        program.wait(timeout=HANG_S)
    with running(folder) as (_, printed):
        again = ToyAccount.__new__(ToyAccount)
        again.connect(printed)
        assert again.get(f"s3://{BUCKET}/late-object") == b"a wonderful film"


def test_the_state_is_written_between_requests_only() -> None:
    """A state that a request changes meanwhile would be half of two."""
    requests, done = Requests(), []
    with requests.one():
        assert not requests.pause(lambda: done.append(1))
    assert (requests.n_ended, done) == (1, [])
    assert requests.pause(lambda: done.append(2))
    assert done == [2]


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    """Two at a time would overwrite each other's state."""
    first = KeptState(tmp_path, ACCOUNT)
    with pytest.raises(DataDirError, match="another local_aws uses it"):
        KeptState(tmp_path, ACCOUNT)
    with pytest.raises(DataDirError, match="a local_aws uses it"):
        reset(tmp_path)
    first.close()
    KeptState(tmp_path, ACCOUNT).close()


def test_foreign_folders_are_refused_and_left_alone(tmp_path: Path) -> None:
    """Other files, or the state of another version: no start, no reset, nothing changed."""
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(DataDirError, match=r"it has other files, such as thesis\.txt"):
        KeptState(tmp_path, ACCOUNT)
    with pytest.raises(DataDirError, match=r"it has no local_aws\.json"):
        reset(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    other = tmp_path / "other"
    other.mkdir()
    for content in (json.dumps({**FORMAT, "version": 2}), "not JSON"):
        (other / "local_aws.json").write_text(content)
        with pytest.raises(DataDirError, match=r"and this local_aws needs .*'version': 1"):
            KeptState(other, ACCOUNT)
        assert (other / "local_aws.json").read_text() == content


def test_a_state_that_names_other_programs_is_refused(tmp_path: Path) -> None:
    """A crafted file cannot run anything, and a cut one is named."""

    class Crafted:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return subprocess.getoutput, (f"touch {tmp_path}/ran",)

    folder = tmp_path / "kept"
    KeptState(folder, ACCOUNT).close()
    for content in (pickle.dumps(Crafted()), b"", pickle.dumps({"moto": 1})):
        (folder / "state.pickle").write_bytes(content)
        state = KeptState(folder, ACCOUNT)
        with pytest.raises(DataDirError, match=r"state\.pickle cannot be read"):
            state.load()
        state.close()
    assert not (tmp_path / "ran").exists()


def test_reset_deletes_only_what_local_aws_made(tmp_path: Path) -> None:
    """A file of yours stays, and so does the folder with it; alone, the folder goes too."""
    for mine in (True, False):
        folder = tmp_path / "kept"
        state = KeptState(folder, ACCOUNT)
        state.save({})
        state.close()
        if mine:
            (folder / "mine.txt").touch()
        done = subprocess.run(
            [sys.executable, "-m", "local_aws", "reset", "--data-dir", str(folder)],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
            timeout=HANG_S,
        )
        assert f"deleted {folder}/state.pickle\n" in done.stdout
        if mine:
            assert [path.name for path in folder.iterdir()] == ["mine.txt"]
            (folder / "mine.txt").unlink()
    assert not folder.exists()
