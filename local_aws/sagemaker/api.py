"""SageMaker's control plane: the operations that local_aws runs, and a refusal of all others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from local_aws.context import Context
from local_aws.errors import AwsError, NotImplementedHereError
from local_aws.http import JsonObject, Request, Response, json_response
from local_aws.sagemaker.endpoints.operations import Endpoints
from local_aws.sagemaker.model_packages import ModelPackages
from local_aws.sagemaker.model_records import EndpointConfigs, Models
from local_aws.sagemaker.processing.operations import ProcessingJobs
from local_aws.sagemaker.tags import TagStore
from local_aws.sagemaker.training.operations import TrainingJobs
from local_aws.sagemaker.transform.operations import TransformJobs
from local_aws.sagemaker.validation import check_request, service_model


class Region:
    """SageMaker in one region."""

    def __init__(self, context: Context, name: str) -> None:
        self.tags = TagStore()
        self.models = Models(context, name, self.tags)
        self.configs = EndpointConfigs(context, name, self.tags, self.models)
        self.endpoints = Endpoints(context, name, self.tags, self.models, self.configs)
        self.model_packages = ModelPackages(context, name, self.tags)
        self.training_jobs = TrainingJobs(context, name, self.tags)
        self.processing_jobs = ProcessingJobs(context, name, self.tags)
        self.transform_jobs = TransformJobs(context, name, self.tags, self.models)

    def records(self) -> JsonObject:
        """Return the models and endpoint configurations, with their tags."""
        models, configs = self.models.records.all(), self.configs.records.all()
        arns = {record["ModelArn"] for record in models.values()}
        arns |= {record["EndpointConfigArn"] for record in configs.values()}
        tags = {arn: tags for arn, tags in self.tags.all().items() if arn in arns}
        return {"models": models, "configs": configs, "tags": tags}

    def restore(self, records: JsonObject) -> None:
        """Take over what `records` returned in an earlier run."""
        self.models.records.restore(records["models"])
        self.configs.records.restore(records["configs"])
        self.tags.restore(records["tags"])


Operation = Callable[[Region, JsonObject], JsonObject]
OPERATIONS: Mapping[str, Operation] = {
    "CreateTrainingJob": lambda region, params: region.training_jobs.create(params),
    "DescribeTrainingJob": lambda region, params: region.training_jobs.records.describe(params),
    "ListTrainingJobs": lambda region, params: region.training_jobs.records.list(params),
    "StopTrainingJob": lambda region, params: region.training_jobs.records.stop(params),
    "CreateModel": lambda region, params: region.models.create(params),
    "DescribeModel": lambda region, params: region.models.records.describe(params),
    "ListModels": lambda region, params: region.models.records.list(params),
    "DeleteModel": lambda region, params: region.models.records.delete(params),
    "CreateModelPackageGroup": lambda region, params: region.model_packages.create_group(params),
    "DescribeModelPackageGroup": lambda region, params: region.model_packages.group(params),
    "ListModelPackageGroups": lambda region, params: region.model_packages.list_groups(params),
    "DeleteModelPackageGroup": lambda region, params: region.model_packages.delete_group(params),
    "CreateModelPackage": lambda region, params: region.model_packages.create(params),
    "DescribeModelPackage": lambda region, params: region.model_packages.describe(params),
    "ListModelPackages": lambda region, params: region.model_packages.list(params),
    "UpdateModelPackage": lambda region, params: region.model_packages.update(params),
    "DeleteModelPackage": lambda region, params: region.model_packages.delete(params),
    "CreateEndpointConfig": lambda region, params: region.configs.create(params),
    "DescribeEndpointConfig": lambda region, params: region.configs.records.describe(params),
    "ListEndpointConfigs": lambda region, params: region.configs.records.list(params),
    "DeleteEndpointConfig": lambda region, params: region.configs.records.delete(params),
    "CreateEndpoint": lambda region, params: region.endpoints.create(params),
    "DescribeEndpoint": lambda region, params: region.endpoints.describe(params),
    "ListEndpoints": lambda region, params: region.endpoints.list(params),
    "UpdateEndpoint": lambda region, params: region.endpoints.update(params),
    "UpdateEndpointWeightsAndCapacities": lambda region, params: region.endpoints.resize(params),
    "DeleteEndpoint": lambda region, params: region.endpoints.delete(params),
    "CreateTransformJob": lambda region, params: region.transform_jobs.create(params),
    "DescribeTransformJob": lambda region, params: region.transform_jobs.records.describe(params),
    "ListTransformJobs": lambda region, params: region.transform_jobs.records.list(params),
    "StopTransformJob": lambda region, params: region.transform_jobs.records.stop(params),
    "CreateProcessingJob": lambda region, params: region.processing_jobs.create(params),
    "DescribeProcessingJob": lambda region, params: region.processing_jobs.records.describe(params),
    "ListProcessingJobs": lambda region, params: region.processing_jobs.records.list(params),
    "StopProcessingJob": lambda region, params: region.processing_jobs.records.stop(params),
    "AddTags": lambda region, params: region.tags.add(params),
    "ListTags": lambda region, params: region.tags.list(params),
    "DeleteTags": lambda region, params: region.tags.delete(params),
}


class SageMakerApi:
    """Answers requests whose X-Amz-Target begins with "SageMaker."."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._regions: dict[str, Region] = {}
        self._lock = threading.Lock()

    def region(self, name: str) -> Region:
        """Return SageMaker in a region."""
        with self._lock:
            if name not in self._regions:
                self._regions[name] = Region(self._context, name)
            return self._regions[name]

    def records(self) -> JsonObject:
        """Return the records of every region, for `restore` in a later run."""
        with self._lock:
            return {name: region.records() for name, region in self._regions.items()}

    def restore(self, records: JsonObject) -> None:
        """Take over the records of an earlier run."""
        for name, kept in records.items():
            self.region(name).restore(kept)

    def handle(self, request: Request) -> Response:
        """Return the operation's answer.

        Raises:
            AwsError: the operation does not exist, is not implemented, or refuses the request.
        """
        name = request.headers["x-amz-target"].partition(".")[2]
        model = service_model("sagemaker")
        if name not in model.operation_names:
            raise AwsError("UnknownOperationException", f"SageMaker has no operation {name}")
        operation = OPERATIONS.get(name)
        if operation is None:
            raise NotImplementedHereError(f"SageMaker's {name}")
        params = request.json()
        check_request(model.operation_model(name), params)
        return json_response(
            operation(self.region(request.region), params),
            headers=[("x-amzn-RequestId", request.request_id)],
        )
