"""What an engine is: a suite and a data set in, one result for each expectation out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from mlgate.artifacts.interface import DataSet
from mlgate.engines.suite import ExpectationSpec, Suite


@dataclass(frozen=True, kw_only=True)
class ExpectationResult:
    """What one expectation came to. The names, the units and the nulls are Great Expectations'."""

    expectation: ExpectationSpec
    success: bool
    """Great Expectations' verdict: true also where there was no value to look at, false where the
    expectation could not be evaluated."""
    exception_message: str | None = None
    """Why the expectation could not be evaluated; None where it was."""
    considered: int | None = None
    """Values or rows that the verdict rests on; None for an expectation about the table as such."""
    element_count: int | None = None
    """Rows after `row_condition`, nulls included."""
    unexpected_count: int | None = None
    unexpected_percent: float | None = None
    """Share of the values that are not null, 0 to 100."""
    missing_count: int | None = None
    """Null values; for expectations about sets, the values of the set that do not occur."""
    observed_value: Any = None
    partial_unexpected_list: tuple[Any, ...] = ()
    """The first 20 unexpected values, in the order of the rows."""
    partial_missing_list: tuple[Any, ...] = ()
    """For expectations about sets: the first 20 values of the set that do not occur."""
    details: Mapping[str, Any] = field(default_factory=dict)
    gx: Mapping[str, Any] = field(default_factory=dict)
    """The whole result in the format that was asked for; see `to_gx`."""
    raised: Mapping[str, Any] | None = None
    """Great Expectations' own `exception_info`, where it decided."""
    engine: str
    """Name of the engine that decided, a key of `ENGINES`."""

    def to_gx(self) -> dict[str, Any]:
        """The `result` of Great Expectations' validation result.

        Its keys are `element_count`, `unexpected_count`, `unexpected_percent`,
        `unexpected_percent_total`, `unexpected_percent_nonmissing`, `missing_count`,
        `missing_percent`, `observed_value`, `partial_unexpected_list`, `partial_unexpected_counts`,
        `partial_unexpected_index_list`, `partial_missing_list`, `unexpected_list`,
        `unexpected_index_list`, `unexpected_index_query`, `unexpected_index_column_names`,
        `unexpected_rows` and `details`. Those that Great Expectations leaves out, for the
        expectation or for the result format, are left out here; an expectation that could not be
        evaluated has none. Values are Python's or those of pandas.
        """
        return dict(self.gx)

    @property
    def exception_info(self) -> Mapping[str, Any]:
        """Great Expectations' `exception_info`: whether it raised, the message, the traceback."""
        if self.raised is not None:
            return self.raised
        return {
            "raised_exception": self.exception_message is not None,
            "exception_message": self.exception_message,
            "exception_traceback": None,
        }


@dataclass(frozen=True, kw_only=True)
class Validation:
    """A suite, validated."""

    rows: int
    """Rows of the table."""
    columns: tuple[str, ...]
    """Columns of the table, in its order."""
    results: tuple[ExpectationResult, ...]
    """One for each expectation, in the suite's order."""


class Engine(Protocol):
    """Counts. Whether a success counts as one, and in which words, is for the check to say."""

    def validate(self, data: DataSet, suite: Suite) -> Validation:
        """Validate a suite. An expectation that raises is a result and never stops the others.

        Raises:
            DataNotReadable: The file is missing, empty, truncated, or of another format.
        """


EngineTypes = Mapping[str, str]
"""Engines by name: `module:class`, imported when it is used."""
