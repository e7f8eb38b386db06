"""What can go wrong, one class for each cause.

An error says what happened, why that usually happens, what to change and where to read on. A user's
mistake never shows a traceback; an exception that is not an `MlgateError` is a bug in mlgate and
ends with `ExitCode.BUG`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar

DOCS = "https://github.com/org/mlgate/blob/main/docs"
"""Where an error's page is found; `see` in the classes below is relative to this."""


class ExitCode(IntEnum):
    """Exit codes of every command."""

    PASSED = 0
    """Everything that was configured was checked, and nothing that blocks failed."""
    FAILED = 1
    """The gate failed: something got worse or breaks a limit."""
    USAGE = 2
    """The command line or the configuration is wrong."""
    NOTHING_CHECKED = 3
    """Not a single check reached a decision."""
    ERRORED = 4
    """A check could not run, and the policy says that this fails."""
    BUG = 70
    """A bug in mlgate."""


class MlgateError(Exception):
    """Something that mlgate can explain.

    Args:
        what: What happened, one sentence, naming the file, column or value.
        cause: Why this usually happens.
        remedy: What to change.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.USAGE
    see: ClassVar[str] = "errors.md"

    def __init__(self, what: str, *, cause: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.cause = cause
        self.remedy = remedy

    def sentence(self) -> str:
        """What happened, why and what to change, in one line."""
        parts = [self.what]
        if self.cause:
            parts.append(f"usual cause: {self.cause}")
        if self.remedy:
            parts.append(f"to fix it: {self.remedy}")
        return "; ".join(parts)

    def explain(self) -> str:
        """The whole message, one line for each part."""
        lines = [self.what]
        if self.cause:
            lines.append(f"Usual cause: {self.cause}")
        if self.remedy:
            lines.append(f"To fix it: {self.remedy}")
        lines.append(f"Read on: {DOCS}/{self.see}")
        return "\n".join(lines)


class UsageError(MlgateError):
    """The command line asks for something that does not exist or does not fit together."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong in a configuration file."""

    file: str
    """Path as the user wrote it."""
    line: int
    """Line, from 1."""
    column: int
    """Column, from 1."""
    path: str
    """Where in the document, such as `checks[2].metrics.roc_auc`; empty for the document itself."""
    message: str
    """What is wrong, with the nearest name for a typo."""

    def __str__(self) -> str:
        """`file:line:column: path: message`, the form that editors and terminals make clickable."""
        where = f"{self.file}:{self.line}:{self.column}:"
        return f"{where} {self.path}: {self.message}" if self.path else f"{where} {self.message}"


class ConfigurationError(MlgateError):
    """mlgate.yml is missing or wrong; holds every problem that was found."""

    see: ClassVar[str] = "configuration.md"

    def __init__(self, problems: Sequence[Problem], *, remedy: str = "") -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)), remedy=remedy)


class DataNotReadable(MlgateError):
    """A data file is missing, empty, truncated, or not what its name says."""

    exit_code: ClassVar[ExitCode] = ExitCode.ERRORED


class ColumnNotFound(MlgateError):
    """A column that the configuration names is not in the data."""

    exit_code: ClassVar[ExitCode] = ExitCode.ERRORED


class SuiteNotReadable(MlgateError):
    """A suite of expectations does not parse or names an expectation that does not exist."""

    exit_code: ClassVar[ExitCode] = ExitCode.ERRORED


class ExpectationModuleFailed(MlgateError):
    """The repository's own expectation classes could not be loaded, or their process ended."""

    exit_code: ClassVar[ExitCode] = ExitCode.ERRORED


class ModelFailed(MlgateError):
    """A model's process could not load the model, raised, crashed, hung or answered nonsense."""

    exit_code: ClassVar[ExitCode] = ExitCode.ERRORED


class MetricFailed(MlgateError):
    """A metric of the repository's own code could not be loaded, raised, ended or gave nonsense."""

    exit_code: ClassVar[ExitCode] = ExitCode.ERRORED
    see: ClassVar[str] = "models.md"


class ArtifactBlocked(MlgateError):
    """A file holds, or may hold, what no model is made of, and was not loaded."""

    exit_code: ClassVar[ExitCode] = ExitCode.ERRORED
    see: ClassVar[str] = "artifact-safety.md"


class EnvironmentNotBuilt(MlgateError):
    """The environment that a model's requirements ask for could not be built."""

    exit_code: ClassVar[ExitCode] = ExitCode.ERRORED


class BaselineNotFound(MlgateError):
    """The base commit exists, as far as is known, but cannot be read here."""

    exit_code: ClassVar[ExitCode] = ExitCode.ERRORED
    see: ClassVar[str] = "baseline.md"


class GitFailed(MlgateError):
    """git is missing, or a git command failed."""

    exit_code: ClassVar[ExitCode] = ExitCode.ERRORED


class ResultNotReadable(MlgateError):
    """A result file is missing, too large, or not what its schema says."""


class CannotIsolate(MlgateError):
    """Untrusted code has no safe place to run in, such as a private folder, and was not run."""

    exit_code: ClassVar[ExitCode] = ExitCode.ERRORED


class PlatformRefused(MlgateError):
    """The platform's API refused or did not answer; never changes a verdict."""

    exit_code: ClassVar[ExitCode] = ExitCode.ERRORED
    see: ClassVar[str] = "github.md"


class NoBaseline(MlgateError):
    """There is nothing to compare with, and that is no fault: a first pull request, a new model."""

    exit_code: ClassVar[ExitCode] = ExitCode.ERRORED
    see: ClassVar[str] = "baseline.md"
