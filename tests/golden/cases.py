"""The results behind the golden reports: one for each situation that a reader may meet.

`MLGATE_UPDATE_GOLDEN=1 python -m pytest tests/unit/reports` writes them, and the reports, again.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Literal

from mlgate.results import (
    ArtifactRecord,
    CheckResult,
    Finding,
    Location,
    Outcome,
    Revision,
    RunResult,
    Severity,
    Verdict,
    combined,
    take_stock,
)

HEAD = Revision(commit="d4e5f6a7b8c90123456789abcdef0123456789ab", ref="faster-features")
BASE = Revision(commit="a1b2c3d4e5f60718293a4b5c6d7e8f9001122334", ref="main")
ISOLATED = (
    "models ran under another user, with 8 GiB of memory each; the kernel did not allow to cut "
    "the network"
)
NO_MODEL = "main has no model at models/churn.joblib yet, so there is nothing to compare with"


def comparison(
    metric: str,
    outcome: Outcome,
    base: float,
    head: float,
    half_width: float,
    *,
    allowed: float = 0.01,
    greater: bool = True,
    severity: Severity | None = None,
    **details: Any,
) -> Finding:
    difference = round(head - base, 6)
    low, high = round(difference - half_width, 6), round(difference + half_width, 6)
    word = "drop" if greater else "rise"
    decision, judgement = {
        Outcome.FAILED: ("regressed", f"a {word} of at most {allowed} is allowed"),
        Outcome.PASSED: ("no regression", f"that excludes a {word} of more than {allowed}"),
        Outcome.INCONCLUSIVE: (
            "inconclusive",
            f"that cannot decide whether it is a {word} of more than {allowed}",
        ),
    }[outcome]
    return Finding(
        id=f"metrics/{metric}/regression",
        outcome=outcome,
        subject=metric,
        message=(
            f"{metric} {'fell' if head < base else 'rose'} from {base} to {head} on 1,409 rows "
            f"of test; head minus base is {difference} (95 % interval {low} to {high}), "
            f"and {judgement}"
        ),
        observed=head,
        baseline=base,
        expected=f"{word} <= {allowed}",
        interval=(low, high),
        severity=severity,
        details={
            "n": 1409,
            "difference": difference,
            "standard_error": round(half_width / 1.96, 6),
            "method": "DeLong" if metric == "roc_auc" else "paired differences",
            "decision": decision,
            "allowed_drop": allowed,
            "smallest_detectable_drop": round(half_width * 2.8 / 1.96, 6),
            "rows_needed": None,
            "greater_is_better": greater,
            **details,
        },
    )


def limit(metric: str, value: float, expected: str, *, holds: bool = True) -> Finding:
    return Finding(
        id=f"metrics/{metric}",
        outcome=Outcome.PASSED if holds else Outcome.FAILED,
        subject=metric,
        message=f"{metric} is {value} on 1,409 rows of test; at least 0.8 is required",
        observed=value,
        expected=expected,
    )


def expectation(name: str, message: str, outcome: Outcome = Outcome.PASSED, **more: Any) -> Finding:
    return Finding(
        id=f"expectations/{name}",
        outcome=outcome,
        subject=name.split("/")[0],
        message=message,
        location=Location(file="expectations/train.json", line=41),
        **more,
    )


def check(
    type_: str,
    findings: Iterable[Finding] = (),
    *,
    rows: int,
    seconds: float,
    id_: str | None = None,
    severity: Severity = "error",
    outcome: Outcome | None = None,
    reason: str | None = None,
    traceback: str | None = None,
) -> CheckResult:
    findings = tuple(findings)
    return CheckResult(
        id=id_ or type_,
        type=type_,
        severity=severity,
        outcome=outcome or combined(findings) or Outcome.ERRORED,
        reason=reason,
        rows=rows,
        seconds=seconds,
        findings=findings,
        location=Location(file="mlgate.yml", line=12),
        traceback=traceback,
    )


def run(
    outcome: Literal["passed", "failed", "errored", "nothing_checked"],
    exit_code: int,
    reasons: Iterable[str],
    checks: Iterable[CheckResult] = (),
    **more: Any,
) -> RunResult:
    checks = tuple(checks)
    fields: dict[str, Any] = {
        "mlgate": "0.1.0",
        "name": "default",
        "head": HEAD,
        "base": BASE,
        "artifacts": ARTIFACTS if checks else (),
        "notes": (ISOLATED,) if checks else (),
        "seconds": 41.2 if checks else 0.1,
    }
    return RunResult(
        verdict=Verdict(outcome=outcome, exit_code=exit_code, reasons=tuple(reasons)),
        checks=checks,
        ledger=take_stock(checks),
        **(fields | more),
    )


ARTIFACTS = (
    ArtifactRecord(
        role="data", name="train", path="data/train.parquet", version="head",
        sha256="5d41402abc4b2a76b9719d911017c5925d41402abc4b2a76b9719d911017c592", rows=5634,
    ),
    ArtifactRecord(
        role="data", name="test", path="data/test.parquet", version="head",
        sha256="7d793037a0760186574b0282f2f435e77d793037a0760186574b0282f2f435e7", rows=1409,
    ),
    ArtifactRecord(
        role="model", name="churn", path="models/churn.joblib", version="head",
        sha256="9e107d9d372bb6826bd81d3542a419d69e107d9d372bb6826bd81d3542a419d6",
    ),
    ArtifactRecord(
        role="model", name="churn", path="models/churn.joblib", version="base",
        sha256="e4d909c290d0fb1ca068ffaddf22cbd0e4d909c290d0fb1ca068ffaddf22cbd0",
    ),
)  # fmt: skip

GOOD_DATA = check(
    "expectations",
    [
        expectation("age/between", "age between 18 and 120: all 5,634 values are"),
        expectation("contract/in_set", "contract in {'Month-to-month', 'One year', 'Two year'}: "
                    "all 5,634 values are"),
        expectation("customer_id/unique", "customer_id unique: all 5,634 values are"),
    ],
    rows=5634, seconds=1.24,
)  # fmt: skip
GOOD_BEHAVIOR = check(
    "behavior",
    [
        Finding(
            id="behavior/ignores-the-customer-id", outcome=Outcome.PASSED,
            subject="ignores the customer id",
            message="ignores the customer id: 0 of 1,409 predictions change when customer_id is "
            "shuffled (0 %); none may",
            observed=1.0, expected="pass rate >= 1", baseline=1.0, details={"kind": "invariance"},
        )
    ],
    rows=1409, seconds=2.5,
)  # fmt: skip
GOOD_TESTS = check(
    "pytest",
    [
        Finding(
            id=f"pytest/tests/{kind}/test_{kind}.py::test_{name}", outcome=Outcome.PASSED,
            subject=f"tests/{kind}/test_{kind}.py::test_{name}", message="passed in 0.02 s",
            details={"kind": kind}, location=Location(file=f"tests/{kind}/test_{kind}.py", line=9),
        )
        for kind, name in (("code", "features"), ("data", "labels"), ("model", "size"))
    ],
    rows=3, seconds=3.1,
)  # fmt: skip
GOOD_METRICS = check(
    "metrics",
    [
        limit("roc_auc", 0.8634, ">= 0.8"),
        comparison("roc_auc", Outcome.PASSED, 0.8611, 0.8634, 0.0051),
        comparison("accuracy", Outcome.PASSED, 0.8034, 0.8062, 0.0098,
                   flipped_to_wrong=12, flipped_to_right=16),
        comparison("log_loss", Outcome.PASSED, 0.4123, 0.4094, 0.008, greater=False),
    ],
    rows=1409, seconds=3.42,
)  # fmt: skip


def all_green() -> RunResult:
    """Nothing to say."""
    checks = [GOOD_DATA, GOOD_METRICS, GOOD_BEHAVIOR, GOOD_TESTS]
    return run("passed", 0, ["4 of 4 checks passed on 8,455 rows"], checks)


def harmful() -> RunResult:
    """A metric regressed, data and behaviour broke, one metric is undecided."""
    regressed = comparison(
        "accuracy", Outcome.FAILED, 0.8342, 0.8103, 0.0121,
        flipped_to_wrong=41, flipped_to_right=7,
    )  # fmt: skip
    metrics = check(
        "metrics",
        [
            limit("accuracy", 0.8103, ">= 0.8"),
            comparison("log_loss", Outcome.PASSED, 0.4123, 0.4094, 0.0081, greater=False),
            regressed,
            comparison("roc_auc", Outcome.INCONCLUSIVE, 0.8611, 0.8553, 0.008, rows_needed=3871),
        ],
        rows=1409, seconds=3.42,
    )  # fmt: skip
    age = expectation(
        "age/between",
        "age between 18 and 120: 214 of 5,634 values are not as expected (999, 999, 640 …)",
        Outcome.FAILED,
        observed=3.8,
        details={"unexpected_count": 214, "unexpected_percent": 3.8, "element_count": 5634},
    )
    shuffled = Finding(
        id="behavior/ignores-the-customer-id", outcome=Outcome.FAILED,
        subject="ignores the customer id",
        message="ignores the customer id: 86 of 1,409 predictions change when customer_id is "
        "shuffled (6.1 %); none may",
        observed=0.939, expected="pass rate >= 1", baseline=1.0,
        details={
            "kind": "invariance",
            "rows": 1409, "violations": 86,
            "interval": [0.9253, 0.9503], "base_interval": [0.9973, 1.0],
            "counterexamples": [
                {
                    "row": row, "changed": {"customer_id": [before, after]}, "score_of": "Yes",
                    "score_before": low, "score_after": high,
                    "prediction_before": "No", "prediction_after": "Yes",
                }
                for row, before, after, low, high in (
                    (17, 7590, 1183, 0.3121, 0.6423), (803, 112, 9931, 0.41, 0.71234),
                    (1204, 45, 8802, 0.4499, 0.68), (2, 3, 4, 0.48, 0.51),
                )
            ]
        },
    )  # fmt: skip
    known = Finding(
        id="behavior/known-churners", outcome=Outcome.FAILED, subject="known churners",
        message="known churners: 1 of 12 cases is not as expected (8.3 %); none may",
        observed=11 / 12, expected="pass rate >= 1", severity="warning",
        details={
            "kind": "minimum functionality",
            "counterexamples": [
                {
                    "row": 4, "prediction": "No", "score": 0.21,
                    "case": {"contract": "Month-to-month", "tenure": 1, "age": 83, "churned": "Yes",
                             "monthly_charges": 99.5, "payment": None},
                }
            ],
        },
    )  # fmt: skip
    broken = Finding(
        id="pytest/tests/models/test_size.py::test_size", outcome=Outcome.FAILED,
        subject="tests/models/test_size.py::test_size",
        message="failed: AssertionError: assert 54 < 50",
        location=Location(file="tests/models/test_size.py", line=9),
        details={
            "kind": "model",
            "traceback": "def test_size():\n        size = megabytes('models/churn.joblib')\n"
            ">       assert size < 50\nE       assert 54 < 50\n\ntests/models/test_size.py:9",
        },
    )  # fmt: skip
    checks = [
        check("expectations", [*GOOD_DATA.findings[1:], age], rows=5634, seconds=1.24),
        metrics,
        check("behavior", [shuffled, known], rows=1421, seconds=2.5),
        check("pytest", [*GOOD_TESTS.findings[:2], broken], rows=3, seconds=3.1),
    ]
    reasons = [f.message for f in (age, regressed, shuffled, broken)]
    return run("failed", 1, reasons, checks)


def misbehaving() -> RunResult:
    """Behavioural tests fail: a text that changed, and a sweep."""
    names = Finding(
        id="behavior/first-names-do-not-matter", outcome=Outcome.FAILED,
        subject="first names do not matter",
        message="first names do not matter: 2 of 310 predictions change when names in notes are "
        "swapped (0.6 %); none may",
        observed=308 / 310, expected="pass rate >= 1", baseline=1.0,
        details={
            "kind": "invariance", "rows": 310, "violations": 2,
            "interval": [0.9768, 0.9982], "base_interval": [0.9878, 1.0],
            "counterexamples": [
                {
                    "row": 204,
                    "changed": {"notes": ["…would rather call than write. Signed: Priya",
                                          "…would rather call than write. Signed: Jack"]},
                    "marks": {"notes": [[[39, 44]], [[39, 43]]]},
                    "prediction_before": "No", "prediction_after": "Yes",
                }
            ],
        },
    )  # fmt: skip
    tenure = Finding(
        id="behavior/longer-tenure-never-raises-the-risk", outcome=Outcome.FAILED,
        subject="longer tenure never raises the risk",
        message="longer tenure never raises the risk: 62 of 1,409 scores rise when tenure rises "
        "over 4 values (4.4 %); at most 1 % may",
        observed=0.956, expected="pass rate >= 0.99", baseline=0.9986,
        details={
            "kind": "directional", "rows": 1409, "violations": 62, "expect": "not_increase",
            "interval": [0.944, 0.9655], "base_interval": [0.9948, 0.9996], "column": "tenure",
            "counterexamples": [
                {
                    "row": 77, "changed": {"tenure": [12, 24]}, "score_of": "Yes",
                    "score_before": 0.31, "score_after": 0.55,
                    "prediction_before": "No", "prediction_after": "Yes",
                }
            ],
            "curve": [
                {"value": 1, "score": 0.4812, "wrong": 0, "base": 0.4703},
                {"value": 12, "score": 0.2911, "wrong": 0, "base": 0.2954},
                {"value": 24, "score": 0.3104, "wrong": 61, "base": 0.2412},
                {"value": 72, "score": 0.0719, "wrong": 1, "base": 0.0702},
            ],
        },
    )  # fmt: skip
    checks = [check("behavior", [names, tenure], rows=1409, seconds=2.5)]
    return run("failed", 1, [names.message, tenure.message], checks)


def undecided() -> RunResult:
    """The rows cannot decide; nothing failed."""
    metrics = check(
        "metrics",
        [
            comparison("roc_auc", Outcome.PASSED, 0.8611, 0.8634, 0.0051),
            comparison("accuracy", Outcome.INCONCLUSIVE, 0.8034, 0.7999, 0.0098, rows_needed=3206,
                       flipped_to_wrong=26, flipped_to_right=21),
            comparison("log_loss", Outcome.INCONCLUSIVE, 0.4123, 0.4194, 0.008, greater=False,
                       rows_needed=14870),
        ],
        rows=1409, seconds=3.42,
    )  # fmt: skip
    return run("passed", 0, ["1 of 2 checks passed", "1 undecided"], [GOOD_DATA, metrics])


def first_pull_request() -> RunResult:
    """No model on the base branch yet."""
    skipped = [
        Finding(
            id=f"metrics/{metric}/regression", outcome=Outcome.SKIPPED, subject=metric,
            message=f"{metric} is 0.86 and was not compared: {NO_MODEL}",
            observed=0.86, expected="drop <= 0.01", details={"no_baseline": True},
        )
        for metric in ("roc_auc", "accuracy", "log_loss", "f1")
    ]  # fmt: skip
    metrics = check("metrics", [limit("roc_auc", 0.8634, ">= 0.8"), *skipped], rows=1409, seconds=2)
    return run(
        "passed",
        0,
        ["2 of 2 checks passed on 7,043 rows"],
        [GOOD_DATA, metrics],
        no_baseline=NO_MODEL,
        artifacts=ARTIFACTS[:3],
    )


def errored_model() -> RunResult:
    """The model does not load, so two checks could not run."""
    reason = (
        "models/churn.joblib does not load: ModuleNotFoundError: No module named 'lightgbm'. "
        "Usual cause: the model's environment lacks a package that it was saved with. "
        "To fix it: name it in requirements.txt and set models.churn.requirements in mlgate.yml."
    )
    checks = [
        GOOD_DATA,
        check("metrics", outcome=Outcome.ERRORED, reason=reason, rows=0, seconds=0.8),
        check("behavior", outcome=Outcome.ERRORED, reason=reason, rows=0, seconds=0.1),
    ]
    return run("errored", 4, [f"metrics: {reason}", f"behavior: {reason}"], checks)


def bug() -> RunResult:
    """mlgate itself broke in one check."""
    reason = "a bug in mlgate: KeyError: 'columns'"
    trace = (
        "Traceback (most recent call last):\n"
        '  File "mlgate/runner.py", line 38, in run_check\n'
        "    seen = step.check.run(inputs)\n"
        "KeyError: 'columns'\n"
    )
    broken = check(
        "metrics", outcome=Outcome.ERRORED, reason=reason, rows=0, seconds=0.8, traceback=trace
    )
    return run("errored", 70, [f"metrics: {reason}"], [GOOD_DATA, broken])


def configuration_error() -> RunResult:
    """mlgate.yml is wrong: nothing ran."""
    problems = (
        "mlgate.yml:14:9: checks[1].metric: unknown key, did you mean 'metrics'?",
        "mlgate.yml:19:14: checks[2].data: no data set is named 'tset', did you mean 'test'?",
        "mlgate.yml:23:5: checks[3].tests: at least one test is needed",
    )
    return run("errored", 2, problems, base=None)


def nothing_checked() -> RunResult:
    """Every check was skipped."""
    checks = [
        check("metrics", outcome=Outcome.SKIPPED, reason=NO_MODEL, rows=0, seconds=0.2),
        check("behavior", outcome=Outcome.SKIPPED, reason=NO_MODEL, rows=0, seconds=0.1),
    ]
    reasons = [f"metrics: skipped, {NO_MODEL}", f"behavior: skipped, {NO_MODEL}"]
    return run("nothing_checked", 3, reasons, checks, no_baseline=NO_MODEL, artifacts=())


def warnings_only() -> RunResult:
    """What failed was asked only to warn."""
    data = check(
        "expectations",
        [
            GOOD_DATA.findings[0],
            expectation("tenure/mean", "mean of tenure between 30 and 34: found 36.2",
                        Outcome.FAILED, observed=36.2, severity="warning"),
        ],
        rows=5634, seconds=1.24,
    )  # fmt: skip
    metrics = check(
        "metrics",
        [
            comparison("roc_auc", Outcome.PASSED, 0.8611, 0.8634, 0.0051),
            comparison("f1", Outcome.FAILED, 0.5912, 0.5623, 0.0181, severity="warning"),
        ],
        rows=1409, seconds=3.42,
    )  # fmt: skip
    return run("passed", 0, ["0 of 2 checks passed", "2 with warnings"], [data, metrics])


def undecided_fails() -> RunResult:
    """A policy makes an undecided comparison block, and a gate with a name of its own."""
    metrics = check(
        "metrics",
        [comparison("accuracy", Outcome.INCONCLUSIVE, 0.8034, 0.7999, 0.0098, rows_needed=3206)],
        rows=1409,
        seconds=3.42,
    )
    reasons = [metrics.findings[0].message]
    return run("failed", 1, reasons, [metrics], name="nightly")


def reported_only() -> RunResult:
    """A failure that was asked not to block."""
    failed = harmful()
    assert failed.verdict is not None
    reasons = (*failed.verdict.reasons, "reported only: `fail-on: never`")
    return replace(failed, verdict=replace(failed.verdict, exit_code=0, reasons=reasons))


def hostile() -> RunResult:
    """Everything that a pull request controls tries to be more than text."""
    bad = "</details>|<script>alert(1)</script> @octocat #1 [x](https://evil.example) `:tada:` $x$"
    name = "a|b`c\u202ed\x1b[31m\n::set-output name=x::y"
    broken = Finding(
        id=f"expectations/{name}", outcome=Outcome.FAILED, subject=name, message=bad,
        location=Location(file="data/`x|y`.json", line=3),
        details={
            "counterexamples": [
                {"row": bad, "changed": {name: [bad, "x | y"]}, "prediction_after": "`"}
            ],
            "traceback": "```\n</details><!-- mlgate -->\n@octocat\n\x1b[2J",
        },
    )  # fmt: skip
    regressed = replace(
        comparison("accuracy", Outcome.FAILED, 0.8342, 0.8103, 0.0121),
        subject=name,
        expected="drop <= 0.01 | @octocat",
    )
    checks = [
        check("expectations", [broken], rows=3, seconds=0.1, id_=name),
        check("metrics", [regressed], rows=1409, seconds=1.0),
        check("<b>x</b>", outcome=Outcome.SKIPPED, reason=bad, rows=0, seconds=0, id_="@octocat"),
        check("behavior", outcome=Outcome.ERRORED, reason=f"{bad}\n\n# {bad}", rows=0, seconds=0),
    ]
    return run(
        "failed",
        1,
        [bad],
        checks,
        name="`x` @octocat",
        mlgate="<img src=x>",
        head=Revision(commit="|`@#1", ref=name),
        base=Revision(commit=None, ref="feature/a|b @octocat"),
        notes=(bad, name),
        artifacts=(replace(ARTIFACTS[0], path=name, name=bad, sha256="|`"),),
    )


CASES = {
    case.__name__: case
    for case in (
        all_green,
        harmful,
        misbehaving,
        undecided,
        first_pull_request,
        errored_model,
        bug,
        configuration_error,
        nothing_checked,
        warnings_only,
        undecided_fails,
        reported_only,
        hostile,
    )
}
