import pytest

from mlgate.checks.features import features
from mlgate.config.model import DataSpec, ModelSpec
from mlgate.errors import ColumnNotFound
from mlgate.sandbox.interface import Description

COLUMNS = ["id", "age", "tenure", "weight", "churned"]
DATA = DataSpec(path="test.csv", target="churned", ids=("id",), weight="weight")


def description(names: tuple[str, ...] | None) -> Description:
    return Description(kind="Model", features=names, classes=(0, 1), probabilities=True)


def model(*names: str) -> ModelSpec:
    return ModelSpec(path="model.joblib", features=names)


def test_the_configuration_comes_first_and_keeps_its_order() -> None:
    found = features(description(("age",)), model("tenure", "age"), DATA, COLUMNS)
    assert found == ["tenure", "age"]


def test_then_the_models_own_names() -> None:
    assert features(description(("tenure", "id")), model(), DATA, COLUMNS) == ["tenure", "id"]


def test_else_all_but_target_weight_and_ids() -> None:
    assert features(description(None), model(), DATA, COLUMNS) == ["age", "tenure"]


@pytest.mark.parametrize(
    ("found", "spec", "whose"),
    [
        (("age",), model("tenur"), "`features` in mlgate.yml names"),
        (("age", "tenur"), model(), "the model was trained on"),
    ],
)
def test_a_missing_column_is_named_with_the_nearest(
    found: tuple[str, ...], spec: ModelSpec, whose: str
) -> None:
    with pytest.raises(ColumnNotFound) as caught:
        features(description(found), spec, DATA, COLUMNS)
    assert f"no column tenur, which {whose}; did you mean 'tenure'?" in caught.value.what


def test_many_missing_columns_make_a_short_message() -> None:
    names = tuple(f"{'long' * 100}{i}" for i in range(500))
    with pytest.raises(ColumnNotFound) as caught:
        features(description(names), model(), DATA, COLUMNS)
    assert "497 more" in caught.value.what
    assert len(caught.value.what) < 400


def test_no_column_left_is_an_error() -> None:
    with pytest.raises(ColumnNotFound, match="no column is left"):
        features(description(None), model(), DATA, ["id", "weight", "churned"])
