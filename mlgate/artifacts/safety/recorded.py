"""Versions of libraries that stand in a file of a model, read without loading it."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlgate.artifacts.safety.calls import Import
from mlgate.artifacts.safety.interface import Notes, Rule, Unreadable

if TYPE_CHECKING:
    from mlgate.artifacts.safety.window import Window

SKLEARN_KEY = "_sklearn_version"
"""What scikit-learn puts into the state of each of its estimators."""
TAIL = 96
"""Bytes at the end of an XGBoost model: what stands in them is its version."""
MAX_TEXT = 1 << 20
"""Bytes of a text file of an MLflow folder that are looked at."""
MAX_FIELDS = 10_000
"""Fields of an ONNX file that are looked at; a sound one has a dozen."""

_LIGHTGBM = re.compile(rb"tree\nversion=v(\d+)\n")
_LIGHTGBM_SINCE = {b"2": "2", b"3": "2.3", b"4": "4"}
"""The oldest LightGBM that knows a version of its text format: 3 came with its pull request 2269,
4 with its release 4.0. Newer ones are to read older formats, too."""

_ONNX_OPSETS = (
    (28, "1.32"), (26, "1.25"), (25, "1.24"), (23, "1.23"), (22, "1.21"), (21, "1.18"),
    (20, "1.17"), (19, "1.15"), (18, "1.14"), (17, "1.12"), (16, "1.11"), (15, "1.9"),
)  # fmt: skip
"""The newest operator set of ONNX that a version of onnxruntime supports, as far as it differs from
the one before. Releases from 1.15 on tell it when they refuse a newer one; before: its docs."""
_ONNX_IRS = ((14, "1.32"), (13, "1.24"), (11, "1.23"), (10, "1.18"), (9, "1.15"), (8, "1.9"))
"""The same for the version of ONNX's file format."""

_XGBOOST_JSON = re.compile(rb'"version"\s*:\s*\[\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*\]')
_XGBOOST_UBJ = b"version[#L\0\0\0\0\0\0\0\3"
_UBJ_WIDTHS = {b"i": 1, b"U": 1, b"I": 2, b"l": 4, b"L": 8}

_MLFLOW = re.compile(r"\s*(\w+):\s*['\"]?([\w.+!-]+)['\"]?\s*")
_MLFLOW_KEYS: dict[str, tuple[str, Rule]] = {
    "python_version": ("python", "same"),
    "sklearn_version": ("scikit-learn", "same"),
    "xgb_version": ("xgboost", "not older"),
    "lgb_version": ("lightgbm", "not older"),
    "catboost_version": ("catboost", "not older"),
    "mlflow_version": ("mlflow", "not older"),
}
_PIN = re.compile(r"(scikit-learn|xgboost|lightgbm|catboost)==([\w.+!-]+)")
_PIN_RULES: dict[str, Rule] = {"scikit-learn": "same"}


def in_state(state: object, notes: Notes) -> None:
    """Note what stands in the state of an unpickled object."""
    if type(state) is dict and SKLEARN_KEY in state:
        notes.record("scikit-learn", state[SKLEARN_KEY], "same")


def in_import(module: str, notes: Notes) -> None:
    """Note what the name of a module tells: numpy 2 moved its core, and 1.26 knows both names."""
    if module.startswith("numpy._core."):
        notes.record("numpy", "1.26", "at least")


def in_call(of: Import, args: object, notes: Notes) -> None:
    """Note what a call tells: numpy 2 names a class of random numbers by itself, not by a text."""
    if of.full == "numpy.random._pickle.__bit_generator_ctor" and (
        isinstance(args, tuple) and args and isinstance(args[0], Import)
    ):
        notes.record("numpy", "2", "at least")


def in_payload(window: "Window", size: int, notes: Notes) -> None:
    """Move over bytes or a text in a pickle; boosters are pickled as their own format.

    Raises:
        Unreadable: There are fewer.
    """
    if size > TAIL:
        head = window.peek(64)
        if head.startswith((b"{L", b'{"', b"CONFIG-offset:")):
            window.skip(size - TAIL)
            # XGBoost promises to read older files, and not older pickles. Newer ones are read by
            # older versions, too, which then may predict something else: 2.1 does, of files of 3.2.
            _xgboost(window.take(TAIL), notes, "same")
            return
        _lightgbm(head, notes)
    window.skip(size)


