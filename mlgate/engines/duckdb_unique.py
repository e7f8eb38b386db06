"""Whether values repeat: first by their hashes, which prove that all differ, then by the values."""

from collections.abc import Sequence
from typing import Final

from mlgate.engines.duckdb_sql import Sql, joined, sql, value
from mlgate.engines.duckdb_table import Column, Table

WORTHWHILE: Final = 200_000
"""Rows below which importing numpy takes longer than it saves."""
PART: Final = 16_000_000
"""Hashes that are sorted at a time: 128 MB."""


def repeated(table: Table, key: Sequence[Column], where: Sql, rows: int) -> int:
    """How many rows have a key that another row has, too; nulls are equal.

    Args:
        table: The table.
        key: Columns of the key.
        where: Which rows are looked at.
        rows: How many those are.
    """
    columns = joined(", ", (column.sql for column in key))
    if rows >= WORTHWHILE and _all_differ(table, columns, where, rows):
        return 0
    groups = sql("SELECT count(*) AS n FROM t WHERE {} GROUP BY {} HAVING n > 1", where, columns)
    return int(table.row(sql("SELECT coalesce(sum(n), 0) FROM ({})", groups))[0])


def _all_differ(table: Table, columns: Sql, where: Sql, rows: int) -> bool:
    """Whether no two rows have the same hash, so that no two have the same key.

    Sorting 64-bit numbers costs a quarter of grouping, and a fraction of its memory. That two
    different keys have one hash, which the groups then clear up, happens once in 10**5 tables of
    10**7 rows.
    """
    import numpy as np

    parts = -(-rows // PART)
    for part in range(parts):
        query = sql("SELECT hash({}) AS h FROM t WHERE {}", columns, where)
        if parts > 1:
            query = sql("SELECT h FROM ({}) WHERE h % {} = {}", query, value(parts), value(part))
        found = table.connection.execute(query.text, query.values).fetchnumpy()
        hashes = np.asarray(found["h"])
        hashes.sort()
        if bool((hashes[1:] == hashes[:-1]).any()):
            return False
    return True
