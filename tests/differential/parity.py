"""What it means that two engines agree on an expectation."""

import math
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mlgate.artifacts import formats
from mlgate.artifacts.interface import DataSet
from mlgate.config.model import DataSpec
from mlgate.engines.interface import ExpectationResult
from mlgate.engines.suite import ExpectationSpec, Suite

COUNTS = (
    "element_count",
    "unexpected_count",
    "unexpected_percent",
    "missing_count",
    "considered",
    "observed_value",
    "partial_unexpected_list",
    "details",
)


def data_of(frame: pd.DataFrame) -> DataSet:
    """A data set that is a frame in memory."""
    return DataSet(
        name="data", spec=DataSpec(path="-"), side="head", path=Path("-"), read=lambda _: frame
    )


def data_at(path: Path) -> DataSet:
    """A data set that is a file."""
    return DataSet(
        name="data", spec=DataSpec(path=path.name), side="head", path=path, read=formats.read
    )


def suite_of(*questions: tuple[str, dict[str, Any]]) -> Suite:
    """A suite of expectations by type and arguments."""
    specs = (ExpectationSpec(type=kind, kwargs=kwargs) for kind, kwargs in questions)
    return Suite(name="suite", expectations=tuple(specs))


def differences(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[str]:
    """Fields of GX's result that ours does not have, or has with another value."""
    return [
        f"{key}: {ours[key]!r}, and Great Expectations {theirs[key]!r}"
        for key in COUNTS
        if key in theirs and not same(ours[key], theirs[key])
    ]


def between_engines(ours: ExpectationResult, theirs: ExpectationResult) -> list[str]:
    """What one expectation's results have in different ways."""
    wrong = differences(asdict(ours), asdict(theirs))
    if ours.success != theirs.success:
        wrong.append(f"success: {ours.success}, and Great Expectations {theirs.success}")
    if (ours.exception_message is None) != (theirs.exception_message is None):
        wrong.append(f"raised {ours.exception_message}, and {theirs.exception_message}")
    if missing(ours) != missing(theirs):
        wrong.append(f"missing {missing(ours)}, and {missing(theirs)}")
    return wrong


def missing(result: ExpectationResult) -> list[str]:
    """Values of a set that do not occur, which Great Expectations lists in no order."""
    return sorted(str(plain(item)) for item in result.partial_missing_list)


def same(left: Any, right: Any) -> bool:
    """Equal, with a null of any kind equal to another one, and floats up to rounding."""
    left, right = plain(left), plain(right)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, float) and isinstance(right, float):
        return left == right or math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-12)
    return bool(left == right)


def plain(value: Any) -> Any:
    """A value without the types of numpy and pandas; integers that floats hold are floats."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
    if hasattr(value, "item"):
        value = value.item()
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, date):  # of any library; stored answers have them as text
        return value.isoformat()
    whole = isinstance(value, int) and not isinstance(value, bool)
    return float(value) if whole and abs(value) <= 2**53 else value
