"""Ways to loosen a gate, and edits that loosen nothing; base and head are texts of mlgate.yml."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from mlgate import registry
from mlgate.checks import CHECKS
from mlgate.config.load import load
from mlgate.config.model import Document
from mlgate.config.policy_diff import Move, Policy, differences, direction_of
from mlgate.plan import make_plan

BASE = """\
version: 1
data:
  train: data/train.csv
  test: {path: data/test.csv, target: y, sensitive: [sex], slices: [plan]}
models:
  churn: {path: churn.joblib}
policy: {on_inconclusive: fail, goalposts: fail}
privacy: no-examples
waivers:
  - {finding: integrity/null-rate, reason: being mended, owner: ana, until: 2026-06-30}
checks:
  - type: metrics
    model: churn
    data: test
    metrics:
      roc_auc: {min: 0.8, max_drop: 0.01}
      log_loss: {max: 0.5, max_drop_relative: 0.1}
    slices: [plan, {tenure: [0, 12, 24]}]
    slice_limits: {accuracy: {max_drop: 0.05}}
  - type: behavior
    model: churn
    data: test
    tests:
      - {name: id, kind: invariance, change: {id: shuffle}, min_pass_rate: 0.99, tolerance: 0.01}
      - {name: more, kind: directional, change: {tenure: {add: 12}}, expect: not_increase}
  - {type: drift, reference: train, current: test, alpha: 0.01, min_effect: {numeric: 0.05}}
  - {type: integrity, data: test, max_label_shift: 0.05}
  - {type: leakage, train: train, test: test, max_share: 0.001}
  - {type: latency, model: churn, data: test, limits: {single_p95: {max: 20}}}
  - {type: fairness, model: churn, data: test, sensitive: [sex], min_rows: 30}
  - {type: artifact-safety, allow: [mine.*], versions: error}
  - {type: pytest, paths: [tests, more_tests]}
