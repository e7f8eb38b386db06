"""Timing two models in turns."""

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from mlgate.sandbox.interface import Clocked, Usage

if TYPE_CHECKING:
    import pandas as pd

MIN_ROUNDS: Final = 11
"""Rounds without which an interval of a median says little."""
MAX_ROUNDS: Final = 101
SINGLES: Final = 10
"""Single rows of one round."""


@dataclass(kw_only=True)
class Timed:
    """A model, and how long it took."""

    model: Clocked
    rows: "pd.DataFrame"
    """A batch."""
    batches: list[float] = field(default_factory=list)
    """Seconds of each batch, one a round."""
    singles: list[list[float]] = field(default_factory=list)
    """Seconds of single rows, by round."""

    @property
    def usage(self) -> Usage:
        """What it took beside time."""
        return self.model.usage()


def alternate(head: Timed, base: Timed | None, seconds: float) -> None:
    """Time both models in turns: A B B A, so that neither always comes first.

    Args:
        head: The pull request's model.
        base: The base branch's; None where there is none.
        seconds: Time to spend; at least `MIN_ROUNDS` rounds are done, whatever they take.
    """
    both = [head] if base is None else [head, base]
    for timed in both:  # the first call imports, compiles and fills caches
        timed.model.time(timed.rows)
        timed.model.time(timed.rows.head(1))
    end = time.monotonic() + seconds
    for number in range(MAX_ROUNDS):
        if number >= MIN_ROUNDS and time.monotonic() > end:
            return
        order = both if number % 2 == 0 else both[::-1]
        for timed in order:
            timed.batches.append(timed.model.time(timed.rows))
        for timed in order:
            timed.singles.append([])
        for i in range(SINGLES):
            row = (number * SINGLES + i) % len(head.rows)
            for timed in order if i % 2 == 0 else order[::-1]:
                timed.singles[-1].append(timed.model.time(timed.rows.iloc[row : row + 1]))
