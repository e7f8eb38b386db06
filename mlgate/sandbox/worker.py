"""The process that a model lives in.

Run as `python -I -B worker.py REQUESTS ANSWERS` by the interpreter of the model's environment, with
two file descriptors to speak over. Needs nothing of mlgate but the loader of the model's format, a
file beside it, only pandas and pyarrow. Standard output is the model's own: what it prints cannot
disturb an answer.
"""

import ctypes
import importlib.util
import io
import json
import os
import resource
import struct
import sys
import time
import traceback
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

PREFIX = struct.Struct("!IQ")
LONGEST_MESSAGE = 4000
MOST_WARNINGS = 10
WARN = (UserWarning, RuntimeWarning)
"""What a user should know; what will change one day is for those who maintain a library."""
PR_SET_DUMPABLE = 4

pa.table({"warm": ["up"]}).to_pandas()  # what this imports lazily must not come from the repository


class Unusable(Exception):
    """The model cannot be used as one, or its answer not as an answer."""


def serve(requests: io.FileIO, answers: io.FileIO) -> None:
    """Answer requests until there are no more. The first one loads the model."""
    model: Any = None
    seconds = 0.0
    parts: list[Any]
    while (frame := receive(requests)) is not None:
        request, body = frame
        try:
            if request["do"] == "load":
                begin = time.perf_counter()
                model, warned = load(request)
                seconds = time.perf_counter() - begin
                header, parts = describe(model) | {"warned": warned}, []
            elif request["do"] == "usage":
                header, parts = usage(seconds), []
            else:
                header, parts = predict(model, request, body)
        except BaseException as error:  # noqa: BLE001  # a model may raise SystemExit
            header, parts = {"error": account_for(error)}, []
        del body
        send(answers, header | {"id": request["id"]}, parts)


class Function:
    """A model that is one function of the rows; see `mlgate.sandbox.loaders`."""

    def __init__(self, given: dict[str, Any], classes: list[Any] | None) -> None:
        self.kind = given["kind"]
        self.fixed = given.get("fixed", False)
        self._answer = given["answer"]
        if given["features"] is not None:
            self.feature_names_in_ = given["features"]
        known = given["classes"]
        if known is None:
            self.predict = self._answer
            return
        self.classes_ = classes or (list(range(known)) if isinstance(known, int) else known)
        self.predict = self._most_likely
        self.predict_proba = self._probabilities

    def _probabilities(self, rows: Any) -> Any:
        values = np.asarray(self._answer(rows), dtype=np.float64)
        if values.ndim == 1 or values.shape[1:] == (1,):
            values = values.reshape(len(values), 1)
            values = np.hstack([1 - values, values])
        if values.ndim != 2 or values.shape[1] != len(self.classes_):
            raise Unusable(
                f"it gave probabilities of shape {values.shape} for {len(self.classes_)} classes"
            )
        return values

    def _most_likely(self, rows: Any) -> Any:
        return np.asarray(self.classes_)[self._probabilities(rows).argmax(axis=1)]


def load(request: dict[str, Any]) -> tuple[Any, list[str]]:
    """Load a model by its format's loader, and note what its libraries warn of."""
    told: dict[str, None] = {}
    show = warnings.showwarning

    def note(message: Any, category: type[Warning], *rest: Any, **named: Any) -> None:
        if issubclass(category, WARN) and len(told) < MOST_WARNINGS:
            told[str(message)[:LONGEST_MESSAGE]] = None
        show(message, category, *rest, **named)

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = note
        model = load_model(request)
    return model, list(told)


def load_model(request: dict[str, Any]) -> Any:
    """Load a model by its format's loader, with the code of its repository at hand."""
    spec = importlib.util.spec_from_file_location("loader", request["loader"])
    assert spec is not None  # noqa: S101  # the file ends in .py
    assert spec.loader is not None  # noqa: S101
    loader = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loader)
    sys.path[:0] = request["paths"]
    options = request["options"]
    model = loader.load(request["file"], options)
    if isinstance(model, dict) and "answer" in model:
        return Function(model, options["classes"])
    if not callable(getattr(model, "predict", None)):
        raise Unusable(f"it holds a {name_of(type(model))}, which has no method `predict`")
    return model


