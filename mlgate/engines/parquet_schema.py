"""The plain types of a Parquet file's columns, from its footer and without importing Arrow (0.2 s).

pandas reads a file through Arrow, and Arrow goes by the schema that it wrote to the file itself
(`ARROW:schema`, a base64 of a flatbuffer: Arrow columnar format, Schema.fbs and Message.fbs) where
there is one. Whatever is not plain is left to Arrow.
"""

import base64
import binascii
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import duckdb

_OF_DUCKDB: Final = {
    "BIGINT": "int64",
    "INTEGER": "int32",
    "SMALLINT": "int16",
    "TINYINT": "int8",
    "DOUBLE": "double",
    "BOOLEAN": "bool",
    "VARCHAR": "string",
}
"""Arrow's types by DuckDB's, for files without Arrow's own schema."""
_INT, _FLOAT, _UTF8, _BOOL, _LARGE_UTF8 = 2, 3, 5, 6, 20
"""Numbers of types in Schema.fbs."""


@dataclass(frozen=True, kw_only=True)
class PlainSchema:
    """Columns of a file that are all of plain types."""

    types: Mapping[str, str]
    """Arrow's types by the columns' names: signed integers, double, string and bool."""
    pandas: Mapping[str, Any]
    """What pandas wrote about its types; empty where it did not write the file."""


def plain_schema(connection: "duckdb.DuckDBPyConnection", path: Path) -> PlainSchema | None:
    """The columns of a file; None where one of them is not plain, or the file is not readable.

    Args:
        connection: One that may read the file.
        path: The file.
    """
    import duckdb

    try:
        leaves = connection.execute(
            "SELECT name, logical_type, converted_type, num_children FROM parquet_schema($1)",
            [str(path)],
        ).fetchall()[1:]
        described = connection.execute(
            "DESCRIBE FROM read_parquet($1, hive_partitioning = false)", [str(path)]
        ).fetchall()
        kept: dict[bytes, bytes] = dict(
            connection.execute(
                "SELECT key, value FROM parquet_kv_metadata($1)", [str(path)]
            ).fetchall()
        )
        pandas = json.loads(kept.get(b"pandas", b"{}"))
    except (duckdb.Error, ValueError):
        return None
    names = [leaf[0] for leaf in leaves]
    if any(leaf[3] for leaf in leaves) or names != [row[0] for row in described]:
        return None
    stored = {row[0]: _OF_DUCKDB.get(row[1]) for row in described}
    for name, logical, converted, _ in leaves:
        if stored[name] == "string" and "String" not in (logical or "") and converted != "UTF8":
            return None
    if b"ARROW:schema" in kept:
        given = _arrow_types(kept[b"ARROW:schema"])
        if given is None or [name for name, _ in given] != names:
            return None
        stored = {name: kind if stored[name] == kind else None for name, kind in given}
    if len(stored) < len(names) or None in stored.values() or not isinstance(pandas, dict):
        return None
    return PlainSchema(types={n: k for n, k in stored.items() if k is not None}, pandas=pandas)


def plain_dtype(kind: str, given: str | None) -> str | None:
    """As `duckdb_types.dtype_of`, by the name of a plain type."""
    if kind == "string":
        return "str" if given in {None, "object", "str"} else None
    name = "float64" if kind == "double" else kind
    # Nulls make pandas write another type than it would read back.
    return name if given in {None, name, "float64", "object"} else None


def _arrow_types(encoded: bytes) -> Sequence[tuple[str, str | None]] | None:
    """Names and types of an Arrow schema; None where it cannot be read."""
    try:
        data = base64.b64decode(encoded, validate=True)
        start = 8 if data[:4] == b"\xff\xff\xff\xff" else 4
        message = _Flat(data, start + _number(data, start, "<I"))
        schema = message.table(2)
        if schema is None:
            return None
        return [(field.text(0), _type(field)) for field in schema.tables(1)]
    except (binascii.Error, struct.error, IndexError, UnicodeDecodeError):
        return None


def _type(field: "_Flat") -> str | None:
    """A field's type, if it is plain: no dictionary, no children, no extension type."""
    detail = field.table(3)
    if detail is None or field.table(4) or field.tables(5) or field.tables(6):
        return None
    number = field.scalar(2, "<B")
    if number == _INT and detail.scalar(1, "<B"):
        return f"int{detail.scalar(0, '<i')}"
    if number == _FLOAT and detail.scalar(0, "<h") == 2:
        return "double"
    return {_UTF8: "string", _LARGE_UTF8: "string", _BOOL: "bool"}.get(number)


@dataclass(frozen=True)
class _Flat:
    """A table of a flatbuffer."""

    data: bytes
    at: int
    """Where it begins."""

    def _slot(self, index: int) -> int:
        """Where a field of the table is; 0 where it has its default."""
        shape = self.at - _number(self.data, self.at, "<i")
        place = 4 + 2 * index
        if place >= _number(self.data, shape, "<H"):
            return 0
        offset = _number(self.data, shape + place, "<H")
        return self.at + offset if offset else 0

    def _target(self, index: int) -> int:
        slot = self._slot(index)
        return slot + _number(self.data, slot, "<I") if slot else 0

    def scalar(self, index: int, form: str) -> int:
        """A number; 0 by default."""
        slot = self._slot(index)
        return _number(self.data, slot, form) if slot else 0

    def text(self, index: int) -> str:
        """A text; empty by default."""
        target = self._target(index)
        if not target:
            return ""
        size = _number(self.data, target, "<I")
        return self.data[target + 4 : target + 4 + size].decode()

    def table(self, index: int) -> "_Flat | None":
        """A table inside; None where there is none."""
        target = self._target(index)
        return _Flat(self.data, target) if target else None

    def tables(self, index: int) -> "list[_Flat]":
        """A list of tables inside."""
        target = self._target(index)
        if not target:
            return []
        places = range(target + 4, target + 4 + 4 * _number(self.data, target, "<I"), 4)
        return [_Flat(self.data, place + _number(self.data, place, "<I")) for place in places]


def _number(data: bytes, at: int, form: str) -> int:
    found: int = struct.unpack_from(form, data, at)[0]
    return found
