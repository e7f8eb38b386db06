"""Base's policy against head's: what a pull request asks less of than its base did. Pure.

What an option means stands beside the option (`direction.py`), so that nothing here names one.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from mlgate.config.direction import NEITHER, Direction, compare, same
from mlgate.config.location import shown
from mlgate.config.model import SEVERITY, CheckSpec, Config, Waiver
from mlgate.config.yaml import Mark, Path
from mlgate.results import Location

Kind = Literal["looser", "stricter", "changed"]

NAMES_OF_A_CHECK: Final = frozenset({"id", "type", "was"})
"""What tells a check apart, and is compared before the others."""
SHOWN: Final = 120
"""Characters of a value that a sentence quotes."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """One side: its configuration, and what it expands to."""

    config: Config
    checks: Sequence[CheckSpec]
    """With `recommended` spelled out."""
    places: Mapping[str, Path]
    """The entry of each check, by its name."""

    def mark(self, path: Path) -> Mark:
        """Where an option stands, or what is nearest above it."""
        if self.config.tree is None:
            return Mark(line=1, column=1)
        while path and path not in self.config.tree.values:
            path = path[:-1]
        return self.config.tree.key_mark(path)


@dataclass(frozen=True, kw_only=True)
class Move:
    """One thing that differs."""

    kind: Kind
    """`changed` where nobody can tell which way."""
    section: str
    """`checks`, `data`, `models`, `policy`, `privacy` or `waivers`."""
    name: str
    """The check, data set, model or waiver; empty for an option of the whole file."""
    option: str
    """The option below it, dotted; empty for all of it."""
    before: str | None
    """Base's value; None where it has none."""
    after: str | None
    """Head's value; None where it has none."""
    why: str
    """What that does, as the end of a sentence."""
    location: Location
    """Head's place, or the nearest one above what was removed."""
    column: int
    """Column of it, from 1."""
    base_line: int | None = None
    """Base's line, where it has the option."""
    subject: bool = False
    """Whether it says what is tested, not how strictly."""

    @property
    def sentence(self) -> str:
        """What a reviewer reads."""
        what = " ".join(part for part in (WORDS.get(self.section, self.section), self.name) if part)
        option = f"{self.option} of {what}" if self.option else what
        if self.before is not None and self.after is not None:
            return f"{option}: {self.before} → {self.after}: {self.why}"
        gone = self.after is None
        value = self.before if gone else self.after
        verb = "was removed" if gone else "was added"
        if value is not None and self.option.endswith(value):
            value = None
        line = f" (line {self.base_line} of base)" if gone and self.base_line else ""
        return f"{option} {verb}{f': {value}' if value else ''}{line}: {self.why}"


WORDS: Final = {
    "checks": "check",
    "data": "data set",
    "models": "model",
    "waivers": "waiver for",
}


def differences(base: Policy, head: Policy) -> Iterator[Move]:
    """Everything that differs, in the order of base's file."""
    both = _Both(base=base, head=head)
    yield from both.checks()
    for section in ("policy", "data", "models"):
        yield from both.section(section)
    yield from both.privacy()
    yield from both.waivers()


def renamed(base: Sequence[CheckSpec], head: Sequence[CheckSpec]) -> dict[str, CheckSpec]:
    """Head's check for each name of base that is still there, under this or another name."""
    names = {check.name: check for check in head}
    former = {check.was: check for check in head if check.was is not None}
    found = {check.name: names.get(check.name) or former.get(check.name) for check in base}
    return {
        check.name: there
        for check in base
        if (there := found[check.name]) is not None and there.type == check.type
    }


def direction_of(info: FieldInfo) -> Direction:
    """The direction that stands in a field's type; `NEITHER` where none does."""
    given: list[Any] = [*info.metadata]
    for part in (info.annotation, *get_args(info.annotation)):
        given += getattr(part, "__metadata__", ())
    return next((item for item in given if isinstance(item, Direction)), NEITHER)


@dataclass(frozen=True, kw_only=True)
class _At:
    """A place in both sides."""

    section: str
    name: str
    base: Path
    head: Path
    option: tuple[str, ...] = ()
    subject: bool = False
    """Whether what holds this one says what is tested."""
    severity: tuple[str, str] = ("error", "error")
    """The check's severity on both sides, which a part of it that gives none has."""

    def below(
        self, key: str, base: str | int | None = None, head: str | int | None = None
    ) -> "_At":
        """One step down; `base` and `head` where the sides call it otherwise."""
        return _At(
            section=self.section,
            name=self.name,
            base=(*self.base, key if base is None else base),
            head=(*self.head, key if head is None else head),
            option=(*self.option, key),
            subject=self.subject,
            severity=self.severity,
        )


