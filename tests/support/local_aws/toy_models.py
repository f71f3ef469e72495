"""Models of a toy server, which `deploy` takes for ours."""

from pathlib import Path

from tests.support.local_aws.toys import tar
from tests.support.paths import ROOT

TOY_SERVER = ROOT / "tests/support/local_aws/programs/serve.py"


def toy_model(folder: Path, name: str, gate: Path | None = None) -> Path:
    """A model served by the toy server, by its name, once the file `gate` is there."""
    path = folder / f"{name}.tar.gz"
    path.write_bytes(
        tar(
            {
                "code/serve.py": TOY_SERVER.read_bytes(),
                "code/predict.py": b"",
                "name.txt": name.encode(),
                "model.json": b'{"sha256": {}}',
                "model.safetensors": b"",
                "vocabulary.txt": b"",
                **({"gate.txt": str(gate).encode()} if gate else {}),
            }
        )
    )
    return path
