"""Findings about latency, from what was timed."""

import math
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from mlgate.checks.latency_clock import Timed
from mlgate.checks.wording import percent
from mlgate.errors import MlgateError, NoBaseline
from mlgate.results import Finding, Outcome, Severity
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
_NO_DOUBT: Final = 0.999
"""Confidence at which more timings are not asked for: it is looked at after each round."""


@dataclass(frozen=True, kw_only=True)
class Growth:
    """By how much a measure may grow over base's."""

    fails: float | None
    """Share above which it fails: 0.5 stands for one and a half times."""
    warns: float | None = None
    """Share above which it warns."""
    least: float = 0.0
    """Milliseconds by which a time must grow to count at all."""

    @property
    def limits(self) -> list[float]:
        """The ratios to base at which something changes."""
        return [1 + share for share in (self.fails, self.warns) if share is not None]


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


def increased(id_: str, measure: str, head: Timed, base: Timed, growth: Growth) -> Finding:
    """A measure of head against base's."""
    seen, _, unit = _figure(measure, head)
    before, _, _ = _figure(measure, base)
    if seen is None or before is None or not before:
        return _undecided(id_, measure, "one of the models has no file of its own")
    if measure in _SLACK:
        ratio = seen / before
        limits, shown, least = (ratio, ratio), "", _SLACK[measure]
    else:
        ratios = _ratios(measure, head, base)
        ratio, limits = median(ratios), interval(ratios, 0.5)
        shown = f" (95 % interval {limits[0]:.3g} to {limits[1]:.3g})"
        least = growth.least
    outcome, severity = _judged(limits, before, seen, growth, least)
    small = ratio > min(growth.limits) and seen - before <= least
    return Finding(
        id=id_,
        outcome=outcome,
        subject=measure,
        message=f"{_name(measure)} is {ratio:.3g} times base's{shown}: {before:.{_DIGITS}g} → "
        f"{seen:.{_DIGITS}g} {unit}; {_allowed(growth)}"
        + (f", and less than {least:g} {unit} more does not count" if small else ""),
        observed=seen,
        expected=_expected(growth),
        baseline=before,
        severity=severity,
        details={
            **_details(measure, head, unit),
            "ratio": ratio,
            **({"ratio_interval": list(limits)} if shown else {}),
            "base": _details(measure, base, unit),
        },
    )


def _judged(
    limits: tuple[float, float], before: float, seen: float, growth: Growth, least: float
) -> tuple[Outcome, Severity | None]:
    """The outcome of a ratio's interval, and a severity of its own.

    What is surely below the limit that fails passes, though it may be above the one that warns.
    """
    low, high = limits
    counts = seen - before > least
    if growth.fails is not None:
        if low > 1 + growth.fails and counts:
            return Outcome.FAILED, None
        if low <= 1 + growth.fails < high and before * (high - 1) > least:
            return Outcome.INCONCLUSIVE, None
    if growth.warns is not None and low > 1 + growth.warns and counts:
        return Outcome.FAILED, "warning"
    return Outcome.PASSED, None


def _allowed(growth: Growth) -> str:
    if growth.fails is None:
        return f"more than {1 + (growth.warns or 0):g} times is worth a look"
    return f"up to {1 + growth.fails:g} times is allowed"


def _expected(growth: Growth) -> str:
    if growth.fails is None:
        return f"increase <= {percent(growth.warns or 0)}, or a warning"
    return f"increase <= {percent(growth.fails)}"


def is_settled(
    measure: str, head: Timed, base: Timed | None, most: float | None, growth: Growth | None
) -> bool:
    """Whether more timings would hardly change what is said of a measure."""
    if measure in _SLACK or measure == "load":
        return True
    sure = []
    if most is not None:
        values = _milliseconds(measure, head)
        sure.append((interval(values, _quantile(measure), _NO_DOUBT), [most]))
    if growth is not None and base is not None:
        ratios = _ratios(measure, head, base)
        sure.append((interval(ratios, 0.5, _NO_DOUBT), growth.limits))
    return all(low > limit or high <= limit for (low, high), limits in sure for limit in limits)


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
    pairs = zip(_rounds(measure, head), _rounds(measure, base), strict=True)
    return [median(a) / max(median(b), 1e-9) for a, b in pairs]


def _rounds(measure: str, timed: Timed) -> list[list[float]]:
    return timed.batches if measure.startswith("batch") else timed.singles


def _milliseconds(measure: str, timed: Timed) -> list[float]:
    return [1000 * seconds for round_ in _rounds(measure, timed) for seconds in round_]


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
