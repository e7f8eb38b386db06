"""What a report is: a function from a judged result to text."""

from collections.abc import Mapping
from typing import Protocol

from mlgate.results import RunResult


class Report(Protocol):
    """Words for a result. Imports data only; reads no file, no clock and no environment."""

    def __call__(self, result: RunResult) -> str:
        """The whole text of the report. `result.verdict` is set."""


ReportFormats = Mapping[str, str]
"""Report formats by name: `module:function`, imported when it is used."""
