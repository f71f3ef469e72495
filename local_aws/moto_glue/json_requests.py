"""Makes moto take the operation and the parameters of a JSON request from where AWS does.

moto also searches the body and the address for `Action=`, as in a form. A log line that quotes such
an address would run another operation, and so would a role's program that sends one.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import BaseResponse

_RPC = "/service/"  # of Smithy's RPC protocol, which names the operation in the path
_set_up = BaseResponse.setup_class


def install() -> None:
    """Let moto read no form fields where a header or the path names the operation."""
    BaseResponse.setup_class = _setup_class


def _setup_class(response: Any, request: Any, *arguments: Any, **options: Any) -> None:
    _set_up(response, request, *arguments, **options)
    if "x-amz-target" in request.headers or response.path.startswith(_RPC):
        response.querystring = response.data = {}
