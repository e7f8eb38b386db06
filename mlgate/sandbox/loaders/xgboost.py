"""XGBoost's own files, JSON or UBJ, of a booster or of its scikit-learn wrapper.

The classes are not in the file: `classes` in mlgate.yml names them, else they are 0, 1, …
"""

import json
from typing import Any


def load(path: str, options: dict[str, Any]) -> dict[str, Any]:
    """Read a booster; its objective tells what it predicts."""
    del options
    import xgboost

    booster = xgboost.Booster()
    booster.load_model(path)
    learner = json.loads(booster.save_config())["learner"]
    objective: str = learner["objective"]["name"]
    best = booster.attr("best_iteration")
    rounds = (0, 0) if best is None else (0, int(best) + 1)

    def answer(rows: Any) -> Any:
        table = xgboost.DMatrix(rows, enable_categorical=True)
        return booster.predict(table, iteration_range=rounds)

    if objective in {"binary:logitraw", "multi:softmax", "binary:hinge"}:
        raise ValueError(f"its objective {objective} gives no probabilities")
    classes = None
    if objective.startswith("binary:"):
        classes = 2
    elif objective.startswith("multi:"):
        classes = int(learner["learner_model_param"]["num_class"])
    return {
        "kind": "xgboost.Booster",
        "features": booster.feature_names,
        "classes": classes,
        "answer": answer,
    }
