"""Folders that MLflow saved.

A model of scikit-learn's style inside answers itself, with its probabilities; any other flavour
answers through MLflow's `predict` (pyfunc).
"""

from typing import Any

import numpy as np


def load(path: str, options: dict[str, Any]) -> Any:
    """Load a model as MLflow would serve it."""
    from mlflow import pyfunc

    served = pyfunc.load_model(path)
    try:
        inner = served.get_raw_model()
    except (AttributeError, NotImplementedError):  # a flavour without a model of its own
        inner = None
    if callable(getattr(inner, "predict", None)) and hasattr(inner, "get_params"):
        return inner
    schema = served.metadata.get_input_schema()
    named = schema.input_names() if schema is not None and schema.has_input_names() else None
    classes = options["classes"]
    return {
        "kind": f"mlflow.pyfunc.PyFuncModel ({served.loader_module})",
        "features": named,
        "classes": None if classes is None else len(classes),
        "answer": lambda rows: np.asarray(served.predict(rows)),
    }
