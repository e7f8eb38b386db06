"""The limits of a metric."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from mlgate.config.direction import HIGHER, LOWER, NEITHER
from mlgate.config.model import Strict
from mlgate.errors import MlgateError


class Limits(Strict):
    """What must hold for a metric. At least one limit is given."""

    min: Annotated[float | None, HIGHER] = None
    """Smallest value that passes."""
    max: Annotated[float | None, LOWER] = None
    """Largest value that passes."""
    max_drop: Annotated[float | None, LOWER] = Field(default=None, ge=0)
    """How much worse than base the metric may be, in its own units and whatever its direction: a
    loss may rise by so much."""
    max_drop_relative: Annotated[float | None, LOWER] = Field(default=None, ge=0, le=1)
    """Likewise as a share of base's value, 0 to 1. Where both are given, the stricter counts."""
    greater_is_better: Annotated[bool | None, NEITHER] = None
    """Direction of a function of the repository, and of a key of a metrics file that is no name of
    scikit-learn's."""

    @model_validator(mode="after")
    def _something_is_limited(self) -> Self:
        if not (self.bounds or self.compares):
            raise ValueError("has no limit: give min, max, max_drop or max_drop_relative")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min:g} is larger than max {self.max:g}")
        return self

    @property
    def bounds(self) -> bool:
        """Whether the value itself is limited."""
        return self.min is not None or self.max is not None

    @property
    def compares(self) -> bool:
        """Whether the value is compared with base's."""
        return self.max_drop is not None or self.max_drop_relative is not None

    def holds(self, value: float) -> bool:
        """Whether a finite value is within `min` and `max`."""
        above = self.min is None or value >= self.min
        below = self.max is None or value <= self.max
        return above and below

    def allowed_drop(self, baseline: float) -> float:
        """The largest drop that is allowed, in the metric's units.

        Base's value is taken as it was measured; that it is uncertain itself changes a relative
        limit by a fraction of its own size.

        Raises:
            MlgateError: The limit is relative, and base's value is zero.
        """
        drops = [] if self.max_drop is None else [self.max_drop]
        if self.max_drop_relative is not None:
            if baseline == 0:
                raise MlgateError(
                    "max_drop_relative has no meaning: base's value is 0",
                    cause="base's model is perfect, or the metric starts at zero",
                    remedy="use max_drop",
                )
            drops.append(self.max_drop_relative * abs(baseline))
        return min(drops)

    def bounds_text(self) -> str:
        """`>= 0.8`, `<= 0.5`, or both."""
        parts = [
            f"{sign} {limit:.10g}"
            for sign, limit in ((">=", self.min), ("<=", self.max))
            if limit is not None
        ]
        return " and ".join(parts)

    def drop_text(self, *, greater_is_better: bool) -> str:
        """`drop <= 0.01`, `rise <= 5 % of base`, or both."""
        parts = [] if self.max_drop is None else [f"<= {self.max_drop:.10g}"]
        if self.max_drop_relative is not None:
            parts.append(f"<= {100 * self.max_drop_relative:.10g} % of base")
        return f"{worsening(greater_is_better=greater_is_better)} {' and '.join(parts)}"


def worsening(*, greater_is_better: bool) -> str:
    """What it is called when a metric gets worse."""
    return "drop" if greater_is_better else "rise"
