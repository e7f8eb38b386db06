"""Whether values repeat: by bits or hashes, which prove that all differ, then by the values."""

from collections.abc import Sequence
from typing import Final

from mlgate.engines.duckdb_sql import Sql, joined, sql, value
from mlgate.engines.duckdb_table import Column, Kind, Table

SORTED: Final = 3_000_000
"""Rows from which sorting the hashes in numpy saves more than importing it costs."""
PART: Final = 16_000_000
"""Hashes that are sorted at a time: 128 MB."""
BITS: Final = 1 << 28
"""Different integers that may have a bit each: 32 MB for a thread."""
_BITS_FOR_ROW: Final = 64
"""Above, the bits take more room than the values."""
_ROWS_FOR_BIT: Final = 16
"""Above, there are so few values that grouping them is as fast."""


def repeated(table: Table, key: Sequence[Column], where: Sql, rows: int) -> int:
    """How many rows have a key that another row has, too; nulls are equal.

    Args:
        table: The table.
        key: Columns of the key.
        where: Which rows are looked at.
        rows: How many those are.
    """
    if len(key) == 1 and distinct_integers(table, key[0], where, rows) == rows:
        return 0
    columns = joined(", ", (column.sql for column in key))
    hashes = sql("SELECT hash({}) AS h FROM t WHERE {}", columns, where)
    differ = _differ_in_numpy if rows >= SORTED else _differ_in_duckdb
    if differ(table, hashes, rows):
        return 0
    groups = sql("SELECT count(*) AS n FROM t WHERE {} GROUP BY {} HAVING n > 1", where, columns)
    return int(table.row(sql("SELECT coalesce(sum(n), 0) FROM ({})", groups))[0])


def distinct_integers(table: Table, column: Column, where: Sql, rows: int) -> int | None:
    """How many different values a column of integers has, by a bit for each possible one.

    That takes a fifth of the time of grouping them. None where it is another column, or where that
    does not pay: its values lie too far apart, or are few.

    Args:
        table: The table.
        column: The column.
        where: Which rows are looked at: some of those where it has a value.
        rows: How many those are.
    """
    if column.kind is not Kind.INTEGER or not rows:
        return None
    range_of = sql("SELECT min({}), max({}) FROM t WHERE {}", column.sql, column.sql, where)
    low, high = table.row(range_of)
    fits = rows // _ROWS_FOR_BIT <= high - low < min(BITS, _BITS_FOR_ROW * rows)
    if not fits or high >= 2**63:
        return None
    bits = sql(
        "bitstring_agg({}::BIGINT, {}::BIGINT, {}::BIGINT)", column.sql, value(low), value(high)
    )
    return int(table.row(sql("SELECT bit_count({}) FROM t WHERE {}", bits, where))[0])


def _differ_in_duckdb(table: Table, hashes: Sql, rows: int) -> bool:
    """Whether no two rows have the same hash, so that no two have the same key.

    That two different keys have one hash, which the groups then clear up, happens once in 10**5
    tables of 10**7 rows.
    """
    distinct = sql("SELECT count(*) FROM (SELECT DISTINCT h FROM ({}))", hashes)
    return bool(table.row(distinct)[0] == rows)


def _differ_in_numpy(table: Table, hashes: Sql, rows: int) -> bool:
    """The same: sorting 64-bit numbers costs a quarter of grouping, and far less memory."""
    import numpy as np

    parts = -(-rows // PART)
    for part in range(parts):
        query = hashes
        if parts > 1:
            query = sql("SELECT h FROM ({}) WHERE h % {} = {}", hashes, value(parts), value(part))
        answer = table.connection.execute(query.text, query.values).fetchnumpy()
        found = np.asarray(answer["h"])
        found.sort()
        if bool((found[1:] == found[:-1]).any()):
            return False
    return True
