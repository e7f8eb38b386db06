"""Judges what was measured of each column, and puts it into findings."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mlgate.checks.wording import brief, names, percent
from mlgate.checks.wording import name as quoted
from mlgate.results import Finding, Outcome, Severity

if TYPE_CHECKING:
    from mlgate.checks.drift_columns import Kind, Part
    from mlgate.checks.drift_table import Table

MAX_PLOTS: Final = 30
"""Columns that drifted whose distributions a result holds."""
MAX_NULL_MAP: Final = 50
"""Columns in the map of nulls."""
FEW: Final = 10
"""Effective size, n m / (n + m), below which a shift of a whole standard deviation may go unseen:
the Kolmogorov-Smirnov statistic then needs more than 0.43, and such a shift makes 0.38."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column that was compared."""

    name: str
    kind: "Kind | None"
    """What its values were compared as; None where one side has none."""
    present: tuple[int, int]
    """Values that are not null, in the reference and in current."""
    parts: "Sequence[Part]"
    floors: Mapping[str, float]
    """Effect from which a part has drifted, by the part's name."""
    importance: float | None = None
    """Share of what the model goes by, 0 to 1; 1 for its own answers. None where it is unknown."""
    nulls: tuple[float, float] = (0.0, 0.0)
    """Share of nulls, in the reference and in current."""


@dataclass(frozen=True, kw_only=True)
class JudgedPart:
    """A part with its corrected p-value."""

    part: "Part"
    floor: float
    p_adjusted: float
    drifted: bool

    @property
    def size(self) -> float:
        """The effect in units of its floor."""
        return self.part.effect / max(self.floor, 1e-9)


@dataclass(frozen=True, kw_only=True)
class JudgedColumn:
    """A column with what is to be said of it."""

    column: Column
    parts: Sequence[JudgedPart]

    @property
    def deciding(self) -> JudgedPart:
        """The largest part that drifted; else its values, or its nulls where it has none."""
        drifted = [part for part in self.parts if part.drifted]
        return max(drifted, key=lambda part: part.size) if drifted else self.parts[0]

    @property
    def rank(self) -> tuple[bool, float, float]:
        """Place among the columns: what drifted, then what matters to the model, then what moved.

        Where the model's importances are known, an effect counts times the column's.
        """
        size = self.deciding.size
        weight = 1.0 if self.column.importance is None else self.column.importance
        return (not self.deciding.drifted, -weight * size, -size)

    @property
    def outcome(self) -> Outcome:
        """Failed where it drifted. Where rows are few, no drift is no decision."""
        if self.deciding.drifted:
            return Outcome.FAILED
        n, m = self.column.present
        enough = n * m >= FEW * (n + m) > 0
        return Outcome.PASSED if enough else Outcome.INCONCLUSIVE


@dataclass(frozen=True, kw_only=True)
class Judged:
    """All columns that were compared."""

    columns: Sequence[JudgedColumn]
    """The largest drift first."""
    tests: int
    """Tests over which the p-values were corrected."""
    alpha: float

    def having(self, outcome: Outcome) -> list[JudgedColumn]:
        """The columns with an outcome."""
        return [column for column in self.columns if column.outcome is outcome]


def judge(columns: Sequence[Column], alpha: float) -> Judged:
    """Correct the p-values of all parts together, and call drifted what is both sure and large."""
    import numpy as np

    from mlgate.stats.drift import benjamini_hochberg

    p_values = np.array([part.p_value for column in columns for part in column.parts])
    adjusted = iter(benjamini_hochberg(p_values).tolist())
    judged = []
    for column in columns:
        parts = []
        for part in column.parts:
            floor, p_adjusted = column.floors[part.name], next(adjusted)
            drifted = p_adjusted < alpha and part.effect >= floor
            parts.append(JudgedPart(part=part, floor=floor, p_adjusted=p_adjusted, drifted=drifted))
        judged.append(JudgedColumn(column=column, parts=parts))
    judged.sort(key=lambda column: column.rank)
    return Judged(columns=judged, tests=len(p_values), alpha=alpha)


def column_finding(
    id_: str, judged: JudgedColumn, all_: Judged, severity: Severity | None
) -> Finding:
    """What is to be said of a column that was compared."""
    column, deciding = judged.column, judged.deciding
    part = deciding.part
    plotted = all_.columns.index(judged) < MAX_PLOTS and deciding.drifted
    plot = _plot(judged) if plotted else None
    return Finding(
        id=id_,
        outcome=judged.outcome,
        severity=severity if judged.outcome is Outcome.FAILED else None,
        subject=brief(column.name, 80),
        message=_sentence(judged, all_),
        observed=part.effect,
        expected=f"{part.measure} < {deciding.floor:g} or p >= {all_.alpha:g}",
        details={
            "kind": column.kind or "nulls only",
            "n_reference": column.present[0],
            "n_current": column.present[1],
            "tests": all_.tests,
            **({} if column.importance is None else {"importance": column.importance}),
            **_details(deciding),
            "parts": {each.part.name: _details(each) for each in judged.parts},
            **({} if plot is None else {"distribution": plot}),
        },
    )


