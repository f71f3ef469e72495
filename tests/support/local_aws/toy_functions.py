"""Small Lambda functions on local_aws, made and invoked through boto3."""

from __future__ import annotations

import json
import sys

from tests.support.local_aws.toys import ToyAccount, new_name, zipped

TIMEOUT_S = 300
RUNTIME = f"python3.{sys.version_info.minor}"


def make_function(toys: ToyAccount, source: str, **changes: object) -> str:
    """Return the name of a new function with this source."""
    name = new_name("function")
    request = {
        "FunctionName": name,
        "Runtime": RUNTIME,
        "Role": toys.role,
        "Handler": "handler.handle",
        "Code": {"ZipFile": zipped({"handler.py": source})},
        "Timeout": TIMEOUT_S,
        "Environment": {"Variables": {"MY_SETTING": "kept"}},
        **changes,
    }
    toys.functions.create_function(**request)  # type: ignore[arg-type]
    return name


def invoke(toys: ToyAccount, name: str, event: object) -> tuple[object, str | None]:
    """Return the payload and, where there is one, the kind of function error."""
    answer = toys.functions.invoke(FunctionName=name, Payload=json.dumps(event).encode())
    return json.loads(answer["Payload"].read()), answer.get("FunctionError")
