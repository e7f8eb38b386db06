"""Expressions of suite parameters: their values are those of Great Expectations."""

import os
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlgate.engines.formula import NotAnExpression, NoValue, evaluate

EXPRESSIONS = 5 * int(os.environ.get("MLGATE_DIFFERENTIAL", "600"))

VALUES: dict[str, Any] = {
    "lo": 3, "hi": 7.5, "neg": -2, "x_1": 10, "a$b": 0.1, "big": 10**20, "zero": 0,
    "when": "2024-03-01", "text": "a", "listed": [1, 2], "flag": True, "huge": 1e300,
}  # fmt: skip
ATOMS = st.one_of(
    st.sampled_from(sorted(VALUES)),
    st.sampled_from(["E", "pi", "PI", "e", "nothing", "0", "1", "2", "3.5", ".5", "1e2", "٣"]),
    st.integers(0, 50).map(str),
)


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    space = st.sampled_from(["", " ", "  "])
    marks = st.sampled_from(["+", "-", "*", "/", "^", "+-", "- -", "*-"])
    one = st.sampled_from(["abs", "trunc", "round", "sgn", "sin", "cos", "tan", "exp", "nix"])
    return st.one_of(
        st.tuples(inner, space, marks, space, inner).map("".join),
        st.tuples(inner, space, marks, space, inner).map("".join),
        st.tuples(st.sampled_from(["-", "+", "--", "- "]), inner).map("".join),
        inner.map(lambda text: f"({text})*1"),
        st.tuples(one, inner).map(lambda pair: f"{pair[0]}({pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"round({pair[0]}, {pair[1]})"),
        st.tuples(inner, inner).map(lambda p: f"timedelta(days={p[0]}, hours={p[1]}) + when"),
        inner.map(lambda text: f"datetime(2024, 1, {text})"),
        inner.map(lambda text: f"when - timedelta({text})"),
        inner.map(lambda text: text + "?"),
    )


TEXTS = st.recursive(ATOMS, _grown, max_leaves=6)


def ours(text: str) -> Any:
    try:
        return evaluate(text, VALUES)
    except (NoValue, NotAnExpression) as error:
        return error


def theirs(text: str) -> Any:
    from great_expectations.core.suite_parameters import parse_suite_parameter

    try:
        return parse_suite_parameter(text, dict(VALUES))
    except Exception as error:  # noqa: BLE001  # whichever of pyparsing's and its own it is
        return error


def deliberate(our: Any, their: Any) -> bool:
    """Whether a difference is meant: a name without a value, and what is not a number."""
    return isinstance(our, NoValue) or (isinstance(our, NotAnExpression) and their is None)


@settings(max_examples=EXPRESSIONS, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=TEXTS)
def test_an_expression_has_the_value_that_great_expectations_computes(text: str):
    our = ours(text)
    if isinstance(our, NotAnExpression) and "many digits" in str(our):
        return  # Great Expectations might compute for minutes
    their = theirs(text)
    if not (isinstance(our, Exception) and isinstance(their, Exception)):
        assert (type(our), our) == (type(their), their) or deliberate(our, their), text


def test_plain_names_and_expressions_reach_a_value():
    texts = ["lo", "listed", "when", "lo * 0.5", "(lo + hi) ^ 2", "trunc(hi)", "round(hi / 3, 1)"]
    for text in [*texts, "when + timedelta(days=lo)", "datetime(2024, 2, lo)", "-lo ^ 2"]:
        assert ours(text) == theirs(text)
        assert not isinstance(ours(text), Exception)
