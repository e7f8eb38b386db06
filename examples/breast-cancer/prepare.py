"""Make data/train.parquet, data/test.parquet, tests/models/known.csv and models/model.joblib.

The rows are scikit-learn's copy of the Wisconsin diagnostic breast cancer data (Wolberg, Street and
Mangasarian, 1995): 569 biopsies, and for each the mean, the standard error and the worst value of
ten measurements of its cell nuclei. They have no identifiers; `patient_id` is made up here, because
data of one's own would have one.
"""

import hashlib

import pandas as pd
import train
from sklearn.datasets import load_breast_cancer

TEST_SHARE = 0.4
KNOWN_CASES = 4


def load() -> pd.DataFrame:
    """All rows, with readable labels and an id."""
    bunch = load_breast_cancer(as_frame=True)
    frame = bunch.data.rename(columns=lambda name: name.replace(" ", "_"))
    frame.insert(0, "patient_id", [f"P{number:04d}" for number in range(1, len(frame) + 1)])
    frame[train.TARGET] = bunch.target.map(dict(enumerate(bunch.target_names)))
    return frame


def is_for_testing(patient: str) -> bool:
    """A hash of the id decides, so that no patient changes sides when more data arrive."""
    digest = hashlib.sha256(patient.encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32 < TEST_SHARE


def known_cases(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows that no usable model gets wrong: large malignant and small benign nuclei."""
    by_size = frame.sort_values("worst_area", kind="stable")
    malignant = by_size[by_size[train.TARGET] == "malignant"].tail(KNOWN_CASES)
    benign = by_size[by_size[train.TARGET] == "benign"].head(KNOWN_CASES)
    return pd.concat([malignant, benign])


def main() -> None:
    """Write the data, then train on them."""
    frame = load()
    testing = frame["patient_id"].map(is_for_testing)
    parts = {"train": frame[~testing], "test": frame[testing]}
    (train.ROOT / "data").mkdir(exist_ok=True)
    for name, rows in parts.items():
        rows.to_parquet(train.ROOT / f"data/{name}.parquet", index=False)
    known_cases(parts["test"]).to_csv(train.ROOT / "tests/models/known.csv", index=False)
    train.main()


if __name__ == "__main__":
    main()
