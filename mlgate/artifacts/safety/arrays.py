"""How many bytes an array has, from what a pickle says of its type and shape.

joblib writes an array's bytes into the middle of a pickle. Who counts them otherwise than joblib
reads another pickle than joblib does: so nothing is guessed here, and what is unusual is not
readable.
"""

import ast
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from mlgate.artifacts.safety.calls import Import, Made
from mlgate.artifacts.safety.interface import Unreadable

MAX_HEADER = 1 << 16
"""Bytes of a .npy header that are looked at."""

_CODE = re.compile(r"[<>|=]?([biufcSUVmMO?])(\d*)(\[[\w/ ]+\])?", re.ASCII)
_KEYS = {"subclass", "shape", "order", "dtype", "allow_mmap", "numpy_array_alignment_bytes"}
_HAS_OBJECTS = 0x01
"""numpy's flag of types that hold references."""


def stored_bytes(state: Any) -> tuple[int | None, bool]:
    """What follows a place-holder of joblib's.

    Args:
        state: Its attributes, as values of the machine.

    Returns:
        Bytes of the array, or None where a pickle of it follows; and whether a byte with a length
        and so many bytes of padding stand before them.

    Raises:
        Unreadable: They are not those that joblib writes.
    """
    if not isinstance(state, dict) or not {"shape", "dtype"} <= state.keys() <= _KEYS:
        raise Unreadable("a place-holder of joblib's has unknown attributes")
    size, objects = _of_type(state["dtype"])
    if objects:
        return None, False
    shape = state["shape"]
    if not isinstance(shape, tuple):
        raise Unreadable("an array has no shape")
    for length in shape:
        if type(length) is not int or not 0 <= length < 1 << 48:
            raise Unreadable("an array has no shape")
        size *= length
    alignment = state.get("numpy_array_alignment_bytes")
    if alignment not in (None, 8, 16, 32, 64):
        raise Unreadable("an array has an unknown alignment")
    return size, alignment is not None


def _of_type(dtype: Any) -> tuple[int, bool]:
    """Bytes of an item, and whether it holds Python objects."""
    if not isinstance(dtype, Made) or not isinstance(dtype.of, Import):
        raise Unreadable("an array has a type that is computed")
    if dtype.of.full != "numpy.dtype":
        raise Unreadable(f"an array has the type {dtype.of.full}")
    args, state = dtype.args, dtype.state
    if not isinstance(args, tuple) or not args or not isinstance(args[0], str):
        raise Unreadable("an array has a type that is computed")
    size, code = _of_code(args[0])
    if state is None:
        if code in "V":
            raise Unreadable("an array of records has no fields")
        return size, code == "O"
    if not isinstance(state, tuple) or len(state) not in (8, 9):
        raise Unreadable("an array has a type with an unknown state")
    _, _, subarray, _, fields, given, _, flags = state[:8]
    if subarray is not None or not isinstance(flags, int) or not isinstance(given, int):
        raise Unreadable("an array has a type with an unknown state")
    if code in "SUV" and given != size:
        raise Unreadable("an array has a type of two sizes")
    inside = _holds_objects(fields)
    if inside != bool(flags & _HAS_OBJECTS) and code == "V":
        raise Unreadable("an array has a type that hides its objects")
    return size, code == "O" or inside


def _holds_objects(fields: Any) -> bool:
    if fields is None:
        return False
    if not isinstance(fields, Mapping):
        raise Unreadable("an array of records has fields that are computed")
    found = False
    for field in fields.values():
        if not isinstance(field, tuple) or len(field) not in (2, 3):
            raise Unreadable("an array of records has unknown fields")
        inner = field[0]
        if isinstance(inner, Made) and isinstance(inner.state, tuple) and len(inner.state) >= 8:
            base = inner.state[2]
            if isinstance(base, tuple) and base:  # an array within a record
                inner = base[0]
        found |= _of_type(inner)[1]
    return found


@lru_cache(maxsize=256)
def _of_code(text: str) -> tuple[int, str]:
    """Bytes of an item and the letter of its type, of a text such as `f8`."""
    match = _CODE.fullmatch(text)
    if match is None:
        raise Unreadable(f"an array has the unknown type {text[:20]!r}")
    code, digits = match[1], match[2]
    if code == "O":
        return 8, code
    if code == "?":
        return 1, code
    size = int(digits[:9] or "0")
    if not size and code not in "SUV":
        raise Unreadable(f"an array has the unknown type {text[:20]!r}")
    return size * (4 if code == "U" else 1), code


def header_holds_objects(header: bytes) -> bool:
    """Whether the array of a .npy file is a pickle.

    Raises:
        Unreadable: The header is not one that numpy writes.
    """
    try:
        described = ast.literal_eval(header.decode("latin-1").strip())
        if set(described) != {"descr", "fortran_order", "shape"}:
            raise Unreadable("the header of the array has unknown keys")
        return _text_holds_objects(described["descr"])
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise Unreadable("the header of the array is damaged") from error


def _text_holds_objects(descr: Any) -> bool:
    if isinstance(descr, str):
        return _of_code(descr)[1] == "O"
    if isinstance(descr, list | tuple):
        fields = [field[1] for field in descr if isinstance(field, tuple) and len(field) > 1]
        if len(fields) == len(descr) and fields:
            return any(list(map(_text_holds_objects, fields)))  # each is looked at
    raise Unreadable("the header of the array has an unknown type")
