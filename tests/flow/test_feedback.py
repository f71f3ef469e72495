"""Feedback's whole way: page's request -> table -> corrections -> extra training rows."""

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chalicelib.assets import find_static, read_assets
from chalicelib.endpoint import Endpoint
from chalicelib.exchange import Request
from chalicelib.feedback import FeedbackTable
from chalicelib.web import Web, respond
from sagemaker_jobs.aws.session import Aws, connect
from sagemaker_jobs.errors import InvalidSetting, NotThere
from sagemaker_jobs.steps.feedback import export_feedback, write_corrections
from sagemaker_jobs.steps.prepare import prepare
from sagemaker_jobs.steps.setup import setup
from sagemaker_jobs.steps.status import read_status
from sagemaker_jobs.steps.teardown import teardown
from sagemaker_jobs.terminal import Ui
from sentiment.data.dataset import EncodedSplit
from tests.support.paths import APP_FOLDER
from tests.support.pipeline import step
from tests.support.web_fakes import MODEL_VERSION, FakeClient

pytestmark = pytest.mark.filterwarnings("ignore:S3 key was not disposed of in time:ResourceWarning")

NOW_S = 1_767_268_800.0
YEAR_S = 365 * 86_400


@pytest.fixture
def aws(aws_environment: dict[str, str], ui: Ui) -> Iterator[Aws]:
    """The stage dev in a region that no other test uses."""
    place = connect("dev", "eu-north-1", {**os.environ, **aws_environment})
    yield place
    teardown(place, confirmed=True, ui=ui)


@pytest.fixture
def web(aws: Aws, ui: Ui) -> Web:
    """The web app before the stage's real table, as boto3 writes to it."""
    return web_at(aws, ui, lambda: NOW_S)


def web_at(aws: Aws, ui: Ui, clock: Callable[[], float]) -> Web:
    setup(aws, ui=ui)
    table = FeedbackTable(aws.names.feedback_table, lambda: aws.dynamodb, clock=clock)
    endpoint = Endpoint(FakeClient(), "movie-sentiment-dev")
    return Web(endpoint, read_assets(find_static(APP_FOLDER)), table)


def say(web: Web, *, right: bool, score: float, review: str | None = None) -> None:
    """Send what the page sends."""
    feedback = {"right": right, "score": score, "model_version": MODEL_VERSION, "review": review}
    body = json.dumps({name: value for name, value in feedback.items() if value is not None})
    request = Request("POST", "/feedback", headers={"content-type": "application/json"}, body=body)
    assert respond(request, web.feedback, web.endpoint_name).status == 201


def test_setup_makes_a_table_that_forgets(aws: Aws, ui: Ui) -> None:
    """Billed per request, tagged, with a time to live; a second setup confirms it."""
    first = setup(aws, ui=ui)
    assert first.feedback_table == "movie-sentiment-dev-feedback"
    assert first.feedback_table_action == "create"
    table = aws.dynamodb.describe_table(TableName=first.feedback_table)["Table"]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    expiry = aws.dynamodb.describe_time_to_live(TableName=first.feedback_table)
    assert expiry["TimeToLiveDescription"] == {
        "TimeToLiveStatus": "ENABLED",
        "AttributeName": "expires_at",
    }
    assert setup(aws, ui=ui, dry_run=True).feedback_table_action == "unchanged"
    assert setup(aws, ui=ui).feedback_table_action == "unchanged"


def test_agreed_corrections_become_reviews_to_train_on(
    web: Web, aws: Aws, ui: Ui, small_archive_folder: Path, tmp_path: Path
) -> None:
    """Wrong verdicts whose review was given, one file each, by the label people mean."""
    say(web, right=False, score=0.9, review="A wonderful film, not.")
    say(web, right=False, score=0.2, review="I laughed 🎬 until it hurt.")
    say(web, right=False, score=0.2, review="I laughed 🎬 until it hurt.")  # somebody agrees
    say(web, right=True, score=0.8, review="A fine film.")
    say(web, right=False, score=0.7)
    say(web, right=False, score=0.7, review="So so.")  # and somebody calls it
    say(web, right=True, score=0.7, review="So so.")  # positive
    done = export_feedback(aws, tmp_path / "feedback", now=NOW_S)
    assert (done.answers, done.right, done.corrections) == (7, 2, 5)
    assert (done.without_review, done.disputed) == (1, 1)
    assert (done.positive, done.negative) == (1, 1)
    (negative,) = (tmp_path / "feedback/train/neg").iterdir()
    (positive,) = (tmp_path / "feedback/train/pos").iterdir()
    assert negative.read_text("utf-8") == "A wonderful film, not."
    assert positive.read_text("utf-8") == "I laughed 🎬 until it hurt."
    assert read_status(aws).feedback == 7
    sizes = {}
    for name, extra in (("plain", None), ("more", tmp_path / "feedback")):
        prepare(
            small_archive_folder, tmp_path / name, any_counts=True, extra=extra, n_workers=1, ui=ui
        )
        sizes[name] = len(EncodedSplit.read(tmp_path / name / "train.safetensors"))
    assert sizes["more"] == sizes["plain"] + 2


