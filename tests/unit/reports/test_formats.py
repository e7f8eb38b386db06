"""The formats that other tools read. Their schemas are checked in tests/e2e."""

import json
import re
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from mlgate.reports import badge, code_quality, junit, sarif, sonarqube_issues, sonarqube_tests
from mlgate.results import Finding, Location, Outcome, from_json, to_json
from tests.golden import cases
from tests.golden.cases import CASES
from tests.unit.reports.hostile import HOSTILE
from tests.unit.reports.results import everywhere, findings, with_findings

RED = ("failure", "error")


def red(document):
    return [case for case in document.iter() if any(case.find(tag) is not None for tag in RED)]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("format_", [junit, sonarqube_tests])
def test_tests_are_red_exactly_where_the_gate_is(case, format_):
    result = CASES[case]()
    assert result.verdict is not None
    assert bool(red(ET.fromstring(format_.render(result)))) == (result.verdict.outcome != "passed")


def test_junit_has_a_suite_for_each_check_and_a_case_for_each_finding():
    result = cases.harmful()
    suites = ET.fromstring(junit.render(result)).findall("testsuite")
    assert [suite.get("name") for suite in suites] == ["mlgate", *(c.id for c in result.checks)]
    assert [len(suite.findall("testcase")) for suite in suites[1:]] == [
        len(check.findings) for check in result.checks
    ]
    for suite in suites:
        for what, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert suite.get(what) == str(len(suite.findall(f"testcase/{tag}")))


def test_junit_says_why_a_case_was_skipped():
    skipped = ET.fromstring(junit.render(cases.undecided())).find(".//skipped")
    assert skipped is not None
    assert (skipped.text or "").startswith("undecided: ")


def test_sarif_names_file_and_line_from_the_root_of_the_repository():
    run = json.loads(sarif.render(cases.harmful()))["runs"][0]
    place = run["results"][1]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {
        "uri": "expectations/train.json",
        "uriBaseId": "%SRCROOT%",
    }
    assert place["region"] == {"startLine": 41}
    assert run["results"][1]["level"] == "error"


def test_sarif_quotes_what_a_path_may_not_hold():
    place = Location(file="data/two words#1.json", line=0)
    finding = Finding(id="x", outcome=Outcome.FAILED, subject="x", message="m", location=place)
    result = json.loads(sarif.render(with_findings((finding,))))["runs"][0]["results"][0]
    shown = result["locations"][0]["physicalLocation"]
    assert shown["artifactLocation"]["uri"] == "data/two%20words%231.json"
    assert shown["region"]["startLine"] == 1


def test_sarif_makes_no_link_of_brackets():
    assert sarif.message(r"[x](https://a.example) \[y]") == r"\[x\](https://a.example) \\\[y\]"


def test_sarif_keeps_the_worst_of_too_many_and_says_how_many_are_left_out():
    found = findings(sarif.MOST + 7, Outcome.FAILED)
    run = json.loads(sarif.render(with_findings(found)))["runs"][0]
    assert len(run["results"]) == sarif.MOST
    notes = [n["message"]["text"] for n in run["invocations"][0]["toolExecutionNotifications"]]
    assert "7 more results are in the other reports" in notes


def test_two_gates_of_a_repository_do_not_close_each_others_alerts():
    runs = [json.loads(sarif.render(cases.run("passed", 0, ["x"], [], name=n))) for n in "ab"]
    ids = {run["runs"][0]["automationDetails"]["id"] for run in runs}
    assert ids == {"mlgate/a/", "mlgate/b/"}


def test_each_issue_of_sonarqube_has_a_rule_of_its_severity():
    report = json.loads(sonarqube_issues.render(cases.harmful()))
    severities = {r["id"]: r["impacts"][0]["severity"] for r in report["rules"]}
    assert [severities[issue["ruleId"]] for issue in report["issues"]] == [
        *["HIGH"] * 4,
        "MEDIUM",
        "LOW",
    ]


def test_sonarqube_finds_a_test_in_its_own_file():
    files = ET.fromstring(sonarqube_tests.render(cases.harmful())).findall("file")
    tests = {file.get("path"): [c.get("name") for c in file] for file in files}
    assert tests["tests/models/test_size.py"] == ["pytest/tests/models/test_size.py::test_size"]
    assert tests["mlgate.yml"][0] == "verdict"
    assert len(tests) == len(files)