def describe(model: Any) -> dict[str, Any]:
    """What the model says about itself."""
    features = getattr(model, "feature_names_in_", None)
    classes = getattr(model, "classes_", None)
    if classes is not None:
        classes = [label.item() if isinstance(label, np.generic) else label for label in classes]
        if not all(isinstance(label, str | int | float) for label in classes):
            raise Unusable("its `classes_` are not single labels, as with more than one output")
    return {
        "kind": model.kind if isinstance(model, Function) else name_of(type(model)),
        "features": None if features is None else [str(name) for name in features],
        "classes": classes,
        "probabilities": callable(getattr(model, "predict_proba", None)),
        **weights(model, features),
        "fixed": getattr(model, "fixed", False) is True,
    }


def weights(model: Any, features: Any) -> dict[str, Any]:
    """How much each feature counts: `importances`, or `coefficients` where nothing scales them.

    What a pipeline makes of the features is traced back by the names that it gives them, such as
    `scale__age` or `encode__city_Bonn`.
    """
    found: dict[str, Any] = {"importances": None, "coefficients": None}
    try:
        fitted = getattr(model, "best_estimator_", model)
        names = own = [str(name) for name in features]
        steps = len(getattr(fitted, "steps", ()))
        if steps > 1:
            names = [str(name) for name in fitted[:-1].get_feature_names_out()]
        last = fitted.steps[-1][1] if steps else fitted
        kind = "importances"
        values = getattr(last, "feature_importances_", None)
        if values is None:
            values = np.abs(np.atleast_2d(np.asarray(last.coef_, dtype=float))).mean(axis=0)
            kind = "importances" if steps > 1 else "coefficients"
        values = np.abs(np.asarray(values, dtype=float))
        if values.shape != (len(names),) or not np.isfinite(values).all():
            return found
        sums = dict.fromkeys(own, 0.0)
        for name, value in zip(names, values.tolist(), strict=True):
            sums[origin(name, own)] += value
    except Exception:  # noqa: BLE001  # the attributes are the model's own, and it may go without
        return found
    return found | {kind: sums}


def origin(name: str, features: list[str]) -> str:
    """The feature that a pipeline's column was made of."""
    for bare in (name, name.partition("__")[2]):
        if bare in features:
            return bare
        made_of = [feature for feature in features if feature and bare.startswith(f"{feature}_")]
        if made_of:
            return max(made_of, key=len)
    raise Unusable("a column of the pipeline is of its own making")


def predict(
    model: Any, request: dict[str, Any], body: bytearray
) -> tuple[dict[str, Any], list[Any]]:
    """Call one of the model's methods on a table."""
    frame = pa.ipc.open_stream(pa.py_buffer(body)).read_all().to_pandas()
    for position, as_objects, missing in request["texts"]:
        column = frame.iloc[:, position]
        if as_objects or column.dtype == object:
            column = column.astype(object)
            column = column.where(column.notna(), np.nan if missing == "NaN" else None)
            frame.isetitem(position, column)
    rows = texts_or_table(model, frame)
    begin = time.perf_counter()
    if request["do"] == "predict":
        values = np.asarray(model.predict(rows))
        seconds = time.perf_counter() - begin
        if values.ndim == 2 and values.shape[1] == 1:
            values = values.ravel()
        if values.ndim != 1:
            raise Unusable(
                f"predict answered with shape {values.shape}, and one value a row is needed"
            )
    else:
        values = np.asarray(model.predict_proba(rows), dtype=np.float64)
        seconds = time.perf_counter() - begin
        if values.ndim != 2:
            raise Unusable(f"predict_proba answered with shape {values.shape}, not (rows, classes)")
    array = as_arrow(values.ravel())
    parts = [part for part in array.buffers() if part is not None]
    return {
        "type": str(array.type),
        "shape": values.shape,
        "buffers": [part.size for part in parts],
        "seconds": seconds,
    }, parts


def texts_or_table(model: Any, frame: Any) -> Any:
    """What a model takes: of one that begins with scikit-learn's vectorizers, its column of texts.

    They go through what they are given, and a table would be its column's name.
    """
    steps = getattr(model, "steps", None)
    first = steps[0][1] if isinstance(steps, list) and steps else model
    takes_texts = frame.shape[1] == 1 and hasattr(first, "build_analyzer")
    return frame.iloc[:, 0] if takes_texts else frame


