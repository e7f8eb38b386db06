"""Two distributions as lines of text: what was there before and what is now, in shared bins."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from pydantic import JsonValue

from mlgate.reports import figures
from mlgate.results import Finding

KEY: Final = "distribution"
"""Key of a finding's details that holds one."""
MAX_SHOWN: Final = 5
"""Distributions of one check that a report draws."""
MAX_NULLS: Final = 10
"""Columns of a map of nulls that a report lists."""
WIDTH: Final = 12
"""Characters of the longest bar."""
LABEL: Final = 26
"""Characters of a bin's name."""
FULL: Final = "█"
HALF: Final = "▌"


def drawn(finding: Finding) -> str | None:
    """A distribution as text, for a block of code; None where there is none to draw.

    Each bin has its share before and now, and bars of both on one scale. Nothing is escaped.
    """
    plot = finding.details.get(KEY)
    if not isinstance(plot, dict):
        return None
    before, now = _counts(plot.get("reference")), _counts(plot.get("current"))
    labels = list(_labels(plot))
    other = _counts(plot.get("other"))
    if len(other) == 2:
        labels, before, now = [*labels, "(all others)"], [*before, other[0]], [*now, other[1]]
    if not labels or not len(labels) == len(before) == len(now):
        return None
    shares = [[count / max(sum(side), 1) for count in side] for side in (before, now)]
    largest = max(map(max, shares)) or 1.0
    width = min(LABEL, max(map(len, labels)))
    lines = [f"{'':{width}}  {'before':{WIDTH + 8}}  now"]
    for label, *pair in zip(labels, *shares, strict=True):
        bars = "  ".join(f"{_percent(share)} {_bar(share / largest):{WIDTH}} " for share in pair)
        lines.append(f"{label[:LABEL]:{width}}  {bars}".rstrip())
    return "\n".join(lines)


def null_map(finding: Finding) -> list[tuple[str, float, float]]:
    """Columns with nulls, with their shares before and now."""
    rows = finding.details.get("null_map")
    found = []
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict):
            shares = [figures.number(row.get(side)) for side in ("reference", "current")]
            if shares[0] is not None and shares[1] is not None:
                found.append((str(row.get("column")), shares[0], shares[1]))
    return found


def _labels(plot: dict[str, JsonValue]) -> Iterator[str]:
    labels, edges = plot.get("labels"), plot.get("edges")
    if isinstance(labels, list):
        yield from (" ".join(str(label).split()) for label in labels)
    elif isinstance(edges, list):
        yield from (f"{_edge(low)} to {_edge(high)}" for low, high in pairwise(edges))


def _edge(edge: JsonValue) -> str:
    return f"{edge:.4g}" if isinstance(edge, int | float) else str(edge)[:10]


def _counts(given: JsonValue | None) -> list[float]:
    counts: Sequence[JsonValue] = given if isinstance(given, list) else []
    return [count for count in counts if isinstance(count, int | float)]


def _percent(share: float) -> str:
    return f"{100 * share:5.1f} %"


def _bar(share: float) -> str:
    halves = round(2 * WIDTH * share)
    return FULL * (halves // 2) + HALF * (halves % 2)