@dataclass(frozen=True, kw_only=True)
class _Both:
    base: Policy
    head: Policy

    def checks(self) -> Iterator[Move]:
        kept = renamed(self.base.checks, self.head.checks)
        for check in self.base.checks:
            there = kept.get(check.name)
            entry = self.base.places[check.name]
            if there is None:
                at = _At(section="checks", name=check.name, base=entry, head=("checks",))
                yield self._move("looser", at, check.type, None, "nothing checks it any more")
                continue
            at = _At(
                section="checks",
                name=there.name,
                base=entry,
                head=self.head.places[there.name],
                severity=(check.severity, there.severity),
            )
            yield from self._models(at, check, there, leave=NAMES_OF_A_CHECK)

    def section(self, name: str) -> Iterator[Move]:
        before, after = getattr(self.base.config, name), getattr(self.head.config, name)
        if isinstance(before, BaseModel):
            at = _At(section=name, name="", base=(name,), head=(name,))
            yield from self._models(at, before, after)
            return
        for key, spec in before.items():
            at = _At(section=name, name=key, base=(name, key), head=(name, key))
            if key in after:
                yield from self._models(at, spec, after[key])
            else:
                why = "the checks that used it are compared by themselves"
                yield self._move("changed", at, spec_words(spec), None, why, subject=True)

    def privacy(self) -> Iterator[Move]:
        before, after = self.base.config.privacy, self.head.config.privacy
        at = _At(section="privacy", name="", base=("privacy",), head=("privacy",))
        if before == "no-examples" and after != before:
            yield self._move("looser", at, before, after, "reports may show cells of the data")
        elif before != after:
            yield self._move("stricter", at, before, after, "reports show no cells of the data")

    def waivers(self) -> Iterator[Move]:
        before = {waiver.finding: waiver for waiver in self.base.config.waivers}
        for waiver in self.head.config.waivers:
            old = before.get(waiver.finding)
            if old is None:
                yield self._waiver("looser", None, waiver, "this finding may fail until then")
            elif waiver.until > old.until:
                yield self._waiver("looser", old, waiver, "this finding may fail for longer")
            elif waiver.until < old.until:
                yield self._waiver("stricter", old, waiver, "this finding may fail for less long")
            elif (waiver.reason, waiver.owner) != (old.reason, old.owner):
                yield self._waiver("changed", old, waiver, "its reason or owner is another")

    def _waiver(self, kind: Kind, old: Waiver | None, new: Waiver, why: str) -> Move:
        return Move(
            kind=kind,
            section="waivers",
            name=new.finding,
            option="",
            before=None if old is None else _waiver_words(old),
            after=_waiver_words(new),
            why=why,
            location=new.location,
            column=new.column,
            base_line=None if old is None else old.location.line,
        )

    def _models(
        self, at: _At, base: BaseModel, head: BaseModel, leave: frozenset[str] = frozenset()
    ) -> Iterator[Move]:
        """Two mappings of options of one type."""
        for name, info in type(base).model_fields.items():
            if name in leave:
                continue
            key = info.alias or name
            yield from self._values(
                at.below(key), direction_of(info), info, getattr(base, name), getattr(head, name)
            )

    def _values(
        self, at: _At, direction: Direction, info: FieldInfo | None, base: Any, head: Any
    ) -> Iterator[Move]:
        if direction.stricter == "elsewhere":
            return
        if isinstance(base, BaseModel) and type(base) is type(head):
            yield from self._models(at, base, head)
        elif isinstance(base, dict) and isinstance(head, dict):
            yield from self._mappings(at, direction, base, head)
        elif direction.stricter in {"more", "fewer"} and _are_lists(base, head):
            yield from self._lists(at, direction, info, base, head)
        elif direction.stricter in {"more", "fewer"} and (base is None) != (head is None):
            kind = _of_unset(direction, head)
            why = _why(direction, kind, subject=at.subject)
            yield self._move(kind, at, _words(base), _words(head), why)
        else:
            if direction == SEVERITY:
                base, head = base or at.severity[0], head or at.severity[1]
            verdict = compare(direction, base, head)
            if verdict != "same" and not same(plain(base), plain(head)):
                yield self._one(at, direction, verdict, base, head)

    def _one(self, at: _At, direction: Direction, verdict: str, base: Any, head: Any) -> Move:
        kind: Kind = "changed" if verdict not in {"looser", "stricter"} else verdict  # type: ignore[assignment]
        before, after = ("(not shown)",) * 2 if direction.hidden else (_words(base), _words(head))
        subject = at.subject or direction.subject
        return self._move(
            kind, at, before, after, _why(direction, kind, subject=subject), subject=subject
        )

    def _mappings(
        self, at: _At, direction: Direction, base: dict[Any, Any], head: dict[Any, Any]
    ) -> Iterator[Move]:
        counts = direction.stricter == "more"
        for key, value in base.items():
            below = at.below(str(key))
            if key in head:
                yield from self._values(below, NEITHER, None, value, head[key])
            elif counts:
                why = "it is not looked at any more"
                yield self._move("looser", below, _words(value), None, why)
            else:
                why = _why(direction, "changed", subject=direction.subject)
                yield self._move("changed", below, _words(value), None, why)
        for key in head.keys() - base.keys():
            kind: Kind = "stricter" if counts else "changed"
            why = _why(direction, kind, subject=direction.subject)
            yield self._move(kind, at.below(str(key)), None, _words(head[key]), why)

    def _lists(
        self,
        at: _At,
        direction: Direction,
        info: FieldInfo | None,
        base: Sequence[Any],
        head: Sequence[Any],
    ) -> Iterator[Move]:
        """Lists whose entries count each by itself; their order does not."""
        default = None if info is None else info.get_default(call_default_factory=True)
        all_or_unknown = direction.unset != "loosest" and not default and default is not None
        if all_or_unknown and bool(base) != bool(head):  # an empty one stands for something else
            is_all = direction.unset == "strictest"
            kind: Kind = ("looser" if base == () else "stricter") if is_all else "changed"
            why = _why(direction, kind, subject=direction.subject)
            yield self._move(kind, at, _words(base) if base else "(default)",
                             _words(head) if head else "(default)", why)  # fmt: skip
            return
        ours, theirs = _labelled(base), _labelled(head)
        wanted: Kind = "looser" if direction.stricter == "more" else "stricter"
        added: Kind = "stricter" if direction.stricter == "more" else "looser"
        for label, (index, item) in ours.items():
            if label in theirs:
                there, other = theirs[label]
                below = at.below(label, index, there)
                yield from self._values(below, NEITHER, None, item, other)
            else:
                below = at.below(label, index, "(removed)")
                why = "it is not looked at any more" if wanted == "looser" else "no more is let by"
                yield self._move(wanted, below, _words(item), None, why)
        for label, (index, item) in theirs.items():
            if label not in ours:
                below = at.below(label, "(added)", index)
                why = "it is let by" if added == "looser" else "one more is looked at"
                yield self._move(added, below, None, _words(item), why)

    def _move(
        self,
        kind: Kind,
        at: _At,
        before: str | None,
        after: str | None,
        why: str,
        *,
        subject: bool = False,
    ) -> Move:
        mark = self.head.mark(at.head)
        old = None if before is None else self.base.mark(at.base)
        return Move(
            kind=kind,
            section=at.section,
            name=at.name,
            option=".".join(at.option),
            before=before,
            after=after,
            why=why,
            location=Location(file=self.head.config.file, line=mark.line),
            column=mark.column,
            base_line=None if old is None else old.line,
            subject=subject or at.subject,
        )


