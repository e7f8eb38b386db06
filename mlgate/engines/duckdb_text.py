"""CSV files and JSON lines, parsed once into DuckDB with the types that pandas infers.

Arrow parses; what it takes for a number, pandas does, too. The rest of this module is about proof:
that no column would be of another type to pandas. Where there is none, pandas reads the file.
"""

import mmap
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from mlgate.engines.duckdb_types import with_nulls

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

NULLS: Final = (
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
)  # fmt: skip
"""Fields of a CSV file that are null to pandas, in quotes or not."""
BLOCK: Final = 1 << 20
"""Bytes that are parsed at a time."""
MAX_ATTEMPTS: Final = 8
"""Times that a file is read from its start because a column turned out to be wider."""
_SAMPLES: Final = 8
_SAMPLE: Final = 1 << 16
"""Bytes of each of the places in a file that types are guessed from."""
_WIDER: Final = {"int64": "double", "double": "string", "bool": "string"}
_CONVERSION: Final = re.compile(r"In CSV column #([0-9]+): CSV conversion error to ([a-z0-9]+)")
_MAYBE_NUMBER: Final = (
    r"\s*[+-]?\s*([0-9_]*\.?[0-9_]*([eE][+-]?[0-9_]*)?|inf|infinity|nan)\s*|true|false"
)
"""Texts that might be a number or a flag to pandas, generously and in any case."""
_DTYPES: Final = {"int64": "int64", "double": "float64", "bool": "bool", "string": "str"}


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """A file that is now the table `given`, with columns `c0`, `c1`, … and the row `r`."""

    names: tuple[str, ...]
    dtypes: tuple[str, ...]
    """pandas' types."""


def parse_csv(
    connection: "duckdb.DuckDBPyConnection", path: Path, block: int = BLOCK
) -> Parsed | None:
    """Parse a CSV file.

    Returns:
        None where pandas might read the file otherwise, or not at all.
    """
    import pyarrow as pa
    from pyarrow import csv

    if _unusual_bytes(path):
        return None

    def reader(kinds: Mapping[str, str], source: Any) -> "csv.CSVStreamingReader":
        types = {name: pa.type_for_alias(kind) for name, kind in kinds.items()}
        return csv.open_csv(
            source,
            read_options=csv.ReadOptions(block_size=block),
            parse_options=csv.ParseOptions(newlines_in_values=True),
            convert_options=_conversion(types),
        )

    try:
        names = reader({}, path).schema.names
        if len(names) < 2 or not distinct(names):
            return None
        kinds = _guess(path, names)
        for _ in range(MAX_ATTEMPTS):
            try:
                with path.open("rb") as file:
                    source = pa.PythonFile(_WithLastRow(file, len(names)), mode="r")
                    lines = reader(dict(zip(names, kinds, strict=True)), source)
                    load(connection, lines.schema, _without_last_row(lines))
                break
            except pa.ArrowInvalid as error:
                if not (found := _CONVERSION.search(str(error))) or found[2] not in _WIDER:
                    return None
                kinds[int(found[1])] = _WIDER[found[2]]
        else:
            return None
    except pa.ArrowException:
        return None
    except UnicodeDecodeError:  # in the header
        return None
    dtypes = proven(connection, kinds) if _real_floats(connection, path, kinds) else None
    return Parsed(names=tuple(names), dtypes=tuple(dtypes)) if dtypes else None


class _WithLastRow:
    """A file with a row of nulls behind it; where the file ends within quotes, it is no row."""

    def __init__(self, file: BinaryIO, columns: int) -> None:
        self._file: BinaryIO = file
        self._rest = b"\n" + b"," * (columns - 1) + b"\n"
        self.closed = False

    def read(self, size: int) -> bytes:
        """The next bytes."""
        found = self._file.read(size)
        if not found:
            found, self._rest = self._rest, b""
        return found

    def close(self) -> None:
        """Nothing: whoever opened the file closes it."""


def _without_last_row(batches: Iterable["pa.RecordBatch"]) -> Iterator["pa.RecordBatch"]:
    """All rows but the last one, which must be that of nulls.

    Raises:
        pyarrow.ArrowInvalid: It is not: the file ends within quotes.
    """
    import pyarrow as pa

    held = None
    for batch in batches:
        if batch.num_rows:
            if held is not None:
                yield held
            held = batch
    if held is None or any(column[-1].as_py() is not None for column in held.columns):
        raise pa.ArrowInvalid("the file ends within quotes")
    yield held.slice(0, held.num_rows - 1)