@pytest.mark.parametrize("split", ["test", "train"])
def test_reviews_of_the_archive_are_not_corrections(
    ui: Ui, small_archive_folder: Path, tmp_path: Path, split: str
) -> None:
    """One that is of the test split, or held out of train, differently spaced, is not learned."""
    copied = next((small_archive_folder / split / "pos").iterdir()).read_text("utf-8")
    for folder in ("train/pos", "train/neg"):
        (tmp_path / "extra" / folder).mkdir(parents=True)
    (tmp_path / "extra/train/neg/1_feedback.txt").write_text(f" {copied}\n", "utf-8")
    (tmp_path / "extra/train/neg/2_feedback.txt").write_text("Nobody has seen this.", "utf-8")
    done = prepare(
        small_archive_folder,
        tmp_path / "dataset",
        any_counts=True,
        extra=tmp_path / "extra",
        n_workers=1,
        ui=ui,
    )
    plain = prepare(small_archive_folder, tmp_path / "plain", any_counts=True, n_workers=1, ui=ui)
    assert sum(done.counts["train"].values()) == sum(plain.counts["train"].values()) + 1


def test_what_has_expired_is_not_exported(web: Web, aws: Aws, tmp_path: Path) -> None:
    """Also where AWS has not come round to removing it."""
    say(web, right=False, score=0.9, review="Long ago.")
    assert export_feedback(aws, tmp_path, now=NOW_S + YEAR_S - 1, dry_run=True).answers == 1
    assert export_feedback(aws, tmp_path, now=NOW_S + YEAR_S + 1, dry_run=True).answers == 0


def test_a_folder_in_use_is_not_mixed_with_new_files(web: Web, aws: Aws, tmp_path: Path) -> None:
    """What somebody has read and sorted out does not come back."""
    say(web, right=False, score=0.9, review="Again.")
    (tmp_path / "mine.txt").touch()
    with pytest.raises(InvalidSetting, match="is not empty"):
        export_feedback(aws, tmp_path, now=NOW_S)


def test_what_is_interrupted_is_not_there(tmp_path: Path) -> None:
    """Half an export would be trained on as if it were the whole; here a text cannot be written."""
    with pytest.raises(UnicodeEncodeError):
        write_corrections({"Fine.": 1, "\ud800": 0}, tmp_path / "feedback")
    assert list(tmp_path.iterdir()) == []


def test_a_stage_without_a_table_says_so(aws: Aws, tmp_path: Path) -> None:
    """The step that makes the table is named."""
    with pytest.raises(NotThere, match="has no table") as caught:
        export_feedback(aws, tmp_path / "x", now=NOW_S)
    assert "setup" in caught.value.hint


def test_a_table_without_our_tags_is_left_alone(aws: Aws, ui: Ui) -> None:
    """The name alone does not make a thing ours; what is left is said."""
    name = setup(aws, ui=ui).feedback_table
    arn = aws.dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
    aws.dynamodb.untag_resource(ResourceArn=arn, TagKeys=["project"])
    assert teardown(aws, confirmed=True, ui=ui).left == (
        f"table {name}, which does not carry the stage's tags",
    )
    aws.dynamodb.delete_table(TableName=name)


def test_the_command_tells_what_it_wrote(
    aws: Aws, ui: Ui, aws_environment: dict[str, str], tmp_path: Path
) -> None:
    """A line for people, nothing written by a dry run."""
    web = web_at(aws, ui, time.time)
    say(web, right=False, score=0.9, review="Not good.")
    say(web, right=True, score=0.9)
    environment = {**aws_environment, "AWS_DEFAULT_REGION": "eu-north-1"}
    command = ("feedback", "export", "--directory", tmp_path / "out")
    dry = step(*command, "--dry-run", environment=environment)
    assert (dry.exit_code, (tmp_path / "out").exists()) == (0, False)
    assert "would write" in dry.out
    made = step(*command, environment=environment)
    assert made.out == (
        "2 answers, 1 of them 'right' (50%); wrote 1 corrected review (0 positive, 1 negative) "
        f"to {tmp_path / 'out'}; left out: 0 without their review, 0 disputed, 0 unreadable\n"
    )
    assert [path.read_text() for path in (tmp_path / "out/train/neg").iterdir()] == ["Not good."]


def test_items_of_another_form_are_counted_and_left_out(
    aws: Aws, ui: Ui, web: Web, tmp_path: Path
) -> None:
    """Somebody may have edited the table by hand; the export goes on without such items."""
    setup(aws, ui=ui)
    say(web, right=True, score=0.9)
    name = aws.names.feedback_table
    (whole,) = aws.dynamodb.scan(TableName=name)["Items"]
    for field in ("right", "score", "model_version", "expires_at"):
        for value in ({"S": "x"}, {"NULL": True}, None):
            if (field, value) == ("model_version", {"S": "x"}):
                continue
            item = {**whole, "id": {"S": f"{field} {value}"}, field: value}
            kept = {name: value for name, value in item.items() if value is not None}
            aws.dynamodb.put_item(TableName=name, Item=kept)
    aws.dynamodb.put_item(TableName=name, Item={**whole, "id": {"S": "r"}, "review": {"N": "1"}})
    done = export_feedback(aws, tmp_path / "feedback", now=NOW_S)
    assert (done.answers, done.unreadable) == (1, 12)
    assert "12 unreadable" in done.line()
