from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from mlgate.reports import comparisons
from mlgate.reports.content import arrange
from mlgate.reports.escape import Style, prose
from mlgate.reports.markdown import render
from mlgate.results import Finding, Outcome
from tests.golden import cases
from tests.unit.reports.results import with_findings

STYLE = Style(value=prose, sentence=prose)
VALUE = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.just(10**400), st.just("NaN"),
    st.lists(st.integers(), max_size=2),
)  # fmt: skip
KEYS = (
    "n", "difference", "allowed_drop", "smallest_detectable_drop", "rows_needed",
    "greater_is_better", "flipped_to_wrong", "flipped_to_right",
)  # fmt: skip


@given(
    st.sampled_from([Outcome.FAILED, Outcome.PASSED, Outcome.INCONCLUSIVE]),
    VALUE,
    VALUE,
    st.one_of(st.none(), st.tuples(st.floats(), st.floats())),
    st.dictionaries(st.sampled_from(KEYS), VALUE),
)
def test_no_number_breaks_a_comparison(outcome, observed, baseline, interval, details):
    finding = Finding(
        id="m/x/regression", outcome=outcome, subject="x", message="x is odd", observed=observed,
        baseline=baseline, interval=interval, details={"decision": "?", **details},
    )  # fmt: skip
    assume(finding.observed is not None or finding.baseline is not None)
    row = comparisons.row(finding)
    assert row.word in {"regressed", "no regression", "undecided"}
    assert row.difference
    assert comparisons.remark(finding, STYLE)
    assert f" {row.word.split()[0]}" in render(with_findings((finding,))).replace("*", "")


def test_the_direction_of_an_undecided_metric_is_named():
    rises = cases.undecided().checks[1].findings[2]
    falls = cases.undecided().checks[1].findings[1]
    assert "can show a rise of 0.011" in comparisons.remark(rises, STYLE)
    assert "can show a drop of 0.014" in comparisons.remark(falls, STYLE)


def test_rows_are_called_the_same_only_where_both_models_ran_on_them():
    paired = cases.comparison("f1", Outcome.PASSED, 0.5, 0.6, 0.01)
    fewer = replace(paired, details={**paired.details, "n": 20})
    file = replace(paired, details={"decision": "no regression"})
    said = [
        comparisons.same_rows(arrange(with_findings(found)))
        for found in ((paired,), (paired, fewer), (paired, file), ())
    ]
    assert said == ["on the same 1,409 rows", "on the same rows", None, None]


def test_no_flips_are_not_mentioned():
    none = cases.comparison(
        "f1", Outcome.PASSED, 0.5, 0.6, 0.01, flipped_to_wrong=0, flipped_to_right=0
    )
    some = cases.comparison(
        "f1", Outcome.PASSED, 0.5, 0.6, 0.01, flipped_to_wrong=1, flipped_to_right=0
    )
    assert comparisons.flips(none) is None
    assert comparisons.flips(some) == "1 row flipped to wrong, 0 to right"
