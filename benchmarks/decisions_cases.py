"""Pull requests for `decisions.py`: harmless ones and harmful ones, made from one world.

A case is a function from a world to a pull request, or None where it does not apply. What it
changes is what its name says, at one strength for all tables: nothing is tuned to a table.
"""

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd
from decisions_data import ID, Table, fitted
from decisions_gate import Version, average_falls, harm

NOISE: Final = 0.4
"""Share of labels that are exchanged among themselves."""
NOISIER: Final = 0.8
"""The same of an early version."""
BROKEN: Final = 0.6
"""Share of labels that are wrong in the slice or group that a model fails."""
FAILS: Final = 10.0
"""A model fails a slice if a metric falls there by so many times what is allowed on all rows: a
tenth of accuracy, or half of an error. Log loss does not count: of a forest it hangs on single
rows, to whose class no tree gives a chance."""
FEWEST: Final = 50
"""Evaluation rows of a slice."""
FEW_VALUES: Final = 5
TRIES: Final = 6
"""Slices that are tried until a model truly fails one."""
MOST_UNSEEN: Final = 4_000
"""Rows on which a model must be better on the whole."""
COPIES: Final = 20
SHARPER: Final = 4.0
"""Factor on the log odds of an overconfident model."""
EVERY: Final = "always"
"""Harmful whatever the metrics say, by what it is."""


@dataclass(frozen=True, kw_only=True)
class Pull:
    """A pull request: base's commit and head's."""

    base: Version
    head: Version
    harm: float | str | None = None
    """Drop of a metric in units of what is allowed, on rows that no commit holds; None where the
    pull request is harmless, and a word where something else than a metric is the harm."""


