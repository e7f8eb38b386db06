"""The process that a metric of the repository's own code lives in; see `metric_process`.

Run as `python -I -B metric_worker.py REQUESTS ANSWERS`, with `worker.py` beside it, which knows how
to speak. A function's process answers three kinds of request: it loads, it tells which arguments it
takes, and it computes values on sets of rows.
"""

import importlib
import importlib.util
import inspect
import io
import json
import math
import numbers
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

PREDICTED = ("y_pred", "y_predicted", "y_hat")
SCORES = ("y_score", "y_prob")
KNOWN = ("y_true", *PREDICTED, "y_proba", *SCORES, "sample_weight", "rows", "labels")
"""Names of parameters that say what a function wants."""


class Unusable(Exception):
    """The function cannot be called, or what it gives is no number."""


def serve(speak: Any, requests: io.FileIO, answers: io.FileIO) -> None:
    """Answer requests until there are no more. The first one loads the function."""
    function: Any = None
    wanted: dict[str, str] = {}
    parts: list[Any]
    while (frame := speak.receive(requests)) is not None:
        request, body = frame
        try:
            parts = []
            if request["do"] == "load":
                function = load(request)
                wanted = arguments(function)
                header: dict[str, Any] = {"wants": sorted(set(wanted.values()))}
            else:
                begin = time.perf_counter()
                values = compute(function, wanted, request, body)
                header = {"seconds": time.perf_counter() - begin}
                parts = [memoryview(values.tobytes())]
        except BaseException as error:  # noqa: BLE001  # a function may raise SystemExit
            told = speak.account_for(error)
            header = {"error": told | {"unusable": isinstance(error, Unusable)}}
        del body
        speak.send(answers, header | {"id": request["id"]}, parts)


def load(request: dict[str, Any]) -> Any:
    """Import the module and take the function out of it."""
    sys.path[:0] = request["paths"]
    module = importlib.import_module(request["module"])
    try:
        found = getattr(module, request["name"])
    except AttributeError:
        raise Unusable(f"{request['module']} has no {request['name']}") from None
    if not callable(found):
        raise Unusable(f"it is a {type(found).__name__}, which cannot be called")
    return found


def arguments(function: Any) -> dict[str, str]:
    """What each parameter of a function gets: one of `KNOWN`, by the parameter's name.

    The first two may be called what they like, as in scikit-learn's own metrics: they get the truth
    and the predictions.
    """
    found = {}
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # written in C
        return {"0": "y_true", "1": "y_pred"}
    for position, parameter in enumerate(parameters):
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        meaning = _meaning(parameter.name)
        needed = parameter.default is parameter.empty
        if meaning is None and needed and position < 2:
            hints = [word for word in ("prob", "score", "row", "weight") if word in parameter.name]
            if not hints:
                meaning = ("y_true", "y_pred")[position]
        if meaning is None and needed:
            raise Unusable(
                f"its parameter {parameter.name!r} is none of {', '.join(KNOWN)}, and has no "
                "default"
            )
        if meaning is not None:
            by_name = parameter.kind is not parameter.POSITIONAL_ONLY
            found[parameter.name if by_name else str(position)] = meaning
    if not found.keys() - {"labels"}:
        raise Unusable("it has no parameter for the truth or the predictions")
    return found


def _meaning(name: str) -> str | None:
    if name in PREDICTED:
        return "y_pred"
    if name in SCORES:
        return "y_score"
    return name if name in KNOWN else None


