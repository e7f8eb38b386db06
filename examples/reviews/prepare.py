"""Make data/train.csv and data/test.csv from rated sentences of product reviews.

The sentences are those of `amazonReviewSnippets_GroundTruth.txt`, which comes with version 2.5 of
the Python package vaderSentiment and is given as the only argument: 3,708 sentences, each
rated from -4 to 4 by twenty people (Hutto and Gilbert 2014). Kept are those that are clearly
positive or negative. A few are signed with a made-up first name, as reviews are.
"""

import csv
import hashlib
import sys
from pathlib import Path

import pandas as pd
import train

TEST_SHARE = 0.3
CLEAR = 0.8
"""Mean rating, at least, of what is positive; of what is negative, its opposite."""


def share(text: str) -> float:
    """A number from 0 to 1 that depends on the text alone."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") / 2**32


def signed(text: str) -> str:
    """The text; one in four with a name below."""
    draw = share(f"signed {text}")
    name = train.NAMES[int(draw * 1000) % len(train.NAMES)].title()
    return f"{text} {name}" if draw < 0.25 else text


def main(source: Path) -> None:
    """Write the data, then train on them."""
    frame = pd.read_csv(
        source, sep="\t", names=["id", "rating", train.TEXT], quoting=csv.QUOTE_NONE, dtype=str
    )
    rating = frame.pop("rating").astype(float)
    frame = frame.assign(**{train.TARGET: rating.gt(0).map({True: "positive", False: "negative"})})
    frame = frame[(rating.abs() >= CLEAR) & frame[train.TEXT].str.len().between(10, 300)]
    frame = frame.drop_duplicates(train.TEXT)
    testing = frame[train.TEXT].map(share) < TEST_SHARE
    frame[train.TEXT] = frame[train.TEXT].map(signed)
    for name, rows in {"train": frame[~testing], "test": frame[testing]}.items():
        rows.to_csv(train.ROOT / f"data/{name}.csv", index=False)
    train.main()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
