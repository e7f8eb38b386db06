"""A suite on data: each expectation where it belongs, and the results in the suite's order."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from mlgate import registry
from mlgate.artifacts.interface import DataSet
from mlgate.engines import ENGINES
from mlgate.engines.interface import Engine, Validation
from mlgate.engines.suite import Suite


@dataclass(frozen=True, kw_only=True)
class Modules:
    """Python files of the repository that define expectation classes."""

    files: Mapping[str, Path]
    """By the path that mlgate.yml gives."""
    root: Path
    """Root of the repository's files: other modules are importable from it."""
    seconds: float
    """Time for loading them and for all of their expectations."""


def validate(name: str, data: DataSet, suite: Suite, modules: Modules) -> Validation:
    """Validate a suite, its classes of the repository apart from the others.

    Args:
        name: The engine, a key of `ENGINES`.
        data: The data.
        suite: The suite.
        modules: Where classes of the repository are defined.

    Raises:
        DataNotReadable: The data are missing, empty, truncated, or of another format.
        ExpectationModuleFailed: The classes cannot be loaded, or their process ended.
        SuiteNotReadable: An expectation is neither Great Expectations' nor the modules'.
    """
    indexed = list(enumerate(suite.expectations))
    own = {i: spec for i, spec in indexed if spec.custom}
    others = {i: spec for i, spec in indexed if not spec.custom}
    here = name if others or name != "gx" else "auto"  # rows are counted without importing it
    engine: Engine = registry.load(ENGINES, here)()
    seen = engine.validate(data, replace(suite, expectations=tuple(others.values())))
    data.note_rows(seen.rows)
    results = dict(zip(others, seen.results, strict=True))
    if own:
        from mlgate.engines.custom import run

        specs = tuple(own.values())
        results |= dict(zip(own, run(name, data, specs, modules), strict=True))
    return replace(seen, results=tuple(results[i] for i, _ in indexed))