def test_gitlab_tells_entries_apart_by_their_fingerprints():
    entries = json.loads(code_quality.render(cases.harmful()))
    assert len({entry["fingerprint"] for entry in entries}) == len(entries) == 6
    assert entries[1]["location"] == {"path": "expectations/train.json", "lines": {"begin": 41}}


@pytest.mark.parametrize(
    ("case", "message", "colour"),
    [
        ("all_green", "passed, 4 checks", "brightgreen"),
        ("warnings_only", "passed, 2 checks, 1 warning", "brightgreen"),
        ("harmful", "failed", "red"),
        ("bug", "could not run", "orange"),
        ("nothing_checked", "nothing checked", "orange"),
    ],
)
def test_a_badge_is_green_only_where_the_gate_is(case, message, colour):
    shown = json.loads(badge.render(CASES[case]()))
    assert (shown["message"], shown["color"]) == (message, colour)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:24]))
@pytest.mark.parametrize(
    "format_", [badge, code_quality, junit, sarif, sonarqube_issues, sonarqube_tests]
)
def test_hostile_text_changes_no_structure_and_hides_no_character(format_, text):
    calm = format_.render(everywhere(cases.harmful(), "word"))
    written = to_json(everywhere(cases.harmful(), text))  # as a file: a text is one that can be
    shown = format_.render(from_json(written))
    assert all(line.isprintable() for line in shown.splitlines())
    assert not re.search(r"(?m)^\s*(::|##\[)", shown)
    if shown.startswith("<"):
        tags = [[element.tag for element in ET.fromstring(t).iter()] for t in (calm, shown)]
        assert tags[0] == tags[1]
    else:
        assert shape(json.loads(shown)) == shape(json.loads(calm))


TEXT = {"type": "string", "minLength": 1}
ISSUES = {
    "type": "object",
    "additionalProperties": False,
    "required": ["rules", "issues"],
    "properties": {
        "rules": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["id", "name", "engineId", "cleanCodeAttribute", "impacts"],
                "properties": {
                    **dict.fromkeys(("id", "name", "description", "engineId"), TEXT),
                    "cleanCodeAttribute": {"enum": ["TESTED", "TRUSTWORTHY"]},
                    "impacts": {
                        "type": "array",
                        "minItems": 1,
                        "items": {
                            "type": "object",
                            "additionalProperties": False,
                            "required": ["softwareQuality", "severity"],
                            "properties": {
                                "softwareQuality": {
                                    "enum": ["MAINTAINABILITY", "RELIABILITY", "SECURITY"]
                                },
                                "severity": {"enum": ["BLOCKER", "HIGH", "MEDIUM", "LOW", "INFO"]},
                            },
                        },
                    },
                },
            },
        },
        "issues": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["ruleId", "primaryLocation"],
                "properties": {
                    "ruleId": TEXT,
                    "primaryLocation": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["message", "filePath"],
                        "properties": {
                            "message": TEXT,
                            "filePath": TEXT,
                            "textRange": {
                                "type": "object",
                                "required": ["startLine"],
                                "properties": {"startLine": {"type": "integer", "minimum": 1}},
                            },
                        },
                    },
                },
            },
        },
    },
}
"""What SonarQube's page on the generic issue format asks for."""


@pytest.mark.parametrize("case", CASES)
def test_sonarqube_is_given_what_its_documentation_asks_for(case):
    result = CASES[case]()
    jsonschema.validate(json.loads(sonarqube_issues.render(result)), ISSUES)
    root = ET.fromstring(sonarqube_tests.render(result))
    assert (root.tag, root.attrib) == ("testExecutions", {"version": "1"})
    for file in root:
        assert (file.tag, set(file.attrib)) == ("file", {"path"})
        for test in file:
            assert (test.tag, set(test.attrib)) == ("testCase", {"name", "duration"})
            assert int(test.attrib["duration"]) >= 0
            assert [set(problem.attrib) for problem in test] in ([], [{"message"}])
            assert {problem.tag for problem in test} <= {"failure", "error", "skipped"}


def shape(value):
    """The structure of a JSON value, without its texts."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value]
    return type(value).__name__
