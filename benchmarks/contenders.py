"""One contender on one file, as a process of its own: `python contenders.py NAME FILE ROWS`.

Each prints how many expectations passed and failed. Imports are inside, since they are part of
what is measured.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

Counts = dict[str, int]
"""How many expectations passed and failed; nothing for the plain scan."""


def scan(path: Path, rows: int) -> Counts:
    """The floor: DuckDB adds up every column, or the lengths of its texts, and checks nothing."""
    import duckdb

    del rows
    connection = duckdb.connect()
    reader = "read_parquet" if path.suffix == ".parquet" else "read_csv"
    source = f"{reader}('{path}')"
    figures = [
        f'sum("{name}")' if kind in {"BIGINT", "DOUBLE"} else f'sum(strlen("{name}"::VARCHAR))'
        for name, kind, *_ in connection.execute(f"DESCRIBE FROM {source}").fetchall()
    ]
    connection.execute(f"SELECT {', '.join(figures)} FROM {source}").fetchall()
    return {}


def mlgate(path: Path, rows: int) -> Counts:
    """Mlgate's engine, without configuration and reports."""
    from functools import partial

    from suite import expectations

    from mlgate.artifacts import formats
    from mlgate.artifacts.interface import DataSet
    from mlgate.config.model import DataSpec
    from mlgate.engines.auto import Auto
    from mlgate.engines.suite import Expectation, Suite

    data = DataSet(
        name="orders",
        spec=DataSpec(path=path.name),
        side="head",
        path=path,
        read=partial(formats.read, format=None),
    )
    specs = tuple(Expectation.model_validate(item).spec() for item in expectations(rows))
    seen = Auto().validate(data, Suite(name="orders", expectations=specs))
    left = [result.expectation.type for result in seen.results if result.engine != "duckdb"]
    assert not left, left
    return _counts(result.success for result in seen.results)


def great_expectations(path: Path, rows: int) -> Counts:
    """Great Expectations on pandas, with its smallest result format that counts (BASIC)."""
    import logging

    import great_expectations as gx
    import pandas as pd
    from great_expectations.data_context.types.base import ProgressBarsConfig
    from suite import suite

    logging.disable(logging.WARNING)
    frame = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(enable=False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("bench").add_dataframe_asset("orders")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    listed = gx.ExpectationSuite(**suite(rows))
    result = batch.validate(listed, result_format="BASIC")
    return _counts(one.success for one in result.results)


def _counts(successes: Any) -> Counts:
    listed = [bool(success) for success in successes]  # numpy has its own
    return {"passed": sum(listed), "failed": len(listed) - sum(listed)}


def pandera(path: Path, rows: int) -> Counts:
    """Pandera on polars, with the same 36 checks."""
    from pandera_suite import validate

    return validate(path, rows)


CONTENDERS: dict[str, Callable[[Path, int], Counts]] = {
    "scan": scan,
    "mlgate": mlgate,
    "gx": great_expectations,
    "pandera": pandera,
}

if __name__ == "__main__":
    chosen, file, number = sys.argv[1:]
    print(json.dumps(CONTENDERS[chosen](Path(file), int(number))))
