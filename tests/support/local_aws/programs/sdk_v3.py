"""A user's program with the SageMaker SDK v3, unmodified: train, also on two hosts, and deploy."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import boto3
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.processing import ScriptProcessor
from sagemaker.core.shapes import (
    ProcessingInput,
    ProcessingOutput,
    ProcessingS3Input,
    ProcessingS3Output,
)
from sagemaker.core.transformer import Transformer
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

processor = ScriptProcessor(
    role=role, image_uri=IMAGE, command=["python3"], instance_count=1, instance_type=INSTANCE
)
given = ProcessingS3Input(
    s3_uri=f"s3://{bucket}/prices",
    local_path="/opt/ml/processing/in",
    s3_data_type="S3Prefix",
    s3_input_mode="File",
)
wanted = ProcessingS3Output(
    s3_uri=f"s3://{bucket}/counted",
    local_path="/opt/ml/processing/out",
    s3_upload_mode="EndOfJob",
)
processor.run(
    code=f"{SOURCE}/count.py",
    inputs=[ProcessingInput(input_name="prices", s3_input=given)],
    outputs=[ProcessingOutput(output_name="counted", s3_output=wanted)],
)
assert s3.get_object(Bucket=bucket, Key="counted/rows.txt")["Body"].read() == b"3"

transformer = Transformer(
    model_name="prices",
    instance_count=1,
    instance_type=INSTANCE,
    output_path=f"s3://{bucket}/out",
    accept="text/csv",
    assemble_with="Line",
    strategy="SingleRecord",
)
transformer.transform(f"s3://{bucket}/areas", content_type="text/csv", split_type="Line")
transformer.wait()
stored = s3.get_object(Bucket=bucket, Key="out/new.csv.out")["Body"].read()
assert stored == b"12.0\n14.0\n", stored
print(json.dumps({"ok": True}))
