"""The table that every contender validates: 20 columns, seeded, written once for each size."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet

SIZES = {"100k": 100_000, "1m": 1_000_000, "10m": 10_000_000}
"""Rows by the name of a size."""
ROW_GROUP = 125_000
"""Rows of a row group, as pandas and Spark write them within a factor of a few."""
SEED = 20_240_229

COUNTRIES = ["AT", "BR", "CH", "DE", "ES", "FR", "GB", "IT", "JP", "NL", "PL", "SE", "US"]
PLANS = ["basic", "standard", "premium", "enterprise"]
CHANNELS = ["web", "app", "shop", "phone", "partner"]
STATUSES = ["new", "active", "paused", "closed"]
LETTERS = np.array(list("ABCDEFGHJKLMNPQRSTUVWXYZ"))


def table(rows: int) -> Iterator[pa.Table]:
    """The table, one row group after the other."""
    random = np.random.default_rng(SEED)
    for start in range(0, rows, ROW_GROUP):
        yield _part(start, min(ROW_GROUP, rows - start), random)


def _part(start: int, rows: int, random: np.random.Generator) -> pa.Table:
    number = np.arange(start, start + rows)
    # An odd multiplier permutes 0 to 2**32 - 1: unique and in no order.
    scattered = number.astype(np.uint64) * 2_654_435_761 % 2**32
    person = random.integers(0, 400_000, rows)
    weight = random.gamma(2.0, 40.0, rows)
    day = random.integers(0, 3650, rows)
    stay = random.integers(0, 400, rows)
    dates = np.datetime_as_string(np.datetime64("2015-01-01") + day)
    sku = LETTERS[random.integers(0, len(LETTERS), (rows, 2))]
    codes = random.integers(0, 5000, rows)
    return pa.table(
        {
            "order_id": number,
            "order_code": [f"ORD-{code:010d}" for code in scattered],
            "customer_id": person,
            "email": _with_nulls(_emails(person, number), 0.01, random),
            "sku": [f"{a}{b}-{code:04d}" for (a, b), code in zip(sku, codes, strict=True)],
            "country": random.choice(COUNTRIES, rows),
            "plan": random.choice(PLANS, rows, p=[0.5, 0.3, 0.15, 0.05]),
            "channel": _with_nulls(random.choice(CHANNELS, rows), 0.02, random),
            "status": random.choice(STATUSES, rows),
            "ordered_on": dates,
            "first_day": day,
            "last_day": day + stay,
            "age": random.integers(18, 95, rows),
            "quantity": random.poisson(3.0, rows) + 1,
            "income": _with_nulls(np.round(random.lognormal(10.0, 0.6, rows), 2), 0.03, random),
            "price": np.round(weight, 2),
            "cost": np.round(weight * random.uniform(0.4, 0.9, rows), 2),
            "score": random.beta(2.0, 5.0, rows),
            "rating": _with_nulls(np.round(random.normal(3.5, 0.8, rows), 3), 0.05, random),
            "returning": random.random(rows) < 0.4,
        }
    )


def _emails(person: Any, number: Any) -> list[str]:
    """Addresses; one in 500 is none."""
    return [
        f"customer{who}@mail{who % 7}.example.com" if row % 500 else f"customer{who} at example"
        for who, row in zip(person, number, strict=True)
    ]


def _with_nulls(values: Any, share: float, random: np.random.Generator) -> pa.Array:
    return pa.array(values, mask=random.random(len(values)) < share)


def files(size: str, folder: Path) -> dict[str, Path]:
    """The table of a size as Parquet and as CSV, written where they are not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    found = {form: folder / f"orders-{size}.{form}" for form in ("parquet", "csv")}
    if not found["parquet"].exists():
        parts = table(SIZES[size])
        first = next(parts)
        partial = found["parquet"].with_suffix(".partial")
        with parquet.ParquetWriter(partial, first.schema, compression="snappy") as writer:
            writer.write_table(first)
            for part in parts:
                writer.write_table(part)
        partial.replace(found["parquet"])
    if size != "10m" and not found["csv"].exists():
        partial = found["csv"].with_suffix(".partial")
        source = parquet.ParquetFile(found["parquet"])
        options = csv.WriteOptions(quoting_style="needed")
        with csv.CSVWriter(partial, source.schema_arrow, write_options=options) as writer:
            for batch in source.iter_batches():
                writer.write_batch(batch)
        os.replace(partial, found["csv"])  # noqa: PTH105  # as above
    return found


if __name__ == "__main__":
    print(files(sys.argv[1], Path(sys.argv[2])))
