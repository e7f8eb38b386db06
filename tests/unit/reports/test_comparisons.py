from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from mlgate.reports import comparisons
from mlgate.reports.content import arrange
from mlgate.reports.escape import Style, code, prose
from mlgate.reports.markdown import render
from mlgate.results import Finding, Outcome
from tests.golden import cases
from tests.unit.reports.results import with_findings

STYLE = Style(value=prose, sentence=prose, passage=prose)
VALUE = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.just(10**400), st.just("NaN"),
    st.lists(st.integers(), max_size=2),
)  # fmt: skip
KEYS = (
    "n", "difference", "allowed_drop", "smallest_detectable_drop", "rows_needed",
    "carried_by", "changed_rows", "error_grew", "error_shrank",
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


def test_errors_that_grew_are_told():
    one = cases.comparison("r2", Outcome.FAILED, 0.5, 0.6, 0.01, error_grew=1, error_shrank=1234)
    assert comparisons.flips(one) == "the error grew on 1 row and shrank on 1,234"


def carrier(**about: object) -> str:
    part = {"column": "contract", "rows": 312, "rows_share": 0.22, "share": 0.78, **about}
    finding = cases.comparison("f1", Outcome.FAILED, 0.5, 0.6, 0.01, carried_by=[part])
    (said,) = comparisons.carried(finding, Style(value=code, sentence=prose, passage=prose))
    return said


def test_the_part_that_carries_the_loss_is_told_with_its_size():
    size = "(312 rows, 22 % of them) carries 78 % of the loss"
    assert carrier(value="Two year") == f"`contract` = `Two year` {size}"
    assert carrier(missing=True) == f"`contract` missing {size}"
    quarter = carrier(quarter="lowest", low=0, high=2.5)
    assert quarter == f"`contract` in its lowest quarter, `0` to `2.5` {size}"
    assert carrier() == f"one value of `contract` {size}"
    assert carrier(share=1.4).endswith("more than all of the loss: other rows gained")


def test_what_carries_the_loss_cannot_leave_its_place():
    said = carrier(column="|a`", value="@octocat <b>|")
    assert "@octocat <b>" in said
    assert "|" not in said


def test_a_row_that_got_worse_is_one_line():
    row = {"row": 12, "features": {"age": 3.5, "city": None}, "more_features": 2}
    row |= {"truth": "yes", "base": "yes", "head": "no"}
    finding = cases.comparison("f1", Outcome.FAILED, 0.5, 0.6, 0.01, changed_rows=[row, "odd"])
    (said,) = comparisons.changed_rows(finding, Style(value=code, sentence=prose, passage=prose))
    assert said == (
        "row 12: truth `yes`, base says `yes`, head says `no`; `age` `3.5`, `city` `null`, "
        "2 more columns"
    )


def test_details_of_another_shape_are_passed_over():
    odd = cases.comparison("f1", Outcome.FAILED, 0.5, 0.6, 0.01, carried_by=3, changed_rows={})
    assert comparisons.carried(odd, Style(value=code, sentence=prose, passage=prose)) == []
    assert comparisons.changed_rows(odd, Style(value=code, sentence=prose, passage=prose)) == []