def _of_unset(direction: Direction, head: object) -> Kind:
    """What it is where a list is given on one side only."""
    if direction.unset == "unknown":
        return "changed" if head is None or head else "looser"  # an empty one looks at nothing
    is_looser = (head is None) == (direction.unset == "loosest")
    return "looser" if is_looser else "stricter"


def _are_lists(base: object, head: object) -> bool:
    return isinstance(base, list | tuple) and isinstance(head, list | tuple)


def _labelled(items: Sequence[Any]) -> dict[str, tuple[int, Any]]:
    """The entries of a list by what they are called, with their places."""
    found: dict[str, tuple[int, Any]] = {}
    for index, item in enumerate(items):
        label = _label(item)
        while label in found:
            label += "'"
        found[label] = (index, item)
    return found


def _label(item: Any) -> str:
    named = getattr(item, "name", None)
    if isinstance(named, str):
        return named
    if isinstance(item, dict) and len(item) == 1:
        return str(next(iter(item)))
    return item if isinstance(item, str) else _words(item)


def spec_words(spec: Any) -> str:
    """A data set or model in a word: where it is."""
    place = getattr(spec, "place", None) or getattr(spec, "path", "")
    return shown(str(place))


def plain(value: Any) -> Any:
    """A value as plain lists, mappings and scalars."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return value


def _words(value: Any) -> str:
    """A value as mlgate.yml would say it, cut."""
    if value is None:
        return "(not set)"
    if isinstance(value, str):
        text = shown(value)
    else:
        text = json.dumps(plain(value), ensure_ascii=False, default=str)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def _waiver_words(waiver: Waiver) -> str:
    return f"until {waiver.until.isoformat()} ({waiver.owner}: {waiver.reason})"


def _why(direction: Direction, kind: Kind, *, subject: bool) -> str:
    if subject:
        return "another thing is tested"
    if kind == "changed":
        return "whether that is looser cannot be told"
    if kind == "stricter":
        return "that is stricter"
    return {
        "higher": "that is looser, as higher is stricter",
        "lower": "that is looser, as lower is stricter",
        "first": "that is looser",
        "more": "less is looked at",
        "fewer": "more is let by",
    }.get(direction.stricter, "that is looser")
