"""How much a result tells: Great Expectations' result formats and their options."""

from typing import Any, Final, Literal

from pydantic import Field, model_validator

from mlgate.config.model import Strict

MAX_VALUES: Final = 200
"""Unexpected values beyond which Great Expectations lists none, whatever is asked."""

FormatName = Literal["BOOLEAN_ONLY", "BASIC", "SUMMARY", "COMPLETE"]


class ResultFormat(Strict):
    """How much a result tells, in Great Expectations' words. A text alone is the `result_format`.

    It changes no verdict. `SUMMARY` and `COMPLETE` also look for the rows that are not as expected.
    """

    result_format: FormatName
    """`BOOLEAN_ONLY`: no values; `BASIC`: counts and the first unexpected values; `SUMMARY`: also
    how often each of these occurs, and their rows; `COMPLETE`: up to 200 values, and all rows."""
    partial_unexpected_count: int = Field(default=20, ge=0)
    """How many unexpected values the partial lists hold; 0 leaves them out."""
    unexpected_index_column_names: tuple[str, ...] | None = Field(default=None, min_length=1)
    """Columns that tell a row, in place of its number."""
    include_unexpected_rows: bool = False
    """Whether the unexpected rows are there with all of their columns; Great Expectations itself
    decides then."""
    exclude_unexpected_values: bool = False
    """Whether unexpected values stay out of the result, as for personal data."""
    return_unexpected_index_query: bool | None = None
    """Whether pandas' expression for the unexpected rows is there. Default: in `COMPLETE` only."""

    @model_validator(mode="before")
    @classmethod
    def _accept_name(cls, value: object) -> object:
        return {"result_format": value} if isinstance(value, str) else value

    @property
    def measured(self) -> "ResultFormat":
        """The format that is asked of an engine: counts are needed for a verdict in any case."""
        if self.result_format != "BOOLEAN_ONLY":
            return self
        counts = {"result_format": "BASIC", "partial_unexpected_count": 0}
        return self.model_copy(update=counts)

    @property
    def values(self) -> int:
        """How many unexpected values are wanted at most."""
        if self.exclude_unexpected_values:
            return 0
        if self.result_format == "COMPLETE":
            return MAX_VALUES
        return min(self.measured.partial_unexpected_count, MAX_VALUES)

    @property
    def indexed(self) -> bool:
        """Whether the result lists the unexpected rows."""
        return self.result_format in {"SUMMARY", "COMPLETE"}

    @property
    def queried(self) -> bool:
        """Whether the result holds pandas' expression for the unexpected rows."""
        asked = self.return_unexpected_index_query
        return asked is not False if self.result_format == "COMPLETE" else asked is True

    @property
    def rows(self) -> int | None:
        """How many unexpected rows are wanted at most; None for all of them."""
        if self.result_format == "COMPLETE" or self.queried:
            return None
        if self.indexed and self.exclude_unexpected_values and self.unexpected_index_column_names:
            return None  # Great Expectations lists them as one entry, and cuts off entries
        return self.partial_unexpected_count if self.indexed else 0

    @property
    def needs_rows(self) -> bool:
        """Whether the result tells rows at all."""
        return self.rows != 0

    def for_gx(self) -> dict[str, Any]:
        """The mapping that Great Expectations takes for it."""
        return self.model_dump(mode="json", exclude_defaults=True)


BASIC: Final = ResultFormat(result_format="BASIC")
