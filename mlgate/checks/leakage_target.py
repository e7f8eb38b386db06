"""Features that alone predict the target almost perfectly, and did not on base."""

import math
from collections.abc import Iterator
from typing import Final, TypeAlias

from mlgate.artifacts.interface import DataSet
from mlgate.checks.leakage_aspect import Aspect
from mlgate.checks.leakage_features import strengths, weight_of
from mlgate.checks.wording import name, slug
from mlgate.errors import ColumnNotFound
from mlgate.results import Finding, Outcome

STRONG: Final = 0.98
"""A feature that got this good is suspicious, if it gained `GAIN` since base."""
GAIN: Final = 0.03
"""More than a strong feature moves between two large samples of the same population."""
ERRORS: Final = 3.09
"""Standard errors of base's score that the gain must exceed too, where rows are few: a feature
gains so much by chance once in a thousand tables."""
NEW: Final = 0.9
"""A new feature that is this good is looked at beside the others."""
STANDS_OUT: Final = 0.25
"""Share of what the best of base's features leaves open, below which a new one stands out: few
honest features tell so much more than all that a team had before."""
BaseScores: TypeAlias = dict[str, float | None]
"""Scores of base's features; None for one that cannot be scored there."""


def telling_features(
    train: DataSet,
    base: DataSet | None,
    aspect: Aspect,
    limit: float,
    *,
    looks_for_outstanding: bool = False,
) -> Iterator[Finding]:
    """A finding for each feature that gives the target away, or one that says that none does.

    A feature that is above the limit, and was about as good on base, is a strong one. One that is
    new, or much better than on base, fails; without base to compare with it fails as a warning. A
    new one may be below the limit and still stand out among all others.

    Args:
        train: Head's training data.
        base: Base's; None where it has none.
        aspect: The aspect.
        limit: The largest score, 0 to 1, that passes.
        looks_for_outstanding: Whether a new feature that stands out fails too.

    Raises:
        ColumnNotFound: The data do not have the target that they declare, or no feature.
    """
    target, frame = train.spec.target, train.frame
    if target is None:
        yield aspect.skipped(
            f"{train.name} declares no `target`: add `target: COLUMN` to `data.{train.name}`"
        )
        return
    if target not in frame.columns:
        raise ColumnNotFound(
            f"{train.name} has no column {name(target)}, which is its `target`",
            cause="the column was renamed, or mlgate.yml has a typo",
            remedy=f"change `data.{train.name}.target`",
        )
    hidden = {target, train.spec.weight, *train.spec.ids}
    scores = strengths(frame, target, [c for c in frame.columns if c not in hidden])
    if not scores:
        yield aspect.skipped(
            f"no feature of {train.name} can be scored against {name(target)}: there are too few "
            "rows of each class, one class, or only texts that do not repeat"
        )
        return
    outstanding = _outstanding(target, scores, base) if looks_for_outstanding else {}
    suspects = [
        column
        for column, score in scores.items()
        if score >= min(STRONG, limit) or column in outstanding
    ]
    before = _scores_on_base(base, target, suspects)
    weight = weight_of(base.frame, target) if before and base is not None else 0
    failed = False
    for column in suspects:
        baseline = None if before is None else before.get(column)
        gain = max(GAIN, _error(baseline, weight))
        allowed = outstanding.get(column, limit)
        finding = _finding(train, aspect, column, scores[column], before, allowed, gain)
        if finding is not None:
            failed = True
            yield finding
    if not failed:
        yield _none_tells(train, aspect, scores, before, limit)


def _outstanding(target: str, scores: dict[str, float], base: DataSet | None) -> dict[str, float]:
    """New features that tell far more than any of base's does, each with the limit it exceeds."""
    if base is None or target not in base.frame.columns:
        return {}
    before = [score for column, score in scores.items() if column in base.frame.columns]
    open_ = 1 - max(before, default=0.0)
    limit = max(NEW, 1 - STANDS_OUT * open_)
    return {
        column: limit
        for column, score in scores.items()
        if column not in base.frame.columns and score >= limit
    }


def _error(score: float | None, weight: int) -> float:
    """How far a score of a sample may be from the population's.

    The variance of an area under the ROC curve is at most A (1 - A) / m, with m rows in the smaller
    class (Birnbaum and Klose 1957, Ann. Math. Stat. 28:933-945).
    """
    if score is None or not weight:
        return 0.0
    return ERRORS * math.sqrt(score * (1 - score) / weight)


def _scores_on_base(base: DataSet | None, target: str, suspects: list[str]) -> BaseScores | None:
    """Scores of the features that base has; None where there is nothing to compare with."""
    if not suspects:
        return {}  # base's rows need not be read
    if base is None or target not in base.frame.columns:
        return None
    present = [column for column in suspects if column in base.frame.columns]
    found = strengths(base.frame, target, present)
    return {column: found.get(column) for column in present}


def _finding(
    train: DataSet,
    aspect: Aspect,
    column: str,
    score: float,
    before: BaseScores | None,
    limit: float,
    gain: float,
) -> Finding | None:
    """The finding of a suspect; None where it passes."""
    baseline = None if before is None else before.get(column)
    is_new = before is not None and column not in before
    if score - baseline < gain if baseline is not None else score < limit:
        return None
    if baseline is not None:
        comparison = f"{baseline:.4f} on base"
    else:
        comparison = "it is new" if is_new else "there is no base to compare with"
    return Finding(
        id=f"{aspect.id}/{slug(column)}",
        outcome=Outcome.FAILED,
        subject=column,
        message=f"{name(column)} alone predicts {name(train.spec.target)} almost perfectly on "
        f"{len(train.frame):,} rows of {train.name}: its score is {score:.4f} of 1 ({comparison})",
        observed=score,
        expected=f"< {limit:g}" if baseline is None else f"gain < {gain:.2g}, or < {STRONG:g}",
        baseline=baseline,
        severity=aspect.severity if is_new or baseline is not None else "warning",
        details={"columns": [column], "score": score, "score_on_base": baseline},
    )


def _none_tells(
    train: DataSet,
    aspect: Aspect,
    scores: dict[str, float],
    before: BaseScores | None,
    limit: float,
) -> Finding:
    best = max(scores, key=lambda column: scores[column])
    baseline = (before or {}).get(best)
    also = "" if baseline is None else f", and {baseline:.4f} on base"
    return Finding(
        id=aspect.id,
        outcome=Outcome.PASSED,
        subject=aspect.subject,
        message=f"none of {len(scores):,} features of {train.name} gives {name(train.spec.target)} "
        f"away; the best alone is {name(best)}, with a score of {scores[best]:.4f} of 1{also}",
        observed=scores[best],
        expected=f"< {limit:g}",
        baseline=baseline,
        details={"count": 0, "columns": [best], "features": len(scores)},
    )
