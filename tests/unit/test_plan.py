from collections.abc import Iterator
from typing import Any, Literal

import pytest

from mlgate.checks.interface import Check, Inputs, Measurement
from mlgate.config.model import Config, DataSpec, Entry, ModelSpec
from mlgate.errors import UsageError
from mlgate.plan import make_plan
from mlgate.results import Location

TYPES = {"alpha": f"{__name__}:Alpha", "beta": f"{__name__}:Beta"}


class Alpha(Check):
    type: Literal["alpha"]
    limit: int = 1

    @classmethod
    def recommend(
        cls, data: dict[str, DataSpec], models: dict[str, ModelSpec]
    ) -> Iterator[dict[str, Any]]:
        yield from ({"id": f"alpha-{name}"} for name in data)

    def run(self, inputs: Inputs) -> Measurement:
        raise NotImplementedError


class Beta(Check):
    type: Literal["beta"]

    def run(self, inputs: Inputs) -> Measurement:
        raise NotImplementedError


def config(*checks: Check | Literal["recommended"]) -> Config:
    entries = [
        Entry(check=check, location=Location(file="mlgate.yml", line=line))
        for line, check in enumerate(checks, 1)
    ]
    data = {"train": DataSpec(path="a"), "test": DataSpec(path="b")}
    return Config(file="mlgate.yml", directory=".", data=data, entries=tuple(entries))


def names(plan) -> list[str]:
    return [step.check.name for step in plan.steps]


def test_recommended_stands_for_what_every_type_declares():
    plan = make_plan(config("recommended", Beta(type="beta")), TYPES)
    assert names(plan) == ["alpha-train", "alpha-test", "beta"]
    assert [step.origin for step in plan.steps] == ["recommended", "recommended", "configured"]


def test_an_entry_takes_the_place_of_the_recommended_check_with_its_id():
    own = Alpha(type="alpha", id="alpha-test", limit=7)
    plan = make_plan(config("recommended", own), TYPES)
    assert names(plan) == ["alpha-train", "alpha-test"]
    assert plan.steps[1].check == own


def test_only_selects_by_id():
    assert names(make_plan(config("recommended"), TYPES, only=["alpha-test"])) == ["alpha-test"]


def test_only_with_a_typo_is_an_error_with_the_nearest_id():
    with pytest.raises(UsageError, match="did you mean 'alpha-test'"):
        make_plan(config("recommended"), TYPES, only=["alpha-tset"])


def test_the_plan_says_what_each_step_will_do():
    own = Alpha(type="alpha", id="mine", limit=7)
    assert make_plan(config(own), TYPES).describe() == (
        "mine  (type alpha, error, configured; mlgate.yml:1)\n    limit: 7"
    )


def test_an_empty_plan_says_so():
    assert "Nothing" in make_plan(config(), TYPES).describe()
