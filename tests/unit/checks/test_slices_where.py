"""Conditions of slices: what they mean, what is refused, and that nothing else is reached."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlgate.checks.slices_where import problem, rows_where
from mlgate.errors import ColumnNotFound, MlgateError

FRAME = pd.DataFrame(
    {
        "age": [20, 30, np.nan, 10],
        "n": [1, 2, 3, 4],
        "contract": ["monthly", "yearly", "monthly", None],
        "ok": [True, False, True, True],
        "since": pd.Series(["2020-01-01", "2021-01-01", "2022-01-01", None]).astype(
            "datetime64[us]"
        ),
        "kind": pd.Categorical(["a", "b", "a", "b"]),
        "text": pd.Series(["a", "b", None, "d"], dtype=object),
        "mixed": pd.Series([1, "a", None, 2.0], dtype=object),
        'an "odd" name': [1, 2, 3, 4],
        "back": ["x'y", "x", "y", "z"],
    }
)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("age < 25 AND contract = 'monthly'", [0]),
        ("NOT age < 25", [1]),
        ("age <> 20", [1, 3]),
        ("age is null or ok = false", [1, 2]),
        ("age is not null and not ok", [1]),
        ("since < '2021-06-01'", [0, 1]),
        ("since between '2020-05-05' and '2021-05-05T10:00:00'", [1]),
        ("kind in ('a', 'z')", [0, 2]),
        ("text = 'd' or mixed is null", [2, 3]),
        ('"an ""odd"" name" >= 3', [2, 3]),
        ('`an "odd" name` == 1', [0]),
        ("n between 2 and 3", [1, 2]),
        ("n not between 2 and 3", [0, 3]),
        ("n not in (1, 2)", [2, 3]),
        ("n = 2.0", [1]),
        ("n > -1e3 and n < .5e1", [0, 1, 2, 3]),
        ("contract like 'm%' or contract not like '%ly'", [0, 2]),
        ("age > n", [0, 1, 3]),
        ("back = 'x''y'", [0]),
        ("ok and (n = 1 or (n = 3))", [0, 2]),
        ("n = 1 or n = 2 and ok", [0]),
    ],
)
def test_a_condition_means_what_it_means_in_sql(text: str, rows: list[int]) -> None:
    assert problem(text) is None
    assert np.flatnonzero(rows_where(FRAME, text)).tolist() == rows


@pytest.mark.parametrize(
    "text",
    [
        "",
        "age <",
        "age < 3 age",
        "age < 3 -- comment",
        "n = 1; DROP TABLE t",
        "1 = 1",
        "read_csv('/etc/passwd') is null",
        "(select count(*) from t) = 1",
        "exists(select 1)",
        "n in (select n from t)",
        "n in ()",
        "n + 1 = 2",
        "n = 1 union select 1",
        "n = $1",
        "n = ?",
        "getenv('HOME') = 'x'",
        "t.n = 1",
        "contract = 'open",
        "ok is true",
        "n between 1",
        "(" * 30 + "ok" + ")" * 30,
        "not " * 30 + "ok",
        "n = 1 or " * 100 + "n = 2",
        "@x = 1",
    ],
)
def test_anything_else_is_refused_before_any_data_are_seen(text: str) -> None:
    assert problem(text)
    with pytest.raises(MlgateError):
        rows_where(FRAME, text)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("age = 'x'", "age, which holds numbers, with 'x'"),
        ("contract > 3", "contract, which holds text, with 3"),
        ("since > 'soon'", "compares a time with 'soon'"),
        ("ok = 1", "holds true and false, with 1"),
        ("mixed = 1", "mixed, whose values have no single kind"),
        ("contract < n", "contract with n, which hold different kinds"),
        ("n like '1%'", "n, which holds numbers, with '1%'"),
        ("since like '2020-01-01'", "does not compare text with text"),
        ("n and ok", "does not parse at 'and ok'"),
    ],
)
def test_things_of_different_kinds_are_not_compared(text: str, match: str) -> None:
    with pytest.raises(MlgateError, match=match):
        rows_where(FRAME, text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [("agee < 3", "did you mean 'age'"), ("contract = monthly", "single quotes")],
)
def test_a_column_that_is_not_there_is_named_with_the_nearest(text: str, hint: str) -> None:
    with pytest.raises(ColumnNotFound) as caught:
        rows_where(FRAME, text)
    assert hint in caught.value.sentence()


def test_a_column_with_a_hostile_name_is_a_name_and_no_code() -> None:
    name = 'c0") OR ("1" = "1'
    frame = pd.DataFrame({name: [1, 2], "c0": [2, 1]})
    quoted = name.replace('"', '""')
    assert rows_where(frame, f'"{quoted}" = 1').tolist() == [True, False]
    assert rows_where(frame, "c0 = 1").tolist() == [False, True]


@pytest.mark.parametrize("number", ["9" * 60, "1e400", "-" + "9" * 30])
def test_a_number_of_any_size_compares(number: str) -> None:
    found: Any = rows_where(FRAME, f"n < {number}")
    assert found.tolist() == [not number.startswith("-")] * 4
