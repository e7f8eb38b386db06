import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from mlgate.checks import CHECKS
from mlgate.config.load import load
from mlgate.config.model import Config, Policy, Waiver
from mlgate.errors import ConfigurationError
from mlgate.results import Location, Outcome
from mlgate.verdict import decide
from mlgate.waivers import matches, require_an_end, waive
from tests.unit.test_verdict import FAILED, PASSED, check, finding, result

TODAY = dt.date(2026, 5, 10)


def waiver(name: str = "c/x", until: str = "2026-05-20") -> Waiver:
    return Waiver(
        finding=name,
        reason="being mended",
        owner="ana",
        until=dt.date.fromisoformat(until),
        location=Location(file="mlgate.yml", line=4),
        column=3,
    )


def test_a_waived_finding_is_shown_and_does_not_fail_the_run():
    waiving = waive([PASSED, FAILED], [waiver()], TODAY)
    assert decide(result(*waiving.checks), Policy()).exit_code == 0
    assert decide(result(*waiving.checks), Policy(), "warning").exit_code == 0
    seen = waiving.checks[1].findings[0]
    assert (seen.outcome, seen.severity) == (Outcome.FAILED, "warning")
    assert seen.waiver is not None
    assert seen.waiver.days_left == 10
    assert "waived until 2026-05-20, 10 days left (ana: being mended)" in seen.message
    assert waiving.notes == ("waived: c/x, until 2026-05-20, 10 days left (ana: being mended)",)


def test_a_waiver_holds_on_its_last_day_and_not_on_the_next():
    last = waive([FAILED], [waiver(until="2026-05-10")], TODAY)
    assert "the last day" in last.notes[0]
    assert decide(result(PASSED, *last.checks), Policy()).exit_code == 0
    over = waive([FAILED], [waiver(until="2026-05-09")], TODAY)
    verdict = decide(result(PASSED, *over.checks), Policy())
    assert verdict.exit_code == 1
    assert "its waiver expired on 2026-05-09 (ana: being mended)" in verdict.reasons[0]
    assert "expired on 2026-05-09, so that c/x fails again" in over.notes[0]


def test_one_that_holds_counts_beside_one_that_has_expired():
    waivers = [waiver(until="2026-05-01"), waiver("c/*")]
    waiving = waive([FAILED], waivers, TODAY)
    assert waiving.checks[0].findings[0].waiver is not None


def test_an_unused_waiver_is_named_unless_not_everything_ran():
    (note,) = waive([PASSED], [waiver("c/y")], TODAY).notes
    assert "the waiver for c/y (mlgate.yml:4) is not used" in note
    assert waive([PASSED], [waiver("c/y")], TODAY, everything_ran=False).notes == ()


def test_an_expired_waiver_whose_finding_passes_fails_nothing():
    waiving = waive([PASSED], [waiver(until="2026-05-01")], TODAY)
    assert decide(result(*waiving.checks), Policy()).exit_code == 0
    assert "is not used" in waiving.notes[0]


def test_what_could_not_run_is_never_waived():
    broken = check(Outcome.ERRORED, finding(Outcome.ERRORED))
    waiving = waive([PASSED, broken], [waiver()], TODAY)
    assert decide(result(*waiving.checks), Policy()).exit_code == 4
    assert "does not cover c/x" in waiving.notes[0]


def test_a_blocked_file_is_never_waived_and_other_versions_are():
    blocked = check(Outcome.FAILED, finding(Outcome.FAILED), type="artifact-safety")
    waiving = waive([PASSED, blocked], [waiver()], TODAY)
    assert decide(result(*waiving.checks), Policy()).exit_code == 1
    versions = finding(Outcome.FAILED, details={"recorded": ["numpy 1.0"]})
    aged = replace(blocked, findings=(versions,))
    assert decide(result(PASSED, *waive([aged], [waiver()], TODAY).checks), Policy()).exit_code == 0


def test_moved_goalposts_are_never_waived():
    moved = check(Outcome.FAILED, finding(Outcome.FAILED), type="policy")
    waiving = waive([PASSED, moved], [waiver()], TODAY)
    assert decide(result(*waiving.checks), Policy()).exit_code == 1


def test_an_undecided_finding_that_would_fail_can_be_waived():
    undecided = check(Outcome.INCONCLUSIVE, finding(Outcome.INCONCLUSIVE))
    policy = Policy(on_inconclusive="fail")
    assert decide(result(PASSED, undecided), policy).exit_code == 1
    waived = waive([PASSED, undecided], [waiver()], TODAY).checks
    assert decide(result(*waived), policy).exit_code == 0


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("c/x", "c/x", True),
        ("c/x", "c/xy", False),
        ("c/*", "c/x/y=[0, 12)", True),
        ("c/y=[0, 12)", "c/y=[0, 12)", True),
        ("c/[a]", "c/a", False),
        ("c/?", "c/x", False),
    ],
)
def test_only_the_star_is_special(pattern, name, fits):
    assert matches(pattern, name) is fits


def test_a_waiver_of_more_than_a_year_is_refused_with_its_place():
    config = Config(file="mlgate.yml", directory=".", waivers=(waiver(until="2027-05-12"),))
    with pytest.raises(ConfigurationError, match=r"mlgate.yml:4:3: .*367 days") as caught:
        require_an_end(config, TODAY)
    assert caught.value.remedy
    year = replace(config, waivers=(waiver(until="2027-05-11"),))
    require_an_end(year, TODAY)


START = "version: 1\nchecks: [{type: pytest, id: tests}]\n"


def read(folder: Path, waivers: str, own: str | None = None) -> Config:
    (folder / "mlgate.yml").write_text(START + waivers)
    if own is not None:
        (folder / ".mlgate").mkdir(exist_ok=True)
        (folder / ".mlgate/waivers.yml").write_text(own)
    return load(folder / "mlgate.yml", CHECKS)


ONE = "waivers:\n  - {finding: tests/a, reason: r, owner: o, until: 2026-06-01}\n"


def test_waivers_stand_in_either_file_with_their_places(tmp_path):
    config = read(tmp_path, ONE, "# one more\n" + ONE.replace("tests/a", "tests/b"))
    places = [(w.finding, w.location.file, w.location.line) for w in config.waivers]
    assert places == [("tests/a", "mlgate.yml", 4), ("tests/b", ".mlgate/waivers.yml", 3)]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("reason: r, ", "", "has no `reason`"),
        ("owner: o, ", "", "has no `owner`"),
        (", until: 2026-06-01", "", "has no `until`"),
        ("2026-06-01", "soon", "should be a date such as 2026-12-31"),
        ("2026-06-01", "1780000000", "should be a date such as 2026-12-31"),
        ("2026-06-01", "2026-02-30", "until"),
        ("reason: r", "reason: ' '", "is blank"),
        ("tests/a", "'*'", "must name a check"),
        ("tests/a", "policy/x", "the goalposts themselves cannot be waived"),
    ],
)
@pytest.mark.parametrize("file", ["mlgate.yml", ".mlgate/waivers.yml"])
def test_a_wrong_waiver_is_a_problem_with_its_place(tmp_path, file, old, new, problem):
    text = ONE.replace(old, new)
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, *((text,) if file == "mlgate.yml" else ("", text)))
    assert problem in str(caught.value)
    assert f"{file}:" in str(caught.value)
