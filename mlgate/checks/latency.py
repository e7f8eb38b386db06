"""Latency: how long a model takes, beside the base branch's on the same machine."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from mlgate.artifacts.models import format_of
from mlgate.checks.features import features
from mlgate.checks.interface import Check, Inputs, Measurement
from mlgate.checks.latency_clock import Timed, alternate
from mlgate.checks.latency_findings import Growth, absent, increased, is_settled, within
from mlgate.config.direction import LOWER, MORE, NEITHER
from mlgate.config.model import DataSpec, ModelSpec, References, Strict
from mlgate.errors import DataNotReadable, MlgateError
from mlgate.results import Finding, Side

Measure = Literal[
    "single_p50", "single_p95", "single_p99", "batch_p50", "batch_p95", "memory", "load", "size"
]
COMPARABLE = frozenset({"single_p50", "batch_p50", "memory", "size"})
"""Measures that can be compared with base: medians by pairs, and what does not vary by chance."""


class Most(Strict):
    """What must hold for a measure. At least one limit is given."""

    max: Annotated[float, Field(gt=0), LOWER] | None = None
    """Largest value that passes: milliseconds for a row (single) or a batch, MiB for memory and
    size, seconds for load."""
    max_increase: Annotated[float, Field(ge=0), LOWER] | None = None
    """How much more than base's the value may be, as a share: 0.5 allows one and a half times."""
    warn_increase: Annotated[float, Field(ge=0), LOWER] | None = None
    """The same for a warning, below `max_increase`."""

    @model_validator(mode="after")
    def _something_is_limited(self) -> Self:
        if self.max is None and not self.compares:
            raise ValueError("has no limit: give max, max_increase or warn_increase")
        if None not in (self.max_increase, self.warn_increase) and (
            (self.warn_increase or 0) >= (self.max_increase or 0)
        ):
            raise ValueError("warns where it fails: give a `warn_increase` below `max_increase`")
        return self

    @property
    def compares(self) -> bool:
        """Whether base is needed."""
        return self.max_increase is not None or self.warn_increase is not None


DEFAULT: dict[Measure, Most] = {
    "single_p50": Most(max_increase=3, warn_increase=0.5),
    "batch_p50": Most(max_increase=3, warn_increase=0.5),
}
"""A better model may be somewhat slower, which is worth a look; one that takes four times as long
is another service."""


class Latency(Check):
    """How long a model takes for one row and for a batch, and what it takes of the machine.

    Head and base answer in turns (A B B A …), each in its own process, so that whatever else the
    machine does meets both. Time is that of `predict` alone. An increase is decided by the ratios
    of neighbours: it fails where the interval of their median lies above what is allowed. `max`
    fails where the interval of the quantile does. Memory and size do not vary by chance.
    Measuring ends early where nothing is in doubt any more (intervals of 99.9 %).

    Findings: `<id>/<measure>` for `max`, and `<id>/<measure>/increase`. `details`: `unit`,
    `rounds`, `n` (timings), `p50`, `p95`, `p99`, `rows_per_second`; of an increase `ratio`, and
    `base` with the same of base.
    """

    type: Literal["latency"]
    model: str
    """Model to time."""
    data: str
    """Data set whose rows it is asked about."""
    limits: Annotated[dict[Measure, Most], MORE] = Field(default=DEFAULT, min_length=1)
    """Limits by measure: `single_…` for one row, `batch_…` for a batch, `memory` (the most that the
    process had), `load` (time to load the model) and `size` (of its file). Default: `single_p50`
    and `batch_p50` fail at four times base's, and warn at one and a half times."""
    batch: Annotated[int, Field(ge=1), NEITHER] = 1000
    """Rows of a batch; all rows where the data have fewer."""
    seconds: Annotated[float, Field(gt=0), NEITHER] = 30
    """Time to spend on measuring at most; slow models are asked less often."""
    min_increase: Annotated[float, Field(ge=0), LOWER] = 1
    """Milliseconds by which the time for a row or a batch must grow at least for an increase to
    count: three times a tenth of a millisecond is nothing that anyone waits for."""

    @field_validator("limits", mode="after")
    @classmethod
    def _can_be_compared(cls, limits: dict[Measure, Most]) -> dict[Measure, Most]:
        for measure, most in limits.items():
            if most.compares and measure not in COMPARABLE:
                raise ValueError(
                    f"{measure} has no `max_increase`: only {', '.join(sorted(COMPARABLE))} do"
                )
        return limits

    def references(self) -> References:
        """The model and the data set."""
        return References(data=(self.data,), models=(self.model,))

    @classmethod
    def recommend(
        cls, data: dict[str, DataSpec], models: dict[str, ModelSpec]
    ) -> Iterator[dict[str, Any]]:
        """Each model on the test data, against base.

        Several entries carry the names of both in their ids; one alone is called `latency`.
        """
        tests = [name for name, spec in data.items() if (spec.role or name) == "test"]
        # Where answers are looked up, there is nothing to time.
        timed = [n for n, spec in models.items() if format_of(spec, Path()) != "predictions"]
        pairs = [(model, name) for model in timed for name in tests]
        for model, name in pairs:
            own_id = {"id": f"latency-{model}-{name}"} if len(pairs) > 1 else {}
            yield {**own_id, "model": model, "data": name}

    def run(self, inputs: Inputs) -> Measurement:
        """Time head's model, and base's in turns with it.

        Raises:
            ModelFailed: Head's model does not load or does not answer.
            DataNotReadable: The data cannot be read, or have no rows.
        """
        base: Timed | MlgateError | None = None
        head = self._timed(inputs, "head")
        if any(most.compares for most in self.limits.values()):
            try:
                base = self._timed(inputs, "base")
            except MlgateError as error:
                base = error
        self.measure(head, base if isinstance(base, Timed) else None)
        findings = tuple(self.findings(head, base))
        return Measurement(rows=len(head.rows), findings=findings)

    def measure(self, head: Timed, base: Timed | None) -> None:
        """Time both until nothing is in doubt, or the time is over."""

        def is_enough() -> bool:
            return all(
                is_settled(measure, head, base, most.max, self._growth(most))
                for measure, most in self.limits.items()
            )

        alternate(head, base, self.seconds, is_enough)

    def findings(self, head: Timed, base: Timed | MlgateError | None) -> Iterator[Finding]:
        """What the timings say, limit by limit."""
        limits: Mapping[Measure, Most] = self.limits
        for measure, most in limits.items():
            if most.max is not None:
                yield within(self.finding_id(measure), measure, head, most.max)
            growth = self._growth(most)
            if growth is None:
                continue
            id_ = self.finding_id(measure, "increase")
            if isinstance(base, Timed):
                yield increased(id_, measure, head, base, growth)
            elif base is not None:
                yield absent(id_, measure, base)

    def _growth(self, most: Most) -> Growth | None:
        if not most.compares:
            return None
        return Growth(fails=most.max_increase, warns=most.warn_increase, least=self.min_increase)

    def _timed(self, inputs: Inputs, side: Side) -> Timed:
        """A model and the rows that it is asked about: head's rows for both sides."""
        frame = inputs.data(self.data).frame
        if not len(frame):
            raise DataNotReadable(
                f"{self.data} has no rows, so that no model can be timed on it",
                remedy="write the file again",
            )
        model = inputs.clocked(self.model, side)
        spec = inputs.data_spec(self.data)
        seen = features(model.describe(), inputs.model_spec(self.model), spec, list(frame.columns))
        return Timed(model=model, rows=frame[seen].head(self.batch))
