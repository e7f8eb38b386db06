"""Which columns a model sees."""

from collections.abc import Sequence

from mlgate.checks import wording
from mlgate.config.load import nearest
from mlgate.config.model import DataSpec, ModelSpec
from mlgate.errors import ColumnNotFound
from mlgate.sandbox.interface import Description


def features(
    description: Description, model_spec: ModelSpec, data_spec: DataSpec, columns: Sequence[str]
) -> list[str]:
    """The columns of a data set that a model sees, in the model's order.

    `features` in mlgate.yml, else the model's own `feature_names_in_`, else all columns but target,
    weight and ids.

    Raises:
        ColumnNotFound: A column is not in the data, or none is left.
    """
    if model_spec.features:
        return _present(model_spec.features, columns, "`features` in mlgate.yml names")
    if description.features is not None:
        return _present(description.features, columns, "the model was trained on")
    hidden = {data_spec.target, data_spec.weight, *data_spec.ids}
    seen = [column for column in columns if column not in hidden]
    if not seen:
        raise ColumnNotFound(
            "no column is left for the model to see",
            cause="all columns of the data are its target, weight or ids",
            remedy="give the model's `features` in mlgate.yml",
        )
    return seen


def _present(wanted: Sequence[str], columns: Sequence[str], whose: str) -> list[str]:
    known = set(columns)
    missing = [name for name in wanted if name not in known]
    if not missing:
        return list(wanted)
    hint = nearest(missing[0], known) if len(missing) == 1 else ""
    raise ColumnNotFound(
        f"the data have no column {wording.names(missing)}, which {whose}{hint}",
        cause="a column was renamed or removed, or the model belongs to other data",
        remedy="give the model's `features` in mlgate.yml, or train it on these data",
    )
