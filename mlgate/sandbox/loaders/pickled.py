"""joblib and pickle files: any object with scikit-learn's methods."""

import pickle
from pathlib import Path
from typing import Any

try:
    import joblib
except ImportError:  # a model without scikit-learn
    joblib = None


def load(path: str, options: dict[str, Any]) -> Any:
    """Unpickle a model."""
    del options
    if joblib is not None:
        return joblib.load(path)
    with Path(path).open("rb") as stream:
        return pickle.load(stream)  # noqa: S301  # this process exists to contain it
