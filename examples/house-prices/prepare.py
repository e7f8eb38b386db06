"""Make data/train.csv and data/test.csv from a CSV of the Windsor house prices.

The rows are the 546 houses sold in Windsor, Ontario, in the summer of 1987 (Anglin, Gençay 1996),
as the data set `HousePrices` of the R package AER has them, given as the only argument. They have
no identifiers; `listing` is made up here, because data of one's own would have one.
"""

import hashlib
import sys
from pathlib import Path

import pandas as pd
import train

TEST_SHARE = 0.4


def is_for_testing(listing: str) -> bool:
    """A hash of the id decides, so that no house changes sides when more data arrive."""
    digest = hashlib.sha256(listing.encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32 < TEST_SHARE


def main(source: Path) -> None:
    """Write the data, then train on them."""
    frame = pd.read_csv(source)
    frame.insert(0, "listing", [f"H{number:04d}" for number in range(1, len(frame) + 1)])
    testing = frame["listing"].map(is_for_testing)
    for name, rows in {"train": frame[~testing], "test": frame[testing]}.items():
        rows.to_csv(train.ROOT / f"data/{name}.csv", index=False)
    train.main()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
