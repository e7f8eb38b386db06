"""The search for the part of the rows in which head is worse than base, though nobody named it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlgate.checks import losses
from mlgate.checks.responses import Responses
from mlgate.checks.slices import LEAST
from mlgate.checks.slices_bins import Cut, cut, in_words

if TYPE_CHECKING:
    import pandas as pd

    from mlgate.stats.difference import Array
    from mlgate.stats.sample import Sample
    from mlgate.stats.slices import Floor, Search, Worse

LEAST_SHARE: Final = 0.02
"""Smallest share of the rows that is a slice."""
MOST_ROWS: Final = 200_000
"""Rows that are searched: of more, a sample."""
LEVEL: Final = 0.01
"""Chance, at most, that a search finds a slice where head is nowhere worse."""
SHOWN: Final = 3
"""Slices that a finding names, at most."""
ACCURACY_DROP: Final = 0.1
"""Drop of accuracy in a slice below which it is no finding, however certain it is."""
BRIER_SHARE: Final = 0.2
"""Likewise a rise of the Brier score, as a share of what knowing nothing but frequencies costs."""
ERROR_SHARE: Final = 0.1
"""Likewise a rise of the mean absolute error, as a share of the error of the best constant."""
ERROR_RISE: Final = 0.25
"""Likewise as a share of base's error in the slice; the larger of the two counts."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A model's responses, of every kind that it gives."""

    labels: Responses | None = None
    probabilities: Responses | None = None
    values: Responses | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Loss:
    """A loss of each row, and how much it must rise in a slice."""

    metric: str
    """The metric whose mean over rows it is, or for accuracy one less that."""
    head: "Array"
    base: "Array"
    floor: "Floor"

    @property
    def greater_is_better(self) -> bool:
        """Direction of the metric."""
        return self.metric == "accuracy"

    def value(self, mean: float) -> float:
        """The metric of a mean loss."""
        return 1 - mean if self.greater_is_better else mean


@dataclass(frozen=True, kw_only=True)
class Bad:
    """A slice in which head is worse."""

    words: str
    rows: int
    metric: str
    head: float
    base: float
    p_value: float


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a search looked at and found."""

    looked_at: int
    """Number of slices."""
    least: int
    """Rows of the smallest slice that was looked at, at least."""
    searched: int
    """Rows that were searched."""
    columns: int
    """Columns that slices were made of."""
    metrics: tuple[str, ...]
    """What the losses are means of."""
    same: bool
    """Whether the losses are the same in every row."""
    worst: tuple[Bad, ...]
    """Worse by more than the floors, the worst first; the first one's p-value decides."""


def look(
    frame: "pd.DataFrame",
    heads: Sequence[Seen],
    base: Seen,
    rows: "Sample",
    columns: Sequence[str],
) -> Look:
    """Search for slices of a frame.

    Args:
        frame: The rows.
        heads: Responses to them of head's model, and of others of its recipe: their mean counts.
        base: Base's.
        rows: Weights and clusters of the rows.
        columns: Columns that slices may be made of.
    """
    import numpy as np

    from mlgate.stats.difference import same_answers
    from mlgate.stats.sample import sample
    from mlgate.stats.slices import search

    of_heads = [row_losses(head, base) for head in heads]
    found = of_heads[0]
    ours = np.mean([np.column_stack([loss.head for loss in own]) for own in of_heads], axis=0)
    theirs = np.column_stack([loss.base for loss in found])
    if rows.rows > MOST_ROWS:
        chosen = np.sort(np.random.default_rng(0).choice(rows.rows, MOST_ROWS, replace=False))
        frame, ours, theirs = frame.iloc[chosen], ours[chosen], theirs[chosen]
        weights, clusters = (
            None if values is None else values[chosen] for values in (rows.weights, rows.clusters)
        )
        rows = sample(MOST_ROWS, weights, clusters)
    least = max(LEAST, round(LEAST_SHARE * rows.rows))
    cuts = [own for name in columns if (own := cut(frame[name], name, least)) is not None]
    seen: Search = search(
        ours,
        theirs,
        [own.binned for own in cuts],
        rows,
        floors=[loss.floor for loss in found],
        least=least,
    )
    return Look(
        looked_at=seen.looked_at,
        least=least,
        searched=rows.rows,
        columns=len(cuts),
        metrics=tuple(loss.metric for loss in found),
        same=same_answers(ours, theirs),
        worst=tuple(_distinct(seen.worse, cuts, found, rows.rows)),
    )


def row_losses(head: Seen, base: Seen) -> list[Loss]:
    """The losses that are searched: wrong answers and Brier's, or absolute errors.

    Brier's shows what a wrong label hides where one class is rare; and unlike the log loss, no
    single row of which a model is sure decides the mean.
    """
    import numpy as np

    from mlgate.stats.slices import Floor

    if head.values is not None and base.values is not None:
        theirs = abs(losses.errors(base.values))
        spread = abs(head.values.truth - np.median(head.values.truth)).mean()
        floor = Floor(absolute=ERROR_SHARE * float(spread), relative=ERROR_RISE)
        ours = abs(losses.errors(head.values))
        return [Loss(metric="mean_absolute_error", head=ours, base=theirs, floor=floor)]
    found = []
    if head.labels is not None and base.labels is not None:
        wrong = [(~losses.right(side)).astype(float) for side in (head.labels, base.labels)]
        floor = Floor(absolute=ACCURACY_DROP, relative=0.0)
        found.append(Loss(metric="accuracy", head=wrong[0], base=wrong[1], floor=floor))
    if head.probabilities is not None and base.probabilities is not None:
        labels = tuple(dict.fromkeys((*head.probabilities.labels, *base.probabilities.labels)))
        sides = [losses.coded_as(side, labels) for side in (head.probabilities, base.probabilities)]
        ours, theirs = (losses.brier_losses(side) for side in sides)
        shares = np.bincount(sides[0].truth, minlength=len(labels)) / len(ours)
        # The loss of a model that knows nothing but how frequent each class is.
        null = float(1 - (shares**2).sum()) / (2 if len(labels) == 2 else 1)
        floor = Floor(absolute=BRIER_SHARE * null, relative=0.0)
        found.append(Loss(metric="brier_score", head=ours, base=theirs, floor=floor))
    return found


def _distinct(
    worse: "Sequence[Worse]", cuts: Sequence[Cut], found: Sequence[Loss], rows: int
) -> Iterator[Bad]:
    """The worst slices, each with at most half of its rows in one that was named before."""
    import numpy as np

    named: list[Array] = []
    for one in worse:
        inside = np.ones(rows, dtype=bool)
        for part in one.parts:
            codes = cuts[part.column].binned.codes
            inside &= (codes >= part.low) & (codes <= part.high)
        if any((inside & other).sum() > len(inside[inside]) / 2 for other in named):
            continue
        named.append(inside)
        loss = found[one.loss]
        yield Bad(
            words=in_words(cuts, one.parts),
            rows=one.rows,
            metric=loss.metric,
            head=loss.value(one.level + one.rise),
            base=loss.value(one.level),
            p_value=one.p_value,
        )
        if len(named) == SHOWN:
            return
