"""Libraries that only some steps need."""

from __future__ import annotations

from importlib.util import find_spec

from sagemaker_jobs.errors import MissingLibrary

# import name -> what people call it, and the command that installs it
_LIBRARIES = {
    "chalice": ("Chalice", "pip install -r requirements-run.txt"),
    "jinja2": ("Jinja2", "pip install -r requirements-dev.txt"),
    "matplotlib": ("matplotlib", "pip install -r requirements-dev.txt"),
    "sagemaker": ("the SageMaker SDK (sagemaker-core)", "pip install -r requirements.txt"),
    "sentiment": ("our package sentiment", "make install"),
    "sklearn": ("scikit-learn", "pip install -r requirements-dev.txt"),
    "torch": ("PyTorch", "pip install -r requirements.txt"),
}


def require_libraries(purpose: str, *modules: str, otherwise: str = "") -> None:
    """Return if the modules can be imported; `purpose` names what needs them.

    `otherwise` is another way out, which the hint adds.

    Raises:
        MissingLibrary: one is not installed; the hint is the command that installs it.
    """
    for module in modules:
        if find_spec(module) is None:
            name, command = _LIBRARIES[module]
            raise MissingLibrary(
                f"{purpose} needs {name}, which is not installed",
                hint=f"{command}{otherwise}",
            )
