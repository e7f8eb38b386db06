"""Metrics that a pipeline wrote into a file: JSON or YAML with nested keys, as DVC keeps them."""

import json
import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from mlgate.checks import wording
from mlgate.checks.interface import Inputs, Measurement
from mlgate.checks.limits import Limits
from mlgate.checks.metric_findings import compared_by_value, not_measured, within_limits
from mlgate.checks.scorers import find
from mlgate.config.load import nearest
from mlgate.errors import DataNotReadable, MlgateError, NoBaseline
from mlgate.results import Finding

MAX_BYTES = 4 << 20
MAX_KEYS = 1_000
"""Keys that are looked through for the nearest name."""

Content = Mapping[str, Any]
"""The top level of a metrics file."""


def measure(
    inputs: Inputs, file: str, limits: Mapping[str, Limits], finding_id: Callable[..., str]
) -> Measurement:
    """Hold the values of a metrics file against limits and against base's file.

    Raises:
        DataNotReadable: Head's file is missing or is no metrics file.
    """
    head = read(inputs.file(file), file)
    base: Content | MlgateError = NoBaseline("no limit asks for base")
    if any(limit.compares for limit in limits.values()):
        try:
            base = read(inputs.file(file, "base"), f"base's {file}")
        except MlgateError as error:
            base = error
    findings: list[Finding] = []
    for key, limit in limits.items():
        if limit.bounds:
            findings.append(_bounded(finding_id(key), key, limit, head, file))
        if limit.compares:
            own_id = finding_id(key, "regression")
            findings.append(_compared(own_id, key, limit, head, base, file))
    values = sum(_get(head, key) is not None for key in limits)
    return Measurement(rows=values, findings=findings)


def direction(key: str, limits: Limits) -> bool | None:
    """Whether more is better: as given, else as for scikit-learn's metric of the innermost name."""
    if limits.greater_is_better is not None:
        return limits.greater_is_better
    parts = key.split(".")
    names = (".".join(parts[start:]) for start in (-1, -2))  # quantile_loss_0.9 holds a dot
    metric = next((metric for name in names if (metric := find(name))), None)
    return metric.greater_is_better if metric else None


def read(path: Path, shown: str) -> Content:
    """The top level of a metrics file.

    Args:
        path: The file.
        shown: Its path as mlgate.yml gives it.

    Raises:
        DataNotReadable: It is too large, not JSON or YAML, or no mapping.
    """
    import yaml

    if path.stat().st_size > MAX_BYTES:
        raise DataNotReadable(
            f"{shown} is larger than {MAX_BYTES:,} bytes",
            cause="it is not a file of metrics",
            remedy="name the file that holds the summary values",
        )
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text) if path.suffix.lower() == ".json" else yaml.safe_load(text)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise DataNotReadable(
            f"{shown} cannot be read: {' '.join(str(error).split())[:200]}",
            cause="the step that writes it failed half way, or it holds another format",
            remedy="write JSON into a .json file, or YAML into any other",
        ) from error
    if not isinstance(content, dict):
        raise DataNotReadable(
            f"{shown} holds no mapping from names to values",
            cause="it is empty, or a list of runs",
            remedy='write it as {"name": value}',
        )
    return content


def value(content: Content, key: str, shown: str) -> float:
    """The number at a nested key such as `test.roc_auc`.

    Raises:
        MlgateError: There is none.
    """
    found = _get(content, key)
    if found is None:
        hint = nearest(key, islice(_keys(content), MAX_KEYS))
        raise MlgateError(
            f"{shown} has no {wording.name(key)}{hint}",
            cause="the key was renamed, or the step that writes it did not run",
            remedy="name a key of the file; nested keys are joined by dots",
        )
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise MlgateError(
            f"{wording.name(key)} in {shown} is not a number: {wording.value(found)}",
            cause="it is text, or a mapping with keys of its own",
            remedy="write numbers without quotes, and name the innermost key",
        )
    try:
        number = float(found)
    except OverflowError:  # JSON has whole numbers of any size
        number = math.inf
    if not math.isfinite(number):
        raise MlgateError(
            f"{wording.name(key)} in {shown} is {number}",
            cause="the metric is not defined for the data",
            remedy="find out why it could not be computed",
        )
    return number


def _bounded(own_id: str, key: str, limits: Limits, head: Content, file: str) -> Finding:
    try:
        observed = value(head, key, file)
    except MlgateError as error:
        return not_measured(own_id, key, error, expected=limits.bounds_text())
    details = {"greater_is_better": direction(key, limits)}
    return within_limits(
        own_id, key, limits, observed, baseline=None, where=f"in {file}", details=details
    )


def _compared(
    own_id: str, key: str, limits: Limits, head: Content, base: Content | MlgateError, file: str
) -> Finding:
    greater_is_better = bool(direction(key, limits))  # known: the configuration asks for it
    observed = None
    try:
        observed = value(head, key, file)
        values = observed, _value_of_base(base, key, file)
        return compared_by_value(
            own_id, key, limits, values, greater_is_better=greater_is_better, where=f"in {file}"
        )
    except MlgateError as error:
        expected = limits.drop_text(greater_is_better=greater_is_better)
        return not_measured(own_id, key, error, expected=expected, observed=observed)


def _value_of_base(base: Content | MlgateError, key: str, file: str) -> float:
    if isinstance(base, MlgateError):
        raise base
    if _get(base, key) is None:
        raise NoBaseline(f"base's {file} has no {wording.name(key)}")
    return value(base, key, f"base's {file}")


def _get(content: Content, key: str) -> Any:
    """What stands at a nested key; None where nothing does."""
    found: Any = content
    for part in key.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _keys(content: Content) -> Iterator[str]:
    """Every dotted key, the outer ones first. Endless where YAML's anchors make a loop."""
    waiting: deque[tuple[str, Content]] = deque([("", content)])
    while waiting:
        prefix, mapping = waiting.popleft()
        for name, inner in mapping.items():
            yield f"{prefix}{wording.brief(name)}"
            if isinstance(inner, dict):
                waiting.append((f"{prefix}{wording.brief(name)}.", inner))