def _plot(judged: JudgedColumn) -> dict[str, Any] | None:
    """What to draw of a column: the deciding part, or its values where only nulls moved."""
    plots = [judged.deciding.part.plot, *(each.part.plot for each in judged.parts)]
    return next((dict(plot) for plot in plots if plot is not None), None)


def _details(judged: JudgedPart) -> dict[str, Any]:
    part = judged.part
    return {
        "part": part.name,
        "measure": part.measure,
        "effect": part.effect,
        "min_effect": judged.floor,
        "p_value": part.p_value,
        "p_adjusted": judged.p_adjusted,
        "method": part.method,
        **part.details,
    }


def _sentence(judged: JudgedColumn, all_: Judged) -> str:
    column, deciding = judged.column, judged.deciding
    part = deciding.part
    n, m = column.present
    verb = {
        Outcome.FAILED: "moved",
        Outcome.PASSED: "did not move",
        Outcome.INCONCLUSIVE: "has too few values to tell whether it moved",
    }[judged.outcome]
    corrected = f"{_p(deciding.p_adjusted)} after correction over {all_.tests} tests"
    return (
        f"{quoted(column.name)} {verb}: {part.measure} {_effect(part.effect, deciding.floor)} "
        f"(counts from {deciding.floor:g}; {corrected}); {part.words}; "
        f"{n:,} values before, {m:,} now{_weight(column.importance)}"
    )


def _weight(importance: float | None) -> str:
    return (
        ""
        if importance in {None, 1.0}
        else f"; {percent(importance or 0)} of what counts in the model"
    )


def _p(p_value: float) -> str:
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.2g}"


def _effect(effect: float, floor: float) -> str:
    """An effect with as many digits as it takes to see on which side of the floor it is."""
    for digits in range(2, 6):
        text = f"{effect:.{digits}f}"
        if (float(text) >= floor) == (effect >= floor):
            return text
    return repr(effect)


def plain_finding(id_: str, column: str, outcome: Outcome, message: str) -> Finding:
    """A column that could not be compared, and why."""
    return Finding(
        id=id_, outcome=outcome, subject=brief(column, 80), message=f"{quoted(column)} {message}"
    )


def table_finding(id_: str, judged: Judged, table: str, limit: float | None) -> Finding:
    """The share of columns that drifted.

    Without a limit none may. Columns that are undecided leave the table undecided where they could
    bring it over the limit; where no column was compared, nothing is decided: `errored`.
    """
    columns = len(judged.columns)
    if not columns:
        return Finding(
            id=id_,
            outcome=Outcome.ERRORED,
            subject="table",
            message=f"no column of {table} could be compared: nothing is known of its drift",
        )
    drifted, undecided = judged.having(Outcome.FAILED), judged.having(Outcome.INCONCLUSIVE)
    share, allowed = len(drifted) / columns, limit or 0.0
    outcome = Outcome.PASSED
    if share > allowed:
        outcome = Outcome.FAILED
    elif len(drifted) + len(undecided) > allowed * columns:
        outcome = Outcome.INCONCLUSIVE
    which = f" ({names([column.column.name for column in drifted])})" if drifted else ""
    more = f"; {len(undecided)} have too few values to tell" if undecided else ""
    return Finding(
        id=id_,
        outcome=outcome,
        subject="table",
        message=f"{len(drifted)} of {columns} columns of {table} drifted{which}{more}; "
        f"{f'at most {percent(allowed)}' if allowed else 'none'} may",
        observed=share,
        expected=f"<= {allowed:g}",
        details={
            "columns": columns,
            "drifted": len(drifted),
            "undecided": len(undecided),
            "null_map": _null_map(judged),
        },
    )


def _null_map(judged: Judged) -> list[Any]:
    """Columns with nulls on either side, those with the most of them first."""
    columns = [each.column for each in judged.columns if any(each.column.nulls)]
    columns.sort(key=lambda column: -max(column.nulls))
    return [
        {
            "column": brief(column.name, 80),
            "reference": column.nulls[0],
            "current": column.nulls[1],
        }
        for column in columns[:MAX_NULL_MAP]
    ]


def same_file(id_: str, reference: "Table", current: "Table") -> Finding:
    """Nothing moved, and no column need be read."""
    other = "base's" if reference.data.side == "base" else f"{reference.data.name}'s"
    return Finding(
        id=id_,
        outcome=Outcome.PASSED,
        subject="table",
        message=f"{current.data.name} is the same file as {other}: its {current.rows:,} rows did "
        "not move",
        observed=0.0,
        details={"same_file": True},
    )


def ordered(problems: Sequence[Finding], compared: Sequence[Finding]) -> Iterator[Finding]:
    """What fails without a measurement, then the columns, then what was left out."""
    yield from (finding for finding in problems if finding.outcome is not Outcome.SKIPPED)
    yield from compared
    yield from (finding for finding in problems if finding.outcome is Outcome.SKIPPED)
