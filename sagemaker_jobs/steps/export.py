"""`export`: write a model in a form that runs without this repository."""

from __future__ import annotations

import shutil
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sagemaker_jobs.files import refused_as_setting
from sagemaker_jobs.scores.judge_here import load_model
from sagemaker_jobs.step import Step, Toolbox

if TYPE_CHECKING:
    from sentiment.artifact.artifact import Artifact

_EXAMPLE = Path(__file__).parents[1] / "scores" / "onnx_example.py"
# the text reader: pure Python, and NumPy
_READER = ("__init__.py", "errors.py", "recipe.py", "text", "version.py")


@dataclass(frozen=True)
class Export:
    """A folder with a model for programs that are not ours."""

    folder: str
    model_version: str
    size_bytes: int  # of the graph

    def line(self) -> str:
        return (
            f"{self.folder}: model {self.model_version} as an ONNX graph of "
            f'{self.size_bytes / 1e6:.1f} MB; try: python {self.folder}/example.py "A fine film"'
        )


def export_onnx(artifact: Artifact, folder: Path) -> Export:
    """Write model.onnx, vocabulary.txt, example.py, and the text reader that the example imports.

    Raises:
        InvalidSetting: the folder holds what this step did not write.
    """
    import sentiment
    from sentiment.artifact.whole_graph import write_whole_graph
    from sentiment.safe_files import Kind, replacing

    package = Path(sentiment.__file__).parent
    written = ("model.onnx", "vocabulary.txt", "example.py", "sentiment/*")
    with refused_as_setting("--onnx"), replacing(folder, Kind("export", written)) as new:
        graph = write_whole_graph(artifact)
        (new / "model.onnx").write_bytes(graph)
        artifact.encoder.vocabulary.write(new / "vocabulary.txt")
        shutil.copyfile(_EXAMPLE, new / "example.py")
        (new / "sentiment").mkdir()
        for name in _READER:
            source, copy = package / name, new / "sentiment" / name
            if source.is_dir():
                shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copyfile(source, copy)
    return Export(str(folder), artifact.version, len(graph))


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--onnx",
        type=Path,
        metavar="FOLDER",
        required=True,
        help="folder to write: an ONNX graph from word ids to scores, its vocabulary, and an "
        "example that scores raw text",
    )
    parser.add_argument(
        "--model",
        type=Path,
        metavar="PATH",
        help="model to export: a model.tar.gz or its folder (default: the bundled model)",
    )


def run(arguments: Namespace, _tools: Toolbox) -> Export:
    return export_onnx(load_model(arguments.model).artifact, arguments.onnx)


STEP = Step(
    "export",
    "write a model as an ONNX graph, with an example of its use",
    add_arguments,
    run,
    has_dry_run=False,
)
