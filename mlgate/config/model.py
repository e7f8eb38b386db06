"""The typed form of mlgate.yml.

Every field's docstring is its description in the JSON Schema and in `docs/configuration.md`.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from mlgate.config.direction import (
    MORE,
    NEITHER,
    SUBJECT,
    Direction,
    ranked,
)
from mlgate.config.location import is_remote, parse
from mlgate.config.sql import is_query, literal_secrets
from mlgate.config.yaml import Path as Place
from mlgate.config.yaml import Tree
from mlgate.results import Location, Severity

Scalar = str | int | float | bool
"""A label or a value of a cell, as YAML gives it."""

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
"""A name that is safe in a finding's id and in a file name."""

SEVERITY = ranked("error", "warning")
Privacy = Literal["examples", "no-examples"]
"""Whether findings may show cells of the data."""

RECOMMENDED: Literal["recommended"] = "recommended"
"""The entry of `checks` that stands for every check that applies."""


class Strict(BaseModel):
    """A mapping whose unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _path_alone(value: object) -> object:
    return {"path": value} if isinstance(value, str) else value


def _readable(path: str) -> str:
    if is_remote(path):
        parse(path)  # raises where it cannot be read, or carries a credential
    return path


def _in_the_repository(path: str) -> str:
    if is_remote(path) and not path.startswith(("http://", "https://")):  # these are services
        raise ValueError("a model is a file of the work tree: fetch it in a step before mlgate")
    return path


class SqlSpec(Strict):
    """A table, or the rows of a query, in a database."""

    url: Annotated[str, Direction(stricter="neither", hidden=True)] = Field(min_length=1)
    """SQLAlchemy's URL of the database. Secrets come from the environment: `${WAREHOUSE_URL}`, or
    `postgresql+psycopg://${PGUSER}:${PGPASSWORD}@db.example.org/shop`."""
    table: str | None = Field(default=None, min_length=1)
    """Name of a table or view."""
    query: str | None = Field(default=None, min_length=1)
    """A single SELECT, in place of `table`."""
    schema_: str | None = Field(default=None, min_length=1, alias="schema")
    """Schema of the table. Default: the connection's."""
    timeout: Annotated[int, NEITHER] = Field(default=300, ge=1, le=86_400)
    """Seconds that one statement may take."""
    max_rows: Annotated[int, NEITHER] = Field(default=5_000_000, ge=1)
    """Rows beyond which a check that reads the table into memory is an error. Suites of
    expectations run in the database, whatever its size."""

    @field_validator("url")
    @classmethod
    def _holds_no_secret(cls, value: str) -> str:
        for wrong in literal_secrets(value):
            raise ValueError(wrong)
        return value

    @field_validator("query")
    @classmethod
    def _is_one_select(cls, value: str | None) -> str | None:
        if value is not None and not is_query(value, starts=("SELECT",)):
            raise ValueError(
                "is not a single SELECT; write a WITH as `SELECT * FROM (WITH … SELECT …) AS rows`"
            )
        return value

    @model_validator(mode="after")
    def _names_one_thing(self) -> "SqlSpec":
        if (self.table is None) == (self.query is None):
            raise ValueError("needs either a `table` or a `query`")
        if self.query is not None and self.schema_ is not None:
            raise ValueError("`schema` goes with `table`; a query names its schemas itself")
        return self


def _not_text(value: object) -> object:
    if isinstance(value, str):  # pydantic's own message would repeat it, and it may be a secret
        raise ValueError("should be a mapping with `url` and `table` or `query`")  # noqa: TRY004
    return value


