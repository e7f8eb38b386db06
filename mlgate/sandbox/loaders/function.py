"""Python code of the repository: `module:name`.

The name is a function of a frame, or an object with scikit-learn's methods. A function gives one
value a row; where mlgate.yml names `classes`, it gives their probabilities.
"""

import importlib
from typing import Any


def load(path: str, options: dict[str, Any]) -> Any:
    """Import the module and take the name out of it."""
    module, _, name = path.partition(":")
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    if callable(getattr(found, "predict", None)) and not isinstance(found, type):
        return found
    if not callable(found):
        raise TypeError(f"{path} is neither a function nor an object with a method `predict`")
    classes = options["classes"]
    return {
        "kind": path,
        "features": None,
        "classes": None if classes is None else len(classes),
        "answer": found,
    }
