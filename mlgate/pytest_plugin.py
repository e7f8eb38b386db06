"""The pytest plugin: models and data of mlgate.yml as fixtures, and its checks as tests.

`pytest --mlgate` collects every check as a test. Nothing of mlgate but this file is imported until
a test uses a fixture, or the option is given.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from mlgate.testing import Gate, ModelUnderTest, Part

MARKERS = {
    "unit": "tests one function or class",
    "integration": "tests parts together",
    "system": "tests the whole",
    "acceptance": "tests what the users asked for",
    "regression": "tests that what worked still does",
    "load": "tests how it behaves under load",
    "security": "tests that it cannot be misused",
}
"""Kinds of test that the report counts."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The plugin's options."""
    group = parser.getgroup("mlgate", "mlgate: quality gate for machine learning")
    group.addoption("--mlgate", action="store_true", help="collect the checks of mlgate.yml")
    group.addoption("--mlgate-config", metavar="PATH", help="default: mlgate.yml")
    group.addoption("--mlgate-base", metavar="REF", help="branch, tag or commit to compare with")


def pytest_configure(config: pytest.Config) -> None:
    """Make the markers known and, with `--mlgate`, mlgate.yml a file of tests."""
    for name, text in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {text}")
    named = {Path(argument.partition("::")[0]).name for argument in config.args}
    if config.option.mlgate and _file(config).name not in named:
        if config.args_source is pytest.Config.ArgsSource.ARGS:
            return  # some tests were named, and mlgate.yml is none of them
        config.args.append(str(_file(config)))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "ChecksFile | None":
    """mlgate.yml is a file of tests, where that is wanted."""
    if parent.config.option.mlgate and file_path == _file(parent.config):
        return ChecksFile.from_parent(parent, path=file_path)
    return None


class ChecksFile(pytest.File):
    """mlgate.yml; each of its checks is a test, and each behavioural test is one of its own."""

    def collect(self) -> "Iterator[CheckItem]":
        """The checks, in order."""
        for part in _gate(self.config).parts():
            yield CheckItem.from_parent(self, name=part.name, part=part)


class CheckItem(pytest.Item):
    """A check of mlgate.yml."""

    def __init__(self, *, part: "Part", **more: Any) -> None:
        """Keep what is to be run."""
        super().__init__(**more)
        self.part = part

    def runtest(self) -> None:
        """Run it; it passes where the gate would let it pass."""
        from mlgate.testing import require

        require(_gate(self.config).run(self.part))

    def repr_failure(
        self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None
    ) -> "str | Any":
        """The report of the check; a traceback for a bug only."""
        from mlgate.errors import MlgateError

        if isinstance(excinfo.value, AssertionError):
            return str(excinfo.value)
        if isinstance(excinfo.value, MlgateError):
            return excinfo.value.explain()
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the check is asked for."""
        place = self.part.location
        return _gate(self.config).root / place.file, place.line - 1, self.name


@pytest.fixture(scope="session")
def mlgate_gate(request: pytest.FixtureRequest) -> "Gate":
    """mlgate.yml, with the models and data that it names."""
    return _gate(request.config)


@pytest.fixture(scope="session")
def mlgate_model(mlgate_gate: "Gate") -> "Callable[..., ModelUnderTest]":
    """A model by its name in mlgate.yml; the name may be left out where there is one model."""
    return mlgate_gate.model


@pytest.fixture(scope="session")
def mlgate_base_model(mlgate_gate: "Gate") -> "Callable[..., ModelUnderTest]":
    """The base branch's version of a model; a test is skipped where there is none."""
    return mlgate_gate.base_model


@pytest.fixture(scope="session")
def mlgate_data(mlgate_gate: "Gate") -> "Callable[..., pd.DataFrame]":
    """A copy of a data set by its name in mlgate.yml."""
    return mlgate_gate.data


@pytest.fixture(scope="session")
def mlgate_predict(mlgate_gate: "Gate") -> "Callable[..., np.ndarray[Any, Any]]":
    """Predictions of a model: `mlgate_predict("churn", rows)`."""
    return lambda name, rows: mlgate_gate.model(name).predict(rows)


_GATE = pytest.StashKey["Gate"]()


def _gate(config: pytest.Config) -> "Gate":
    """The gate of the session, opened when it is first used."""
    if _GATE not in config.stash:
        from mlgate.testing import Gate

        gate = Gate.open(_file(config), base=config.option.mlgate_base)
        config.add_cleanup(gate.close)
        config.stash[_GATE] = gate
    return config.stash[_GATE]


def _file(config: pytest.Config) -> Path:
    """mlgate.yml: the one that is named, else beside pytest's own configuration."""
    given: str | None = config.option.mlgate_config
    if given:
        return Path(config.invocation_params.dir, given).absolute()
    return config.rootpath / "mlgate.yml"
