"""JSON lines, parsed once into DuckDB with the types that pandas infers, where these are certain.

pandas' reader of JSON makes numbers of texts that look like some, integers of floats that are
whole, and dates of columns by their names. Where it might, pandas reads the file.
"""

import mmap
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mlgate.engines.duckdb_text import BLOCK, Parsed, distinct, load, proven, samples, widest

if TYPE_CHECKING:
    import duckdb

_LABEL: Final = re.compile(r"[a-z]{4,}")
_OF_DATES: Final = frozenset(
    {"january", "february", "march", "april", "june", "july", "august", "september", "sept",
     "october", "november", "december", "monday", "tues", "tuesday", "wednesday", "thurs",
     "thursday", "friday", "saturday", "sunday", "hour", "hours", "minute", "minutes", "second",
     "seconds", "today"}
)  # fmt: skip
"""Words of four letters or more that may stand in a date."""


def parse_jsonl(
    connection: "duckdb.DuckDBPyConnection", path: Path, block: int = BLOCK
) -> Parsed | None:
    """Parse a file of JSON lines.

    Returns:
        None where pandas might read the file otherwise, or not at all.
    """
    import pyarrow as pa
    from pyarrow import json

    try:
        guess = _guess(path)
        if guess is None:
            return None
        names, kinds = guess

        def read(kinds: Sequence[str]) -> Any:
            types = map(pa.type_for_alias, kinds)
            return json.open_json(
                path,
                read_options=json.ReadOptions(block_size=block),
                parse_options=json.ParseOptions(
                    explicit_schema=pa.schema(list(zip(names, types, strict=True))),
                    unexpected_field_behavior="error",
                ),
            )

        try:
            lines = read(kinds)
            load(connection, lines.schema, lines, validate="string" in kinds)
        except pa.ArrowInvalid as error:
            if "int64" not in str(error):
                return None
            kinds = ["double" if kind == "int64" else kind for kind in kinds]
            lines = read(kinds)
            load(connection, lines.schema, lines, validate="string" in kinds)
    except (pa.ArrowException, UnicodeDecodeError):
        return None
    dtypes = proven(connection, kinds)
    if dtypes is None or "object" in dtypes or not _settled(connection, path, kinds):
        return None
    return Parsed(names=tuple(names), dtypes=tuple(dtypes))


def _guess(path: Path) -> tuple[list[str], list[str]] | None:
    """Names and types of the columns by some lines from all over a file."""
    import pyarrow as pa
    from pyarrow import json

    seen: dict[str, set[str]] = {}
    for place, lines in enumerate(samples(path, skip_first=False)):
        table = json.read_json(pa.BufferReader(lines))
        for field in table.schema:
            if place and field.name not in seen:
                return None  # pandas has the columns in the order of their first values
            seen.setdefault(field.name, set()).add(str(field.type))
    names = list(seen)
    plain = {"null", "int64", "double", "bool", "string", "timestamp[s]"}
    if not names or not distinct(names) or not all(kinds <= plain for kinds in seen.values()):
        return None
    if any(map(_may_be_date, names)) or not any(map(_is_word, names)):
        return None
    return names, [widest(kinds) for kinds in seen.values()]


def _may_be_date(name: str) -> bool:
    """Whether pandas tries to read a column as dates because of its name."""
    folded = name.lower()
    return (
        folded.endswith(("_at", "_time"))
        or folded.startswith("timestamp")
        or folded in {"modified", "date", "datetime"}
    )


def _is_word(name: str) -> bool:
    """Whether a name is certainly neither number nor date: one such name, and no label is one."""
    return any(word not in _OF_DATES for word in _LABEL.findall(name))


def _settled(connection: "duckdb.DuckDBPyConnection", path: Path, kinds: Sequence[str]) -> bool:
    """Whether floats remain floats, and each line is one object.

    Floats become integers where all of them are whole and none is null; pandas' exact parser of
    floats refuses subnormal ones.
    """
    tests = []
    for name in (f"c{i}" for i, kind in enumerate(kinds) if kind == "double"):
        tests.append(f"count({name}) < count(*) OR NOT bool_and({name} = floor({name}))")
        small = f"{name} <> 0 AND abs({name}) < 2.2250738585072014e-308"
        tests.append(
            f"count(CASE WHEN abs({name}) >= 9007199254740992.0 OR {small} THEN 1 END) = 0"
        )
    query = f"SELECT {', '.join(['count(*)', *tests])} FROM given"  # noqa: S608  # names of our own
    rows, *seen = connection.execute(query).fetchall()[0]
    return all(seen) and rows == _lines(path)


def _lines(path: Path) -> int:
    """Lines of a file; -1 where some are escapes of NUL, which DuckDB's texts end at."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        if text.find(b"\\u0000") >= 0:
            return -1
        whole = text[-1:] == b"\n"
        file.seek(0)
        lines = sum(part.count(b"\n") for part in iter(lambda: file.read(BLOCK), b""))
        return lines if whole else lines + 1
