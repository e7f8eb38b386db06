"""Whether an environment has the versions of libraries that a model was made with."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from mlgate.artifacts.safety.interface import Recorded, Rule
from mlgate.results import Side

Installed = Callable[[Sequence[str]], Mapping[str, str]]
"""The versions of those distributions that an environment has."""

DISTRIBUTIONS: Mapping[str, tuple[str, ...]] = {
    "xgboost": ("xgboost", "xgboost-cpu"),
    "onnxruntime": ("onnxruntime", "onnxruntime-gpu"),
    "mlflow": ("mlflow", "mlflow-skinny"),
}
"""Distributions that bring one library, where its name alone does not tell."""

_SAVERS = frozenset({"mlflow", "skops"})
"""Libraries that write models of others."""


@dataclass(frozen=True, kw_only=True)
class Preflight:
    """What a model's file says of versions, beside those of the environment that is to load it."""

    recorded: tuple[Recorded, ...]
    """All that stands in the file."""
    installed: Mapping[str, str]
    """What the environment has of these libraries."""
    differences: tuple[str, ...] = ()
    """Clauses such as `trained on scikit-learn 1.5.2, this environment has 1.9.1`."""
    agreements: tuple[str, ...] = ()
    """Clauses such as `scikit-learn 1.9.1` and `scikit-learn 1.9.0 (1.9.1 here)`."""
    pins: tuple[str, ...] = ()
    """Requirements that would settle differences, such as `scikit-learn==1.5.2`."""
    python: str | None = None
    """The Python that would settle one, such as `3.11`."""
    side: Side = "head"

    @property
    def sentence(self) -> str:
        """What differs, as the cause of a failure; empty where nothing does."""
        return "; ".join(self.differences)

    @property
    def remedy(self) -> str:
        """What to change so that nothing differs."""
        parts = []
        if self.pins:
            shown = ", ".join(f"`{pin}`" for pin in self.pins)
            where = " on the base branch" if self.side == "base" else ""
            parts.append(f"name a file with {shown} as the `requirements` of the model{where}")
        if self.python:
            parts.append(f"give the model `python: '{self.python}'`")
        return f"{' and '.join(parts)}, or train it again" if parts else "train it again"


def compare(recorded: Iterable[Recorded], installed: Installed, side: Side = "head") -> Preflight:
    """Compare what a file records with an environment.

    Args:
        recorded: What a look into the file has found. Text from a stranger, with the characters of
            names and versions only.
        installed: Asked once, for the libraries that matter; not at all where none does.
        side: Whose model it is.
    """
    recorded = tuple(sorted(recorded))
    groups: dict[tuple[str, Rule], list[str]] = {}
    for one in recorded:
        if one.rule != "shown":
            groups.setdefault((one.library, one.rule), []).append(one.version)
    names = {name for library, _ in groups for name in DISTRIBUTIONS.get(library, (library,))}
    found = dict(installed(sorted(names))) if names else {}
    have = {
        library: next(
            (found[n] for n in DISTRIBUTIONS.get(library, (library,)) if n in found), None
        )
        for library, _ in groups
    }
    differences, agreements = [], []
    pins, python = [], None
    for (library, rule), versions in groups.items():
        there = have[library]
        if rule == "same":
            bad = [version for version in versions if _minor(version) != _minor(there)]
        else:
            versions = [max(versions, key=_key)]
            bad = [version for version in versions if _minor(version) > _minor(there)]
        if bad:
            verb = "saved by" if library in _SAVERS else "trained on"
            what = f"{verb} {_title(library)} {' and '.join(bad)}"
            if rule == "at least":
                what = f"its file needs {_title(library)} {bad[0]} or newer"
            differences.append(f"{what}, this environment has {there or 'none'}")
            if library == "python":
                python = ".".join(versions[0].split(".")[:2])
            elif len(versions) == 1:
                pins.append(f"{library}{'==' if rule == 'same' else '>='}{versions[0]}")
        elif rule == "at least":
            agreements.append(f"{_title(library)} {there} (needs {versions[0]} or newer)")
        else:
            differ = "" if versions == [there] else f" ({there} here)"
            agreements.append(f"{_title(library)} {' and '.join(versions)}{differ}")
    return Preflight(
        recorded=recorded,
        installed={library: version for library, version in have.items() if version},
        differences=tuple(differences),
        agreements=tuple(agreements),
        pins=tuple(pins),
        python=python,
        side=side,
    )


def _title(library: str) -> str:
    return "Python" if library == "python" else library


def _key(version: str | None) -> tuple[int, ...]:
    """The numbers that a version starts with; before all others for none."""
    return tuple(map(int, re.findall(r"\d+", re.split(r"[^\d.]", version)[0]))) if version else ()


def _minor(version: str | None) -> tuple[int, ...]:
    """What has to be equal: a patch changes nothing that is saved."""
    return (*_key(version), 0, 0)[:2] if version else (-1, -1)
