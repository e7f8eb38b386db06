"""The 36 expectations in pandera's words, on polars."""

from pathlib import Path
from typing import Any

import pandera.polars as pa
import polars as pl
from suite import COLUMNS, COUNTRIES, PLANS, QUANTILES, STATUSES


def validate(path: Path, rows: int) -> dict[str, int]:
    """Validate a file lazily, so that every broken check is reported."""
    frame = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path)
    total = 36
    try:
        schema(rows).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        broken = len(error.schema_errors)
        return {"passed": total - broken, "failed": broken}
    return {"passed": total, "failed": 0}


def share(condition: pl.Expr, mostly: float = 1.0) -> pl.Expr:
    """Whether a condition holds for enough of the values that are not null."""
    if mostly == 1.0:
        return condition.fill_null(value=True).all()
    return condition.mean().fill_null(1.0) >= mostly


def schema(rows: int) -> pa.DataFrameSchema:
    """The suite. pandera knows no aggregates on polars: these are checks of one expression."""

    def check(make: Any) -> pa.Check:
        return pa.Check(lambda data: data.lazyframe.select(make(pl.col(data.key))))

    def whole(expression: pl.Expr) -> pa.Check:
        return pa.Check(lambda data: data.lazyframe.select(expression))

    def present(mostly: float) -> pa.Check:
        return check(lambda c: c.is_not_null().mean() >= mostly)

    def within(figure: Any, low: float, high: float) -> pa.Check:
        return check(lambda c: figure(c).is_between(low, high))

    checks: dict[str, list[pa.Check]] = {
        "order_id": [present(1.0), check(lambda c: c.is_unique().all())],
        "order_code": [
            check(lambda c: c.is_unique().all()),
            check(lambda c: (c.str.len_chars() == 14).all()),
        ],
        "email": [
            present(0.95),
            check(lambda c: share(c.str.contains(r"^[a-z0-9.]+@[a-z0-9.-]+\.[a-z]{2,}$"))),
            check(lambda c: share(c.str.len_chars().is_between(8, 60))),
        ],
        "income": [present(0.95)],
        "rating": [present(0.9), check(lambda c: share(c.is_between(1, 5)))],
        "sku": [check(lambda c: share(c.str.contains("^[A-Z]{2}-[0-9]{4}$")))],
        "plan": [
            check(lambda c: share(c.is_in(PLANS))),
            check(lambda c: c.mode().is_in(["basic"]).all()),
        ],
        "channel": [check(lambda c: share(c.is_in(["web", "app", "shop", "phone"]), 0.7))],
        "age": [
            check(lambda c: share(c.is_between(18, 100))),
            check(
                lambda c: pl.all_horizontal(
                    c.quantile(q).is_between(*bounds) for q, bounds in QUANTILES.items()
                )
            ),
        ],
        "country": [
            check(lambda c: c.unique().is_in(COUNTRIES).all()),
            check(lambda c: pl.lit(["DE", "FR"]).list.explode().is_in(c.unique().implode()).all()),
        ],
        "status": [check(lambda c: c.is_in(STATUSES).all() & (c.n_unique() == len(STATUSES)))],
        "customer_id": [within(lambda c: c.n_unique(), 50_000, 400_000)],
        "first_day": [within(lambda c: c.n_unique() / c.count(), 0, 0.5)],
        "score": [within(lambda c: c.mean(), 0.28, 0.29), within(lambda c: c.max(), 0.9, 1)],
        "price": [within(lambda c: c.median(), 60, 70), within(lambda c: c.std(), 55, 58)],
        "quantity": [
            within(lambda c: c.min(), 1, 1),
            within(lambda c: c.sum(), 3.9 * rows, 4.1 * rows),
        ],
        "ordered_on": [
            check(lambda c: share(c.str.to_date("%Y-%m-%d", strict=False).is_not_null()))
        ],
    }
    types = {"score": pl.Float64}
    columns = {
        name: pa.Column(types.get(name), checks.get(name, []), nullable=True) for name in COLUMNS
    }
    table = [
        whole(pl.len() == rows),
        whole(pl.struct("customer_id", "order_id").is_unique().all()),
        whole((pl.col("last_day") >= pl.col("first_day")).all()),
        whole((pl.col("price") >= pl.col("cost")).all()),
    ]
    return pa.DataFrameSchema(columns, checks=table, ordered=True, strict=True)
