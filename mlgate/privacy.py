"""Whether a run may show what stands in the cells of the data.

`privacy: no-examples` in mlgate.yml keeps values of cells out of findings, and so out of the result
file and of every report. Values get into findings in two ways, and both end here: a check shows
them (`cells` of a message, details with examples), or an exception of a library or of a stranger's
code quotes them (`foreign`). It is a setting of the whole run, which every check and every error
would otherwise have to be handed.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from pydantic import JsonValue

HIDDEN: Final = "(withheld)"
"""What stands in the place of a value or a text."""
_WITHHELD: ContextVar[bool] = ContextVar("withheld", default=False)


@contextmanager
def withholding(*, on: bool) -> Iterator[None]:
    """While this lasts, values of cells stay out of what is said, if `on`."""
    token = _WITHHELD.set(on)
    try:
        yield
    finally:
        _WITHHELD.reset(token)


def withheld() -> bool:
    """Whether values of cells must not be shown."""
    return _WITHHELD.get()


def foreign(text: str) -> str:
    """A text that may quote the data, such as an exception's message, or what stands for it."""
    return HIDDEN if withheld() and text else text


def concealed(details: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """The details of a finding without what may be a cell of the data.

    Figures and flags stay, except those that are cells themselves; of texts, lists and mappings
    only those that are known to be of mlgate's own making.
    """
    kept: dict[str, JsonValue] = {}
    for key, item in details.items():
        is_figure = item is None or isinstance(item, bool | int | float)
        if key in OWN_MAKING or (is_figure and key not in CELLS):
            kept[key] = item
    return kept


def figure_alone(value: JsonValue) -> JsonValue:
    """A measured value, if it is a figure; else what stands in its place."""
    if value is None or isinstance(value, bool | int | float):
        return value
    is_no_number = isinstance(value, str) and value in {"NaN", "Infinity", "-Infinity"}
    return value if is_no_number else HIDDEN


CELLS: Final = frozenset({"value"})
"""Details that hold a number out of a cell."""
OWN_MAKING: Final = frozenset(
    {
        # of comparisons
        "base_rows", "carried_by", "decision", "interval", "method", "note", "seeds",
        # of parts of the rows: cells are left out where they are named
        "groups", "left_out", "metric", "metrics", "slice", "slices",
        # of tables: names of columns and types, and shares
        "column", "columns", "features", "ids", "null_map", "types", "unit",
        # of expectations
        "engine", "expectation_type", "shortened", "unexpected_index_column_names",
        # of files and tests
        "base_sha256", "format", "imports", "kind", "markers", "model", "models", "opcode", "place",
        "sha256",
        # of latency
        "rounds", "ratio_interval",
    }
)  # fmt: skip
"""Details whose texts, lists and mappings hold no cell."""
