"""ONNX models, by onnxruntime.

The rows go into the graph's one input of shape (rows, features), or column by column into inputs
that are called like columns. The classes of a model without ZipMap are not in the file: `classes`
in mlgate.yml names them, else they are 0, 1, …
"""

from typing import Any

import numpy as np

_TYPES = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_,
    "tensor(string)": np.object_,
}


def load(path: str, options: dict[str, Any]) -> dict[str, Any]:
    """Open a session; a graph with two outputs gives labels and probabilities."""
    import onnxruntime

    settings = onnxruntime.SessionOptions()
    settings.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, settings, providers=["CPUExecutionProvider"])
    inputs = session.get_inputs()
    unknown = [each.type for each in inputs if each.type not in _TYPES]
    if unknown:
        raise ValueError(f"the graph takes {unknown[0]}, which a table is not")
    outputs = [each.name for each in session.get_outputs()]

    def feed(rows: Any) -> dict[str, Any]:
        if len(inputs) == 1 and inputs[0].name not in rows.columns:
            return {inputs[0].name: rows.to_numpy(dtype=_TYPES[inputs[0].type])}
        return {each.name: rows[[each.name]].to_numpy(dtype=_TYPES[each.type]) for each in inputs}

    def scores(rows: Any) -> Any:
        (found,) = session.run([outputs[1]], feed(rows))
        return np.array([list(row.values()) for row in found]) if isinstance(found, list) else found

    named = [each.name for each in inputs] if len(inputs) > 1 else None
    model = {"kind": "onnxruntime.InferenceSession", "features": named}
    if len(outputs) == 1:
        values = outputs[0]
        if options["classes"] is not None:
            return model | {
                "classes": len(options["classes"]),
                "answer": lambda rows: session.run([values], feed(rows))[0],
            }
        return model | {
            "classes": None,
            "answer": lambda rows: np.ravel(session.run([values], feed(rows))[0]),
        }
    return model | {"classes": _classes(session.get_outputs()[1], session), "answer": scores}


def _classes(output: Any, session: Any) -> Any:
    """How many classes there are, or which, where ZipMap names them."""
    if output.type.startswith("seq(map("):
        first = session.get_inputs()
        rows = {each.name: _one(each) for each in first}
        return list(session.run([output.name], rows)[0][0])
    return int(output.shape[-1])


def _one(given: Any) -> Any:
    width = given.shape[-1] if isinstance(given.shape[-1], int) else 1
    return np.zeros((1, width), dtype=_TYPES[given.type])
