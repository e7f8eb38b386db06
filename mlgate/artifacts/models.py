"""What kind of model an entry of mlgate.yml is, by its path."""

import re
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Final

from mlgate.artifacts import MODEL_FORMATS
from mlgate.config.model import ModelSpec
from mlgate.errors import ModelFailed

_SUFFIXES: Final = {
    ".cbm": "catboost",
    ".csv": "predictions",
    ".json": "xgboost",
    ".lgb": "lightgbm",
    ".onnx": "onnx",
    ".parquet": "predictions",
    ".pq": "predictions",
    ".skops": "skops",
    ".txt": "lightgbm",
    ".ubj": "xgboost",
}
"""Formats that a file's name tells; any other one is a pickle, whatever it is called."""
_FUNCTION: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
WITHOUT_FILE: Final = frozenset({"endpoint", "function"})
"""Formats whose path is not one of a file."""
WITHOUT_CODE: Final = frozenset({"predictions"})
"""Formats of files that nothing is loaded from but a table."""


def format_of(spec: ModelSpec, root: Path) -> str:
    """The format of a model, a key of `MODEL_FORMATS`.

    Args:
        spec: Its entry in mlgate.yml.
        root: Folder that its path starts at.
    """
    if spec.format is not None:
        return spec.format
    if spec.path.startswith(("http://", "https://")):
        return "endpoint"
    if _FUNCTION.fullmatch(spec.path):
        return "function"
    if (root / spec.path / "MLmodel").is_file():
        return "mlflow"
    return _SUFFIXES.get(PurePosixPath(spec.path).suffix.lower(), "pickle")


def loader(name: str) -> Path:
    """The file that loads a format; it is not imported here."""
    spec = find_spec(MODEL_FORMATS[name])
    if spec is None or spec.origin is None:
        raise ModelFailed(f"mlgate is damaged: its loader of {name} is gone")
    return Path(spec.origin)
