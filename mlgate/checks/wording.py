"""Short text for findings: values and names come from strangers and may be of any length.

Here they are only kept short. Making them harmless is the reports' task, which know where they
stand.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from mlgate.privacy import HIDDEN, withheld

MAX_TEXT = 60
"""Characters of a value or a name in a message."""


def brief(text: object, limit: int = MAX_TEXT) -> str:
    """At most `limit` characters."""
    line = str(text)
    return line if len(line) <= limit else line[: limit - 1] + "…"


def name(column: object) -> str:
    """A column's name, in quotes where it would not read as one word."""
    text = brief(column)
    return text if re.fullmatch(r"\w[\w.-]*", text) else f"'{text}'"


def names(columns: Sequence[object], limit: int = 3) -> str:
    """`a`, `a and b`, `a, b, c and 4 more`."""
    parts = [name(column) for column in columns[:limit]]
    if len(columns) > limit:
        parts.append(f"{len(columns) - limit} more")
    return " and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)


def value(item: object) -> str:
    """A value as a reviewer would write it: text in quotes, a whole float without its `.0`."""
    if isinstance(item, str):
        return f"'{brief(item)}'"
    if isinstance(item, float):  # numpy's float64 is one
        return f"{item:.15g}"
    return brief(item)


def values(items: Iterable[object], limit: int = 3) -> str:
    """The first values, with an ellipsis where there are more."""
    items = list(islice(items, limit + 1))
    shown = ", ".join(map(value, items[:limit]))
    return shown + (" …" if len(items) > limit else "")


def cell(item: object) -> str:
    """As `value`, for what stands in a cell of the data, which a run may have to withhold."""
    return HIDDEN if withheld() else value(item)


def cells(items: Iterable[object], limit: int = 3) -> str:
    """As `values`, for what stands in cells of the data."""
    return HIDDEN if withheld() else values(items, limit)


def percent(share: float) -> str:
    """A share of 0 to 1 as percent; what is not quite nothing or all never looks as if it were."""
    if 0 < share < 0.0005:
        return "< 0.1 %"
    if 0.9995 < share < 1:
        return "> 99.9 %"
    return f"{100 * share:.1f}".removesuffix(".0") + " %"


def slug(text: str) -> str:
    """A part of a finding's id: lower-case words joined by hyphens."""
    return re.sub(r"[^\w]+", "-", brief(text, 80).lower()).strip("-") or "unnamed"


def unique(ids: Iterable[str]) -> Iterator[str]:
    """The ids in their order; one that came before gets `-2`, `-3` and so on."""
    taken: set[str] = set()
    for wanted in ids:
        given, count = wanted, 1
        while given in taken:
            count += 1
            given = f"{wanted}-{count}"
        taken.add(given)
        yield given
