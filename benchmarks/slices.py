"""Does the search for slices leave harmless pull requests alone, and find what is broken?

    nice python benchmarks/slices.py --runs 40 --write

Real scikit-learn data and models. Each run splits the data anew, trains base's and head's model,
and looks for slices as the check `metrics` does by default. Harmless: another seed, another sample
of the same data, a quarter more data, a better kind of model. Harmful: in one group of the training
rows (a category, or a range of a number) the labels are wrong, or the target is shifted. `--write`
puts the table into docs/slices.md.
"""

import argparse
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_wine,
    make_classification,
    make_friedman1,
)
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from mlgate.checks.responses import Responses
from mlgate.checks.slices import LEAST
from mlgate.checks.slices_auto import ERROR_SHARE, Bad, Loss, Seen, look, row_losses
from mlgate.stats.decision import Decision, decide
from mlgate.stats.difference import Difference, unchanged
from mlgate.stats.holm import holm
from mlgate.stats.means import paired_mean, paired_proportion
from mlgate.stats.sample import sample
from mlgate.stats.sign_flips import LEVEL

PAGE: Final = Path(__file__).parents[1] / "docs" / "slices.md"
GROUP: Final = "group"
SHARES: Final = {"a": 0.4, "b": 0.3, "c": 0.15, "d": 0.15}
"""A column that says nothing of the target: its values are drawn."""
BROKEN: Final = "c"
FLIPPED: Final = 0.85
"""Share of wrong labels in the broken group of the training rows."""
EFFECT: Final = 0.2
"""Drop of accuracy, or rise of the error in shares of the best constant's, that must be found."""
DATA: Final = (
    "breast cancer, 285",
    "digits, 900",
    "diabetes, 221",
    "wine, 89",
    "made, 500",
    "made, 1,000",
    "made rare, 2,000",
    "friedman, 500",
)


@dataclass(frozen=True, kw_only=True)
class World:
    """Rows to split, and what is trained on them."""

    frame: pd.DataFrame
    target: pd.Series
    classes: bool
    train: int
    test: int


def world(name: str, random: np.random.Generator) -> World:
    """The rows of a data set, in a random order, with a group for each."""
    seed = int(random.integers(1 << 30))
    makers: dict[str, Callable[[], tuple[Any, Any, int]]] = {
        "breast cancer, 285": lambda: (*load_breast_cancer(return_X_y=True), 285),
        "wine, 89": lambda: (*load_wine(return_X_y=True), 89),
        "digits, 900": lambda: (*load_digits(return_X_y=True), 900),
        "diabetes, 221": lambda: (*load_diabetes(return_X_y=True), 221),
        "made, 500": lambda: (*_made(1500, seed), 500),
        "made, 1,000": lambda: (*_made(3000, seed), 1000),
        "made rare, 2,000": lambda: (*_made(5000, seed, rare=0.08), 2000),
        "friedman, 500": lambda: (*make_friedman1(1500, 10, noise=2, random_state=seed), 500),
    }
    values, target, test = makers[name]()
    order = random.permutation(len(target))
    frame = pd.DataFrame(values[order]).rename(columns=lambda i: f"x{i}")
    frame[GROUP] = random.choice(list(SHARES), len(frame), p=list(SHARES.values()))
    classes = not name.startswith(("diabetes", "friedman"))
    return World(
        frame=frame,
        target=pd.Series(target[order]),
        classes=classes,
        train=len(frame) - test,
        test=test,
    )


def _made(rows: int, seed: int, rare: float = 0.5) -> tuple[Any, Any]:
    values, target = make_classification(
        rows, 15, n_informative=6, weights=[1 - rare], flip_y=0.05, random_state=seed
    )
    return values, target


def models(*, classes: bool) -> dict[str, Any]:
    """Recipes, the better ones last."""
    if classes:
        return {
            "tree": DecisionTreeClassifier(max_depth=6),
            "linear": make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)),
            "forest": RandomForestClassifier(30),
            "boosting": HistGradientBoostingClassifier(max_iter=40),
        }
    return {
        "tree": DecisionTreeRegressor(max_depth=6),
        "linear": make_pipeline(StandardScaler(), Ridge()),
        "forest": RandomForestRegressor(30),
        "boosting": HistGradientBoostingRegressor(max_iter=40),
    }


def features(frame: pd.DataFrame) -> pd.DataFrame:
    """The columns as numbers."""
    return pd.get_dummies(frame, columns=[GROUP], dtype=float)


def fitted(recipe: Any, world: World, rows: Any, target: pd.Series, seed: int) -> Any:
    """A model of a recipe."""
    model = clone(recipe)
    for key in model.get_params():
        if key.endswith("random_state"):
            model.set_params(**{key: seed})
    return model.fit(features(world.frame).iloc[rows], target.iloc[rows])


