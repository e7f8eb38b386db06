"""Repositories with real data, and the faults that are planted in them.

The tables are scikit-learn's bundled ones. They lack what a table of a pipeline has: an id, a time
and a place, which are added; nothing else is.
"""

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from sklearn import datasets

from mlgate.cli import main

Frames = dict[str, pd.DataFrame]
"""`train` and `test`."""
Fault = Callable[["Table", Frames], Frames]

SITES: Final = ("Köln", "Málaga", "Genève")
START: Final = pd.Timestamp("2024-01-01")


@dataclass(frozen=True, kw_only=True)
class Table:
    """A real data set, and what mlgate.yml says of it."""

    name: str
    load: Callable[[], pd.DataFrame]
    target: str
    quantity: str
    """A feature that has a unit."""
    other: str
    """A feature that it may be confused with."""

    def halves(self, seed: int) -> tuple[Frames, Frames]:
        """Two resamples of one size that share no row, each split at the same day."""
        draw = np.random.default_rng(seed)
        frame = self.load()
        rows = len(frame)
        frame = frame.assign(
            sample=[f"S{number:05}" for number in draw.permutation(rows)],
            site=draw.choice(SITES, rows, p=(0.5, 0.3, 0.2)),
            measured=[
                (START + pd.Timedelta(days=int(day))).date().isoformat()
                for day in draw.permutation(rows)
            ],
        )
        frame = frame.sort_values("measured", ignore_index=True)
        until = int(0.7 * rows)
        halves: tuple[Frames, Frames] = ({}, {})
        for name, period in {"train": frame[:until], "test": frame[until:]}.items():
            order = draw.permutation(len(period))
            for half, start in zip(halves, (0, 1), strict=True):
                chosen = np.sort(order[start : len(order) // 2 * 2 : 2])
                half[name] = period.iloc[chosen].reset_index(drop=True)
        return halves


def _bundled(name: str, **changes: Callable[[pd.DataFrame], Any]) -> Callable[[], pd.DataFrame]:
    def load() -> pd.DataFrame:
        bunch = getattr(datasets, f"load_{name}")(as_frame=True)
        frame: pd.DataFrame = bunch.frame.rename(columns=lambda column: column.replace(" ", "_"))
        return frame.assign(**changes)

    return load


TABLES: Final[Mapping[str, Table]] = {
    table.name: table
    for table in (
        Table(
            name="breast_cancer",
            load=_bundled("breast_cancer"),
            target="target",
            quantity="mean_radius",
            other="mean_texture",
        ),
        Table(
            name="wine",
            load=_bundled("wine", target=lambda f: f["target"].map(lambda c: f"cultivar {c}")),
            target="target",
            quantity="proline",
            other="alcohol",
        ),
        Table(
            name="diabetes",
            load=_bundled("diabetes", sex=lambda f: np.where(f["sex"] > 0, "f", "m")),
            target="target",
            quantity="bmi",
            other="target",
        ),
        Table(
            name="iris",
            load=_bundled("iris"),
            target="target",
            quantity="sepal_length_(cm)",
            other="petal_width_(cm)",
        ),
    )
}


def _in_train(change: Callable[[Table, pd.DataFrame], pd.DataFrame]) -> Fault:
    def plant(table: Table, frames: Frames) -> Frames:
        return {**frames, "train": change(table, frames["train"].copy())}

    return plant


def _scaled(factor: float) -> Fault:
    return _in_train(lambda t, f: f.assign(**{t.quantity: f[t.quantity] * factor}))


def _swapped(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(**{table.quantity: frame[table.other], table.other: frame[table.quantity]})


def _flipped(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """The codes of the target count from the other end."""
    codes = sorted(frame[table.target].unique())
    return frame.assign(
        **{table.target: frame[table.target].map(dict(zip(codes, codes[::-1], strict=True)))}
    )


def _mojibake(_table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(site=frame["site"].map(lambda text: text.encode().decode("latin-1")))


def _nulls(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    frame.loc[frame.index % 10 == 0, table.quantity] = None
    return frame


def _duplicates(_table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """A tenth of the rows loaded twice, under new ids."""
    again = frame[::10].assign(sample=[f"S9{number:04}" for number in range(len(frame[::10]))])
    return pd.concat([frame, again], ignore_index=True)


def _new_category(_table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    frame.loc[frame.index % 20 == 0, "site"] = "Oslo"
    return frame


def _leaked(_table: Table, frames: Frames) -> Frames:
    """A tenth of the evaluation rows in the training data, under new ids."""
    rows = frames["test"][::10]
    rows = rows.assign(sample=[f"S9{number:04}" for number in range(len(rows))])
    return {**frames, "train": pd.concat([frames["train"], rows], ignore_index=True)}


def _stale(_table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of an older export: the newest are a third of the period back."""
    days = pd.to_datetime(frame["measured"])
    back = (days.max() - days.min()) / 3
    return frame.assign(measured=(days - back).dt.date.map(lambda day: day.isoformat()))


FAULTS: Final[Mapping[str, Fault]] = {
    "unit x 1000": _scaled(1000),
    "unit x 2.54": _scaled(2.54),
    "swapped columns": _in_train(_swapped),
    "flipped labels": _in_train(_flipped),
    "mojibake": _in_train(_mojibake),
    "nulls": _in_train(_nulls),
    "duplicates": _in_train(_duplicates),
    "new category": _in_train(_new_category),
    "leakage": _leaked,
    "stale data": _in_train(_stale),
}
TRUNCATED: Final = "truncated file"
"""Planted in the file, not in the table."""


def planted_in(table: Table, frames: Frames, fault: str | None) -> Frames:
    """The tables with a fault; as they are for none, and for one of the file."""
    return frames if fault in {None, TRUNCATED} else FAULTS[fault or ""](table, frames)


class Repository:
    """A repository whose base commit has data and their suggested suites."""

    def __init__(self, root: Path, table: Table, frames: Frames) -> None:
        self.root, self.table = root, table
        root.mkdir(parents=True)
        self._git("init", "-q", "-b", "main")
        self.write(frames)
        for name in frames:
            arguments = ["suggest", str(root / f"{name}.csv")]
            suite = str(root / f"{name}.json")
            if main([*arguments, "--output", suite], {"PATH": os.environ["PATH"]}):
                raise AssertionError(f"no suite for {name} of {table.name}")
        (root / "mlgate.yml").write_text(_config(table))
        self._git("add", "-A")
        self._git("commit", "-qm", "base")
        self._git("checkout", "-qb", "feature")

    def write(self, frames: Frames) -> None:
        """Head's files."""
        for name, frame in frames.items():
            frame.to_csv(self.root / f"{name}.csv", index=False)

    def truncate(self) -> None:
        """Cut the training file in the middle of a row, after two fifths."""
        file = self.root / "train.csv"
        text = file.read_bytes()
        file.write_bytes(text[: int(0.4 * len(text))])

    def run(self) -> tuple[int, dict[str, Any]]:
        """The exit code of `mlgate run` and all findings by id."""
        code = main(["run", "-C", str(self.root)], {"PATH": os.environ["PATH"]})
        result = json.loads((self.root / ".mlgate" / "result.json").read_text())
        return code, {f["id"]: f for check in result["checks"] for f in check["findings"]}

    def _git(self, *arguments: str) -> None:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
        command = ["git", "-C", str(self.root), *identity, *arguments]
        subprocess.run(command, check=True, capture_output=True)


def failed(findings: Mapping[str, Any]) -> dict[str, str]:
    """Findings that failed or could not be had, with what they say.

    That evaluation rows are others than base's is so of each of these pull requests, sound or not.
    """
    return {
        name: finding["message"]
        for name, finding in findings.items()
        if finding["outcome"] in {"failed", "errored"} and not name.startswith("policy/data/")
    }


def _config(table: Table) -> str:
    spec = f"target: {table.target}, ids: [sample], time: measured"
    return f"""\
version: 1
data:
  train: {{path: train.csv, {spec}}}
  test: {{path: test.csv, {spec}}}
checks:
  - recommended
  - {{type: expectations, id: train-suite, data: train, suite: train.json}}
  - {{type: expectations, id: test-suite, data: test, suite: test.json}}
"""
