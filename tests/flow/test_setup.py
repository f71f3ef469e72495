"""The stage's bucket, role and datasets as AWS then has them."""

import gc
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sagemaker_jobs.aws.session import Aws, connect
from sagemaker_jobs.errors import InvalidData, NotThere
from sagemaker_jobs.steps.setup import setup
from sagemaker_jobs.steps.teardown import teardown
from sagemaker_jobs.steps.upload import upload
from sagemaker_jobs.terminal import Ui

pytestmark = pytest.mark.filterwarnings("ignore:S3 key was not disposed of in time:ResourceWarning")


@pytest.fixture
def aws(aws_environment: dict[str, str], ui: Ui) -> Iterator[Aws]:
    """The stage dev in a region that no other test uses."""
    place = connect("dev", "eu-central-1", {**os.environ, **aws_environment})
    yield place
    teardown(place, confirmed=True, ui=ui)
    gc.collect()  # moto warns when deleted objects are collected: let it do so here


def test_the_bucket_is_private_encrypted_and_tidy(aws: Aws, ui: Ui) -> None:
    """Public access is blocked, ownership enforced, content encrypted, plain http denied."""
    bucket = setup(aws, ui=ui).bucket
    blocked = aws.s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert all(blocked.values())
    assert len(blocked) == 4
    controls = aws.s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]
    assert controls["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    encryption = aws.s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]
    default = encryption["Rules"][0]["ApplyServerSideEncryptionByDefault"]
    assert default["SSEAlgorithm"] == "AES256"
    policy = json.loads(aws.s3.get_bucket_policy(Bucket=bucket)["Policy"])
    assert policy["Statement"][0]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    rules = aws.s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert {rule["ID"] for rule in rules} >= {"checkpoints-of-ended-jobs", "code-of-ended-jobs"}
    place = aws.s3.get_bucket_location(Bucket=bucket)["LocationConstraint"]
    assert place == "eu-central-1"


def test_the_role_has_our_policy_and_no_other(aws: Aws, ui: Ui) -> None:
    """One inline policy, nothing attached."""
    role = setup(aws, ui=ui).role
    assert len(aws.iam.list_role_policies(RoleName=role)["PolicyNames"]) == 1
    assert aws.iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []


def test_setup_repairs_what_was_changed_and_keeps_foreign_tags(aws: Aws, ui: Ui) -> None:
    """A second setup restores the stage's settings; tags that others set stay."""
    bucket = setup(aws, ui=ui).bucket
    aws.s3.delete_public_access_block(Bucket=bucket)
    tags = aws.s3.get_bucket_tagging(Bucket=bucket)["TagSet"]
    aws.s3.put_bucket_tagging(
        Bucket=bucket, Tagging={"TagSet": [*tags, {"Key": "owner", "Value": "them"}]}
    )
    assert setup(aws, ui=ui).bucket_action == "update"
    assert aws.s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    found = {tag["Key"]: tag["Value"] for tag in aws.s3.get_bucket_tagging(Bucket=bucket)["TagSet"]}
    assert found == {"owner": "them", "project": "movie-sentiment", "stage": "dev"}


def test_only_what_is_missing_is_sent(aws: Aws, ui: Ui, dataset: Path) -> None:
    """An upload that was interrupted goes on with the files that are not there yet."""
    setup(aws, ui=ui)
    first = upload(aws, dataset, ui=ui)
    assert first.sent == ("train.safetensors", "vocabulary.txt", "dataset.json")
    key = first.uri.removeprefix(aws.names.uri("")) + "vocabulary.txt"
    aws.s3.delete_object(Bucket=aws.names.bucket, Key=key)
    assert upload(aws, dataset, ui=ui, dry_run=True).sent == ("vocabulary.txt",)
    assert upload(aws, dataset, ui=ui).sent == ("vocabulary.txt",)
    assert upload(aws, dataset, ui=ui).sent == ()


def test_a_damaged_dataset_is_not_sent(aws: Aws, ui: Ui, dataset: Path, tmp_path: Path) -> None:
    """Each file is compared with the digest that prepare wrote down."""
    setup(aws, ui=ui)
    shutil.copytree(dataset, tmp_path / "damaged")
    with (tmp_path / "damaged/train.safetensors").open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\xff\xff")
    with pytest.raises(InvalidData, match="damaged"):
        upload(aws, tmp_path / "damaged", ui=ui)


def test_a_stage_without_a_bucket_takes_no_dataset(aws: Aws, ui: Ui, dataset: Path) -> None:
    """The step that makes the bucket is named."""
    with pytest.raises(NotThere, match="has no bucket") as caught:
        upload(aws, dataset, ui=ui)
    assert "setup" in caught.value.hint


def test_old_versions_do_not_keep_a_bucket_alive(aws: Aws, ui: Ui, dataset: Path) -> None:
    """Somebody turned versioning on: teardown removes every version and delete marker."""
    bucket = setup(aws, ui=ui).bucket
    aws.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    upload(aws, dataset, ui=ui)
    for _ in range(2):
        aws.s3.put_object(Bucket=bucket, Key="code/x", Body=b"x")
    aws.s3.delete_object(Bucket=bucket, Key="code/x")
    removed = teardown(aws, confirmed=True, ui=ui).removed
    table = f"table {aws.names.feedback_table} and the feedback in it"
    assert removed == (f"bucket {bucket} and its content", table, f"role {aws.names.role}")
    assert bucket not in [b["Name"] for b in aws.s3.list_buckets()["Buckets"]]


def test_a_bucket_without_our_tags_is_left_alone(aws: Aws, ui: Ui) -> None:
    """The name alone does not make a thing ours; what is left is said."""
    bucket = setup(aws, ui=ui).bucket
    tags = aws.s3.get_bucket_tagging(Bucket=bucket)["TagSet"]
    aws.s3.delete_bucket_tagging(Bucket=bucket)
    done = teardown(aws, confirmed=True, ui=ui)
    table = f"table {aws.names.feedback_table} and the feedback in it"
    assert done.removed == (table, f"role {aws.names.role}")
    assert done.left == (f"bucket {bucket}, which does not carry the stage's tags",)
    aws.s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})


def test_the_web_apps_log_goes_when_the_web_app_has_gone(aws: Aws, ui: Ui) -> None:
    """Lambda made it, and `chalice delete` leaves it."""
    group = aws.names.web_app_log_group
    aws.logs.create_log_group(logGroupName=group)
    assert teardown(aws, confirmed=True, ui=ui).removed == (f"log group {group}",)
    assert teardown(aws, confirmed=True, ui=ui).removed == ()


def test_a_kept_bucket_is_said_to_be_left(aws: Aws, ui: Ui) -> None:
    """--keep-bucket removes the rest."""
    bucket = setup(aws, ui=ui).bucket
    done = teardown(aws, keep_bucket=True, confirmed=True, ui=ui)
    assert done.removed == (f"role {aws.names.role}",)
    assert done.left == (
        f"bucket {bucket}, kept by --keep-bucket",
        f"table {aws.names.feedback_table}, kept by --keep-bucket",
    )
