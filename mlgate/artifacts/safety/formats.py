"""Formats that hold no code, recognised by their content and never by a name."""

import io
import json
import re
from collections.abc import Iterator
from typing import Any

from mlgate.artifacts.safety import names, recorded
from mlgate.artifacts.safety.imports import Policy
from mlgate.artifacts.safety.interface import Notes, Unreadable
from mlgate.artifacts.safety.machine import Machine
from mlgate.artifacts.safety.opcodes import is_opcode
from mlgate.artifacts.safety.window import AHEAD, Window

MAX_JSON = 64 << 20
"""Bytes of a schema that are parsed."""

_NO_OPCODES = b"\xff" * 16
"""Put after a text, so that a machine which runs over its end stops there."""

_MODULE = re.compile(r"[^\s:;,=<>#|\"'(){}\[\]]+")
"""A name that a file of a module may have; prose and tables soon have another character."""


def without_code(head: bytes, *, whole: bool) -> str | None:
    """The format of a file that holds no code; None for any other.

    A file is only one of these if Python's unpickler, given the same bytes, would fail before it
    imports anything.

    Args:
        head: The first bytes, `window.AHEAD` of them or all.
        whole: Whether that is the whole file.
    """
    name = _named(head) or _text(head, whole=whole)
    return name if name and not might_be_pickle(head) else None


def _named(head: bytes) -> str | None:
    start = head[:256]
    if re.match(rb'\s*\{\s*"(learner|version)"\s*:', start) and b'"learner"' in head:
        return "XGBoost JSON"
    if start.startswith(b"{L") and (b"learner" in start or b"version" in start):
        return "XGBoost UBJSON"
    if start.startswith(b"tree\nversion=v"):
        return "LightGBM text"
    if start.startswith(b"CBM1"):
        return "CatBoost"
    if start.startswith(b"PAR1"):
        return "Parquet"
    if start.startswith(b"ARROW1\0\0"):
        return "Arrow"
    if re.match(rb"[\s\S]{3}[\s\S]\0\0\0\0\{\s*\"", start):
        return "safetensors"
    return "ONNX" if _is_onnx(head) else None


def _is_onnx(head: bytes) -> bool:
    """Whether it starts as ONNX's ModelProto does: a small version, then known fields."""
    if head[:1] != b"\x08" or not 1 <= head[1:2].ljust(1, b"\0")[0] <= 20:
        return False
    at, fields = 2, 0
    while at < len(head) and fields < 4:
        tag = head[at]
        if tag >> 3 not in (2, 3, 4, 5, 6, 7, 8, 14, 20, 25) or tag & 7 not in (0, 2):
            return False
        value, at = _varint(head, at + 1)
        at += value if tag & 7 == 2 else 0
        fields += 1
    return fields > 0


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < 64:
        value |= (data[at] & 0x7F) << shift
        at += 1
        if data[at - 1] < 0x80:
            break
        shift += 7
    return value, at


def _text(head: bytes, *, whole: bool) -> str | None:
    """`JSON` or `text`, where all bytes are those of a text."""
    if re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", head) or not head:
        return None
    try:
        (head if whole else head[:-4]).decode("utf-8")
    except UnicodeDecodeError as error:
        if whole or error.start < len(head) - 8:
            return None
    return "JSON" if head.lstrip()[:1] in (b"{", b"[") else "text"


def might_be_pickle(head: bytes) -> bool:
    """Whether Python's unpickler might import something from these first bytes."""
    if not is_opcode(head[0]):
        return False
    notes = Notes(bytes_left=2 * AHEAD, opcodes_left=2 * AHEAD)
    window = Window(io.BytesIO(head + _NO_OPCODES), notes)
    machine = Machine(window, notes, Policy(), place="", joblib=True)
    try:
        machine.run()
    except Unreadable:
        ran_out = len(head) >= AHEAD and max(machine.at, window.position) >= len(head)
        return ran_out or any(map(_MODULE.fullmatch, notes.imports))
    return True


def look_at_skops(content: bytes, place: str, notes: Notes, policy: Policy) -> None:
    """Note what the schema of a skops file would import.

    Raises:
        Unreadable: It is no JSON.
    """
    tree = parse_json(content)
    recorded.in_skops(tree, notes)
    for node in _nodes(tree):
        recorded.in_skops_state(node, notes)
        module, name = node.get("__module__"), node.get("__class__")
        if isinstance(module, str) and isinstance(name, str):
            _note_import(module, name, str(node.get("__loader__")), place, notes, policy)
        inner = node.get("content")
        if isinstance(inner, dict):
            module, name = inner.get("module_path"), inner.get("function")
            if isinstance(module, str) and isinstance(name, str):
                _note_import(module, name, "function", place, notes, policy)
        if node.get("__loader__") == "MethodNode":
            notes.note(place, "MethodNode", "", "it reaches a method by a name that comes as text")


def _note_import(
    module: str, name: str, loader: str, place: str, notes: Notes, policy: Policy
) -> None:
    notes.imports.add(f"{module}.{name}")
    if module == "builtins" and name in ("NoneType", "type", "function", "method"):
        return
    why = policy.why_not(module, name)
    if names.DISTRIBUTIONS.fullmatch(module):
        why = "its state holds text that scipy runs as code"
    if why:
        allow = policy.would_allow(module, name)
        notes.note(place, f"skops {loader[:40]}", f"{module}.{name}", why, allow=allow)


def look_at_keras(content: bytes, place: str, notes: Notes) -> None:
    """Note layers of a Keras configuration that run code.

    Raises:
        Unreadable: It is no JSON.
    """
    for node in _nodes(parse_json(content)):
        kind = node.get("class_name")
        if kind in ("Lambda", "__lambda__", "TFOpLambda"):
            notes.note(place, "Keras layer", str(kind), "it holds Python code")
        module = node.get("module")
        if isinstance(module, str) and not re.match(r"(keras|builtins)(\.|$)", module):
            notes.note(place, "Keras layer", f"{module}.{kind}", "it is not Keras's own")
        if node.get("registered_name") and module is None:
            notes.note(place, "Keras layer", str(kind), "it is not Keras's own")


def parse_json(content: bytes) -> Any:
    """A JSON document.

    Raises:
        Unreadable: It is none.
    """
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Unreadable("its JSON is damaged") from error


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
