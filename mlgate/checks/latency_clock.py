"""Timing two models in turns."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from mlgate.sandbox.interface import Clocked, Usage

if TYPE_CHECKING:
    import pandas as pd

MIN_ROUNDS: Final = 11
"""Rounds without which an interval of a median says little."""
MAX_ROUNDS: Final = 101
SINGLES: Final = 10
"""Single rows of one round, at most."""
BATCHES: Final = 3
"""Batches of one round, at most: their median is not the one that another process interrupted."""


@dataclass(kw_only=True)
class Timed:
    """A model, and how long it took."""

    model: Clocked
    rows: "pd.DataFrame"
    """A batch."""
    batches: list[list[float]] = field(default_factory=list)
    """Seconds of batches, by round."""
    singles: list[list[float]] = field(default_factory=list)
    """Seconds of single rows, by round."""

    @property
    def usage(self) -> Usage:
        """What it took beside time."""
        return self.model.usage()


def alternate(
    head: Timed,
    base: Timed | None,
    seconds: float,
    is_enough: Callable[[], bool] = lambda: False,
) -> None:
    """Time both models in turns: A B B A, so that neither always comes first.

    At least `MIN_ROUNDS` rounds are done, whatever they take; slow models are asked less often in a
    round, down to one batch and one row.

    Args:
        head: The pull request's model.
        base: The base branch's; None where there is none.
        seconds: Time to spend.
        is_enough: Whether what was timed so far leaves no doubt; asked after each round.
    """
    both = [head] if base is None else [head, base]
    for timed in both:  # the first call imports, compiles and fills caches
        timed.model.time(timed.rows)
        timed.model.time(timed.rows.head(1))
    half = seconds / MIN_ROUNDS / 2
    batches = _as_many(BATCHES, half, lambda: [t.model.time(t.rows) for t in both])
    singles = _as_many(SINGLES, half, lambda: [t.model.time(t.rows.head(1)) for t in both])
    end = time.monotonic() + seconds
    for number in range(MAX_ROUNDS):
        if number >= MIN_ROUNDS and (time.monotonic() > end or is_enough()):
            return
        for timed in both:
            timed.batches.append([])
            timed.singles.append([])
        for i in range(batches):
            for timed in _in_turn(both, number + i):
                timed.batches[-1].append(timed.model.time(timed.rows))
        for i in range(singles):
            row = (number * singles + i) % len(head.rows)
            for timed in _in_turn(both, number + i):
                timed.singles[-1].append(timed.model.time(timed.rows.iloc[row : row + 1]))


def _in_turn(both: list[Timed], number: int) -> list[Timed]:
    return both if number % 2 == 0 else both[::-1]


def _as_many(most: int, seconds: float, once: Callable[[], object]) -> int:
    """How often something can be done in some time: at least once, at most so often."""
    start = time.monotonic()
    once()
    return max(1, min(most, int(seconds / max(time.monotonic() - start, 1e-9))))