def seen(model: Any, world: World) -> Seen:
    """What the model says of the test rows."""
    rows = features(world.frame).iloc[world.train :]
    truth = world.target.iloc[world.train :].to_numpy()
    if not world.classes:
        return Seen(
            values=Responses(labels=(), truth=truth.astype(float), answers=model.predict(rows))
        )
    labels = tuple(model.classes_.tolist())
    return Seen(
        labels=Responses(labels=labels, truth=truth, answers=model.predict(rows)),
        probabilities=Responses(labels=labels, truth=truth, answers=model.predict_proba(rows)),
    )


def broken_rows(world: World, kind: str) -> Any:
    """Which rows belong to the part that breaks."""
    if kind.startswith("one category"):
        return world.frame[GROUP] == BROKEN
    first = world.frame["x2"]
    return (first >= first.quantile(0.5)) & (first < first.quantile(0.7))


def broken(world: World, kind: str, random: np.random.Generator) -> pd.Series:
    """The target with wrong labels in one part of the rows."""
    target = world.target.copy()
    part = broken_rows(world, kind) & (random.random(len(target)) < FLIPPED)
    if world.classes:
        classes = np.unique(target)
        target[part] = classes[(np.searchsorted(classes, target[part]) + 1) % len(classes)]
    else:
        target[part] += 1.5 * target.std()
    return target


