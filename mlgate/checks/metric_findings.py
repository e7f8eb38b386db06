"""Findings about metrics, from numbers that were measured."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mlgate.checks.limits import Limits, worsening
from mlgate.errors import MlgateError, NoBaseline
from mlgate.results import Finding, Outcome

if TYPE_CHECKING:
    from mlgate.stats.decision import Comparison


def within_limits(
    finding_id: str,
    name: str,
    limits: Limits,
    value: float,
    *,
    baseline: float | None,
    where: str,
    details: Mapping[str, Any],
) -> Finding:
    """A value against `min` and `max`. `where` reads like `on 1,409 rows of test`."""
    words = limits.bounds_text().replace(">=", "at least").replace("<=", "at most")
    return Finding(
        id=finding_id,
        outcome=Outcome.PASSED if limits.holds(value) else Outcome.FAILED,
        subject=name,
        message=f"{name} is {_beside(value, limits)} {where}; {words} is required",
        observed=value,
        expected=limits.bounds_text(),
        baseline=baseline,
        details=dict(details),
    )


def compared(
    finding_id: str,
    name: str,
    limits: Limits,
    comparison: "Comparison",
    values: tuple[float, float],
    *,
    subject: str,
    greater_is_better: bool,
    where: str,
    details: Mapping[str, Any],
) -> Finding:
    """Head's value against base's, as it was decided. `values` are head's and base's."""
    from mlgate.stats.decision import Decision

    outcomes = {
        Decision.REGRESSED: Outcome.FAILED,
        Decision.NO_REGRESSION: Outcome.PASSED,
        Decision.INCONCLUSIVE: Outcome.INCONCLUSIVE,
    }
    seen, word = comparison.difference, worsening(greater_is_better=greater_is_better)
    return Finding(
        id=finding_id,
        outcome=outcomes[comparison.decision],
        subject=subject,
        message=_sentence(name, comparison, values, word, where),
        observed=values[0],
        expected=limits.drop_text(greater_is_better=greater_is_better),
        baseline=values[1],
        interval=seen.interval,
        details={
            "n": seen.rows,
            "difference": seen.value,
            "standard_error": seen.standard_error,
            "method": seen.method,
            **({} if seen.p_value is None else {"p_value": seen.p_value}),
            "decision": comparison.decision.value,
            "allowed_drop": comparison.allowed,
            "smallest_detectable_drop": comparison.smallest_detectable_drop,
            "rows_needed": comparison.rows_needed,
            "greater_is_better": greater_is_better,
            **({"note": seen.note} if seen.note else {}),
            **details,
        },
    )


def compared_by_value(
    finding_id: str,
    name: str,
    limits: Limits,
    values: tuple[float, float],
    *,
    greater_is_better: bool,
    where: str,
) -> Finding:
    """Head's value against base's, where there are no rows and so no interval.

    Raises:
        MlgateError: The limit is relative, and base's value is zero.
    """
    head, base = values
    allowed = limits.allowed_drop(base)
    drop = base - head if greater_is_better else head - base
    # Two numbers with 15 digits differ by what they show, not by the last bit of their difference.
    regressed = not drop <= allowed + 1e-12 * max(abs(head), abs(base))
    word = worsening(greater_is_better=greater_is_better)
    return Finding(
        id=finding_id,
        outcome=Outcome.FAILED if regressed else Outcome.PASSED,
        subject=name,
        message=f"{_moved(name, head, base, '.4g')} {where}; a {word} of at most "
        f"{allowed:.4g} is allowed, and there is no interval, since a file holds no rows",
        observed=head,
        expected=limits.drop_text(greater_is_better=greater_is_better),
        baseline=base,
        details={
            "difference": head - base,
            "method": "values alone, without an interval",
            "decision": "regressed" if regressed else "no regression",
            "allowed_drop": allowed,
            "greater_is_better": greater_is_better,
        },
    )


def not_measured(
    finding_id: str,
    name: str,
    error: MlgateError,
    *,
    expected: str,
    observed: float | None = None,
    skipped: bool = False,
    details: Mapping[str, Any] | None = None,
) -> Finding:
    """A metric that could not be had or compared: errored, unless `skipped` or without a baseline.

    Args:
        finding_id: The finding's id.
        name: The metric.
        error: Why.
        expected: The limit that could not be looked at.
        observed: Head's value, where only base's is missing.
        skipped: Whether that is no fault.
        details: Details of the finding.
    """
    no_baseline = isinstance(error, NoBaseline)
    # A comparison that is missing says what was measured all the same.
    value = "" if observed is None else f" is {observed:.4g} and"
    return Finding(
        id=finding_id,
        outcome=Outcome.SKIPPED if no_baseline or skipped else Outcome.ERRORED,
        subject=name,
        message=f"{name}{value} was not {'measured' if observed is None else 'compared'}: "
        f"{error.sentence()}",
        observed=observed,
        expected=expected,
        details={**(details or {}), **({"no_baseline": True} if no_baseline else {})},
    )


def _sentence(
    name: str, comparison: "Comparison", values: tuple[float, float], word: str, where: str
) -> str:
    from mlgate.stats.decision import Decision

    seen = comparison.difference
    if seen.same_answers:
        return f"{name} is {values[0]:.4g} for both models {where}: {seen.note}"
    form = _form(seen.value, seen.interval)
    difference = f"head minus base is {seen.value:{form}}"
    allowed = f"{comparison.allowed:.4g}"
    if seen.interval:
        difference += f" (95 % interval {seen.interval[0]:{form}} to {seen.interval[1]:{form}})"
    if comparison.decision is Decision.REGRESSED:
        judgement = f"a {word} of at most {allowed} is allowed"
    elif comparison.decision is Decision.NO_REGRESSION:
        judgement = f"that excludes a {word} of more than {allowed}"
    elif seen.interval is None:
        judgement = f"nothing can be decided: {seen.note}"
    else:
        judgement = f"that cannot decide whether it is a {word} of more than {allowed}"
        if comparison.rows_needed:
            judgement += f"; about {comparison.rows_needed:,} rows would, if it stays so"
    return f"{_moved(name, *values, form)} {where}; {difference}, and {judgement}"


def _moved(name: str, head: float, base: float, form: str) -> str:
    """`accuracy fell from 0.834 to 0.810`."""
    now, before = f"{head:{form}}", f"{base:{form}}"
    if now == before:
        return f"{name} is {now} for both models"
    return f"{name} {'fell' if head < base else 'rose'} from {before} to {now}"


def _form(value: float, interval: tuple[float, float] | None) -> str:
    """Format of numbers with two significant digits of the interval: any further one is noise."""
    ends = interval or (0.0, 0.0)
    size = (ends[1] - ends[0]) / 2 or abs(value) or 1.0
    if not 1e-9 < size < 1e9:
        return ".3g"
    places = max(0, 1 - math.floor(math.log10(size)))
    # An interval that excludes no change must not look as if it ended there.
    while places < 12 and any(0 < abs(end) < 0.5 * 10**-places for end in ends):
        places += 1
    return f"z.{places}f"


def _beside(value: float, limits: Limits) -> str:
    """A value with as many digits as it takes to see on which side of its limits it is."""
    for digits in (4, 6, 9, 12):
        text = f"{value:.{digits}g}"
        if limits.holds(float(text)) == limits.holds(value):
            return text
    return repr(value)
