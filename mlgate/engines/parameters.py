"""Suite parameters: values that a suite leaves open, and the check fills in.

`{"$PARAMETER": "lo * 0.5"}` may stand for an argument, or for any value within one.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mlgate.config.load import nearest
from mlgate.engines.formula import NotAnExpression, NoValue, evaluate

MAX_DEPTH: Final = 100
"""Levels of lists and mappings within an argument."""
_KEY: Final = "$PARAMETER"

Place = tuple[str | int, ...]
"""Where in the arguments of an expectation: names and positions."""


@dataclass(frozen=True, kw_only=True)
class Filled:
    """Arguments with their values."""

    kwargs: dict[str, Any]
    problems: tuple[tuple[Place, str], ...]
    """What could not be filled in: where, and why; none where the arguments are complete."""


def fill(kwargs: Mapping[str, Any], values: Mapping[str, Any]) -> Filled:
    """Put values in the place of parameters.

    Args:
        kwargs: Arguments of an expectation.
        values: The parameters' values, by name.
    """
    problems: list[tuple[Place, str]] = []
    filled = {name: _fill(item, values, (name,), problems) for name, item in kwargs.items()}
    return Filled(kwargs=filled, problems=tuple(problems))


def _fill(
    given: Any, values: Mapping[str, Any], place: Place, problems: list[tuple[Place, str]]
) -> Any:
    if len(place) > MAX_DEPTH:
        problems.append((place[:1], f"is nested more than {MAX_DEPTH} levels deep"))
        return None
    if isinstance(given, Mapping):
        if _KEY in given:
            return _value(given, values, place, problems)
        items = given.items()
        return {key: _fill(item, values, (*place, str(key)), problems) for key, item in items}
    if isinstance(given, list | tuple):
        return [_fill(item, values, (*place, i), problems) for i, item in enumerate(given)]
    return given


def _value(
    given: Mapping[str, Any],
    values: Mapping[str, Any],
    place: Place,
    problems: list[tuple[Place, str]],
) -> Any:
    text = given[_KEY]
    if not isinstance(text, str):
        problems.append((place, f"`{_KEY}` should be a name or an expression, not {text!r:.60}"))
        return None
    own = f"{_KEY}.{text}"  # a value for this once, as Great Expectations has it
    if own in given:
        return given[own]
    if unknown := sorted(map(str, given.keys() - {_KEY})):
        problems.append((place, f"unknown key {unknown[0][:100]!r} beside `{_KEY}`"))
        return None
    shown = repr(text[:100])
    if text.strip().lower().startswith("urn:"):
        message = (
            f"{shown} takes a value from another validation or a store, which ended with Great "
            "Expectations 1.0; use a name, and give its value under the check's `parameters`"
        )
        problems.append((place, message))
        return None
    try:
        value = evaluate(text, values)
        if value is not None and not (isinstance(value, float) and math.isnan(value)):
            return value
        found = "null" if value is None else "not a number"
        problems.append((place, f"the parameter {shown} is {found}, which bounds nothing"))
    except NoValue as error:
        within = "" if error.name == text.strip() else f" for {shown}"
        hint = nearest(error.name, values) or "; give it under the check's `parameters`"
        problems.append((place, f"there is no parameter {error.name[:100]!r}{within}{hint}"))
    except NotAnExpression as error:
        problems.append((place, f"the parameter {shown} {error}"))
    return None
