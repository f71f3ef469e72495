"""Put the bundled model into the wheel, beside the code that reads it."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

MODEL = Path("pretrained")


class BuildWithModel(build_py):
    """An editable install reads the model in the repository."""

    def run(self) -> None:
        """Build as setuptools does, then copy the model."""
        super().run()
        if not self.editable_mode:
            folder = Path(self.build_lib, "sentiment", MODEL)
            folder.mkdir(parents=True, exist_ok=True)
            for path in sorted(MODEL.iterdir()):
                self.copy_file(str(path), str(folder / path.name))


setup(cmdclass={"build_py": BuildWithModel})
