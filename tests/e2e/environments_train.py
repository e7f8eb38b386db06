"""Trains a model; run in the environment that the model is to be loaded in, or in another one."""

import sys
from pathlib import Path

import joblib
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

folder, trees = Path(sys.argv[1]), int(sys.argv[2])
rows = pd.read_csv(folder / "train.csv")
# scikit-learn 1.5 keeps what `remainder` leaves as a class that newer ones do not have.
encode = ColumnTransformer([("city", OneHotEncoder(), ["city"])], remainder="passthrough")
model = make_pipeline(encode, RandomForestClassifier(trees, random_state=0))
model.fit(rows.drop(columns=["id", "label"]), rows["label"])
joblib.dump(model, folder / "model.joblib", compress=3)
test = pd.read_csv(folder / "test.csv")
print((model.predict(test.drop(columns=["id", "label"])) == test["label"]).mean())