def pairs(world: World, random: np.random.Generator) -> Iterator[tuple[str, Any, Any]]:
    """What happened, and base's and head's model."""
    train = np.arange(world.train)
    most = train[: int(0.8 * world.train)]
    recipes = models(classes=world.classes)
    bases = {name: fitted(recipe, world, most, world.target, 1) for name, recipe in recipes.items()}
    for name, recipe in recipes.items():
        again = random.permutation(world.train)[: len(most)]
        of = f"{SINGLE}, " if name == "tree" else ""
        yield f"{of}another seed", bases[name], fitted(recipe, world, most, world.target, 2)
        yield f"{of}another sample", bases[name], fitted(recipe, world, again, world.target, 3)
        yield f"{of}more data", bases[name], fitted(recipe, world, train, world.target, 4)
        for kind in ("one category", "one range"):
            wrong = broken(world, kind, random)
            yield kind, bases[name], fitted(recipe, world, train, wrong, 5)
    for worse, better in BETTER:
        yield "a better kind of model", bases[worse], bases[better]
    few = fitted(recipes["boosting"], world, train[: world.train // 3], world.target, 6)
    for kind in ("one category", "one range"):
        more = fitted(recipes["boosting"], world, train, broken(world, kind, random), 7)
        yield f"{kind}, more data", few, more


BETTER: Final = (("tree", "forest"), ("linear", "forest"), ("forest", "boosting"))
HARMLESS: Final = ("another seed", "another sample", "more data", "a better kind of model")
SINGLE: Final = "a single tree"
"""A recipe that another sample changes in whole regions: findings about it are often right."""
HARMFUL: Final = ("one category", "one range")


@dataclass(frozen=True, kw_only=True)
class Case:
    """What was found in one pull request."""

    searched: bool
    """Whether the search failed it."""
    named: bool
    """Whether a slice by the group failed it, after Holm's correction over all comparisons."""
    effect: float
    """How much worse the broken part is: accuracy, or error in shares of the best constant's."""
    rows: int
    """Rows of the broken part."""
    words: str
    """What the search named."""


def case(world: World, what: str, base: Any, head: Any) -> Case:
    """Judge a pull request as the check does."""
    rows = world.frame.iloc[world.train :].reset_index(drop=True)
    ours, theirs = seen(head, world), seen(base, world)
    found = look(rows, [ours], theirs, sample(len(rows)), list(rows.columns))
    first = found.worst[0] if found.worst else None
    first_loss = row_losses(ours, theirs)[0]
    compared = [_difference(first_loss, slice(None))]
    groups = [np.flatnonzero(rows[GROUP] == value) for value in SHARES]
    parts = [_difference(first_loss, places) for places in groups if len(places) >= LEAST]
    p_values = [one.p_value for one in (*compared, *parts) if one.p_value is not None]
    p_values.append(first.p_value if first else 1.0)
    adjusted = dict(zip(p_values, holm(p_values), strict=True))
    named = False
    for places, part in zip((g for g in groups if len(g) >= LEAST), parts, strict=True):
        level = float(first_loss.base[places].mean())
        allowed = 0.05 if world.classes else 0.25 * level
        judged = decide(part, allowed=allowed, greater_is_better=False)
        if judged.decision is Decision.REGRESSED and adjusted[part.p_value or 0.0] <= 0.05:
            named = True
    effect, count = 0.0, 0
    if what.startswith(HARMFUL):
        part_of = np.flatnonzero(broken_rows(world, what).to_numpy()[world.train :])
        unit = 1.0 if world.classes else first_loss.floor.absolute / ERROR_SHARE
        effect = float((first_loss.head - first_loss.base)[part_of].mean()) / unit
        count = len(part_of)
    alarm = first is not None and first.p_value <= LEVEL and adjusted[first.p_value] <= 0.05
    return Case(
        searched=alarm,
        named=named,
        effect=effect,
        rows=count,
        words=_words(first) if first and alarm else "",
    )


def _words(bad: Bad) -> str:
    change = f"{bad.metric} {bad.base:.3g} to {bad.head:.3g}"
    return f"{bad.words}: {change} on {bad.rows} rows, p = {bad.p_value:.2g}"


def _difference(loss: Loss, places: Any) -> Difference:
    head, base = loss.head[places], loss.base[places]
    if np.array_equal(head, base):
        return unchanged(len(head))
    if loss.metric == "accuracy":
        return paired_proportion(head == 1, base == 1)
    return paired_mean(head, base)


def table(cases: Mapping[tuple[str, str], Sequence[Case]]) -> list[str]:
    """Lines of Markdown: harmless pull requests, then harmful ones."""
    lines = [
        "| data, test rows | harmless pull requests | failed by the search | by a named slice |",
        "|---|---:|---:|---:|",
    ]
    everything: list[Case] = []
    for name in DATA:
        own = [one for what in HARMLESS for one in cases[name, what]]
        everything += own
        lines.append(
            f"| {name} | {len(own):,} | {_share(own, 'searched')} | {_share(own, 'named')} |"
        )
    lines.append(
        f"| **all** | **{len(everything):,}** | **{_share(everything, 'searched')}** | "
        f"**{_share(everything, 'named')}** |"
    )
    trees = [one for (_, what), own in cases.items() if what.startswith(SINGLE) for one in own]
    lines.append(
        f"| single decision trees, all data | {len(trees):,} | {_share(trees, 'searched')} | "
        f"{_share(trees, 'named')} |"
    )
    lines += [
        "",
        "| data, test rows | what broke, rows | cases | found by search | by name | by either |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for name in DATA:
        for kind in HARMFUL:
            own = [
                one
                for (data, what), listed in cases.items()
                for one in listed
                if data == name
                and what.startswith(kind)
                and one.effect >= EFFECT
                and one.rows >= LEAST
            ]
            if own:
                rows = round(float(np.mean([one.rows for one in own])))
                lines.append(
                    f"| {name} | {kind}, {rows} | {len(own):,} | {_share(own, 'searched')} | "
                    f"{_share(own, 'named')} | {_share(own, 'searched', 'named')} |"
                )
    return lines


def _share(cases: Sequence[Case], *names: str) -> str:
    if not cases:
        return "none"
    hits = sum(any(getattr(one, name) for name in names) for one in cases)
    return f"{100 * hits / len(cases):.1f} %"


def cost(rows: int, columns: int) -> float:
    """CPU seconds of a search over made-up rows."""
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.normal(size=(rows, columns))).rename(columns=lambda i: f"x{i}")
    truth = random.integers(0, 2, rows)

    def answers() -> Seen:
        chance = np.clip(0.5 + 0.4 * (truth - 0.5) + random.normal(0, 0.2, rows), 0.01, 0.99)
        both = np.column_stack([1 - chance, chance])
        labels = (chance > 0.5).astype(int)
        return Seen(
            labels=Responses(labels=(0, 1), truth=truth, answers=labels),
            probabilities=Responses(labels=(0, 1), truth=truth, answers=both),
        )

    head, base = answers(), answers()
    start = time.process_time()
    look(frame, [head], base, sample(rows), list(frame.columns))
    return time.process_time() - start


def main() -> None:
    """Run, print, and write where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20, help="splits of each data set")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=1e9, help="stop after so many")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/slices.md")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    cases: dict[tuple[str, str], list[Case]] = defaultdict(list)
    start, done = time.monotonic(), 0
    for run in range(given.seed, given.seed + given.runs):
        if time.monotonic() - start > 60 * given.minutes:
            break
        for name in DATA:
            random = np.random.default_rng([run, len(name), ord(name[0])])
            own = world(name, random)
            for what, base, head in pairs(own, random):
                found = case(own, what, base, head)
                cases[name, what].append(found)
                if found.searched and not what.startswith(HARMFUL):
                    kind = type(getattr(head, "_final_estimator", head)).__name__
                    print(f"false alarm: {name}, {what}, {kind}: {found.words}", flush=True)
        done += 1
        print(f"run {done}", flush=True)
        if done % 2 == 0:
            print("\n".join(table(cases)), flush=True)
    seconds = [cost(rows, 20) for rows in (1_000, 10_000, 100_000)]
    text = "\n".join(
        [
            *table(cases),
            "",
            f"{done} splits of each data set; a broken part counts from an effect of {EFFECT} on; "
            f"`python benchmarks/slices.py --seed {given.seed} --runs {done} --write`. "
            "A search over 20 columns takes "
            + ", ".join(
                f"{second:.1f} CPU-s for {rows:,} rows"
                for rows, second in zip((1_000, 10_000, 100_000), seconds, strict=True)
            )
            + ".",
        ]
    )
    print(text)
    if given.write:
        before, _, rest = PAGE.read_text().partition("<!-- slices -->")
        after = rest.partition("<!-- /slices -->")[2]
        PAGE.write_text(f"{before}<!-- slices -->\n{text}\n<!-- /slices -->{after}")


if __name__ == "__main__":
    main()