class DataSpec(Strict):
    """A data set. A string alone is its path."""

    path: Annotated[
        Annotated[str, Field(min_length=1), AfterValidator(_readable)] | None, SUBJECT
    ] = None
    """File, relative to mlgate.yml: CSV, Parquet or JSON lines. Or several that are one table: a
    pattern (`data/part-*.parquet`), or a folder of Parquet files, also a partitioned one. Or an
    address: `s3://`, `gs://`, `az://`, `abfss://`, `https://`."""
    sql: Annotated[SqlSpec | None, BeforeValidator(_not_text)] = None
    """A table in a database, in place of `path`."""
    format: Annotated[Literal["csv", "parquet", "jsonl"] | None, SUBJECT] = None
    """Format, where the file's name does not tell."""
    role: Literal["train", "test", "reference", "current"] | None = None
    """What the data set is for; `recommended` goes by it. Default: its name, if that is one."""
    target: str | None = None
    """Column with the label or value to predict."""
    positive: Scalar | None = None
    """Positive class of a binary target. Default: the model's second class."""
    ids: tuple[str, ...] = ()
    """Columns that identify a row; a model never sees them."""
    sensitive: Annotated[tuple[str, ...], MORE] = ()
    """Columns with a protected attribute."""
    slices: Annotated[tuple[str, ...], MORE] = ()
    """Columns whose values make groups worth a look of their own."""
    time: str | None = None
    """Column with the time of an observation."""
    group: str | None = None
    """Column whose equal values must not be split between train and test."""
    weight: str | None = None
    """Column with sample weights; a model never sees it. Metrics and their intervals use them."""

    @model_validator(mode="after")
    def _is_somewhere(self) -> "DataSpec":
        if self.path is None and self.sql is None:
            raise ValueError("has no `path`; or, for a table in a database, no `sql`")
        if self.path is not None and self.sql is not None:
            raise ValueError("has a `path` and `sql`; it is either a file or a table")
        if self.sql is not None and self.format is not None:
            raise ValueError("has a `format`, which is for files")
        return self

    @property
    def place(self) -> str:
        """Where the data are, as a report may show it: a path, or a table without its database."""
        if self.sql is None:
            return self.path or ""
        named = [part for part in (self.sql.schema_, self.sql.table) if part]
        return f"sql: {'.'.join(named) or 'a query'}"

    _accept_path = model_validator(mode="before")(_path_alone)


class ModelSpec(Strict):
    """A model. A string alone is its path."""

    path: Annotated[str, AfterValidator(_in_the_repository), SUBJECT] = Field(min_length=1)
    """File, relative to mlgate.yml; a folder that MLflow saved; `module:function` of the
    repository; or the URL of a service that the job has started."""
    format: Annotated[
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
        | None,
        SUBJECT,
    ] = None
    """Format, where the path does not tell. `pickle` is joblib's, too."""
    classes: Annotated[tuple[Scalar, ...] | None, Field(min_length=2), SUBJECT] = None
    """Labels of a classifier in the order of its probabilities, for a format that does not hold
    them: ONNX, XGBoost, LightGBM, functions, endpoints, predictions."""
    requirements: Annotated[str | None, SUBJECT] = None
    """What the environment that the model runs in is built from: a requirements file, `uv.lock`, or
    `pyproject.toml` (its lock file, where one is beside it). Default: mlgate's own environment."""
    python: Annotated[str | None, Field(pattern=r"^3\.[0-9]{1,2}(\.[0-9]{1,2})?$"), SUBJECT] = None
    """Version of Python, such as "3.11"; needs `requirements`. Default: mlgate's own."""
    features: Annotated[tuple[str, ...], SUBJECT] = ()
    """Columns that the model sees. Default: its `feature_names_in_`, else all but target, weight
    and ids."""
    timeout: Annotated[float, SUBJECT] = Field(default=300, gt=0)
    """Seconds that loading, or one request for predictions, may take."""
    memory: Annotated[int, SUBJECT] = Field(default=8192, ge=256)
    """Memory limit of the model's process, in MiB."""
    network: Annotated[bool, Direction(stricter="lower", unset="strictest")] = False
    """Whether the model may reach the network, as one that asks a service must. Otherwise it is
    kept from it, where the machine can (Linux)."""

    _accept_path = model_validator(mode="before")(_path_alone)


POLICY: Literal["policy"] = "policy"
"""Id of the check that compares base's policy with head's."""

Goalposts = Literal["fail", "warn", "off"]
"""What moved goalposts do."""


def _iso_date(value: object) -> object:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError("should be a date such as 2026-12-31")
    return value


class Policy(Strict):
    """What the verdict makes of outcomes that are neither passed nor failed."""

    on_inconclusive: Annotated[Literal["warn", "fail"], ranked("fail", "warn")] = "warn"
    """A comparison that these rows cannot decide: show it, or fail the gate."""
    on_error: Annotated[Literal["fail", "warn"], ranked("fail", "warn")] = "fail"
    """A check that could not run: end with exit code 4, or show it."""
    on_missing_baseline: Annotated[Literal["skip", "fail"], ranked("fail", "skip")] = "skip"
    """No model to compare with, as on a first pull request: skip the comparison and say so, or
    fail the gate."""
    goalposts: Annotated[Goalposts, ranked("fail", "warn", "off")] = "warn"
    """What this file, its suites or the evaluation data ask less of than base's: fail the gate,
    show it first, or do not look. Base's word counts, so that a pull request cannot switch it off
    for itself. See [policy.md](policy.md)."""