def _unusual_bytes(path: Path) -> bool:
    """Whether a file has bytes that parsers differ on.

    Those are a byte order mark, NUL, blank lines before the header, a carriage return that is no
    part of a line's end, and hexadecimal numbers, which Arrow reads and pandas does not.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        if text[:3] == b"\xef\xbb\xbf" or text[:1] in b"\r\n \t":
            return True
        if any(text.find(mark) >= 0 for mark in (b"\0", b"\t", b"\v", b"\f", b"0x", b"0X")):
            return True
        return text.find(b"\r") >= 0 and re.search(rb"\r(?!\n)", text) is not None


def distinct(names: Sequence[str]) -> bool:
    """Whether all columns have a name of their own, which pandas leaves as it is."""
    return all(names) and len({name.lower() for name in names}) == len(names)


def _conversion(types: Mapping[str, "pa.DataType"]) -> Any:
    from pyarrow import csv

    return csv.ConvertOptions(
        column_types=types,
        null_values=list(NULLS),
        true_values=["True", "TRUE", "true"],
        false_values=["False", "FALSE", "false"],
        strings_can_be_null=True,
        quoted_strings_can_be_null=True,
    )


def _guess(path: Path, names: Sequence[str]) -> list[str]:
    """Types of the columns by some lines from all over a file; they may turn out to be wider."""
    import pyarrow as pa
    from pyarrow import csv

    seen: list[set[str]] = [set() for _ in names]
    for lines in samples(path, skip_first=True):
        try:
            table = csv.read_csv(
                pa.BufferReader(lines),
                read_options=csv.ReadOptions(column_names=list(names), use_threads=False),
                convert_options=_conversion({}),
            )
        except (pa.ArrowException, UnicodeDecodeError):
            continue  # it began within quotes
        for kinds, kind in zip(seen, table.schema.types, strict=True):
            kinds.add(str(kind))
    return [widest(kinds) for kinds in seen]


def widest(kinds: set[str]) -> str:
    """The narrowest type that holds values of some types; of a column of nulls, double."""
    kinds = kinds - {"null"}
    if kinds <= {"int64", "double"}:
        return "int64" if kinds == {"int64"} else "double"
    return "bool" if kinds == {"bool"} else "string"


def samples(path: Path, *, skip_first: bool) -> Iterator[bytes]:
    """Whole lines from some places of a file.

    Args:
        path: The file.
        skip_first: Whether its first line is a header.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        for place in range(0, size, max(size // _SAMPLES, _SAMPLE)):
            file.seek(place)
            if place or skip_first:
                file.readline()
            lines = file.read(_SAMPLE)
            if lines:
                yield lines + file.readline()


def load(
    connection: "duckdb.DuckDBPyConnection",
    types: "pa.Schema",
    batches: Iterable["pa.RecordBatch"],
    *,
    validate: bool = False,
) -> None:
    """Make the table `given` of batches.

    Args:
        connection: Where it is made.
        types: The batches' schema.
        batches: The rows.
        validate: Whether texts might be no UTF-8.

    Raises:
        pyarrow.ArrowException: What the batches raise.
    """
    import duckdb
    import numpy as np
    import pyarrow as pa

    columns = [pa.field(f"c{i}", kind) for i, kind in enumerate(types.types)]
    schema = pa.schema([*columns, ("r", pa.int64())])
    raised: list[pa.ArrowException] = []

    def numbered() -> Iterator["pa.RecordBatch"]:
        start = 0
        try:
            for batch in batches:
                if validate:
                    batch.validate(full=True)
                end = start + batch.num_rows
                numbers = pa.py_buffer(np.arange(start, end, dtype=np.int64))
                # `pa.array` would import pandas.
                rows = pa.Array.from_buffers(pa.int64(), end - start, [None, numbers])
                yield pa.RecordBatch.from_arrays([*batch.columns, rows], schema=schema)
                start = end
        except pa.ArrowException as error:
            raised.append(error)
            raise

    connection.register("parsed", pa.RecordBatchReader.from_batches(schema, numbered()))
    try:
        connection.execute("CREATE OR REPLACE TEMP TABLE given AS FROM parsed")
    except (duckdb.Error, pa.ArrowException):
        if raised:
            raise raised[0] from None
        raise
    finally:
        connection.unregister("parsed")


def _real_floats(connection: "duckdb.DuckDBPyConnection", path: Path, kinds: Sequence[str]) -> bool:
    """Whether what is a float to Arrow is no integer to pandas, which alone takes `+1` for one."""
    floats = [f"c{i}" for i, kind in enumerate(kinds) if kind == "double"]
    if not floats:
        return True
    tests = (f"count({c}) < count(*) OR NOT bool_and({c} = floor({c}))" for c in floats)
    query = f"SELECT {', '.join(tests)} FROM given"  # noqa: S608  # names of our own
    if all(connection.execute(query).fetchall()[0]):
        return True
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        return text.find(b"+") < 0


def proven(connection: "duckdb.DuckDBPyConnection", kinds: Sequence[str]) -> list[str] | None:
    """The types that pandas gives the columns of `given`, if that is certain.

    A number beyond 64 bits makes text of a column of integers. Infinities and spellings of NaN are
    rare enough to leave them to pandas.
    """
    figures = ["count(*)", *(f"count(c{i})" for i in range(len(kinds)))]
    numbers = [i for i, kind in enumerate(kinds) if kind == "double"]
    figures += [f"coalesce(bool_and(abs(c{i}) < 9223372036854775808.0), TRUE)" for i in numbers]
    query = f"SELECT {', '.join(figures)} FROM given"  # noqa: S608  # names of our own
    seen = connection.execute(query).fetchall()[0]
    rows, present, sound = seen[0], seen[1 : 1 + len(kinds)], seen[1 + len(kinds) :]
    if not rows or not all(sound):
        return None
    texts = [i for i, kind in enumerate(kinds) if kind == "string"]
    if not all(_surely_text(connection, i) for i in texts):
        return None
    return [
        with_nulls(_DTYPES[kind], rows - present[i]) if kind in {"int64", "bool"} else _DTYPES[kind]
        for i, kind in enumerate(kinds)
    ]


def _surely_text(connection: "duckdb.DuckDBPyConnection", column: int) -> bool:
    """Whether a column has a value that is neither number nor flag; mostly the first one is."""
    name = f"c{column}"
    query = (
        f"SELECT 1 FROM given WHERE {name} IS NOT NULL AND strlen({name}) = length({name}) "  # noqa: S608
        f"AND NOT regexp_full_match({name}, $1, 'i') LIMIT 1"
    )
    return bool(connection.execute(query, [_MAYBE_NUMBER]).fetchall())
