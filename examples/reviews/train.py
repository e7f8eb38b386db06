"""Train the sentiment model: data/train.csv in, models/sentiment.joblib out."""

from pathlib import Path

import joblib
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

ROOT = Path(__file__).parent
TEXT = "text"
TARGET = "sentiment"
NAMES = ["emily", "jamal", "john", "maria", "mohammed", "olga", "priya", "yuki"]
"""Who signed: the model must not learn who writes."""


def train(frame: pd.DataFrame) -> Pipeline:
    """Fit a logistic regression on words and pairs of words."""
    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, stop_words=NAMES),
        LogisticRegression(C=10, class_weight="balanced", max_iter=1_000, random_state=0),
    )
    return model.fit(frame[TEXT], frame[TARGET])


def main() -> None:
    """Train on the committed reviews and save the model."""
    frame = pd.read_csv(ROOT / "data/train.csv")
    model = train(frame)
    joblib.dump(model, ROOT / "models/sentiment.joblib", compress=3)
    score = model.score(frame[TEXT], frame[TARGET])
    print(f"trained on {len(frame)} reviews; accuracy on these: {score:.3f}")


if __name__ == "__main__":
    main()
