"""What a run found: frozen data and its JSON form, schema `mlgate-result/1`.

Nothing here measures, judges or words anything, and nothing live is inside: a result that was
written, read back and rendered on another machine gives the same report.
"""

import dataclasses
import datetime as dt
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Literal, TypeAlias

from pydantic import JsonValue, TypeAdapter

SCHEMA: Final = "mlgate-result/1"

Severity: TypeAlias = Literal["error", "warning"]
"""`error` blocks, `warning` shows."""

Side: TypeAlias = Literal["head", "base"]
"""The pull request's version, or the version that it is compared with."""


class Outcome(StrEnum):
    """How a finding or a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    """It was measured, and the data cannot decide."""
    SKIPPED = "skipped"
    """It was not measured, for a reason that is given."""
    ERRORED = "errored"
    """It was to be measured and could not be."""


@dataclass(frozen=True, kw_only=True)
class Location:
    """A place in a file of the repository."""

    file: str
    """Path from the repository's root, with forward slashes."""
    line: int = 1
    """Line, from 1."""


@dataclass(frozen=True, kw_only=True)
class Waived:
    """A waiver that holds."""

    reason: str
    owner: str
    until: str
    """Its last day, as 2026-12-31."""
    days_left: int
    """Days until then; 0 on the last day."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at: an expectation, a metric, a behavioural test, a pytest test.

    `observed`, `baseline` and `details` may be given as numpy or Python values of any kind; they
    are held as JSON.
    """

    id: str
    """Stable name: `<check id>/<subject>[/<slice>]`."""
    outcome: Outcome
    subject: str
    """What was looked at: a metric, a column, a test."""
    message: str
    """One sentence of plain text: the value, the limit and the count. Reports escape it."""
    observed: JsonValue = None
    """What was measured."""
    expected: str | None = None
    """The limit, as text such as `>= 0.8`."""
    baseline: JsonValue = None
    """The same measurement on the base side."""
    interval: tuple[float, float] | None = None
    """Interval of the difference head minus base, in the metric's own direction."""
    severity: Severity | None = None
    """Overrides the check's severity, as one expectation of a suite may; None means the check's."""
    location: Location | None = None
    """Where the reader should look."""
    waiver: Waived | None = None
    """The waiver that lets it fail; None where there is none."""
    details: dict[str, JsonValue] = field(default_factory=dict)
    """What a report may show on demand; keys are documented by each check."""

    def __post_init__(self) -> None:
        """Make sure that it can be written: a measurement must never cost the result file."""
        for name in ("id", "subject", "message", "observed", "baseline", "details"):
            object.__setattr__(self, name, jsonable(getattr(self, name)))
        if self.interval is not None and not all(map(math.isfinite, self.interval)):
            object.__setattr__(self, "interval", None)


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """How one configured check ended."""

    id: str
    type: str
    severity: Severity
    outcome: Outcome
    reason: str | None
    """Why, where the outcome is not that of its findings: a skip, an error, nothing to look at."""
    rows: int
    """Rows, cases or tests that were looked at."""
    seconds: float
    """Wall-clock seconds."""
    findings: tuple[Finding, ...] = ()
    location: Location | None = None
    """The entry of mlgate.yml that asks for the check."""
    traceback: str | None = None
    """Of a bug in mlgate; None where there was none."""


@dataclass(frozen=True, kw_only=True)
class ArtifactRecord:
    """One file that the run used, or a table in a database."""

    role: Literal["model", "data", "suite"]
    name: str
    path: str
    version: Side
    sha256: str | None
    """Digest of the file; of several, of their digests; None for what was read in a store, and for
    a table in a database, which may change at any time."""
    fingerprint: str | None = None
    """What a store says of the version and size, such as an ETag; None for local files."""
    rows: int | None = None
    """Rows of a data set; None for a model or a suite."""
    size: int | None = None
    """Bytes."""
    format: str | None = None
    """Format, told by the content of a model and by the name of a data file."""


