"""What a leak does to a model: its metric without the leaked rows, and the columns it sees."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from mlgate.checks.features import features
from mlgate.checks.interface import Inputs
from mlgate.checks.leakage_aspect import Aspect, Tables
from mlgate.checks.responses import ModelOnRows, evaluation_rows
from mlgate.checks.wording import name, names
from mlgate.errors import MlgateError
from mlgate.results import Finding, Outcome

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


LIKE_ID: Final = "tells all rows apart, as an id"


@dataclass(frozen=True, kw_only=True)
class Effect:
    """Measures a model on all evaluation rows and on those that did not leak.

    The model is asked once, when the first leak was found.
    """

    inputs: Inputs
    model: str
    tables: Tables

    def __call__(self, leaked: "Array") -> Mapping[str, Any]:
        """The `metric…` details of a finding about leaked rows."""
        try:
            metric, scores = self._scores
        except MlgateError as error:
            return {"metric_error": error.what}
        everywhere, apart = float(scores.mean()), scores[~leaked]
        if not len(apart):
            return {"metric": metric, "metric_value": everywhere, "metric_error": "no row is left"}
        without = float(apart.mean())
        return {
            "metric": metric,
            "metric_value": everywhere,
            "metric_without": without,
            "metric_explained": everywhere - without,
            "metric_explained_share": (everywhere - without) / everywhere if everywhere else None,
        }

    @cached_property
    def _scores(self) -> tuple[str, "Array"]:
        """A metric that is a mean over rows, and its value in each row."""
        import numpy as np

        rows = evaluation_rows(self.tables.test)
        spec = self.inputs.model_spec(self.model)
        asked = ModelOnRows(self.inputs.model(self.model), spec, rows, rows.data.spec.positive)
        numeric = rows.target.dtype.kind in "iuf"
        if asked.description.classes is None and numeric:
            answers = asked.responses("values")
            return "mean_absolute_error", np.abs(answers.truth - answers.answers)
        answers = asked.responses("labels")
        return "accuracy", (answers.truth == answers.answers).astype(float)


def hidden_features(inputs: Inputs, model: str, tables: Tables, aspect: Aspect) -> Finding:
    """Columns that a model sees and must not: the target, ids and weights of the data."""
    spec, frame = tables.test.spec, tables.test.frame
    declared = {
        column: what
        for data in (tables.train, tables.test)
        for what, columns in (
            ("weight", (data.spec.weight,)),
            ("ids", data.spec.ids),
            ("target", (data.spec.target,)),
        )
        for column in columns
        if column is not None
    }
    hidden = {**dict.fromkeys(tables.like_ids, LIKE_ID), **declared}
    if not hidden:
        return aspect.skipped(
            f"{tables.test.name} declares no `ids` and no `target`, so that no feature can be one: "
            f"add `ids: [COLUMN]` to `data.{tables.test.name}`"
        )
    description = inputs.model(model).describe()
    if description.fixed:
        return aspect.skipped(f"{name(model)} is a table of predictions, found by their ids")
    seen = features(description, inputs.model_spec(model), spec, list(frame.columns))
    found = [column for column in seen if column in hidden]
    listed = names([*hidden])
    # What only looks like an id may be none: it blocks where head's model is the first to see it.
    guessed = bool(found) and not any(column in declared for column in found)
    known = guessed and not _new_to(inputs, model, tables, found)
    if found:
        kinds = ", ".join(f"{name(column)} ({hidden[column]})" for column in found[:5])
        message = f"{len(found):,} of the {len(seen):,} columns that {name(model)} sees must be "
        message += f"hidden from it: {kinds}"
        if guessed:
            message += (
                "; base's model sees as much, or cannot be asked"
                if known
                else "; base's model does not see as much"
            )
            message += f" (with `ids` in `data.{tables.test.name}` nothing is guessed)"
    else:
        message = f"none of the {len(seen):,} columns that {name(model)} sees is one of {listed}"
    return Finding(
        id=aspect.id,
        outcome=Outcome.FAILED if found else Outcome.PASSED,
        subject=aspect.subject,
        message=message,
        observed=len(found),
        expected="no ids, target or weight",
        severity="warning" if known else aspect.severity,
        details={"count": len(found), "columns": [*found], "features": len(seen)},
    )


def _new_to(inputs: Inputs, model: str, tables: Tables, found: list[str]) -> bool:
    """Whether base's model does not see one of the columns; False where there is none to ask."""
    try:
        data = inputs.data(tables.test.name, "base")
        spec = inputs.model_spec(model, "base")
        description = inputs.model(model, "base").describe()
        seen = features(description, spec, data.spec, list(data.frame.columns))
    except MlgateError:
        return False
    return not set(found) <= set(seen)
