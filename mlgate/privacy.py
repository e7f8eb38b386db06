"""Whether a run may show what stands in the cells of the data.

`privacy: no-examples` in mlgate.yml keeps values of cells out of findings, and so out of the result
file and of every report. Values get into findings in two ways, and both end here: a check shows
them (`cells` of a message, details with examples), or an exception of a library or of a stranger's
code quotes them (`foreign`). It is a setting of the whole run, which every check and every error
would otherwise have to be handed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

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
