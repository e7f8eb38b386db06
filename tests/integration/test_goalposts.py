"""Moved goalposts and waivers, through real git repositories and whole runs."""

import datetime as dt
import json
import subprocess
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from mlgate import pipeline
from mlgate.context import Overrides, gather
from mlgate.platforms.interface import Change
from mlgate.results import CheckResult, Outcome, RunResult, Verdict

TODAY = dt.date(2026, 5, 10)
ROWS = "id,age,plan,y\n" + "".join(f"{i},{20 + i},{'ab'[i % 2]},{i % 2}\n" for i in range(60))
CONFIG = """\
version: 1
data:
  test: {path: test.csv, target: y, ids: [id]}
checks:
  - {type: expectations, data: test, suite: suite.json}
  - {type: integrity, id: whole, data: test, max_duplicate_share: 0.01}
"""


def expectation(kind: str, severity: str = "critical", **kwargs: Any) -> dict[str, Any]:
    return {"type": kind, "kwargs": kwargs, "severity": severity}


BETWEEN = expectation("expect_column_values_to_be_between", column="age", min_value=0, max_value=99)
IN_SET = expectation("expect_column_values_to_be_in_set", column="plan", value_set=["a", "b"])
NOT_NULL = expectation("expect_column_values_to_not_be_null", column="id")


def suite(*expectations: dict[str, Any]) -> str:
    return json.dumps({"name": "s", "expectations": list(expectations)}, indent=1)


def changed(one: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    return {**one, "kwargs": {**one["kwargs"], **kwargs}}


class Checkout:
    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str) -> None:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
        subprocess.run(
            ["git", "-C", str(self.root), *identity, *arguments], check=True, capture_output=True
        )

    def commit(self, files: dict[str, str | None]) -> None:
        for name, text in files.items():
            file = self.root / name
            file.parent.mkdir(exist_ok=True)
            file.unlink(missing_ok=True)
            if text is not None:
                file.write_text(text)
        self.git("add", "-A")
        self.git("commit", "-qm", "x")

    def run(self, **overrides: Any) -> RunResult:
        context = gather(
            directory=self.root,
            config="mlgate.yml",
            change=Change(event="local"),
            environment={"PATH": "/usr/bin:/bin", "HOME": str(self.root)},
            today=TODAY,
        )
        around = lambda *_: nullcontext()  # noqa: E731
        return pipeline.gate(context, Overrides(**overrides), time.monotonic, around)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    made = Checkout(tmp_path / "repository")
    made.commit(
        {"mlgate.yml": CONFIG, "suite.json": suite(BETWEEN, IN_SET, NOT_NULL), "test.csv": ROWS}
    )
    made.git("checkout", "-qb", "change")
    return made


def policy_of(result: RunResult) -> CheckResult:
    assert result.checks, result.verdict
    assert result.checks[0].id == "policy"
    return result.checks[0]


def judged(result: RunResult) -> Verdict:
    assert result.verdict is not None
    return result.verdict


def moved(result: RunResult) -> list[str]:
    return [f.message for f in policy_of(result).findings if f.outcome is Outcome.FAILED]


def test_nothing_moved_is_a_passed_check_that_comes_first(checkout):
    checkout.commit({"README.md": "hello"})
    result = checkout.run()
    assert policy_of(result).outcome is Outcome.PASSED
    assert judged(result).exit_code == 0
    assert [check.id for check in result.checks] == ["policy", "expectations", "whole"]


