"""What --data-dir keeps between two runs: S3, tables, roles, functions, REST APIs and models.

The folder holds three files: `local_aws.json` says what it is, `state.pickle` has moto's records
and ours, and `lock` is held while local_aws runs. The state is written between requests, a few
seconds after one came, and at the end. Keys, logs, jobs and endpoints are not kept.
"""

from __future__ import annotations

import importlib
import json
import logging
import pickle
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import moto
from filelock import FileLock, Timeout
from moto.apigateway.models import apigateway_backends
from moto.awslambda.models import lambda_backends
from moto.dynamodb.models import dynamodb_backends
from moto.iam.models import iam_backends
from moto.s3.models import s3_backends
from moto.sagemaker.models import sagemaker_backends

from local_aws.errors import DataDirError
from local_aws.http import JsonObject

logger = logging.getLogger(__name__)

FORMAT = {"program": "local_aws", "version": 1, "moto": moto.__version__}
_MARKER, _STATE, _LOCK = FILES = ("local_aws.json", "state.pickle", "lock")
_RUNNING = "local_aws-"  # what folders of a running local_aws begin with
_BACKENDS = {
    "apigateway": apigateway_backends,
    "dynamodb": dynamodb_backends,
    "iam": iam_backends,
    "lambda": lambda_backends,
    "s3": s3_backends,
    "sagemaker": sagemaker_backends,
}
# what moto's records hold besides its own classes; a pickle can name no other callable
_PLAIN = {
    *(("builtins", name) for name in ("bytearray", "dict", "frozenset", "list", "object", "set")),
    *(("collections", name) for name in ("OrderedDict", "defaultdict", "deque")),
    *(("datetime", name) for name in ("date", "datetime", "timedelta", "timezone")),
    *(("decimal", "Decimal"), ("re", "_compile"), ("uuid", "UUID")),
    ("weakref", "WeakValueDictionary"),
}


class KeptState:
    """The state in a folder, which no other local_aws can use meanwhile.

    Raises:
        DataDirError: the folder has other files, another version's state, or is in use.
    """

    def __init__(self, folder: Path, account: str) -> None:
        self._folder = folder.resolve()
        self._account = account
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _check(self._folder)
            self._lock = FileLock(self._folder / _LOCK)
            self._lock.acquire(timeout=0)
            (self._folder / _MARKER).write_text(json.dumps(FORMAT) + "\n")
        except Timeout as error:
            raise DataDirError(self._folder, "another local_aws uses it") from error
        except FileExistsError as error:
            raise DataDirError(self._folder, "it is not a folder") from error
        except OSError as error:
            raise DataDirError(self._folder, error.strerror or str(error)) from error

    def load(self) -> JsonObject:
        """Give moto its records back; return SageMaker's own, {} at the first run.

        Raises:
            DataDirError: the file is damaged.
        """
        path = self._folder / _STATE
        if not path.exists():
            return {}
        try:
            with path.open("rb") as file:
                state = _Unpickler(file).load()
            for service, regions in state["moto"].items():
                _BACKENDS[service][self._account].update(regions)
            for region in s3_backends[self._account].values():
                names = dict.fromkeys(region.buckets, (region.partition, self._account))
                s3_backends.bucket_accounts.update(names)
            records: JsonObject = state["sagemaker"]
        except Exception as error:  # damaged pickles raise nearly anything
            raise DataDirError(self._folder, f"{_STATE} cannot be read ({error})") from error
        return records

    def save(self, records: JsonObject) -> None:
        """Write moto's records and SageMaker's; if that fails, the last state stays."""
        kept = {
            service: dict(backends[self._account])
            for service, backends in _BACKENDS.items()
            if self._account in backends
        }
        if "iam" in kept:  # moto makes one for each partition, with all of AWS's policies
            kept["iam"] = {"aws": iam_backends[self._account]["aws"]}
        for backend in kept.get("lambda", {}).values():
            backend._lambdas._aliases.default_factory = dict  # noqa: SLF001 - in place of a lambda
        partial = self._folder / f"{_STATE}.partial"
        try:
            with partial.open("wb") as file:
                _Pickler(file).dump({"moto": kept, "sagemaker": records})
            partial.replace(self._folder / _STATE)
        except Exception as error:
            partial.unlink(missing_ok=True)
            logger.exception("the state is not kept in %s: %s", self._folder, error)  # noqa: TRY401

    def close(self) -> None:
        """Let another local_aws use the folder."""
        self._lock.release()


class Requests:
    """Those that local_aws computes now, and how many have ended."""

    def __init__(self) -> None:
        self.n_ended = 0
        self._n_computed = 0
        self._lock = threading.Lock()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Compute one within the block."""
        with self._lock:
            self._n_computed += 1
        try:
            yield
        finally:
            with self._lock:
                self._n_computed -= 1
                self.n_ended += 1

    def pause(self, work: Callable[[], None]) -> bool:
        """Do `work` if no request is computed, while new ones wait; return whether it was done."""
        with self._lock:
            if self._n_computed:
                return False
            work()
            return True


def reset(folder: Path) -> list[Path]:
    """Delete what `KeptState` has made in the folder, and the folder if nothing else is left.

    Return what was deleted.

    Raises:
        DataDirError: the folder is not local_aws's, or in use.
    """
    if not (folder / _MARKER).is_file():
        raise DataDirError(folder, f"it has no {_MARKER}, so local_aws did not make it")
    lock = FileLock(folder / _LOCK)
    try:
        with lock.acquire(timeout=0):
            gone = [folder / name for name in FILES if (folder / name).exists()]
            for path in gone:
                path.unlink()
    except Timeout as error:
        raise DataDirError(folder, "a local_aws uses it") from error
    except OSError as error:
        raise DataDirError(folder, error.strerror or str(error)) from error
    if not any(folder.iterdir()):
        folder.rmdir()
        gone.append(folder)
    return gone


def _check(folder: Path) -> None:
    """Raise unless the folder is new, or this version of local_aws has kept its state there."""
    marker = folder / _MARKER
    if not marker.exists():
        others = {path.name for path in folder.iterdir() if not path.name.startswith(_RUNNING)}
        others.discard(_LOCK)
        if others:
            raise DataDirError(folder, f"it has other files, such as {min(others)}")
        return
    try:
        found = json.loads(marker.read_text())
    except ValueError:
        found = None
    if found != FORMAT:
        raise DataDirError(folder, f"{_MARKER} has {found}, and this local_aws needs {FORMAT}")


class _Pickler(pickle.Pickler):
    """Writes weak dictionaries too, which moto's functions have."""

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, weakref.WeakValueDictionary):
            return weakref.WeakValueDictionary, (), None, None, iter(list(value.items()))
        return NotImplemented


class _Unpickler(pickle.Unpickler):
    """Makes only plain values and moto's own classes, so that a file cannot run programs."""

    def find_class(self, module: str, name: str) -> Callable[..., Any]:
        if (module, name) in _PLAIN:
            return super().find_class(module, name)  # type: ignore[no-any-return]
        found = None
        if module.startswith("moto.") and "." not in name:
            found = getattr(importlib.import_module(module), name, None)
        if not isinstance(found, type) or not found.__module__.startswith("moto."):
            raise pickle.UnpicklingError(f"it names {module}.{name}")
        return found
