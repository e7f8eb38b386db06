"""A file of predictions, made elsewhere: no model is needed at all.

A CSV or Parquet table with a column `prediction`, and for a classifier `score` (the probability of
the second class) or one column `probability_<class>` for each. Every other column is part of a key
that finds the row, such as a customer's number; without any, the rows are those of the data set, in
its order.
"""

from typing import Any

import numpy as np

_SCORE = "score"
_PREDICTION = "prediction"
_PROBABILITY = "probability_"


def load(path: str, options: dict[str, Any]) -> Any:
    """Read the table."""
    import pandas as pd

    table = pd.read_parquet(path) if path.endswith((".parquet", ".pq")) else pd.read_csv(path)
    return Predictions(table, options["classes"])


class Predictions:
    """Answers for rows that are known by their keys, and for no others."""

    fixed = True

    def __init__(self, table: Any, classes: list[Any] | None) -> None:
        if _PREDICTION not in table.columns:
            raise ValueError(f"the table has no column `{_PREDICTION}`")
        self._table = table
        given = [name for name in table.columns if name.startswith(_PROBABILITY)]
        scored = given or ([_SCORE] if _SCORE in table.columns else [])
        self._keys = [name for name in table.columns if name not in {_PREDICTION, *scored}]
        if self._keys:
            self.feature_names_in_ = self._keys
            repeated = int(table.duplicated(self._keys).sum())
            if repeated:
                raise ValueError(f"{repeated} rows have a key that another row has already")
        if not scored:
            return
        labels = sorted(table[_PREDICTION].unique().tolist())
        self.classes_ = classes or labels
        if given:
            names = [f"{_PROBABILITY}{label}" for label in self.classes_]
            if sorted(names) != sorted(given):
                raise ValueError(
                    f"the columns {given} are not those of the classes {self.classes_}; "
                    "`classes` in mlgate.yml names them"
                )
            self._scores = table[names].to_numpy(dtype=float)
        else:
            if len(self.classes_) != 2:
                raise ValueError(
                    f"`{_SCORE}` is for two classes, and there are {len(self.classes_)}; "
                    "`classes` in mlgate.yml names them"
                )
            score = table[_SCORE].to_numpy(dtype=float)
            self._scores = np.column_stack([1 - score, score])
        self.predict_proba = self._predict_proba

    def predict(self, rows: Any) -> Any:
        """The predictions of some rows."""
        return self._table[_PREDICTION].to_numpy()[self._places(rows)]

    def _predict_proba(self, rows: Any) -> Any:
        return self._scores[self._places(rows)]

    def _places(self, rows: Any) -> Any:
        """Where the table has each row."""
        if not self._keys:
            if len(rows) != len(self._table):
                raise ValueError(
                    f"the table has {len(self._table)} rows without keys, and {len(rows)} are asked"
                )
            return np.arange(len(rows))
        order = self._table[self._keys].assign(place=np.arange(len(self._table)))
        found = rows[self._keys].merge(order, on=self._keys, how="left")["place"]
        if found.isna().any():
            raise ValueError(
                f"the table has no prediction for {int(found.isna().sum())} of {len(rows)} rows"
            )
        return found.to_numpy(dtype=int)
