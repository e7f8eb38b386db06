"""Trains models and saves them in every format; run in an environment that has all libraries."""

import sys
from pathlib import Path

import catboost
import joblib
import lightgbm
import mlflow.sklearn
import numpy as np
import pandas as pd
import skops.io
import xgboost
from skl2onnx import to_onnx
from sklearn.linear_model import LogisticRegression

folder = Path(sys.argv[1])
rows = pd.read_csv(folder / "train.csv")
features, codes = rows.drop(columns=["id", "label"]), (rows["label"] == "yes").astype(int)
labels = np.where(codes == 1, "yes", "no")
test = pd.read_csv(folder / "test.csv")

linear = LogisticRegression().fit(features, labels)
joblib.dump(linear, folder / "model.joblib")
joblib.dump(linear, folder / "model.joblib.gz", compress=3)
skops.io.dump(linear, folder / "model.skops")
mlflow.sklearn.save_model(linear, folder / "model.mlflow")
one = features[:1].to_numpy(dtype="float32")
for name, options in (("model.onnx", {}), ("plain.onnx", {"zipmap": False})):
    (folder / name).write_bytes(to_onnx(linear, one, options=options).SerializeToString())

xgboost.XGBClassifier(n_estimators=30).fit(features, codes).save_model(folder / "model.ubj")
xgboost.XGBClassifier(n_estimators=30).fit(features, codes).save_model(folder / "model.json")
booster = lightgbm.LGBMClassifier(n_estimators=30, verbose=-1).fit(features, codes)
booster.booster_.save_model(folder / "model.txt")
trees = catboost.CatBoostClassifier(iterations=60, verbose=0, allow_writing_files=False)
trees.fit(features, labels).save_model(str(folder / "model.cbm"))

answers = test[["id"]].assign(
    prediction=linear.predict(test[features.columns]),
    score=linear.predict_proba(test[features.columns])[:, 1],
)
answers.sample(frac=1, random_state=0).to_csv(folder / "answers.csv", index=False)
answers.drop(columns="id").to_parquet(folder / "answers.parquet")
