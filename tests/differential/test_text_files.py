"""CSV files and JSON lines are, parsed in DuckDB, what pandas makes of them; or are left to it."""

import json
import os
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlgate.artifacts import formats
from mlgate.engines.duckdb_json import parse_jsonl
from mlgate.engines.duckdb_text import NULLS, Parsed, parse_csv

EXAMPLES = int(os.environ.get("MLGATE_DIFFERENTIAL", "400"))
decided: Counter[str] = Counter()


def compare(
    content: bytes,
    parse: Callable[[duckdb.DuckDBPyConnection, Path], Parsed | None],
    read: Callable[[Path], pd.DataFrame],
) -> Parsed | None:
    """Parse a file in both ways; where DuckDB decides, everything is equal."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        path = Path(folder) / "file"
        path.write_bytes(content)
        parsed = parse(connection, path)
        decided["DuckDB" if parsed else "pandas"] += 1
        if parsed is None:
            return None
        frame = read(path)
        assert list(parsed.names) == list(frame.columns)
        assert list(parsed.dtypes) == [str(dtype) for dtype in frame.dtypes]
        assert isinstance(frame.index, pd.RangeIndex)
        rows = connection.execute("FROM given ORDER BY r").fetchall()
        assert [row[-1] for row in rows] == list(range(len(frame)))
        for position, dtype in enumerate(parsed.dtypes):
            seen = [row[position] for row in rows]
            theirs = frame.iloc[:, position].tolist()
            nulls = [pd.isna(value) for value in theirs]
            assert [value is None for value in seen] == nulls
            if dtype == "float64":
                seen = [None if value is None else float(value) for value in seen]
            expected = [None if null else value for value, null in zip(theirs, nulls, strict=True)]
            assert list(map(repr, seen)) == list(map(repr, expected))
        return parsed


numbers = st.one_of(
    st.integers(-(2**70), 2**70).map(str),
    st.integers(-999, 999).map(str),
    st.floats().map(repr),
    st.floats(-1e6, 1e6).map(lambda x: f"{x:.3f}"),
    st.sampled_from(["+5", " 5", "5 ", "\t7", "007", "-0", "0.", ".5", "1.", "1e5", "1E-400",
                     "1e400", "0x1F", "1_000", '"1,000"', "1e", "--1", "1d3", "inf", "-Infinity",
                     "INF", "NAN", "nan(1)", "infinity", "9223372036854775807", "- 5", ".", "-",
                     "9223372036854775808", "18446744073709551615", "9007199254740993", "+", "e5",
                     "-9223372036854775809", "0.1000000000000000055511151231257827", '"12"',
                     "\uff11\uff12", "1.5.2", "5\xa0", "1 2"]),
)  # fmt: skip
words = st.one_of(
    st.text(alphabet='ab1.,"\n é漢\x1c\u2028\u00a0\U0001f600;#\'', max_size=6),
    st.text(alphabet="abcXYZ -:", min_size=1, max_size=6),
    st.text(alphabet='a1,"\n\r\t\x0b\x0c\x85', max_size=4),
    st.sampled_from(["2024-01-31", "12:30", "x", "yes", "A", "", " ", "naïve",
                     "2024-01-31T10:00:00Z", "0x", "a\rb", "a\r\nb", "\ufeff"]),
)  # fmt: skip
flags = st.sampled_from(["True", "False", "true", "FALSE", "TRUE", "false", "tRue", "T", "yes"])
nulls = st.sampled_from([*NULLS, " ", "NAN", " NA", "N\\A", '"NA"', '""'])


@st.composite
def fields(draw: st.DrawFn) -> list[str]:
    """A column: mostly of one sort, with some of another."""
    main = draw(st.sampled_from([numbers, st.integers(-99, 99).map(str), words, flags, nulls,
                                 st.floats(-10, 10).map(repr)]))  # fmt: skip
    other = draw(st.sampled_from([main, numbers, words, nulls, flags]))
    rare = draw(st.sampled_from([0, 0, 0, 1, 5]))
    some = st.integers(0, 9).flatmap(lambda n: other if n < rare else main)
    return draw(st.lists(some, min_size=1, max_size=12))


def quoted(text: str, *, always: bool) -> str:
    if not always and not set(text) & set(',"\n\r'):
        return text
    return '"' + text.replace('"', '""') + '"'


@st.composite
def csv_files(draw: st.DrawFn) -> bytes:
    columns = draw(st.lists(fields(), min_size=1, max_size=4))
    rows = max(map(len, columns))
    # Mostly filled up, so that few files are ragged.
    columns = [(column * rows)[:rows] for column in columns]
    name = st.text(alphabet="abcXYZ_ 1", min_size=0, max_size=4)
    names = draw(st.lists(name, min_size=len(columns), max_size=len(columns)))
    if draw(st.integers(0, 5)):
        names = [f"{name}{i}" for i, name in enumerate(names)]
    raw = draw(st.integers(0, 7)) == 0
    always = draw(st.booleans())
    end = draw(st.sampled_from(["\n", "\n", "\n", "\r\n", "\r\n", "\r", "\n\n"]))
    lines = [",".join(names)]
    lines += [
        ",".join(row if raw else [quoted(f, always=always) for f in row])
        for row in zip(*columns, strict=True)
    ]
    text = end.join(lines) + draw(st.sampled_from(["", end]))
    content = text.encode("utf-8")
    if draw(st.integers(0, 9)) == 0:
        cut = draw(st.integers(0, len(content)))
        content = content[:cut] + draw(st.sampled_from([b"", b"\xff", b"\0", b'"', b"\n", b","]))
    return content or b"a,b\n1,2\n"


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(csv_files(), st.sampled_from([1 << 20, 64]))
def test_a_csv_file_is_what_pandas_reads(content: bytes, block: int):
    compare(content, lambda c, path: parse_csv(c, path, block), formats.read_csv)


scalars = {
    "whole": st.integers(-99, 99).map(str),
    "big": st.integers(-(2**70), 2**70).map(str),
    "number": st.floats(-1e6, 1e6).map(repr),
    "odd": st.sampled_from(["1.0", "-0", "-0.0", "1e5", "1E400", "5e-324", "NaN", "Infinity", "01",
                            "0.1000000000000000055511151231257827", "9007199254740993", "1.", "2.5",
                            "9223372036854775807", "9223372036854775808", "[1]", '{"a": 1}', "tru",
                            '"\\ud800"', '"\\u0000x"', '"a\tb"', '"2024-01-31"']),
    "flag": st.sampled_from(["true", "false"]),
    "text": words.map(json.dumps),
    "plain": words.map(lambda text: json.dumps(text, ensure_ascii=False)),
    "numeric": numbers.map(json.dumps),
    "null": st.just("null"),
}  # fmt: skip
labels = st.sampled_from(["name", "a", "value", "created_at", "2024", "2025-01-01", "12", "may",
                          "Date", "timestamps", "june", "city", "", "Name", "x y", "friday",
                          "col"])  # fmt: skip


@st.composite
def jsonl_files(draw: st.DrawFn) -> bytes:
    names = draw(st.lists(labels, min_size=1, max_size=3, unique=bool(draw(st.integers(0, 9)))))
    if draw(st.integers(0, 3)):
        names = [*names, "price"]
    sorts = [draw(st.sampled_from(sorted(scalars))) for _ in names]
    others = [draw(st.sampled_from([sort, sort, sort, "null", "odd", "whole", "text"]))
              for sort in sorts]  # fmt: skip
    lines = []
    for _ in range(draw(st.integers(1, 8))):
        items = []
        for name, sort, other in zip(names, sorts, others, strict=True):
            value = draw(scalars[other if draw(st.integers(0, 4)) == 0 else sort])
            if draw(st.integers(0, 19)):
                items.append(f"{json.dumps(name)}: {value}")
        lines.append("{" + ", ".join(items) + "}")
    end = draw(st.sampled_from(["\n", "\n", "\n", "\r\n", "\n\n", " "]))
    content = (end.join(lines) + draw(st.sampled_from(["", end]))).encode()
    if draw(st.integers(0, 9)) == 0:
        cut = draw(st.integers(0, len(content)))
        content = content[:cut] + draw(st.sampled_from([b"", b"\xff", b"\0", b'"', b"\n", b"{"]))
    return content or b"{}"


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(jsonl_files(), st.sampled_from([1 << 20, 64]))
def test_json_lines_are_what_pandas_reads(content: bytes, block: int):
    compare(content, lambda c, path: parse_jsonl(c, path, block), formats.read_jsonl)