def compute(function: Any, wanted: dict[str, str], request: dict[str, Any], body: Any) -> Any:
    """Values of the function: an array of shape (sets of rows, sides)."""
    given = take_apart(request, body)
    frame = table(request, given["rows"]) if "rows" in wanted.values() else None
    labels = labels_of(request)
    common = {"y_true": decoded(given["truth"], labels), "sample_weight": given.get("weights")}
    sides = []
    for side in range(request["sides"]):
        own = {"y_pred": decoded(given[f"predicted {side}"], labels)}
        shares = given.get(f"shares {side}")
        if shares is not None:
            own["y_proba"] = shares.reshape(len(given["truth"]), -1)
            own["y_score"] = (
                own["y_proba"][:, 1] if labels is not None and len(labels) == 2 else own["y_proba"]
            )
        elif labels is None:
            own["y_score"] = own["y_pred"]
        sides.append(own)
    lacking = set(wanted.values()) & {"y_proba", "y_score"} - sides[0].keys()
    if lacking:
        raise Unusable(f"it wants {min(lacking)}, and the model gives no probabilities")
    sets = given.get("sets")
    ends = request["ends"]
    starts = [0, *ends[:-1]]
    found = np.empty((max(1, len(ends)), len(sides)))
    for number in range(len(found)):
        chosen = slice(None) if sets is None else sets[starts[number] : ends[number]]
        for side, own in enumerate(sides):
            everything = common | own
            call = {
                name: labels
                if meaning == "labels"
                else _at(frame if meaning == "rows" else everything[meaning], chosen)
                for name, meaning in wanted.items()
            }
            found[number, side] = called(function, call)
    return found


def _at(values: Any, chosen: Any) -> Any:
    """Some rows, as a copy: a function that changes its arguments changes nothing else."""
    if values is None:
        return None
    if hasattr(values, "iloc"):
        return values.iloc[chosen].reset_index(drop=True)
    return values[chosen].copy()


def called(function: Any, call: dict[str, Any]) -> float:
    """One value, if it is a number."""
    by_position = [call[name] for name in ("0", "1", "2", "3") if name in call]
    by_name = {name: value for name, value in call.items() if not name.isdigit()}
    value = function(*by_position, **by_name)
    if isinstance(value, np.ndarray | np.generic) and value.ndim == 0:
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        kind = type(value).__name__
        raise Unusable(f"it gave a value of type {kind}, and a number is needed")
    number = float(value)
    return number if math.isfinite(number) else math.nan


def take_apart(request: dict[str, Any], body: Any) -> dict[str, Any]:
    """The arrays of a request by their names, and the Arrow stream of the rows as bytes."""
    found: dict[str, Any] = {}
    start = 0
    view = memoryview(body)
    for name, kind, size in request["parts"]:
        part = view[start : start + size]
        found[name] = part if kind == "bytes" else np.frombuffer(part, dtype=kind)
        start += size
    return found


def table(request: dict[str, Any], stream: Any) -> Any:
    """The rows as pandas has them here."""
    frame = pa.ipc.open_stream(pa.py_buffer(stream)).read_all().to_pandas()
    for position, as_objects, missing in request["texts"]:
        column = frame.iloc[:, position]
        if as_objects or column.dtype == object:
            column = column.astype(object)
            column = column.where(column.notna(), np.nan if missing == "NaN" else None)
            frame.isetitem(position, column)
    return frame


def labels_of(request: dict[str, Any]) -> Any:
    """The classes in the order of their codes; None for numbers."""
    labels = request["labels"]
    if labels is None:
        return None
    if len({type(label) for label in labels}) == 1:
        return np.array(labels)
    mixed = np.empty(len(labels), dtype=object)
    mixed[:] = labels
    return mixed


def decoded(values: Any, labels: Any) -> Any:
    """Labels for codes; numbers stay as they are."""
    return values if labels is None else labels[values]


def beside(name: str) -> Any:
    """A module that lies beside this file."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None  # noqa: S101  # the file ends in .py
    assert spec.loader is not None  # noqa: S101
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    json.dumps({})  # what this imports lazily must not come from the repository
    ends = [int(argument) for argument in sys.argv[1:3]]
    for end in ends:
        os.set_inheritable(end, False)  # noqa: FBT003
    serve(beside("worker"), io.FileIO(ends[0], "rb"), io.FileIO(ends[1], "wb"))
