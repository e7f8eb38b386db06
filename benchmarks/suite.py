"""The 36 expectations, as a suite of Great Expectations; 34 hold and two do not, by design."""

import json
import sys
from typing import Any

COLUMNS = [
    "order_id", "order_code", "customer_id", "email", "sku", "country", "plan", "channel",
    "status", "ordered_on", "first_day", "last_day", "age", "quantity", "income", "price", "cost",
    "score", "rating", "returning",
]  # fmt: skip
COUNTRIES = ["AT", "BR", "CH", "DE", "ES", "FR", "GB", "IT", "JP", "NL", "PL", "SE", "US"]
PLANS = ["basic", "standard", "premium", "enterprise"]
STATUSES = ["new", "active", "paused", "closed"]
QUANTILES = {0.05: [20, 23], 0.25: [35, 39], 0.5: [54, 58], 0.75: [73, 77], 0.95: [88, 93]}


def expectations(rows: int) -> list[dict[str, Any]]:
    """The suite for a table of that many rows."""

    def column(kind: str, name: str, **kwargs: Any) -> dict[str, Any]:
        return {"type": f"expect_column_{kind}", "kwargs": {"column": name, **kwargs}}

    def between(figure: str, name: str, low: float, high: float) -> dict[str, Any]:
        return column(f"{figure}_to_be_between", name, min_value=low, max_value=high)

    pair = "expect_column_pair_values_a_to_be_greater_than_b"
    return [
        {"type": "expect_table_columns_to_match_ordered_list", "kwargs": {"column_list": COLUMNS}},
        {"type": "expect_table_column_count_to_equal", "kwargs": {"value": len(COLUMNS)}},
        {"type": "expect_table_row_count_to_be_between",
         "kwargs": {"min_value": rows, "max_value": rows}},
        column("to_exist", "order_id"),
        column("values_to_be_of_type", "score", type_="float64"),
        column("values_to_not_be_null", "order_id"),
        column("values_to_not_be_null", "email", mostly=0.95),
        column("values_to_not_be_null", "income", mostly=0.95),
        column("values_to_not_be_null", "rating", mostly=0.9),
        column("values_to_be_unique", "order_id"),
        column("values_to_be_unique", "order_code"),
        {"type": "expect_compound_columns_to_be_unique",
         "kwargs": {"column_list": ["customer_id", "order_id"]}},
        column("values_to_match_regex", "email", regex=r"^[a-z0-9.]+@[a-z0-9.-]+\.[a-z]{2,}$"),
        column("values_to_match_regex", "sku", regex=r"^[A-Z]{2}-[0-9]{4}$"),
        column("value_lengths_to_equal", "order_code", value=14),
        column("value_lengths_to_be_between", "email", min_value=8, max_value=60),
        column("values_to_be_in_set", "plan", value_set=PLANS),
        column("values_to_be_in_set", "channel", value_set=["web", "app", "shop", "phone"],
               mostly=0.7),
        column("values_to_be_between", "age", min_value=18, max_value=100),
        column("values_to_be_between", "rating", min_value=1, max_value=5),
        column("distinct_values_to_be_in_set", "country", value_set=COUNTRIES),
        column("distinct_values_to_contain_set", "country", value_set=["DE", "FR"]),
        column("distinct_values_to_equal_set", "status", value_set=STATUSES),
        column("most_common_value_to_be_in_set", "plan", value_set=["basic"]),
        between("unique_value_count", "customer_id", 50_000, 400_000),
        between("proportion_of_unique_values", "first_day", 0, 0.5),
        between("mean", "score", 0.28, 0.29),
        between("median", "price", 60, 70),
        between("stdev", "price", 55, 58),
        column("quantile_values_to_be_between", "age",
               quantile_ranges={"quantiles": list(QUANTILES),
                                "value_ranges": list(QUANTILES.values())}),
        between("min", "quantity", 1, 1),
        between("max", "score", 0.9, 1),
        between("sum", "quantity", 3.9 * rows, 4.1 * rows),
        {"type": pair, "kwargs": {"column_A": "last_day", "column_B": "first_day",
                                  "or_equal": True}},
        {"type": pair, "kwargs": {"column_A": "price", "column_B": "cost", "or_equal": True}},
        column("values_to_match_strftime_format", "ordered_on", strftime_format="%Y-%m-%d"),
    ]  # fmt: skip


def suite(rows: int) -> dict[str, Any]:
    """The suite as a file of Great Expectations holds it."""
    return {"name": "orders", "expectations": expectations(rows), "meta": {}}


if __name__ == "__main__":
    json.dump(suite(int(sys.argv[1])), sys.stdout, indent=1)
