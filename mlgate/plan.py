"""From a configuration to what will run, printable before anything does."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from mlgate import registry
from mlgate.checks.interface import Check
from mlgate.config.load import nearest
from mlgate.config.model import POLICY, Config
from mlgate.config.yaml import Path as Place
from mlgate.errors import UsageError
from mlgate.results import Location


@dataclass(frozen=True, kw_only=True)
class Step:
    """One check that will run."""

    check: Check
    location: Location
    """The entry of mlgate.yml that asks for it."""
    origin: Literal["configured", "recommended"]
    place: Place = ("checks",)
    """The entry's place in mlgate.yml."""
    places: Mapping[str, Location] = field(default_factory=dict)
    """Where single findings are asked for, by their ids."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything that will run, in order."""

    config: Config
    steps: tuple[Step, ...]

    def describe(self) -> str:
        """One line for each step: id, type, severity, parameters."""
        if not self.steps:
            return "Nothing: no check applies to the data and models that are named."
        lines = []
        for step in self.steps:
            check = step.check
            given = check.model_dump(
                mode="json",
                by_alias=True,
                exclude={"id", "type", "severity", "was"},
                exclude_defaults=True,
            )
            notes = [f"type {check.type}", check.severity, step.origin]
            lines.append(f"{check.name}  ({', '.join(notes)}; {step.location.file}:"
                         f"{step.location.line})")  # fmt: skip
            lines.extend(f"    {key}: {value}" for key, value in given.items())
        return "\n".join(lines)


def make_plan(config: Config, check_types: Mapping[str, str], *, only: Sequence[str] = ()) -> Plan:
    """Expand `recommended` and select.

    An entry with the id of a recommended check takes its place.

    Raises:
        UsageError: `only` names a check that the plan does not have.
    """
    named = {e.check.name for e in config.entries if not isinstance(e.check, str)}
    steps: list[Step] = []
    for entry in config.entries:
        if isinstance(entry.check, Check):
            steps.append(
                Step(
                    check=entry.check,
                    location=entry.location,
                    origin="configured",
                    places=entry.places,
                    place=entry.place,
                )
            )
        else:
            steps.extend(
                Step(check=check, location=entry.location, origin="recommended", place=entry.place)
                for check in recommended(config, check_types)
                if check.name not in named
            )
    known = [POLICY, *(step.check.name for step in steps)]
    for name in only:
        if name not in known:
            hint = nearest(name, known) or f"; known: {', '.join(known) or 'none'}"
            raise UsageError(f"--only {name}: there is no such check{hint}")
    if only:
        steps = [step for step in steps if step.check.name in only]
    return Plan(config=config, steps=tuple(steps))


def recommended(config: Config, check_types: Mapping[str, str]) -> Iterator[Check]:
    """What every check type recommends for the data and models that are named."""
    for name in check_types:
        kind: type[Check] = registry.load(check_types, name)
        for parameters in kind.recommend(config.data, config.models):
            yield kind.model_validate({"type": name, **parameters})
