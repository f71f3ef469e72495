"""A user's program with the SageMaker SDK v2, unmodified: train, deploy, predict, transform."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import boto3
import sagemaker
from sagemaker.deserializers import JSONDeserializer
from sagemaker.processing import ProcessingInput, ProcessingOutput, ScriptProcessor
from sagemaker.pytorch import PyTorch
from sagemaker.serializers import JSONSerializer

SOURCE = str(Path(__file__).parent / "prices")
INSTANCE = "ml.m5.large"
role = sys.argv[1]

session = sagemaker.Session()
bucket = session.default_bucket()
boto3.client("s3").put_object(Bucket=bucket, Key="prices/train.csv", Body=b"1,12\n2,14\n3,16\n")
boto3.client("s3").put_object(Bucket=bucket, Key="areas/new.csv", Body=b"1\n2\n")

estimator = PyTorch(
    entry_point="train.py",
    source_dir=SOURCE,
    role=role,
    framework_version="2.6",
    py_version="py312",
    instance_type=INSTANCE,
    instance_count=1,
    hyperparameters={"rounding": 2},
)
estimator.fit({"training": f"s3://{bucket}/prices"})

model = estimator.create_model(entry_point="inference.py", source_dir=SOURCE)
predictor = model.deploy(
    initial_instance_count=1,
    instance_type=INSTANCE,
    serializer=JSONSerializer(),
    deserializer=JSONDeserializer(),
)
answer = predictor.predict([1, 10])
assert answer == {"prices": [12.0, 30.0], "unit": "thousand", "program": "inference.py"}, answer

transformer = model.transformer(
    1, INSTANCE, output_path=f"s3://{bucket}/out", accept="text/csv", assemble_with="Line",
    strategy="SingleRecord",
)  # fmt: skip
transformer.transform(f"s3://{bucket}/areas", content_type="text/csv", split_type="Line")
transformer.wait()
stored = boto3.client("s3").get_object(Bucket=bucket, Key="out/new.csv.out")["Body"].read()
assert stored == b"12.0\n14.0\n", stored
predictor.delete_endpoint()

processor = ScriptProcessor(
    role=role, image_uri="an-image", command=["python3"], instance_count=1, instance_type=INSTANCE
)
processor.run(
    code=f"{SOURCE}/count.py",
    inputs=[ProcessingInput(f"s3://{bucket}/prices", "/opt/ml/processing/in")],
    outputs=[ProcessingOutput("/opt/ml/processing/out", f"s3://{bucket}/counted")],
)
counted = boto3.client("s3").get_object(Bucket=bucket, Key="counted/rows.txt")["Body"].read()
assert counted == b"3", counted
print(json.dumps({"sdk": sagemaker.__version__, "ok": True}))
