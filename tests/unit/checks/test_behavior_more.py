"""Samples, sweeps, templates, ranks, base's pass rate, and what every model should pass."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from mlgate.checks.behavior import Behavior
from mlgate.results import Finding, Outcome
from mlgate.sandbox.interface import Model
from tests.unit.checks.in_process import Array, Classifier, Frame, Other, inputs_with

FRAME = pd.DataFrame(
    {"x": np.linspace(0.0, 1.0, 100), "kind": ["a", "b"] * 50, "text": ["It is good."] * 100}
)


def check(**given: Any) -> Behavior:
    return Behavior.model_validate({"type": "behavior", "model": "m", "data": "test", **given})


def measure(
    root: Path,
    model: Model,
    *tests: dict[str, Any],
    base: Model | None = None,
    frame: Frame = FRAME,
    **more: Any,
) -> list[Finding]:
    with inputs_with(root, frame, model, base) as inputs:
        return list(check(tests=list(tests), **more).run(inputs).findings)


def invariance(change: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": "stays", "kind": "invariance", "change": change, **more}


def sweep(expect: str, over: Any = "quantiles", column: str = "x", **more: Any) -> dict[str, Any]:
    monotonic = {"column": column, "over": over}
    return {"name": "goes", "kind": "directional", "monotonic": monotonic, "expect": expect, **more}


def scored(score: Callable[[Frame], Any]) -> Classifier:
    return Classifier(score=score)


def breaks(share: float) -> Classifier:
    """A model whose label changes with `kind` on the last share of the rows."""
    return scored(lambda rows: np.where(rows.x > 1 - share, (rows.kind == "a") * 1.0, 0.0))


FLIP = {"kind": {"replace": {"a": "b", "b": "a"}}}


# Which rows


def test_only_the_rows_that_meet_the_condition_are_looked_at(tmp_path: Path) -> None:
    (finding,) = measure(tmp_path, breaks(0.3), invariance(FLIP, where="x < 0.5 AND kind = 'a'"))
    assert finding.outcome is Outcome.PASSED
    assert finding.details["rows"] == 25
    (finding,) = measure(tmp_path, breaks(0.3), invariance(FLIP, where="x > 0.9"))
    assert finding.outcome is Outcome.FAILED
    examples: Any = finding.details["counterexamples"]
    assert all(example["row"] >= 90 for example in examples)


def test_a_condition_that_no_row_meets_is_never_green(tmp_path: Path) -> None:
    (finding,) = measure(tmp_path, breaks(0), invariance(FLIP, where="x > 2"))
    assert finding.outcome is Outcome.ERRORED
    assert "none of 100 meets `where`" in finding.message


def test_a_condition_that_does_not_parse_is_a_mistake_in_the_configuration() -> None:
    with pytest.raises(ValidationError, match="where"):
        check(tests=[invariance(FLIP, where="x >")])


@pytest.mark.parametrize(
    ("broken", "sample", "outcome"),
    [
        (0.5, None, Outcome.FAILED),
        (0.19, None, Outcome.PASSED),
        (0.19, 99, Outcome.INCONCLUSIVE),  # near the limit: the interval holds it
        (0.01, 99, Outcome.PASSED),
        (0.6, 50, Outcome.FAILED),
    ],
)
def test_all_rows_decide_exactly_and_a_sample_by_its_interval(
    tmp_path: Path, broken: float, sample: int | None, outcome: Outcome
) -> None:
    test = invariance(FLIP, min_pass_rate=0.8, **({"sample": sample} if sample else {}))
    (finding,) = measure(tmp_path, breaks(broken), test)
    assert finding.outcome is outcome
    interval: Any = finding.details["interval"]
    assert interval[0] < finding.observed < interval[1] + 1e-9
    assert finding.details.get("sampled_of") == (100 if sample else None)
    assert ("rows were sampled from" in finding.message) == (sample is not None)


def test_one_violation_of_a_sample_fails_what_none_may_break(tmp_path: Path) -> None:
    (finding,) = measure(tmp_path, breaks(0.5), invariance(FLIP, sample=50))
    assert finding.outcome is Outcome.FAILED
    (finding,) = measure(tmp_path, breaks(0), invariance(FLIP, sample=50))
    assert finding.outcome is Outcome.PASSED


def test_a_sample_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    found = [
        measure(tmp_path, breaks(0.5), invariance(FLIP, sample=20, seed=seed))[0]
        for seed in (1, 1, 2)
    ]
    assert found[0] == found[1] != found[2]


# What must stay


def test_a_rank_may_move_by_the_tolerance(tmp_path: Path) -> None:
    later = {"x": {"multiply": 2.0}}
    squared = scored(lambda rows: (rows.x / 2) ** 2)
    (finding,) = measure(tmp_path, squared, invariance(later, on="rank"))
    assert finding.outcome is Outcome.PASSED  # scores rise, and no row overtakes another
    folded = scored(lambda rows: abs(rows.x - 0.5).clip(0, 1))
    (finding,) = measure(tmp_path, folded, invariance(later, on="rank", tolerance=0.05))
    assert finding.outcome is Outcome.FAILED
    assert "change rank by more than 5 % of all" in finding.message


def test_the_score_alone_can_be_what_must_stay(tmp_path: Path) -> None:
    change = {"x": {"add": 0.1}}
    flips = scored(lambda rows: 0.45 + 0.1 * (rows.x > 0.55))
    (finding,) = measure(tmp_path, flips, invariance(change, on="score", tolerance=0.2))
    assert finding.outcome is Outcome.PASSED
    (finding,) = measure(tmp_path, flips, invariance(change, tolerance=0.2))
    assert finding.outcome is Outcome.FAILED


# Sweeps


def test_a_sweep_passes_where_every_step_goes_the_right_way(tmp_path: Path) -> None:
    (finding,) = measure(tmp_path, scored(lambda rows: rows.x / 2), sweep("increase"))
    assert finding.outcome is Outcome.PASSED
    curve: Any = finding.details["curve"]
    assert [point["value"] for point in curve] == pytest.approx(np.linspace(0, 1, 10), abs=0.01)
    assert [point["score"] for point in curve] == sorted(point["score"] for point in curve)


def test_a_sweep_shows_the_worst_step_of_each_row(tmp_path: Path) -> None:
    dips = scored(lambda rows: np.where(rows.x == 3, 0.1, rows.x / 10))
    (finding,) = measure(tmp_path, dips, sweep("not_decrease", over=[1, 2, 3, 4]))
    assert finding.outcome is Outcome.FAILED
    assert finding.observed == 0
    assert "scores fall when x rises over 4 values" in finding.message
    examples: Any = finding.details["counterexamples"]
    assert examples[0]["changed"] == {"x": [2.0, 3.0]}
    assert examples[0]["score_before"] == pytest.approx(0.2)
    assert examples[0]["score_after"] == pytest.approx(0.1)
    assert finding.details["expect"] == "not_decrease"
    assert finding.details["column"] == "x"
    curve: Any = finding.details["curve"]
    assert [point["wrong"] for point in curve] == [0, 0, 100, 0]
    assert not any("base" in point for point in curve)


def test_the_curve_of_base_is_beside_that_of_head(tmp_path: Path) -> None:
    ours, theirs = scored(lambda rows: rows.x / 2), scored(lambda rows: 1 - rows.x / 2)
    (finding,) = measure(tmp_path, ours, sweep("increase", over=[0, 0.5, 1]), base=theirs)
    curve: Any = finding.details["curve"]
    assert [point["score"] for point in curve] == pytest.approx([0, 0.25, 0.5])
    assert [point["base"] for point in curve] == pytest.approx([1, 0.75, 0.5])
    assert finding.baseline == 0
    interval: Any = finding.details["base_interval"]
    assert interval[0] == 0
    assert 0.03 < interval[1] < 0.04


def test_a_long_text_is_shown_where_it_changed(tmp_path: Path) -> None:
    texts = pd.DataFrame({"text": [f"{'the weather was warm and ' * 12}the staff was good"] * 3})
    change = {"text": {"replace": {"good": "bad"}}}
    (finding,) = measure(tmp_path, sentiment(), invariance(change), frame=texts)
    examples: Any = finding.details["counterexamples"]
    before, after = examples[0]["changed"]["text"]
    assert before.startswith("…")
    assert before.endswith(" the staff was good")
    assert after.endswith(" the staff was bad")
    ends = len(before) - 4, len(before)
    assert examples[0]["marks"]["text"] == [[list(ends)], [[ends[0], ends[0] + 3]]]


def test_a_regressors_values_can_be_swept_over_categories(tmp_path: Path) -> None:
    price = Other(values=lambda rows: rows.kind.map({"low": 1.0, "middle": 2.0, "high": 3.0}))
    test = sweep("increase", over=["low", "middle", "high"], column="kind")
    (finding,) = measure(tmp_path, price, test)
    assert finding.outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("frame", "column", "what"),
    [
        (FRAME, "kind", "which have no quantiles"),
        (FRAME.assign(x=1.0), "x", "has 1 value in the data"),
        (FRAME.assign(x=np.nan), "x", "has 0 value in the data"),
    ],
)
def test_a_sweep_that_cannot_be_made_is_never_green(
    tmp_path: Path, frame: Frame, column: str, what: str
) -> None:
    test = sweep("increase", column=column)
    (finding,) = measure(tmp_path, scored(lambda rows: rows.x * 0), test, frame=frame)
    assert finding.outcome is Outcome.ERRORED
    assert what in finding.message


def test_a_sweep_of_what_the_model_does_not_see_is_skipped_or_fails(tmp_path: Path) -> None:
    blind = Classifier(score=lambda rows: rows.x * 0, features=("x",))
    over = ["a", "b"]
    (finding,) = measure(tmp_path, blind, sweep("not_increase", over=over, column="kind"))
    assert finding.outcome is Outcome.SKIPPED
    (finding,) = measure(tmp_path, blind, sweep("increase", over=over, column="kind"))
    assert finding.outcome is Outcome.FAILED


# Texts


def sentiment() -> Other:
    return Other(
        values=lambda rows: np.where(rows.text.str.contains("good|fine"), "pos", "neg"),
        classes=("neg", "pos"),
        probabilities=lambda rows: np.column_stack(
            [1 - rows.text.str.contains("good|fine"), rows.text.str.contains("good|fine")]
        ).astype(float),
    )


def functionality(**given: Any) -> dict[str, Any]:
    return {"name": "knows", "kind": "minimum_functionality", "column": "text", **given}


def test_a_template_makes_every_combination(tmp_path: Path) -> None:
    test = functionality(
        template="The {noun} was {{really}} {word}.",
        fill={"noun": ["food", "staff"], "word": ["good", "fine", "bad"]},
        expected="pos",
    )
    (finding,) = measure(tmp_path, sentiment(), test)
    assert finding.observed == pytest.approx(4 / 6)
    examples: Any = finding.details["counterexamples"]
    assert [example["case"]["text"] for example in examples] == [
        "The food was {really} bad.",
        "The staff was {really} bad.",
    ]


def test_texts_may_have_several_right_labels_and_limits_of_the_score(tmp_path: Path) -> None:
    tests = [
        functionality(texts=["good", "bad"], expected=["pos", "neg"]),
        functionality(texts=["good"], expected_min=0.9) | {"name": "sure"},
        functionality(texts=["bad"], expected_max=0.1) | {"name": "sure of bad"},
        functionality(texts=["bad"], expected_min=0.9) | {"name": "wrong"},
    ]
    outcomes = [finding.outcome for finding in measure(tmp_path, sentiment(), *tests)]
    assert outcomes == [Outcome.PASSED] * 3 + [Outcome.FAILED]


def test_rows_may_have_several_right_labels(tmp_path: Path) -> None:
    rows = [{"text": "good", "expected": ["pos", "neutral"]}]
    test = {"name": "knows", "kind": "minimum_functionality", "rows": rows}
    (finding,) = measure(tmp_path, sentiment(), test)
    assert finding.outcome is Outcome.ERRORED  # a label that the model does not have is a typo
    assert "the cases expect 'neutral'" in finding.message


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({"template": "a {b}", "expected": "pos"}, "'b' stands in one of them only"),
        ({"template": "a", "fill": {"b": ["c"]}, "expected": "pos"}, "'b' stands in one of them"),
        ({"template": "a {b", "fill": {"b": ["c"]}, "expected": "pos"}, "not well formed"),
        ({"template": "a {0.x}", "fill": {"b": ["c"]}, "expected": "pos"}, "do not fit"),
        ({"texts": ["a"]}, "need `expected`"),
        ({"texts": ["a"], "rows": [{"x": 1}], "expected": "pos"}, "give either `cases`"),
        ({"rows": [{"x": 1}], "expected": "pos"}, "a case says itself"),
        ({"texts": ["a"], "fill": {"b": ["c"]}, "expected": "pos"}, "`fill` is for a `template`"),
        (
            {"template": "{a}{b}", "fill": {"a": ["x"] * 101, "b": ["y"] * 100}, "expected": "p"},
            "makes 10,100 texts; at most 10,000",
        ),
    ],
)
def test_texts_that_make_no_sense_are_a_mistake_in_the_configuration(
    given: dict[str, Any], what: str
) -> None:
    with pytest.raises(ValidationError, match=what):
        check(tests=[functionality(**given)])


def test_where_several_columns_are_seen_the_text_needs_one(tmp_path: Path) -> None:
    test = functionality(texts=["good"], expected="pos")
    del test["column"]
    (finding,) = measure(tmp_path, sentiment(), test)
    assert finding.outcome is Outcome.ERRORED
    assert "which column do the texts go into?" in finding.message


# Base


def test_rows_that_base_got_right_are_named_even_where_the_rate_passes(tmp_path: Path) -> None:
    test = invariance(FLIP, min_pass_rate=0.8)
    (finding,) = measure(tmp_path, breaks(0.1), test, base=breaks(0.05))
    assert finding.outcome is Outcome.PASSED
    assert finding.details["new_violations"] == 5
    assert finding.message.endswith("; 5 of them did not on base")
    assert finding.baseline == pytest.approx(0.95)


@pytest.mark.parametrize(
    ("head", "base", "outcome"),
    [
        (0.5, 0.1, Outcome.FAILED),
        (0.1, 0.5, Outcome.PASSED),
        (0.1, 0.1, Outcome.INCONCLUSIVE),  # 100 rows do not exclude a drop of a hundredth
    ],
)
def test_a_drop_of_the_pass_rate_is_compared_row_by_row(
    tmp_path: Path, head: float, base: float, outcome: Outcome
) -> None:
    test = invariance(FLIP, min_pass_rate=0.1, max_drop=0.01)
    findings = measure(tmp_path, breaks(head), test, base=breaks(base))
    assert [finding.id for finding in findings] == ["behavior/stays", "behavior/stays/regression"]
    regression = findings[1]
    assert regression.outcome is outcome
    assert regression.details["decision"]
    assert regression.baseline == pytest.approx(1 - base)
    assert isinstance(regression.details["p_value"], float)


def test_without_a_base_a_comparison_is_skipped(tmp_path: Path) -> None:
    findings = measure(tmp_path, breaks(0), invariance(FLIP, max_drop=0.01))
    assert [finding.outcome for finding in findings] == [Outcome.PASSED, Outcome.SKIPPED]


# What every model should pass


def standard(root: Path, model: Model) -> dict[str, Outcome]:
    return {f.id: f.outcome for f in measure(root, model, standard=True)}


def test_a_model_that_goes_by_the_row_alone_passes_all_four(tmp_path: Path) -> None:
    assert standard(tmp_path, scored(lambda rows: rows.x)) == {
        f"behavior/{name}": Outcome.PASSED
        for name in (
            "answers-the-same-when-asked-twice",
            "does-not-depend-on-the-order-of-rows",
            "does-not-depend-on-the-batch",
            "does-not-depend-on-repeated-rows",
        )
    }


RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("score", "broken"),
    [
        (lambda rows: RNG.random(len(rows)), "answers-the-same-when-asked-twice"),
        (lambda rows: np.arange(len(rows)) / len(rows), "does-not-depend-on-the-order-of-rows"),
        (lambda rows: rows.x.rank(pct=True), "does-not-depend-on-the-batch"),
        (lambda rows: rows.x - rows.x.duplicated() * rows.x, "does-not-depend-on-repeated-rows"),
    ],
)
def test_a_model_that_goes_by_something_else_fails(
    tmp_path: Path, score: Callable[[Frame], Array], broken: str
) -> None:
    found = standard(tmp_path, scored(score))
    assert found[f"behavior/{broken}"] is Outcome.FAILED


def test_a_regressor_may_round_differently_in_another_batch(tmp_path: Path) -> None:
    by_size = Other(values=lambda rows: rows.x * 1e6 * (1 + 1e-9 * len(rows)))
    assert set(standard(tmp_path, by_size).values()) == {Outcome.PASSED}
