"""Times and dates as a suite gives them: ISO text, or Python's own.

Great Expectations reads an ISO date in a suite as a date, which pandas 3 does not compare with a
time. Here a date is its midnight, as in pandas' own `Timestamp`.
"""

import re
from datetime import date, datetime
from typing import Any, Final

_DAY: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME: Final = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?"
_ISO_DAY: Final = re.compile(_DAY)
_ISO: Final = re.compile(rf"{_DAY}(?:[T ]{_TIME})?")
"""Dates and times that pydantic, dateutil and pandas read alike."""


def moment(given: Any) -> datetime | None:
    """A time without a zone, from a time, a date or ISO text; None for anything else."""
    if isinstance(given, str) and _ISO.fullmatch(given):
        try:
            return datetime.fromisoformat(given)
        except ValueError:
            return None
    if isinstance(given, datetime):
        return given if given.tzinfo is None and not hasattr(given, "nanosecond") else None
    if isinstance(given, date):
        return datetime(given.year, given.month, given.day)  # noqa: DTZ001  # as the column has it
    return None


def day(given: Any) -> date | None:
    """A date, from a date or ISO text; None for anything else, such as a time."""
    if isinstance(given, datetime) or (isinstance(given, str) and not _ISO_DAY.fullmatch(given)):
        return None
    read = moment(given)
    return None if read is None else read.date()
