"""SageMaker's control plane: which operation runs where, and a refusal for all the others."""

import threading
from collections.abc import Callable

from local_aws.context import Context
from local_aws.errors import AwsError, NotImplementedHereError
from local_aws.http import JsonObject, Request, Response, json_response
from local_aws.sagemaker.endpoints.operations import Endpoints
from local_aws.sagemaker.model_records import EndpointConfigs, Models
from local_aws.sagemaker.tags import TagStore
from local_aws.sagemaker.training.operations import TrainingJobs
from local_aws.sagemaker.transform.operations import TransformJobs
from local_aws.sagemaker.validation import check_request, service_model

Operation = Callable[[JsonObject], JsonObject]


class Region:
    """SageMaker in one region."""

    def __init__(self, context: Context, name: str) -> None:
        self.tags = TagStore()
        models = Models(context, name, self.tags)
        configs = EndpointConfigs(context, name, self.tags, models)
        self.endpoints = Endpoints(context, name, self.tags, models, configs)
        training = TrainingJobs(context, name, self.tags)
        transforms = TransformJobs(context, name, self.tags, models)
        self.operations: dict[str, Operation] = {
            **training.operations(),
            **models.operations(),
            **configs.operations(),
            **self.endpoints.operations(),
            **transforms.operations(),
            "AddTags": self.tags.add,
            "ListTags": self.tags.list,
            "DeleteTags": self.tags.delete,
        }


class SageMakerApi:
    """Answers requests whose X-Amz-Target begins with "SageMaker."."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._regions: dict[str, Region] = {}
        self._lock = threading.Lock()

    def region(self, name: str) -> Region:
        """Return SageMaker in the region of that name."""
        with self._lock:
            if name not in self._regions:
                self._regions[name] = Region(self._context, name)
            return self._regions[name]

    def handle(self, request: Request) -> Response:
        """Return the operation's answer.

        Raises:
            AwsError: whatever the operation refuses.
        """
        name = request.headers["x-amz-target"].partition(".")[2]
        model = service_model("sagemaker")
        if name not in model.operation_names:
            raise AwsError("UnknownOperationException", f"SageMaker has no operation {name}")
        operation = self.region(request.region).operations.get(name)
        if operation is None:
            raise NotImplementedHereError(f"SageMaker's {name}")
        params = request.json()
        check_request(model.operation_model(name), params)
        return json_response(operation(params), headers=[("x-amzn-RequestId", request.request_id)])
