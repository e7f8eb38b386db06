"""CatBoost's own files (cbm)."""

from typing import Any


def load(path: str, options: dict[str, Any]) -> dict[str, Any]:
    """Read a model; one with classes is a classifier."""
    del options
    import catboost

    model = catboost.CatBoost()
    model.load_model(path)
    classes = [_plain(label) for label in model.classes_]
    kind = "Probability" if classes else "RawFormulaVal"
    names = model.feature_names_
    return {
        "kind": "catboost.CatBoost",
        "features": None if names == [str(i) for i in range(len(names))] else names,
        "classes": classes or None,
        "answer": lambda rows: model.predict(rows, prediction_type=kind),
    }


def _plain(label: Any) -> Any:
    return label.item() if hasattr(label, "item") else label
