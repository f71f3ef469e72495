"""The Lambda function of a project in the original style: plain boto3, no Accept, no errors."""

import boto3


def lambda_handler(event, context):  # noqa: ANN001, ANN201, ARG001
    runtime = boto3.Session().client("sagemaker-runtime")
    response = runtime.invoke_endpoint(
        EndpointName="ENDPOINT", ContentType="text/plain", Body=event["body"]
    )
    result = response["Body"].read().decode("utf-8")
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "text/plain", "Access-Control-Allow-Origin": "*"},
        "body": result,
    }
