"""Train the price model: data/train.csv in, models/price.joblib out."""

from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

ROOT = Path(__file__).parent
TARGET = "price"
IDS = ["listing"]
AREA = ["lotsize"]
COUNTS = ["bedrooms", "bathrooms", "stories", "garage"]
FLAGS = ["driveway", "recreation", "fullbase", "gasheat", "aircon", "prefer"]
FEATURES = [*AREA, *COUNTS, *FLAGS]


def train(frame: pd.DataFrame) -> TransformedTargetRegressor:
    """Fit a ridge regression of the log price: each feature is worth a share of the price."""
    preparation = make_column_transformer(
        (make_pipeline(FunctionTransformer(np.log), StandardScaler()), AREA),
        (StandardScaler(), COUNTS),
        (OneHotEncoder(drop="if_binary"), FLAGS),
    )
    regression = make_pipeline(preparation, RidgeCV(np.logspace(-2, 2, 9)))
    model = TransformedTargetRegressor(regression, func=np.log, inverse_func=np.exp)
    return model.fit(frame[FEATURES], frame[TARGET])


def main() -> None:
    """Train on the committed rows and save the model."""
    frame = pd.read_csv(ROOT / "data/train.csv")
    model = train(frame)
    joblib.dump(model, ROOT / "models/price.joblib")
    score = model.score(frame[FEATURES], frame[TARGET])
    print(f"trained on {len(frame)} houses; R² on these: {score:.3f}")


if __name__ == "__main__":
    main()
