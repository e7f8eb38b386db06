"""LightGBM's own text files.

The classes are not in the file: `classes` in mlgate.yml names them, else they are 0, 1, …
"""

from typing import Any

_WITHOUT_NAMES = "Column_0"
"""What LightGBM calls the first column of an array."""


def load(path: str, options: dict[str, Any]) -> dict[str, Any]:
    """Read a booster; its objective tells what it predicts."""
    del options
    import lightgbm

    booster = lightgbm.Booster(model_file=path)
    objective = str(booster.params.get("objective"))
    classes = None
    if objective in {"binary", "cross_entropy"}:
        classes = 2
    elif objective.startswith("multiclass"):
        classes = booster.num_model_per_iteration()
    names = booster.feature_name()
    return {
        "kind": "lightgbm.Booster",
        "features": None if names[0] == _WITHOUT_NAMES else names,
        "classes": classes,
        "answer": booster.predict,
    }