class WaiverSpec(Strict):
    """A finding that may fail for a while."""

    finding: str = Field(min_length=1)
    """The finding's id as reports give it; `*` stands for any characters, except in the id of the
    check: `metrics/*`."""
    reason: str = Field(min_length=1)
    """Why it may fail."""
    owner: str = Field(min_length=1)
    """Who looks after it."""
    until: Annotated[dt.date, BeforeValidator(_iso_date)]
    """Last day, as 2026-12-31, at most a year ahead (366 days). From the next day on the finding
    fails again."""

    @field_validator("finding", "reason", "owner")
    @classmethod
    def _says_something(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("is blank")
        return value

    @field_validator("finding")
    @classmethod
    def _names_a_check(cls, value: str) -> str:
        check = value.partition("/")[0]
        if "*" in check:
            raise ValueError("must name a check: a waiver for everything is no gate")
        if check == POLICY:
            raise ValueError("the goalposts themselves cannot be waived")
        return value


@dataclass(frozen=True, kw_only=True)
class References:
    """What a check uses, by the names of mlgate.yml."""

    data: tuple[str, ...] = ()
    models: tuple[str, ...] = ()


class CheckSpec(Strict):
    """What every entry of `checks` has; a check type adds its own parameters."""

    included: ClassVar[type[BaseModel] | None] = None
    """Form of the files that `include` names, for a check that has such a parameter: its lists are
    added to those of the check."""

    compares: ClassVar[bool] = True
    """Whether its findings may be comparisons with base, which are judged together with those of
    all other checks."""

    type: str
    """Which check this is."""
    id: Name | None = None
    """Stable name, used in findings, waivers and reports. Default: the type."""
    was: Name | None = None
    """The id that the check has on the base branch, where this change gives it another."""
    severity: Annotated[Severity, SEVERITY] = "error"
    """`error` blocks, `warning` shows."""

    @property
    def name(self) -> str:
        """The id, given or default."""
        return self.id or self.type

    def references(self) -> References:
        """The data sets and models that the check names, for errors before anything runs."""
        return References()

    def problems_beside(
        self, root: Path, directory: str
    ) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """What is wrong beside the repository's files: a place below the entry, and a message.

        Args:
            root: The repository's root.
            directory: Folder of mlgate.yml, from there.
        """
        del root, directory
        yield from ()

    def places(self) -> Iterator[tuple[str, tuple[str | int, ...]]]:
        """Where single findings are asked for: the id of each, and a place below the entry."""
        yield from ()

    def allowed_imports(self, model: str | None) -> tuple[str, ...]:
        """What the check lets the file of a model import besides the libraries of models.

        Args:
            model: A name of mlgate.yml; None for a file that is no model of it.
        """
        del model
        return ()

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
    place: Place = ("checks",)
    """Its place in the file."""
    places: Mapping[str, Location] = field(default_factory=dict)
    """Where single findings are asked for, by their ids."""


@dataclass(frozen=True, kw_only=True)
class Waiver:
    """A waiver, and where it stands."""

    finding: str
    reason: str
    owner: str
    until: dt.date
    location: Location
    column: int = 1


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
    privacy: Privacy = "examples"
    waivers: tuple[Waiver, ...] = ()
    """Those of the file, and then those of `.mlgate/waivers.yml` beside it."""
    entries: tuple[Entry, ...] = ()
    includes: tuple[str, ...] = ()
    """What checks include, as paths and patterns from the repository's root."""
    included: tuple[str, ...] = ()
    """The files that these are, likewise."""
    tree: Tree | None = field(default=None, repr=False, compare=False)
    """Where everything stands in the text."""


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
    waivers: tuple[WaiverSpec, ...] = ()
    """Findings that may fail for a while. They may also stand in `.mlgate/waivers.yml`, beside this
    file, under the same key."""
    privacy: Annotated[Privacy, ranked("no-examples", "examples")] = "examples"
    """`no-examples` keeps cells of the data out of the result and every report: no example rows or
    values, and no texts of exceptions, which may quote some. Counts, shares and names of columns
    and classes stay."""
    checks: Literal["recommended"] | list[Literal["recommended"] | dict[str, Any]] = Field(
        min_length=1
    )
    """What to check: a list of checks, `recommended`, or both."""

    def items(self) -> list[Literal["recommended"] | dict[str, Any]]:
        """`checks` as a list, whichever way it was written."""
        return [RECOMMENDED] if isinstance(self.checks, str) else self.checks