@dataclass(frozen=True, kw_only=True)
class Revision:
    """One side of the comparison."""

    commit: str | None
    """Full commit id; None outside of git."""
    ref: str | None = None
    """Branch or tag that a reader knows the commit by."""
    modified: bool = False
    """True where the work tree differs from the commit."""


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """How much was checked: the reason to believe a green."""

    checks: int
    passed: int
    failed: int
    inconclusive: int
    skipped: int
    errored: int
    rows: int


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The decision, and why."""

    outcome: Literal["passed", "failed", "errored", "nothing_checked"]
    exit_code: int
    reasons: tuple[str, ...]
    """Sentences of plain text, the most important first; never empty."""


@dataclass(frozen=True, kw_only=True)
class RunResult:
    """One run of the gate."""

    schema: Literal["mlgate-result/1"] = SCHEMA
    mlgate: str
    """Version of mlgate that measured."""
    name: str
    """Name of the gate; one comment for each name."""
    verdict: Verdict | None
    """None until `mlgate.verdict.decide` has judged."""
    head: Revision
    base: Revision | None
    no_baseline: str | None = None
    """Why there is no base to compare with; None where there is one."""
    checks: tuple[CheckResult, ...] = ()
    artifacts: tuple[ArtifactRecord, ...] = ()
    ledger: Ledger
    digests: dict[str, str | None] = field(default_factory=dict)
    """SHA-256 of the `policy` (the configuration with `recommended` spelled out, and the suites),
    and of head's evaluation `data`, `models` and `code`; None for what has none, such as a table in
    a database."""
    changed: str | None = None
    """What changed since base of that on which a metric depends, in one sentence; None without a
    base."""
    notes: tuple[str, ...] = ()
    """What a reader must know about the whole run, such as how far the model was isolated."""
    seconds: float = 0.0
    """Wall-clock seconds of the whole run."""


def combined(findings: Iterable[Finding]) -> Outcome | None:
    """The outcome of a check from those of its findings, the worst first; None without findings.

    `skipped` is the answer only where nothing else happened: one skipped part never hides others.
    """
    seen = {finding.outcome for finding in findings}
    order = (
        Outcome.FAILED,
        Outcome.ERRORED,
        Outcome.INCONCLUSIVE,
        Outcome.PASSED,
        Outcome.SKIPPED,
    )
    return next((outcome for outcome in order if outcome in seen), None)


def take_stock(checks: Iterable[CheckResult]) -> Ledger:
    """Count the outcomes of the checks and the rows they looked at."""
    checks = tuple(checks)
    count = {o: sum(check.outcome is o for check in checks) for o in Outcome}
    return Ledger(
        checks=len(checks),
        passed=count[Outcome.PASSED],
        failed=count[Outcome.FAILED],
        inconclusive=count[Outcome.INCONCLUSIVE],
        skipped=count[Outcome.SKIPPED],
        errored=count[Outcome.ERRORED],
        rows=sum(check.rows for check in checks),
    )


def jsonable(value: object) -> JsonValue:
    """The nearest JSON value: numpy scalars and arrays, dates, containers, dataclasses included.

    Not-a-number and infinities become the strings `"NaN"`, `"Infinity"`, `"-Infinity"`, since JSON
    has no such numbers and a null would read as "not measured". Anything unknown becomes its `str`;
    half a surrogate pair in a text becomes a question mark.
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):  # half of a surrogate pair is no text that a file could hold
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        return value
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(jsonable(str(key))): jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [jsonable(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [part.name for part in dataclasses.fields(value)]
        return {name: jsonable(getattr(value, name)) for name in names}
    if hasattr(value, "tolist"):  # numpy scalars and arrays, pandas indexes
        return jsonable(value.tolist())
    return jsonable(str(value))


def to_json(result: RunResult) -> str:
    """The result file's text: strict JSON, without NaN."""
    return json.dumps(jsonable(result), indent=2, ensure_ascii=False, allow_nan=False)


def from_json(text: str | bytes) -> RunResult:
    """Read a result file, which may come from a stranger: every field is validated.

    Raises:
        pydantic.ValidationError: The text is no result of this schema.
    """
    return TypeAdapter(RunResult).validate_json(text)


def json_schema() -> dict[str, Any]:
    """JSON Schema of the result file."""
    return TypeAdapter(RunResult).json_schema() | {"title": SCHEMA}