def usage(load_seconds: float) -> dict[str, Any]:
    """What this process has taken so far; a page of memory counts once it was touched."""
    return {"load_seconds": load_seconds, "peak_bytes": peak_memory()}


def peak_memory() -> int:
    """Bytes that this process had at most.

    getrusage(2) remembers what its parent had before this program began, so Linux is asked.
    """
    try:
        with Path("/proc/self/status").open() as status:
            fields = dict(line.split(":", 1) for line in status if ":" in line)
        return int(fields["VmHWM"].split()[0]) * 1024
    except (OSError, KeyError):
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def as_arrow(values: Any) -> Any:
    """An array of numbers, booleans or text in Arrow's layout, without missing values."""
    wide = {"f": np.float64, "i": np.int64, "u": np.uint64, "b": np.bool_}
    if values.dtype.kind in wide:
        return pa.array(np.ascontiguousarray(values, dtype=wide[values.dtype.kind]))
    if values.dtype.kind not in "OU":
        raise Unusable(f"it answered with values of type {values.dtype}")
    try:
        array = pa.array(values.tolist(), from_pandas=True)
    except pa.ArrowException as error:
        raise Unusable(f"its answers mix types: {error}") from error
    if array.null_count:
        raise Unusable(f"it gave no answer for {array.null_count} of {len(array)} rows")
    if array.type == pa.string():
        return array.cast(pa.large_string())
    if array.type not in (pa.bool_(), pa.int64(), pa.float64()):
        raise Unusable(f"it answered with values of type {array.type}")
    return array


def account_for(error: BaseException) -> dict[str, Any]:
    """An exception as data."""
    try:
        message = str(error)[:LONGEST_MESSAGE]
    except BaseException:  # noqa: BLE001  # the exception is the model's own
        message = "(its message cannot be read)"
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename != __file__]
    here = f"{Path.cwd()}{os.sep}"
    near = [frame for frame in own if frame.filename.startswith(here)] or own
    where = (
        f"{near[-1].filename.removeprefix(here)}:{near[-1].lineno} in {near[-1].name}"
        if near
        else ""
    )
    return {
        "type": name_of(type(error)),
        "message": message,
        "where": where,
        "unusable": isinstance(error, Unusable),
        "memory": isinstance(error, MemoryError),
        "errno": error.errno if isinstance(error, OSError) else None,
        "module": error.name if isinstance(error, ModuleNotFoundError) else None,
    }


def name_of(kind: type) -> str:
    """A class's name, with its module unless that is Python's own."""
    module = kind.__module__
    return kind.__qualname__ if module == "builtins" else f"{module}.{kind.__qualname__}"


def receive(requests: io.FileIO) -> tuple[dict[str, Any], bytearray] | None:
    """The next request; None when there will be no more."""
    prefix = read(requests, PREFIX.size)
    if prefix is None:
        return None
    lengths = PREFIX.unpack(prefix)
    header, body = (read(requests, length) for length in lengths)
    if header is None or body is None:
        return None
    return json.loads(header), body


def read(stream: io.FileIO, size: int) -> bytearray | None:
    """As many bytes as are asked for; None where the stream ends before."""
    content = bytearray(size)
    missing = memoryview(content)
    while missing:
        count = stream.readinto(missing)
        if not count:
            return None
        missing = missing[count:]
    return content


def send(answers: io.FileIO, header: dict[str, Any], parts: list[Any]) -> None:
    """Write a frame."""
    text = json.dumps(header).encode()
    for part in (PREFIX.pack(len(text), sum(len(part) for part in parts)), text, *parts):
        missing = memoryview(part)
        while missing:
            missing = missing[answers.write(missing) :]


def close_memory() -> None:
    """Close this process's memory to others of its user, such as the model that it is to beat.

    Landlock does that, too, where the kernel has it.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


if __name__ == "__main__":
    close_memory()
    ends = [int(argument) for argument in sys.argv[1:3]]
    for end in ends:
        os.set_inheritable(end, False)  # noqa: FBT003
    serve(io.FileIO(ends[0], "rb"), io.FileIO(ends[1], "wb"))
