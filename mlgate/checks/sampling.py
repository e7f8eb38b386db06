"""How evaluation rows count, and which of them belong together."""

from typing import TYPE_CHECKING

from mlgate.checks import wording
from mlgate.checks.responses import EvaluationRows
from mlgate.config.load import nearest
from mlgate.errors import ColumnNotFound, DataNotReadable
from mlgate.privacy import foreign

if TYPE_CHECKING:
    import pandas as pd

    from mlgate.stats.difference import Array
    from mlgate.stats.sample import Sample


def sample_of(rows: EvaluationRows, cluster: str | None) -> "Sample":
    """The weights and the clusters of evaluation rows.

    Args:
        rows: The rows; their data set says which column holds weights.
        cluster: Column whose equal values mark rows that are not independent; None for the data
            set's `group`, if it has one.

    Raises:
        ColumnNotFound: A column is not in the data.
        DataNotReadable: A weight is no weight, or a row belongs to no cluster.
    """
    from mlgate.stats.sample import sample

    spec = rows.data.spec
    where = f"data.{rows.data.name}"
    weights = clusters = None
    if spec.weight is not None:
        weights = _weights(_column(rows, spec.weight, f"`weight` of `{where}`"), rows)
    if cluster is not None:
        clusters = _clusters(_column(rows, cluster, "`cluster` of the check"), rows)
    elif spec.group is not None:
        clusters = _clusters(_column(rows, spec.group, f"`group` of `{where}`"), rows)
    return sample(len(rows), weights, clusters)


def _column(rows: EvaluationRows, name: str, whose: str) -> "pd.Series":
    frame = rows.data.frame
    if name not in frame.columns:
        raise ColumnNotFound(
            f"the column {wording.value(name)} is not in the data set {rows.data.name}"
            f"{nearest(name, map(str, frame.columns))}",
            cause=f"the column was renamed, or {whose} has a typo",
            remedy=f"change {whose}",
        )
    found: pd.Series = frame[name]
    return found


def _weights(column: "pd.Series", rows: EvaluationRows) -> "Array":
    import numpy as np
    import pandas as pd

    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    wrong = ~np.isfinite(numbers) | (numbers < 0)
    if wrong.any():
        raise DataNotReadable(
            f"{int(wrong.sum()):,} of {len(rows):,} weights of {rows.data.name} are missing, "
            f"negative or no numbers, the first in row {int(wrong.argmax()) + 1:,}",
            cause="the column holds something else than sample weights",
            remedy="give each row a weight of zero or more",
        )
    if not numbers.any():
        raise DataNotReadable(
            f"all weights of {rows.data.name} are zero",
            cause="the step that computes them found nothing",
            remedy="give the rows that count a weight above zero",
        )
    return numbers


def _clusters(column: "pd.Series", rows: EvaluationRows) -> "Array":
    import pandas as pd

    nulls = int(column.isna().sum())
    if nulls:
        raise DataNotReadable(
            f"{nulls:,} of {len(rows):,} rows of {rows.data.name} have no value in "
            f"{wording.value(column.name)}, and so belong to no cluster",
            cause="a key is missing in the step that writes the rows",
            remedy="give each row the key of what it belongs to",
        )
    try:
        codes, _ = pd.factorize(column)
    except TypeError as error:  # lists, as JSON lines may hold
        raise DataNotReadable(
            f"{wording.value(column.name)} of {rows.data.name} holds no keys: "
            f"{foreign(str(error)[:100])}",
            cause="it holds lists or mappings",
            remedy="give each row one key",
        ) from error
    return codes