"""

MORE_WAIVER = "  - {finding: metrics/*, reason: r, owner: bo, until: 2026-05-01}\n"
MORE_TEST = BASE[BASE.index("      - {name: more") : BASE.index("  - {type: drift")]

Differ = Callable[[str, str], list[Move]]


@pytest.fixture
def differ(tmp_path: Path) -> Differ:
    def read(name: str, text: str) -> Policy:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        (folder / "mlgate.yml").write_text(text)
        plan = make_plan(load(folder / "mlgate.yml", CHECKS), CHECKS)
        return Policy(
            config=plan.config,
            checks=[step.check for step in plan.steps],
            places={step.check.name: step.place for step in plan.steps},
        )

    return lambda base, head: list(differences(read("base", base), read("head", head)))


def edited(*pairs: tuple[str, str], text: str = BASE) -> str:
    for old, new in pairs:
        assert text.count(old) >= 1, old
        text = text.replace(old, new, 1)
    return text


LOOSER = {
    "a lower min": (("min: 0.8", "min: 0.7"), "metrics.roc_auc.min of check metrics"),
    "no min": (("min: 0.8, ", ""), "metrics.roc_auc.min of check metrics"),
    "a larger drop": (("max_drop: 0.01", "max_drop: 0.02"), "metrics.roc_auc.max_drop"),
    "a higher max": (("max: 0.5", "max: 0.6"), "metrics.log_loss.max of"),
    "a larger relative drop": (("_relative: 0.1", "_relative: 0.2"), "metrics.log_loss.max_drop_"),
    "no metric": (("      roc_auc: {min: 0.8, max_drop: 0.01}\n", ""), "metrics.roc_auc of"),
    "no bins": ((", {tenure: [0, 12, 24]}", ""), "slices.tenure of check metrics"),
    "no slices": (("[plan, {tenure: [0, 12, 24]}]", "[]"), "slices.plan of check metrics"),
    "no limits of slices": (
        ("    slice_limits: {accuracy: {max_drop: 0.05}}\n", ""),
        "slice_limits of check metrics",
    ),
    "a lower pass rate": (("min_pass_rate: 0.99", "min_pass_rate: 0.9"), "tests.id.min_pass_rate"),
    "a wider tolerance": (("tolerance: 0.01", "tolerance: 0.1"), "tests.id.tolerance of"),
    "a sample": (("tolerance: 0.01", "tolerance: 0.01, sample: 5"), "tests.id.sample of"),
    "no test": (
        (
            MORE_TEST,
            "",
        ),
        "tests.more of check behavior",
    ),
    "a test that only warns": (
        ("name: more,", "name: more, severity: warning,"),
        "tests.more.severity of check behavior",
    ),
    "a smaller alpha of drift": (("alpha: 0.01", "alpha: 0.001"), "alpha of check drift"),
    "a larger effect": (("numeric: 0.05", "numeric: 0.5"), "min_effect.numeric of check drift"),
    "an ignored column": (("current: test,", "current: test, ignore: [age],"), "ignore.age of"),
    "some columns": (("current: test,", "current: test, columns: [age],"), "columns of check"),
    "a larger shift": (("label_shift: 0.05", "label_shift: 0.5"), "max_label_shift of"),
    "no limit of the shift": (("label_shift: 0.05", "label_shift: false"), "max_label_shift of"),
    "an aspect off": (
        ("max_label_shift: 0.05", "max_label_shift: 0.05, unique_ids: false"),
        "unique_ids of check integrity",
    ),
    "more leakage": (("max_share: 0.001", "max_share: 0.1"), "max_share of check leakage"),
    "a slower model": (("max: 20", "max: 50"), "limits.single_p95.max of check latency"),
    "larger groups only": (("min_rows: 30", "min_rows: 300"), "min_rows of check fairness"),
    "another import": (("[mine.*]", "[mine.*, theirs.*]"), "allow.theirs.* of"),
    "versions only warn": (("versions: error", "versions: warning"), "versions of"),
    "fewer folders of tests": (("[tests, more_tests]", "[tests]"), "paths.more_tests of"),
    "a check less": (("  - {type: pytest, paths: [tests, more_tests]}\n", ""), "check pytest"),
    "a check that only warns": (("{type: integrity,", "{type: integrity, severity: warning,"),
                                "severity of check integrity"),
    "undecided passes": (("on_inconclusive: fail", "on_inconclusive: warn"), "on_inconclusive of"),
    "errors pass": (("{on_inconclusive", "{on_error: warn, on_inconclusive"), "on_error of policy"),
    "goalposts off": (("goalposts: fail", "goalposts: off"), "goalposts of policy"),
    "examples shown": (("privacy: no-examples\n", ""), "privacy"),
    "a protected column less": (("sensitive: [sex], slices", "slices"), "sensitive.sex of data"),
    "a slice column less": ((", slices: [plan]}", "}"), "slices.plan of data set test"),
    "the network": (("{path: churn.joblib}", "{path: churn.joblib, network: true}"), "network of"),
    "a waiver": (
        ("waivers:\n", f"waivers:\n{MORE_WAIVER}"),
        "waiver for metrics/*",
    ),
    "a longer waiver": (("2026-06-30", "2026-09-30"), "waiver for integrity/null-rate"),
}  # fmt: skip


@pytest.mark.parametrize("way", LOOSER)
def test_a_looser_gate_is_found_with_its_place(differ, way):
    (old, new), option = LOOSER[way]
    found = [move for move in differ(BASE, edited((old, new))) if move.kind != "stricter"]
    assert found, way
    assert {move.kind for move in found} == {"looser"}
    assert any(move.sentence.startswith(option) for move in found), [m.sentence for m in found]
    for move in found:
        assert move.location.file == "mlgate.yml"
        assert move.location.line > 1 or move.section == "privacy"
        assert move.column >= 1


@pytest.mark.parametrize("way", LOOSER)
def test_the_way_back_is_stricter_and_no_loosening(differ, way):
    (old, new), _ = LOOSER[way]
    assert {move.kind for move in differ(edited((old, new)), BASE)} <= {"stricter"}


HARMLESS = {
    "comments": ("version: 1\n", "# a word\nversion: 1  # the first\n"),
    "another spelling of a number": ("min: 0.8,", "min: 8.0e-1,"),
    "an integer as a fraction": ("max: 20", "max: 20.0"),
    "a default written down": ("{type: leakage,", "{type: leakage, max_near_share: 0.005,"),
    "a default left out": ("min_effect: {numeric: 0.05}", "min_effect: {}"),
    "another form of the same mapping": (
        "  train: data/train.csv\n",
        "  train:\n    path: 'data/train.csv'\n",
    ),
    "keys in another order": ("{min: 0.8, max_drop: 0.01}", "{max_drop: 0.01, min: 0.8}"),
    "slices in another order": ("[plan, {tenure: [0, 12, 24]}]", "[{tenure: [0, 12, 24]}, plan]"),
    "another id with `was`": ("{type: leakage,", "{type: leakage, id: overlap, was: leakage,"),
    "how much a result tells": ("{type: pytest,", "{type: pytest, severity: error,"),
}


@pytest.mark.parametrize("edit", HARMLESS)
def test_a_harmless_edit_is_no_difference(differ, edit):
    assert differ(BASE, edited(HARMLESS[edit])) == []


def test_checks_in_another_order_are_no_difference(differ):
    head, checks = BASE.split("checks:\n")
    entries = [f"  - {entry}" for entry in checks.removeprefix("  - ").split("\n  - ")]
    turned = [entry if entry.endswith("\n") else f"{entry}\n" for entry in reversed(entries)]
    assert differ(BASE, f"{head}checks:\n{''.join(turned)}") == []


CHANGED = {
    "another model": ("churn.joblib", "other.joblib"),
    "another change": ("{add: 12}", "{add: 1}"),
    "another expectation": ("expect: not_increase", "expect: not_decrease"),
    "other bins": ("[0, 12, 24]", "[0, 24]"),
    "another target": ("target: y", "target: z"),
    "arguments of pytest": ("{type: pytest,", "{type: pytest, args: [-k, fast],"),
}


@pytest.mark.parametrize("edit", CHANGED)
def test_what_cannot_be_compared_is_changed(differ, edit):
    assert [move.kind for move in differ(BASE, edited(CHANGED[edit]))] == ["changed"]


def test_only_what_is_tested_is_a_subject(differ):
    (model,) = differ(BASE, edited(CHANGED["another model"]))
    (target,) = differ(BASE, edited(CHANGED["another target"]))
    assert (model.subject, target.subject) == (True, False)


def test_a_new_id_without_was_is_a_removed_check(differ):
    (move,) = differ(BASE, edited(("{type: leakage,", "{type: leakage, id: overlap,")))
    assert (move.kind, move.name, move.after) == ("looser", "leakage", None)
    assert move.base_line == 28


def test_the_same_id_for_another_type_is_a_removed_check(differ):
    head = edited(("{type: leakage, train: train, test: test, max_share: 0.001}",
                   "{type: integrity, id: leakage, data: train}"))  # fmt: skip
    (move,) = differ(BASE, head)
    assert (move.kind, move.name) == ("looser", "leakage")


def test_recommended_left_out_removes_what_it_stands_for(differ):
    head, _ = BASE.split("checks:\n")
    few = f"{head}checks:\n  - {{type: integrity, id: integrity-test, data: test}}\n"
    names = {move.name for move in differ(f"{head}checks: recommended\n", few)}
    assert {"metrics", "artifact-safety", "integrity-train"} <= names
    assert "integrity-test" not in names


def test_recommended_beside_what_it_stands_for_is_no_difference(differ):
    head, _ = BASE.split("checks:\n")
    spelled = f"{head}checks: [recommended, {{type: artifact-safety}}]\n"
    assert differ(f"{head}checks: recommended\n", spelled) == []


def test_a_password_of_a_database_is_not_shown(differ):
    sql = "{sql: {url: 'sqlite:///a.db', table: t}, target: y}"
    one = edited(("{path: data/test.csv, target: y, sensitive: [sex], slices: [plan]}", sql))
    (move,) = differ(one, one.replace("a.db", "b.db"))
    assert move.kind == "changed"
    assert "b.db" not in move.sentence


def numbers(model: Any, seen: set[Any]) -> Iterator[str]:
    """Numeric and yes-or-no options, at any depth, that say nothing of their direction."""
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        for part in get_args(model):
            yield from numbers(part, seen)
        return
    if model in seen:
        return
    seen.add(model)
    for name, info in model.model_fields.items():
        direction = direction_of(info)
        if direction.stricter == "elsewhere":
            continue
        kinds = set(flat(info.annotation))
        stated = any(type(item).__name__ == "Direction" for item in stated_in(info))
        if kinds & {int, float, bool} and not kinds & {str, dict, tuple, list} and not stated:
            yield f"{model.__name__}.{name}"
        yield from numbers(info.annotation, seen)


def stated_in(info: Any) -> Iterator[Any]:
    yield from info.metadata
    for part in (info.annotation, *get_args(info.annotation)):
        yield from getattr(part, "__metadata__", ())


def flat(annotation: Any) -> Iterator[Any]:
    """The types that a field may have, without what they hold."""
    origin = getattr(annotation, "__origin__", None)
    if origin in {dict, tuple, list}:
        yield origin
    elif getattr(annotation, "__metadata__", None):
        yield from flat(origin)
    elif get_args(annotation) and not isinstance(get_args(annotation)[0], str | int | bool):
        for part in get_args(annotation):
            yield from flat(part)
    else:
        yield annotation


def test_every_numeric_option_says_which_way_it_is_stricter():
    seen: set[Any] = set()
    silent = [*numbers(Document, seen)]
    for name in CHECKS:
        silent += numbers(registry.load(CHECKS, name), seen)
    assert len(seen) > 25
    assert silent == []


def test_an_option_without_a_direction_is_found():
    class Forgotten(BaseModel):
        min_share: float = 0.5
        on: bool = True
        word: str = ""

    assert [*numbers(Forgotten, set())] == ["Forgotten.min_share", "Forgotten.on"]
