import subprocess
import sys
from datetime import datetime
from typing import Any

import pytest

from mlgate.engines.formula import NotAnExpression, NoValue, evaluate

VALUES: dict[str, Any] = {"lo": 3, "hi": 7.5, "day": "2024-03-01", "ages": [1, 2], "flag": True}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("lo", 3),
        ("  lo\n", 3),
        ("ages", [1, 2]),
        ("flag", True),
        ("day", "2024-03-01"),
        ("lo * 0.5", 1.5),
        ("lo - hi - 1", -5.5),
        ("2 ^ lo ^ 2", 512),
        ("-lo ^ 2", 9),
        ("8 / 4 / 2", 1.0),
        ("(lo + 1) * (hi - 2) / 4", 5.5),
        ("trunc(hi) + round(2.567, 1)", 9.6),
        ("abs(-lo) + sgn(lo - 5)", 2),
        ("day + timedelta(days=lo, hours=2)", "2024-03-04T02:00:00"),
        ("datetime(year=2020, month=2, day=lo)", "2020-02-03T00:00:00"),
        ("round(pi, 2)", 3.14),
        ("(lo)", 3),
    ],
)
def test_an_expression_has_a_value(text, value):
    assert evaluate(text, VALUES) == value


def test_now_is_the_present_as_text():
    before, after = (datetime.now().isoformat() for _ in range(2))  # noqa: DTZ005  # local, as GX's
    assert before[:13] <= evaluate("now()", {})[:13] <= max(after, datetime.now().isoformat())[:13]  # noqa: DTZ005


@pytest.mark.parametrize(
    ("text", "name"),
    [("high", "high"), ("lo + high", "high"), ("may + 1", "may"), ("e", "e"), ("inf * 1", "inf")],
)
def test_a_name_without_a_value_is_named(text, name):
    with pytest.raises(NoValue) as caught:
        evaluate(text, VALUES)
    assert caught.value.name == name


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "ends too early"),
        ("lo +", "ends too early"),
        ("lo hi", "does not parse at 'hi'"),
        ("lo % 2", "does not parse at 'lo % 2'"),
        ("lo)", r"does not parse at '\)'"),
        ("abs(lo", "ends too early"),
        ("5", "write it as the value itself"),
        ("lo / 0", "cannot be computed: division by zero"),
        ("exp(10000)", "cannot be computed"),
        ("open(lo)", "calls 'open'; there are abs, cos"),
        ("__import__(lo)", "does not parse"),
        ("lo.real", "does not parse"),
        ("'a' * 2", "does not parse"),
        ("ages * 2", "needs a number or a time, and 'ages' is"),
        ("timedelta(1)", "is no number and no time"),
        ("(0 - 8) ^ 0.5", "is no number"),
        ("1e999 - 1e999", "is no number and no time, but nan"),
        ("abs(1, 2)", "cannot be computed"),
        ("datetime(2024)", "cannot be computed"),
    ],
)
def test_what_does_not_compute_says_why(text, message):
    with pytest.raises(NotAnExpression, match=message):
        evaluate(text, VALUES)


@pytest.mark.parametrize(
    "text",
    [
        "9^9^9^9",
        "2^999999999",
        "*".join(["big"] * 40),
        "round(lo, 0-10^9)",
        "(" * 400 + "lo" + ")" * 400,
        "(" * 60 + "lo" + ")" * 60,
        "lo" + "+lo" * 400,
        "^".join(["1"] * 240),
        "-" * 480 + "lo",
    ],
)
def test_a_hostile_expression_ends_at_once(text):
    try:
        value = evaluate(text, {**VALUES, "big": 10**40})
    except NotAnExpression:
        return
    assert abs(value) <= 3


def test_an_expression_imports_neither_great_expectations_nor_pandas():
    script = (
        "import sys; from mlgate.engines.parameters import fill\n"
        "print(fill({'a': {'$PARAMETER': 'day + timedelta(days=lo * 2)'}},"
        " {'day': '2024-03-01', 'lo': 1}).kwargs)\n"
        "print({'pandas', 'great_expectations', 'pyparsing', 'numpy'} & sys.modules.keys())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert done.stdout.splitlines() == ["{'a': '2024-03-03T00:00:00'}", "set()"]