class World:
    """A table, cut into what a team has had, gets, and will meet. One seed, one base model."""

    def __init__(self, table: Table, seed: int) -> None:
        self.table, self.seed = table, seed
        self.random = np.random.default_rng(seed)
        frame = table.load()
        frame = frame.iloc[self.random.permutation(len(frame))].reset_index(drop=True)
        ids = 100_000 + self.random.permutation(len(frame))
        frame.insert(0, ID, ids)
        n, m = table.train, table.test
        self.train, rest = frame[:n], frame[n:]
        extra = min(n // 3, max(0, len(rest) - 2 * m))
        self.extra, rest = rest[:extra], rest[extra:]
        self.test, rest = rest[:m], rest[m:]
        self.fresh = rest[:m]
        self.unseen = rest[m:] if len(rest) - m > m else rest

    @property
    def features(self) -> list[str]:
        """What the usual model sees."""
        return [c for c in self.train.columns if c not in (ID, self.table.target)]

    def fit(self, frame: pd.DataFrame, *, shift: int = 0, **how: Any) -> Any:
        """A model of the usual recipe; `shift` is another seed."""
        return fitted(self.table, frame, 1_000 * self.seed + shift, **how)

    @cached_property
    def model(self) -> Any:
        """Base's."""
        return self.fit(self.train)

    @cached_property
    def weak(self) -> Any:
        """A first version of it."""
        return self.fit(self.train, strength="weak")

    def earlier(self, inside: "Rows") -> Iterator[Any]:
        """Earlier versions of the usual model, each weaker than the one before but in a slice."""
        yield self.weak
        yield self.undertrained
        yield self.fit(exchanged(self, self.train, ~inside(self.train), NOISIER))

    @cached_property
    def undertrained(self) -> Any:
        """A model whose training stopped early."""
        return self.fit(self.train, strength="undertrained")

    @cached_property
    def base(self) -> Version:
        """Base's commit."""
        return Version(train=self.train, test=self.test, model=self.model)

    def pull(self, *, true: float | str | None = None, **changes: Any) -> Pull:
        """Base as usual, and head with changes."""
        given = {"train": self.train, "test": self.test, "model": self.model}
        return Pull(base=self.base, head=Version(**{**given, **changes}), harm=true)

    def worse(self, model: Any, **changes: Any) -> Pull:
        """A pull request whose harm is that its model is worse than base's."""
        return self.pull(
            model=model, true=harm(self.table, self.model, model, self.unseen), **changes
        )


Case = Callable[[World], Pull | None]
Rows = Callable[[pd.DataFrame], np.ndarray]
"""Whether each row of a frame is in a slice."""


def same_model(world: World) -> Pull | None:
    """Nothing of the data or the model."""
    return world.pull()


def other_seed(world: World) -> Pull | None:
    """Trained again."""
    return world.pull(model=world.fit(world.train, shift=1))


def refactored(world: World) -> Pull | None:
    """The same recipe in other words, saved compressed."""
    return world.pull(model=world.fit(world.train, steps=("features", "clf")), compress=3)


def more_data(world: World) -> Pull | None:
    """A third more rows to train on."""
    if not len(world.extra):
        return None
    train = pd.concat([world.train, world.extra], ignore_index=True)
    return world.pull(train=train, model=world.fit(train))


def reordered(world: World) -> Pull | None:
    """Columns in another order everywhere, and trained again."""
    columns = list(world.random.permutation(list(world.train.columns)))
    train = world.train[columns]
    return world.pull(train=train, test=world.test[columns], model=world.fit(train))


def fresh_test(world: World) -> Pull | None:
    """Other evaluation rows of the same kind."""
    return world.pull(test=world.fresh)


def refreshed(world: World) -> Pull | None:
    """More rows to train on and other evaluation rows."""
    train = pd.concat([world.train, world.extra], ignore_index=True)
    return world.pull(train=train, test=world.fresh, model=world.fit(train, shift=1))


def small_test(world: World) -> Pull | None:
    """A hundred evaluation rows on both sides, and trained again."""
    test = world.test[:100]
    base = Version(train=world.train, test=test, model=world.model)
    head = Version(train=world.train, test=test, model=world.fit(world.train, shift=1))
    return Pull(base=base, head=head)


def better(world: World) -> Pull | None:
    """The usual model after a weak one."""
    if average_falls(world.table, world.weak, world.model, world.unseen):
        return None
    base = Version(train=world.train, test=world.test, model=world.weak)
    return Pull(base=base, head=world.base)


def noisy_labels(world: World) -> Pull | None:
    """Trained on labels of which some are exchanged."""
    return world.worse(world.fit(exchanged(world, world.train, slice(None), NOISE)))


def undertrained(world: World) -> Pull | None:
    """Training that stopped early."""
    return world.worse(world.undertrained)


def few_rows(world: World) -> Pull | None:
    """Trained on a twentieth of the rows."""
    few = world.train[: max(20, len(world.train) // 20)]
    lacks = few[world.table.target].nunique() < world.train[world.table.target].nunique()
    if lacks and not world.table.is_regression:
        return None
    return world.worse(world.fit(few))


def unit_in_train(world: World) -> Pull | None:
    """One feature in another unit in the training data only."""
    train = in_unit(world, world.train)
    return world.worse(world.fit(train), train=train)


def unit_everywhere(world: World) -> Pull | None:
    """One feature in another unit in both files: production still has the old one."""
    train = in_unit(world, world.train)
    return world.worse(world.fit(train), train=train, test=in_unit(world, world.test))


def swapped_columns(world: World) -> Pull | None:
    """Two columns exchanged in the training data."""
    one, other = world.table.swapped
    train = world.train.assign(**{one: world.train[other], other: world.train[one]})
    return world.worse(world.fit(train), train=train)


def leak(world: World) -> Pull | None:
    """A new feature that was made of the target."""
    train, test = (with_leak(world, rows) for rows in (world.train, world.test))
    unseen = with_leak(world, world.unseen)  # where it is not known yet, any value stands in
    unseen["review_score"] = world.random.permutation(unseen["review_score"])
    model = world.fit(train)
    true = harm(world.table, world.model, model, unseen)
    return world.pull(train=train, test=test, model=model, true=true)


def overlap(world: World) -> Pull | None:
    """Three in ten of the test rows are trained on."""
    known = world.test.sample(frac=0.3, random_state=world.seed)
    train = pd.concat([world.train, known], ignore_index=True)
    return world.pull(train=train, model=world.fit(train), true=EVERY)


def duplicates(world: World) -> Pull | None:
    """A seventh of the training rows is there twice, under new ids."""
    again = world.train.sample(frac=0.15, random_state=world.seed)
    again = again.assign(**{ID: 10_000_000 + np.arange(len(again))})
    train = pd.concat([world.train, again], ignore_index=True)
    return world.pull(train=train, model=world.fit(train), true=EVERY)


def easier_test(world: World) -> Pull | None:
    """A model that is worse, on evaluation rows that suit it: as many as before."""
    model = world.fit(exchanged(world, world.train, slice(None), NOISE))
    return world.worse(model, test=easy(world, model))


def easier_test_same_model(world: World) -> Pull | None:
    """The same model on evaluation rows that suit it: the next pull request will look worse."""
    return world.pull(test=easy(world, world.model), true=EVERY)


def broken_slice(world: World) -> Pull | None:
    """Better on the whole than base's, and useless for one slice."""
    return broken(world, slices_of(world, world.table.slices, world.table.slice_value))


def broken_group(world: World) -> Pull | None:
    """The same for one group of people."""
    column = world.table.sensitive
    return broken(world, [] if column is None else [equal_to(column, world.table.group)])


def overconfident(world: World) -> Pull | None:
    """The same answers with chances that are far too sure."""
    if world.table.is_regression or world.table.family == "forest":
        return None
    model = copy.deepcopy(world.model)
    last = model[-1]
    if world.table.family == "linear":
        last.coef_, last.intercept_ = last.coef_ * SHARPER, last.intercept_ * SHARPER
    else:
        last._baseline_prediction *= SHARPER
        for trees in last._predictors:
            for tree in trees:
                tree.nodes["value"] *= SHARPER
    return world.worse(model)


def slower(world: World) -> Pull | None:
    """Twenty copies of base's model vote."""
    return world.pull(model=copies(world, COPIES), true=EVERY)


def depends_on_id(world: World) -> Pull | None:
    """The id is a feature; the ids of these rows tell of the target, as those of a sorted file."""
    frame = pd.concat([world.train, world.test])
    order = frame[world.table.target].rank(method="first").to_numpy()
    noise = world.random.normal(scale=0.3 * len(frame), size=len(frame))
    ids = 100_000 + (order + noise).argsort().argsort()
    train = world.train.assign(**{ID: ids[: len(world.train)]})
    test = world.test.assign(**{ID: ids[len(world.train) :]})
    base = Version(train=train, test=test, model=world.model)
    head = Version(train=train, test=test, model=world.fit(train, columns=[ID, *world.features]))
    return Pull(base=base, head=head, harm=EVERY)


def other_preparation(world: World) -> Pull | None:
    """The features' preparation was fitted again, on the third of the rows that is largest."""
    quantity = world.train[world.table.quantity]
    part = world.train[quantity >= quantity.quantile(2 / 3)]
    model = copy.deepcopy(world.model)
    model[0].fit(part[world.features])
    if model[0].transform(part[world.features]).shape[1] != model[-1].n_features_in_:
        return None
    return world.worse(model)


HARMLESS: Final[Mapping[str, Case]] = {
    "same model": same_model,
    "other seed": other_seed,
    "refactored": refactored,
    "more training data": more_data,
    "reordered columns": reordered,
    "fresh evaluation rows": fresh_test,
    "more data, fresh evaluation rows": refreshed,
    "100 evaluation rows, other seed": small_test,
    "better model": better,
}
HARMFUL: Final[Mapping[str, Case]] = {
    "noisy labels": noisy_labels,
    "undertrained": undertrained,
    "trained on a twentieth": few_rows,
    "unit change in train": unit_in_train,
    "unit change everywhere": unit_everywhere,
    "swapped columns": swapped_columns,
    "leak of the target": leak,
    "train/test overlap": overlap,
    "duplicates": duplicates,
    "worse model, easier evaluation rows": easier_test,
    "same model, easier evaluation rows": easier_test_same_model,
    "one slice broken": broken_slice,
    "one group broken": broken_group,
    "overconfident": overconfident,
    "20 times slower": slower,
    "depends on an id": depends_on_id,
    "preparation of other data": other_preparation,
}
CLOCKED: Final = frozenset({"same model", "other seed", "better model", "20 times slower"})
"""Cases in which latency is looked at, too."""


def exchanged(world: World, frame: pd.DataFrame, which: Any, share: float) -> pd.DataFrame:
    """A frame in which a share of some rows' labels were exchanged among themselves."""
    frame = frame.copy()
    rows = np.arange(len(frame))[which]
    chosen = world.random.choice(rows, int(share * len(rows)), replace=False)
    values = frame[world.table.target].to_numpy(copy=True)
    values[chosen] = values[world.random.permutation(chosen)]
    return frame.assign(**{world.table.target: values})


def in_unit(world: World, frame: pd.DataFrame) -> pd.DataFrame:
    """A feature in another unit."""
    quantity = world.table.quantity
    return frame.assign(**{quantity: frame[quantity] * world.table.factor})


def with_leak(world: World, frame: pd.DataFrame) -> pd.DataFrame:
    """One more feature: the target, a little blurred."""
    target = frame[world.table.target]
    if not world.table.is_regression:
        target = target.astype("category").cat.codes
    noise = world.random.normal(scale=0.15 * target.std(), size=len(frame))
    return frame.assign(review_score=target + noise)


def easy(world: World, model: Any) -> pd.DataFrame:
    """As many rows as the test data have, of which a model errs in far fewer."""
    pool = pd.concat([world.test, world.fresh])
    answers = model.predict(pool[world.features])
    truth = pool[world.table.target].to_numpy()
    wrong = np.abs(answers - truth) if world.table.is_regression else (answers != truth) * 1.0
    chance = np.exp(-3 * wrong / max(float(np.quantile(wrong, 0.95)), 1e-9))
    chosen = world.random.choice(len(pool), len(world.test), replace=False, p=chance / chance.sum())
    return pool.iloc[np.sort(chosen)].reset_index(drop=True)


def broken(world: World, slices: list[Rows]) -> Pull | None:
    """A better model than base's, with more training data, of which one slice has wrong labels.

    Base's model is an earlier version: the first than which the new one is better on the whole,
    the last having learned noisy labels everywhere but in the slice. The first slice counts in
    which the new one truly fails.
    """
    table, grown = world.table, pd.concat([world.train, world.extra], ignore_index=True)
    all_rows = world.unseen[:MOST_UNSEEN]
    least = 0.0
    for inside in slices:
        model = world.fit(mislabelled(world, grown, inside(grown)))
        rows = world.unseen[inside(world.unseen)]
        for before in world.earlier(inside):
            if average_falls(table, before, model, all_rows):
                continue
            found = harm(table, before, model, rows, without="log_loss") / FAILS
            least = max(least, found)
            if found > 1:
                base = Version(train=world.train, test=world.test, model=before)
                # The labels of the files are those that people see: right ones but in training.
                head = Version(train=grown, test=world.test, model=model)
                return Pull(base=base, head=head, harm=found)
            break
    return Pull(base=world.base, head=world.base, harm=least) if slices else None


def slices_of(world: World, column: str | None, value: Any) -> list[Rows]:
    """The named slice, then other values and the outer eighths of other columns, in random order.

    Each has 50 evaluation rows at least, and a quarter of all at most.
    """
    test, features = world.test, world.features
    named: list[Rows] = [] if column is None else [equal_to(column, value)]
    others: list[Rows] = []
    for each in features:
        values = world.train[each]
        if values.nunique() <= FEW_VALUES:
            others += [equal_to(each, one) for one in values.dropna().unique()]
        elif values.dtype.kind in "iuf":
            low, high = values.quantile(1 / 8), values.quantile(7 / 8)
            others += [between(each, -np.inf, low), between(each, high, np.inf)]
    drawn = [others[i] for i in world.random.permutation(len(others))]
    fit = [inside for inside in (*named, *drawn) if inside(test).mean() <= 1 / 4]
    return [inside for inside in fit if inside(test).sum() >= FEWEST][:TRIES]


def equal_to(column: str, value: Any) -> Rows:
    """The rows with one value."""
    return lambda frame: (frame[column] == value).to_numpy(dtype=bool)


def between(column: str, low: float, high: float) -> Rows:
    """The rows with a value from `low` to `high`."""
    return lambda frame: frame[column].between(low, high).to_numpy(dtype=bool)


def mislabelled(world: World, frame: pd.DataFrame, inside: np.ndarray) -> pd.DataFrame:
    """A frame with wrong labels in some rows: the next class, or mirrored at the median."""
    target = frame[world.table.target]
    values = target.to_numpy(copy=True)
    wrong = inside & (world.random.random(len(frame)) < BROKEN)
    if world.table.is_regression:
        values[wrong] = 2 * np.median(values) - values[wrong]
    else:
        classes = np.unique(values)
        following = np.roll(classes, -1)[np.searchsorted(classes, values)]
        values[wrong] = following[wrong]
    return frame.assign(**{world.table.target: values})


def copies(world: World, number: int) -> Any:
    """A model that asks base's model a number of times, and answers the same."""
    from sklearn.ensemble import VotingClassifier, VotingRegressor
    from sklearn.preprocessing import LabelEncoder

    names = [(f"copy{i}", world.model) for i in range(number)]
    vote = (
        VotingRegressor(names)
        if world.table.is_regression
        else VotingClassifier(names, voting="soft")
    )
    vote.estimators_ = [world.model] * number
    vote.feature_names_in_ = world.model.feature_names_in_
    if not world.table.is_regression:
        vote.le_ = LabelEncoder().fit(world.train[world.table.target])
        vote.classes_ = vote.le_.classes_
    return vote
