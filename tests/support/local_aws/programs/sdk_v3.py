"""A user's program with the SageMaker SDK v3, unmodified: train, also on two hosts, and deploy."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import boto3
from sagemaker.core.helper.session_helper import Session
from sagemaker.serve import ModelBuilder
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, SourceCode
from sagemaker.train.distributed import Torchrun

SOURCE = str(Path(__file__).parent / "prices")
IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.6.0-cpu-py312"
INSTANCE = "ml.m5.large"
role = sys.argv[1]

bucket = Session().default_bucket()
s3 = boto3.client("s3")
s3.put_object(Bucket=bucket, Key="prices/train.csv", Body=b"1,12\n2,14\n3,16\n")
s3.put_object(Bucket=bucket, Key="areas/new.csv", Body=b"1\n2\n")


def train(n_hosts: int, **options: object) -> str:
    trainer = ModelTrainer(
        training_image=IMAGE,
        source_code=SourceCode(source_dir=SOURCE, entry_script="train.py"),
        compute=Compute(instance_type=INSTANCE, instance_count=n_hosts),
        hyperparameters={"rounding": 2},
        role=role,
        base_job_name="prices",
        **options,
    )
    data = InputData(channel_name="training", data_source=f"s3://{bucket}/prices")
    trainer.train(input_data_config=[data])
    return trainer._latest_training_job.model_artifacts.s3_model_artifacts


artifact = train(1)
train(2, distributed=Torchrun())

builder = ModelBuilder(
    s3_model_data_url=artifact,
    image_uri=IMAGE.replace("training", "inference"),
    source_code=SourceCode(source_dir=SOURCE, entry_script="inference.py"),
    role_arn=role,
    instance_type=INSTANCE,
)
model = builder.build(model_name="prices")
endpoint = builder.deploy(endpoint_name="prices", initial_instance_count=1)
answer = endpoint.invoke(body=json.dumps([1, 10]), content_type="application/json")
prices = json.loads(answer.body.read())
assert prices["prices"] == [12.0, 30.0], prices
endpoint.delete()
print(json.dumps({"ok": True}))