def in_plain(kind: str, window: "Window", notes: Notes) -> None:
    """Note what stands in a file without code.

    Args:
        kind: Its format.
        window: Stands at its start.
        notes: Gets what is found.
    """
    try:
        if kind == "LightGBM text":
            _lightgbm(window.peek(64), notes)
        elif kind == "ONNX":
            _onnx(window, notes)
        elif kind.startswith("XGBoost"):
            ends = window.peek(TAIL)
            while part := window.take(len(window.peek(1 << 20))):
                ends = ends[:TAIL] + (ends[TAIL:] + part)[-TAIL:]
            _xgboost(ends, notes, "not older")
    except Unreadable:
        return  # it holds no code, and what loads it will tell


def in_skops(tree: Any, notes: Notes) -> None:
    """Note what stands in the schema of a skops file."""
    if isinstance(tree, dict):
        notes.record("skops", tree.get("_skops_version"), "not older")


def in_skops_state(node: dict[str, Any], notes: Notes) -> None:
    """Note what stands in the state of an object of a skops file."""
    value = node.get(SKLEARN_KEY)
    if isinstance(value, dict) and isinstance(value.get("content"), str):
        notes.record("scikit-learn", value["content"].strip('"'), "same")


def in_folder(file: Path, notes: Notes) -> None:
    """Note what MLflow wrote into the files around a model."""
    if file.name not in {"MLmodel", "python_env.yaml", "requirements.txt"}:
        return
    with file.open("rb") as stream:
        lines = stream.read(MAX_TEXT).decode("utf-8", "replace").splitlines()
    for line in lines:
        if file.name == "requirements.txt":
            if found := _PIN.fullmatch(line.strip()):
                notes.record(found[1], found[2], _PIN_RULES.get(found[1], "not older"))
        elif found := _MLFLOW.fullmatch(line):
            if file.name == "python_env.yaml" and found[1] == "python":
                notes.record("python", found[2], "same")
            elif file.name == "MLmodel" and found[1] in _MLFLOW_KEYS:
                library, rule = _MLFLOW_KEYS[found[1]]
                notes.record(library, found[2], rule)


def _lightgbm(head: bytes, notes: Notes) -> None:
    found = _LIGHTGBM.match(head)
    if found and found[1] in _LIGHTGBM_SINCE:
        notes.record("lightgbm", _LIGHTGBM_SINCE[found[1]], "not older")


def _xgboost(text: bytes, notes: Notes, rule: Rule) -> None:
    """Note the version of an XGBoost model: a list of three numbers, as JSON or UBJSON."""
    numbers: list[int] = []
    if found := _XGBOOST_JSON.search(text):
        numbers = [int(part) for part in found.groups()]
    elif (at := text.rfind(_XGBOOST_UBJ)) >= 0:
        at += len(_XGBOOST_UBJ)
        for _ in range(3):
            width = _UBJ_WIDTHS.get(text[at : at + 1], 0)
            numbers.append(int.from_bytes(text[at + 1 : at + 1 + width], "big"))
            at += 1 + width
    if numbers and max(numbers) < 10_000:
        notes.record("xgboost", ".".join(map(str, numbers)), rule)


def _onnx(window: "Window", notes: Notes) -> None:
    """Note what a ModelProto says of itself, around its graph (onnx.proto, message ModelProto)."""
    texts: dict[int, str] = {}
    for _ in range(MAX_FIELDS):
        if window.at_end():
            break
        tag = _varint(window)
        field, wire = tag >> 3, tag & 7
        if wire not in (0, 2):
            break
        value = _varint(window)
        if wire == 0:
            if field == 1:
                _needs_onnxruntime(value, _ONNX_IRS, notes)
        elif field in (2, 3, 8) and value <= 200:
            content = window.take(value)
            if field == 8:
                _opset(content, notes)
            else:
                texts[field] = content.decode("utf-8", "replace")
        else:
            window.skip(value)
    notes.record(texts.get(2, ""), texts.get(3), "shown")


def _opset(content: bytes, notes: Notes) -> None:
    """An OperatorSetIdProto: field 1 is its domain, none for ONNX's own; field 2 its version."""
    own = content[:1] == b"\x10" or content[:2] == b"\x0a\0"
    content = content[2:] if content[:2] == b"\x0a\0" else content
    if own and len(content) == 2 and content[0] == 0x10 and content[1] < 0x80:
        _needs_onnxruntime(content[1], _ONNX_OPSETS, notes)


def _needs_onnxruntime(value: int, since: tuple[tuple[int, str], ...], notes: Notes) -> None:
    """Note the oldest onnxruntime that knows a version; none that is known here is left out."""
    able = [version for newest, version in since if value <= newest]
    if able:
        notes.record("onnxruntime", able[-1], "at least")


def _varint(window: "Window") -> int:
    """A number of a protocol buffer, seven bits a byte.

    Raises:
        Unreadable: It does not end.
    """
    value = 0
    for shift in range(0, 70, 7):
        byte = window.take(1)[0]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value
    raise Unreadable("a number in it does not end")
