"""Base's suites of expectations against head's: what they ask less of."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mlgate.checks.expectations import Expectations
from mlgate.checks.interface import Inputs
from mlgate.config.direction import NEITHER, Direction, compare, ranked, same
from mlgate.engines.catalogue import DIRECTIONS, WANTED_VALUES
from mlgate.engines.parameters import fill
from mlgate.engines.suite import ExpectationSpec, read_suite
from mlgate.results import Location, Side

Kind = Literal["looser", "stricter", "changed"]

SEVERITIES = ranked("critical", "warning", "info")
WHICH = ("column", "column_A", "column_B", "column_list", "column_set", "column_index")
"""Arguments that say which columns an expectation is about."""
SHOWN = 100
"""Characters of an argument that a sentence quotes."""


@dataclass(frozen=True, kw_only=True)
class SuiteMove:
    """One thing that differs between two suites."""

    kind: Kind
    name: str
    """The expectation and its columns."""
    argument: str
    """Empty for the whole expectation."""
    before: str | None
    after: str | None
    location: Location | None
    """In head's suite file; None where it does not stand in one."""

    @property
    def sentence(self) -> str:
        """What a reviewer reads."""
        if not self.argument:
            return f"{self.name} was {'removed' if self.after is None else 'added'}"
        word = {
            "looser": "that is looser",
            "stricter": "that is stricter",
            "changed": "whether that is looser cannot be told",
        }
        return f"{self.argument} of {self.name}: {self.before} → {self.after}: {word[self.kind]}"


def expectations_of(inputs: Inputs, check: Expectations, side: Side) -> tuple[ExpectationSpec, ...]:
    """The expectations of a check on its side.

    Raises:
        MlgateError: The file is missing, or does not parse.
    """
    if not isinstance(check.suite, str):
        return tuple(
            item.spec(kwargs=fill(item.kwargs, check.parameters).kwargs) for item in check.suite
        )
    path = inputs.file(check.suite, side, role="suite")
    suite = read_suite(path, shown=check.suite, parameters=check.parameters, custom=True)
    return suite.expectations


def suite_differences(
    base: Sequence[ExpectationSpec], head: Sequence[ExpectationSpec]
) -> Iterator[SuiteMove]:
    """What differs; the order of expectations does not count.

    Expectations of one type about the same columns are one, and the most alike where there are
    several.
    """
    left = list(head)
    waiting = []
    for spec in base:
        twin = next((other for other in left if _differing(spec, other) == []), None)
        if twin is None:
            waiting.append(spec)
        else:
            left.remove(twin)
    for spec in waiting:
        alike = [other for other in left if _about(other) == _about(spec)]
        if not alike:
            yield _whole("looser", spec)
            continue
        nearest = min(alike, key=lambda other: len(_differing(spec, other)))
        left.remove(nearest)
        yield from _differing(spec, nearest)
    for spec in left:
        yield _whole("stricter", spec)


def _whole(kind: Kind, spec: ExpectationSpec) -> SuiteMove:
    gone = kind == "looser"
    return SuiteMove(
        kind=kind,
        name=_name(spec),
        argument="",
        before="there" if gone else None,
        after=None if gone else "there",
        location=None if gone else spec.location,
    )


def _differing(base: ExpectationSpec, head: ExpectationSpec) -> list[SuiteMove]:
    """What differs between two expectations; one of another type is not asked for."""
    if _about(base) != _about(head):
        return [_whole("looser", base)]
    found = []
    for name in sorted(base.kwargs.keys() | head.kwargs.keys()):
        before, after = base.kwargs.get(name), head.kwargs.get(name)
        direction = DIRECTIONS.get(name, NEITHER)
        if name == "value_set":
            direction = WANTED_VALUES.get(base.type, direction)
        kind = _kind(direction, before, after)
        if kind is not None:
            found.append(_argument(kind, head, name, before, after))
    graver = compare(SEVERITIES, base.severity, head.severity)
    if graver in {"looser", "stricter"}:
        kind = "looser" if graver == "looser" else "stricter"
        found.append(_argument(kind, head, "severity", base.severity, head.severity))
    return found


def _kind(direction: Direction, before: Any, after: Any) -> Kind | None:
    if direction.stricter in {"more", "fewer"}:
        return _of_sets(direction, before, after)
    if direction.stricter == "elsewhere":
        return None
    verdict = compare(direction, before, after)
    return None if verdict == "same" else verdict


def _of_sets(direction: Direction, before: Any, after: Any) -> Kind | None:
    if same(before, after):
        return None
    if (before is None) != (after is None):
        is_looser = (after is None) == (direction.unset == "loosest")
        return "looser" if is_looser else "stricter"
    if not isinstance(before, list | tuple) or not isinstance(after, list | tuple):
        return "changed"
    ours, theirs = {_text(item) for item in before}, {_text(item) for item in after}
    if ours == theirs:
        return None
    looser = theirs - ours if direction.stricter == "fewer" else ours - theirs
    return "looser" if looser else "stricter"


def _argument(kind: Kind, spec: ExpectationSpec, name: str, before: Any, after: Any) -> SuiteMove:
    return SuiteMove(
        kind=kind,
        name=_name(spec),
        argument=name,
        before=_shown(before),
        after=_shown(after),
        location=spec.location,
    )


def _about(spec: ExpectationSpec) -> tuple[str, str]:
    return spec.type, _text(_columns(spec.kwargs))


def _columns(kwargs: Mapping[str, Any]) -> list[Any]:
    return [kwargs[name] for name in WHICH if name in kwargs]


def _name(spec: ExpectationSpec) -> str:
    columns = ", ".join(
        map(str, (c if isinstance(c, str) else _text(c) for c in _columns(spec.kwargs)))
    )
    return f"{spec.type}({columns})"


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, sort_keys=True, default=str, ensure_ascii=False)


def _shown(value: Any) -> str:
    text = "(not set)" if value is None else value if isinstance(value, str) else _text(value)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
