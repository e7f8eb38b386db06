"""The typed form of mlgate.yml.

Every field's docstring is its description in the JSON Schema and in `docs/configuration.md`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mlgate.results import Location, Severity

Scalar = str | int | float | bool
"""A label or a value of a cell, as YAML gives it."""

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
"""A name that is safe in a finding's id and in a file name."""

RECOMMENDED: Literal["recommended"] = "recommended"
"""The entry of `checks` that stands for every check that applies."""


class Strict(BaseModel):
    """A mapping whose unknown keys are errors."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False
    )


def _path_alone(value: object) -> object:
    return {"path": value} if isinstance(value, str) else value


class DataSpec(Strict):
    """A data set. A string alone is its path."""

    path: str = Field(min_length=1)
    """File, relative to mlgate.yml: CSV, Parquet or JSON lines."""
    format: Literal["csv", "parquet", "jsonl"] | None = None
    """Format, where the file's name does not tell."""
    role: Literal["train", "test", "reference", "current"] | None = None
    """What the data set is for; `recommended` goes by it. Default: its name, if that is one."""
    target: str | None = None
    """Column with the label or value to predict."""
    positive: Scalar | None = None
    """Positive class of a binary target. Default: the model's second class."""
    ids: tuple[str, ...] = ()
    """Columns that identify a row; a model never sees them."""
    sensitive: tuple[str, ...] = ()
    """Columns with a protected attribute."""
    slices: tuple[str, ...] = ()
    """Columns whose values make groups worth a look of their own."""
    time: str | None = None
    """Column with the time of an observation."""
    group: str | None = None
    """Column whose equal values must not be split between train and test."""
    weight: str | None = None
    """Column with sample weights; a model never sees it. Metrics do not use it yet."""

    _accept_path = model_validator(mode="before")(_path_alone)


class ModelSpec(Strict):
    """A model. A string alone is its path."""

    path: str = Field(min_length=1)
    """File, relative to mlgate.yml; a folder that MLflow saved; `module:function` of the
    repository; or the URL of a service that the job has started."""
    format: (
        Literal[
            "pickle",
            "skops",
            "onnx",
            "xgboost",
            "lightgbm",
            "catboost",
            "mlflow",
            "predictions",
            "function",
            "endpoint",
        ]
        | None
    ) = None
    """Format, where the path does not tell. `pickle` is joblib's, too."""
    classes: Annotated[tuple[Scalar, ...], Field(min_length=2)] | None = None
    """Labels of a classifier in the order of its probabilities, for a format that does not hold
    them: ONNX, XGBoost, LightGBM, functions, endpoints, predictions."""
    requirements: str | None = None
    """What the environment that the model runs in is built from: a requirements file, `uv.lock`, or
    `pyproject.toml` (its lock file, where one is beside it). Default: mlgate's own environment."""
    python: Annotated[str, Field(pattern=r"^3\.[0-9]{1,2}(\.[0-9]{1,2})?$")] | None = None
    """Version of Python, such as "3.11"; needs `requirements`. Default: mlgate's own."""
    features: tuple[str, ...] = ()
    """Columns that the model sees. Default: its `feature_names_in_`, else all but target, weight
    and ids."""
    timeout: float = Field(default=300, gt=0)
    """Seconds that loading, or one request for predictions, may take."""
    memory: int = Field(default=8192, ge=256)
    """Memory limit of the model's process, in MiB."""
    network: bool = False
    """Whether the model may reach the network, as one that asks a service must. Otherwise it is
    kept from it, where the machine can (Linux)."""

    _accept_path = model_validator(mode="before")(_path_alone)


class Policy(Strict):
    """What the verdict makes of outcomes that are neither passed nor failed."""

    on_inconclusive: Literal["warn", "fail"] = "warn"
    """A comparison that these rows cannot decide: show it, or fail the gate."""
    on_error: Literal["fail", "warn"] = "fail"
    """A check that could not run: end with exit code 4, or show it."""
    on_missing_baseline: Literal["skip", "fail"] = "skip"
    """No model to compare with, as on a first pull request: skip the comparison and say so, or
    fail the gate."""


@dataclass(frozen=True, kw_only=True)
class References:
    """What a check uses, by the names of mlgate.yml."""

    data: tuple[str, ...] = ()
    models: tuple[str, ...] = ()


class CheckSpec(Strict):
    """What every entry of `checks` has; a check type adds its own parameters."""

    type: str
    """Which check this is."""
    id: Name | None = None
    """Stable name, used in findings, waivers and reports. Default: the type."""
    severity: Severity = "error"
    """`error` blocks, `warning` shows."""

    @property
    def name(self) -> str:
        """The id, given or default."""
        return self.id or self.type

    def references(self) -> References:
        """The data sets and models that the check names, for errors before anything runs."""
        return References()

    @classmethod
    def recommend(
        cls,
        data: dict[str, DataSpec],
        models: dict[str, ModelSpec],
    ) -> Iterator[dict[str, Any]]:
        """The entries of `checks` that `recommended` stands for; none, unless a type has some."""
        del data, models
        yield from ()


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry of `checks`."""

    check: CheckSpec | Literal["recommended"]
    location: Location


@dataclass(frozen=True, kw_only=True)
class Config:
    """A whole mlgate.yml, validated."""

    file: str
    """Path as the user wrote it."""
    directory: str
    """Folder of the file, relative to the repository's root; paths in the file start here."""
    name: str = "default"
    """Name of the gate: each name has its own comment and check."""
    data: dict[str, DataSpec] = field(default_factory=dict)
    models: dict[str, ModelSpec] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    entries: tuple[Entry, ...] = ()


class Document(Strict):
    """The top level of mlgate.yml, before each entry of `checks` is read by its own type."""

    version: Literal[1]
    """Version of this file format."""
    name: Name = "default"
    """Name of the gate: each name has its own comment."""
    data: dict[Name, DataSpec] = {}
    """Data sets, by name."""
    models: dict[Name, ModelSpec] = {}
    """Models, by name."""
    policy: Policy = Policy()
    """What the verdict makes of outcomes that are neither passed nor failed."""
    checks: Literal["recommended"] | list[Literal["recommended"] | dict[str, Any]] = Field(
        min_length=1
    )
    """What to check: a list of checks, `recommended`, or both."""

    def items(self) -> list[Literal["recommended"] | dict[str, Any]]:
        """`checks` as a list, whichever way it was written."""
        return [RECOMMENDED] if isinstance(self.checks, str) else self.checks