FIRST, *REST = ROWS.splitlines(keepends=True)
LOOSER = {
    "an expectation less": ({"suite.json": suite(BETWEEN, IN_SET)}, "not_be_null(id) was removed"),
    "a wider range": (
        {"suite.json": suite(changed(BETWEEN, max_value=200), IN_SET, NOT_NULL)},
        "max_value of expect_column_values_to_be_between(age): 99 → 200",
    ),
    "an open range": (
        {"suite.json": suite(changed(BETWEEN, min_value=None), IN_SET, NOT_NULL)},
        "min_value of expect_column_values_to_be_between(age): 0 → (not set)",
    ),
    "more values": (
        {"suite.json": suite(BETWEEN, changed(IN_SET, value_set=["a", "b", "c"]), NOT_NULL)},
        "value_set of expect_column_values_to_be_in_set(plan)",
    ),
    "a lower share": (
        {"suite.json": suite(BETWEEN, IN_SET, changed(NOT_NULL, mostly=0.5))},
        "mostly of expect_column_values_to_not_be_null(id): (not set) → 0.5",
    ),
    "a condition": (
        {"suite.json": suite(BETWEEN, IN_SET, changed(NOT_NULL, row_condition="age > 50",
                                                      condition_parser="pandas"))},
        "row_condition of expect_column_values_to_not_be_null(id)",
    ),
    "a milder severity": (
        {"suite.json": suite(BETWEEN, IN_SET, {**NOT_NULL, "severity": "info"})},
        "severity of expect_column_values_to_not_be_null(id): critical → info",
    ),
    "rows removed": ({"test.csv": FIRST + "".join(REST[5:])}, "60 → 55 rows: 5 removed"),
    "rows added": ({"test.csv": ROWS + "90,30,a,1\n"}, "60 → 61 rows: 1 added"),
    "another label": ({"test.csv": ROWS.replace("\n0,20,a,0\n", "\n0,20,a,1\n")},
                      "1 with another label"),
    "an edited row": ({"test.csv": ROWS.replace("\n0,20,a,0\n", "\n0,21,a,0\n")}, "1 edited"),
    "a check less": (
        {"mlgate.yml": CONFIG[: CONFIG.index("  - {type: integrity")]},
        "check whole was removed: integrity (line 6 of base)",
    ),
    "a higher limit": (
        {"mlgate.yml": CONFIG.replace("share: 0.01", "share: 0.5")},
        "max_duplicate_share of check whole: 0.01 → 0.5",
    ),
    "the goalposts off": (
        {"mlgate.yml": CONFIG + "policy: {goalposts: off}\n"},
        "goalposts of policy: warn → off",
    ),
    "a waiver": (
        {".mlgate/waivers.yml": "waivers: [{finding: whole/*, reason: r, owner: o, "
                                "until: 2026-06-01}]\n"},
        "waiver for whole/* was added: until 2026-06-01 (o: r)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", LOOSER)
def test_a_looser_gate_is_shown_first_and_passes(checkout, way):
    files, said = LOOSER[way]
    checkout.commit(files)
    result = checkout.run()
    assert len(moved(result)) == 1
    assert said in moved(result)[0]
    finding = next(f for f in policy_of(result).findings if f.outcome is Outcome.FAILED)
    assert finding.location is not None
    assert finding.details["place"]
    assert (judged(result).exit_code, finding.severity) == (0, "warning")
    report = (checkout.root / ".mlgate/report.md").read_text()
    assert report.splitlines()[2] == "**This change moves its own goalposts** (1)"
    assert "1 goalpost moved" in report.splitlines()[0]


STRICT = CONFIG + "policy: {goalposts: fail}\n"


@pytest.mark.parametrize(
    "way", ["a wider range", "another label", "a higher limit", "the goalposts off", "a waiver"]
)
def test_with_fail_it_blocks_by_bases_word(checkout, way):
    checkout.git("checkout", "-q", "main")
    checkout.commit({"mlgate.yml": STRICT})
    checkout.git("checkout", "-qB", "change")
    files = dict(LOOSER[way][0])
    if way == "a higher limit":
        files["mlgate.yml"] = STRICT.replace("share: 0.01", "share: 0.5")
    if way == "the goalposts off":
        files["mlgate.yml"] = STRICT.replace("fail", "off")
    checkout.commit(files)
    result = checkout.run()
    assert judged(result).exit_code == 1
    assert moved(result)[0] in judged(result).reasons


def test_off_on_base_does_not_look(checkout):
    checkout.git("checkout", "-q", "main")
    checkout.commit({"mlgate.yml": CONFIG + "policy: {goalposts: off}\n"})
    checkout.git("checkout", "-qB", "change")
    checkout.commit({"suite.json": suite(BETWEEN)})
    check = policy_of(checkout.run())
    assert (check.outcome, check.reason) == (
        Outcome.SKIPPED, "base's mlgate.yml says goalposts: off")  # fmt: skip


HARMLESS = {
    "comments": {"mlgate.yml": "# a gate\n" + CONFIG.replace("data:\n", "data:  # all\n")},
    "order": {
        "mlgate.yml": "\n".join([*CONFIG.splitlines()[:4], *reversed(CONFIG.splitlines()[4:])])
    },
    "a rename with `was`": {"mlgate.yml": CONFIG.replace("id: whole", "id: all, was: whole")},
    "a suite in another order": {"suite.json": suite(NOT_NULL, IN_SET, BETWEEN)},
    "a suite with other spellings": {
        "suite.json": json.dumps(
            {"expectations": [changed(BETWEEN, max_value=99.0), IN_SET, NOT_NULL], "meta": {}}
        )
    },
    "values in another order": {
        "suite.json": suite(BETWEEN, changed(IN_SET, value_set=["b", "a"]), NOT_NULL)
    },
    "rows in another order": {"test.csv": FIRST + "".join(reversed(REST))},
    "a stricter limit": {"mlgate.yml": CONFIG.replace("share: 0.01", "share: 0.001")},
}
HARMLESS["order"]["mlgate.yml"] = (
    CONFIG[: CONFIG.index("checks:")]
    + "checks:\n"
    + "".join(f"{line}\n" for line in reversed(CONFIG.splitlines()[5 - 1 :]) if "type" in line)
)


@pytest.mark.parametrize("edit", HARMLESS)
def test_a_harmless_edit_is_not_reported(checkout, edit):
    checkout.commit(HARMLESS[edit])
    result = checkout.run()
    assert moved(result) == []
    assert policy_of(result).outcome is Outcome.PASSED


def test_a_first_pull_request_has_no_policy_to_compare_with(tmp_path):
    checkout = Checkout(tmp_path / "repository")
    checkout.commit({"test.csv": ROWS, "suite.json": suite(NOT_NULL)})
    checkout.git("checkout", "-qb", "change")
    checkout.commit({"mlgate.yml": CONFIG})
    result = checkout.run()
    assert policy_of(result).outcome is Outcome.SKIPPED
    assert policy_of(result).reason == (
        "base has no mlgate.yml: there is no policy to compare with"
    )
    assert judged(result).exit_code == 0


def test_an_unreadable_policy_of_base_is_not_green(checkout):
    checkout.git("checkout", "-q", "main")
    checkout.commit({"mlgate.yml": "version: 1\nchecks: [{type: nonsense}]\n"})
    checkout.git("checkout", "-qB", "change")
    checkout.commit({"mlgate.yml": CONFIG})
    result = checkout.run()
    assert policy_of(result).outcome is Outcome.ERRORED
    assert judged(result).exit_code == 4


def test_a_test_that_leaves_an_included_file_is_seen(checkout):
    check = "  - {type: behavior, model: m, include: behavior/*.yml}\n"
    config = CONFIG.replace("checks:", "models: {m: {path: m.joblib}}\nchecks:") + check
    tests = "tests:\n" + "".join(
        f"  - {{name: {name}, kind: minimum_functionality, texts: [{name}], expected: 1}}\n"
        for name in ("first", "second")
    )
    checkout.git("checkout", "-q", "main")
    checkout.commit({"mlgate.yml": config, "behavior/a.yml": tests})
    checkout.git("checkout", "-qB", "change")
    checkout.commit({"behavior/a.yml": tests.replace("first", "other")})
    assert any("first" in message for message in moved(checkout.run()))


def test_a_compared_policy_alone_is_never_green(checkout):
    checkout.commit({"README.md": "hello"})
    assert judged(checkout.run(only=("policy",))).outcome == "nothing_checked"


def test_a_waiver_of_base_lets_a_finding_fail_and_its_end_fails_it(checkout):
    waiver = "waivers: [{finding: expectations/*, reason: r, owner: o, until: 2026-05-%s}]\n"
    checkout.git("checkout", "-q", "main")
    checkout.commit({"mlgate.yml": CONFIG + waiver % "12"})
    checkout.git("checkout", "-qB", "change")
    checkout.commit({"test.csv": ROWS.replace("\n0,20,", "\n0,200,")})
    result = checkout.run()
    assert judged(result).exit_code == 0
    assert any("2 days left" in note for note in result.notes)
    checkout.commit({"mlgate.yml": CONFIG + waiver % "09"})
    ended = checkout.run()
    assert judged(ended).exit_code == 1
    assert "its waiver expired on 2026-05-09" in judged(ended).reasons[0]


def test_a_waiver_for_years_is_a_configuration_error(checkout):
    text = "waivers: [{finding: whole/*, reason: r, owner: o, until: 2030-01-01}]\n"
    checkout.commit({"mlgate.yml": CONFIG + text})
    result = checkout.run()
    assert judged(result).exit_code == 2
    assert "at most 366 are allowed" in judged(result).reasons[0]


def test_digests_of_what_was_asked_and_used_stand_in_the_result(checkout):
    before = checkout.run().digests
    checkout.commit({"mlgate.yml": "# a comment\n" + CONFIG, "a.py": "a = 1\n"})
    after = checkout.run().digests
    assert before["policy"] == after["policy"]
    assert before["data"] == after["data"] is not None
    assert before["code"] != after["code"]
    checkout.commit({"mlgate.yml": CONFIG.replace("share: 0.01", "share: 0.5")})
    assert checkout.run().digests["policy"] != before["policy"]
