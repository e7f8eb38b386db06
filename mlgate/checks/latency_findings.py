"""Findings about latency, from what was timed."""

import math
from statistics import median
from typing import Any, Final

from mlgate.checks.latency_clock import Timed
from mlgate.checks.wording import percent
from mlgate.errors import MlgateError, NoBaseline
from mlgate.results import Finding, Outcome
from mlgate.stats.quantile import interval, quantile

_MIB: Final = 1 << 20
_SLACK: Final = {"memory": 32.0, "size": 0.0}
"""MiB by which a figure may differ without meaning: a process is never twice of the same size."""
_WORDS: Final = {
    "single": "the time for one row",
    "batch": "the time for a batch",
    "memory": "the memory of the model's process",
    "load": "the time to load the model",
    "size": "the size of the model's file",
}
_DIGITS: Final = 4


def within(id_: str, measure: str, head: Timed, limit: float) -> Finding:
    """A measure against its largest value."""
    seen, limits, unit = _figure(measure, head)
    if seen is None:
        return _undecided(id_, measure, "the model has no file of its own")
    low, high = limits
    if seen <= limit:
        outcome, doubt = Outcome.PASSED, ""
    elif low > limit:
        outcome, doubt = Outcome.FAILED, ""
    else:
        outcome, doubt = Outcome.INCONCLUSIVE, ", though the timings do not exclude less"
    return Finding(
        id=id_,
        outcome=outcome,
        subject=measure,
        message=f"{_name(measure)} is {seen:.{_DIGITS}g} {unit}; at most {limit:g} {unit} is "
        f"allowed{doubt}",
        observed=seen,
        expected=f"<= {limit:g} {unit}",
        interval=(low, high) if math.isfinite(low) and math.isfinite(high) else None,
        details=_details(measure, head, unit),
    )


def increased(id_: str, measure: str, head: Timed, base: Timed, allowed: float) -> Finding:
    """A measure of head against base's."""
    seen, _, unit = _figure(measure, head)
    before, _, _ = _figure(measure, base)
    if seen is None or before is None or not before:
        return _undecided(id_, measure, "one of the models has no file of its own")
    limit = 1 + allowed
    if measure in _SLACK:
        ratio, limits = seen / before, None
        worse = seen > before * limit and seen - before > _SLACK[measure]
        outcome = Outcome.FAILED if worse else Outcome.PASSED
    else:
        ratios = _ratios(measure, head, base)
        ratio, limits = median(ratios), interval(ratios, 0.5)
        if limits[0] > limit:
            outcome = Outcome.FAILED
        elif limits[1] <= limit:
            outcome = Outcome.PASSED
        else:
            outcome = Outcome.INCONCLUSIVE
    shown = "" if limits is None else f" (95 % interval {limits[0]:.3g} to {limits[1]:.3g})"
    return Finding(
        id=id_,
        outcome=outcome,
        subject=measure,
        message=f"{_name(measure)} is {ratio:.3g} times base's{shown}: {before:.{_DIGITS}g} → "
        f"{seen:.{_DIGITS}g} {unit}; up to {limit:g} times is allowed",
        observed=seen,
        expected=f"increase <= {percent(allowed)}",
        baseline=before,
        details={
            **_details(measure, head, unit),
            "ratio": ratio,
            **({} if limits is None else {"ratio_interval": list(limits)}),
            "base": _details(measure, base, unit),
        },
    )


def absent(id_: str, measure: str, error: MlgateError) -> Finding:
    """There is nothing to compare with."""
    missing = isinstance(error, NoBaseline)
    return Finding(
        id=id_,
        outcome=Outcome.SKIPPED if missing else Outcome.ERRORED,
        subject=measure,
        message=error.what if missing else f"base's model cannot be timed: {error.sentence()}",
        details={"no_baseline": True} if missing else {},
    )


def _undecided(id_: str, measure: str, reason: str) -> Finding:
    return Finding(
        id=id_,
        outcome=Outcome.ERRORED,
        subject=measure,
        message=f"{_name(measure)} cannot be told: {reason}",
    )


def _figure(measure: str, timed: Timed) -> tuple[float | None, tuple[float, float], str]:
    """A measure's value, its interval, and its unit."""
    if measure == "size":
        size = timed.usage.size_bytes
        found = None if size is None else size / _MIB
        return found, (found or 0.0,) * 2, "MiB"
    if measure == "memory":
        peak = timed.usage.peak_bytes / _MIB
        return peak, (peak, peak), "MiB"
    if measure == "load":
        seconds = timed.usage.load_seconds
        return seconds, (seconds, seconds), "s"
    values, p = _milliseconds(measure, timed), _quantile(measure)
    return quantile(values, p), interval(values, p), "ms"


def _ratios(measure: str, head: Timed, base: Timed) -> list[float]:
    """Head's time over base's, round by round."""
    if measure.startswith("batch"):
        pairs = zip(head.batches, base.batches, strict=True)
    else:
        pairs = zip(map(median, head.singles), map(median, base.singles), strict=True)
    return [a / max(b, 1e-9) for a, b in pairs]


def _milliseconds(measure: str, timed: Timed) -> list[float]:
    if measure.startswith("batch"):
        return [1000 * seconds for seconds in timed.batches]
    return [1000 * seconds for singles in timed.singles for seconds in singles]


def _quantile(measure: str) -> float:
    return int(measure.rpartition("_p")[2]) / 100


def _name(measure: str) -> str:
    kind, _, p = measure.partition("_")
    return f"{_WORDS[kind]} ({p})" if p else _WORDS[kind]


def _details(measure: str, timed: Timed, unit: str) -> dict[str, Any]:
    if unit != "ms":
        return {"unit": unit}
    values = _milliseconds(measure, timed)
    rows = len(timed.rows) if measure.startswith("batch") else 1
    shown = {f"p{p}": quantile(values, p / 100) for p in (50, 95, 99)}
    speed = rows / max(shown["p50"] / 1000, 1e-9)
    counts = {"rounds": len(timed.batches), "n": len(values), "rows_per_second": speed}
    return {"unit": unit, **counts, **shown}
