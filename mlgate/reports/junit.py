"""JUnit XML, as Jenkins, GitLab, Azure Pipelines and others read it.

A suite for each check, a case for each finding. A failure or an error is what makes the gate fail;
what only warns, is undecided or was skipped is a skipped case, with its reason. The suite `mlgate`
has one case for the verdict, so that no reader of the file is green where the gate is not.
"""

from xml.etree import ElementTree as ET

from mlgate.reports.content import Seen, arrange
from mlgate.reports.escape import plain, visible
from mlgate.reports.problems import NAME, blocking_reasons, blocks
from mlgate.reports.sentences import outcome_word
from mlgate.results import Finding, Outcome, RunResult


def render(result: RunResult) -> str:
    """The report, an XML document."""
    content = arrange(result)
    reasons = blocking_reasons(content)
    root = ET.Element("testsuites", name=_gate(result))
    _verdict(root, result)
    for seen in content.checks:
        _suite(root, seen, reasons)
    for suite in root:
        _count(suite)
    for what in ("tests", "failures", "errors"):
        root.set(what, str(sum(int(suite.get(what, "0")) for suite in root)))
    root.set("time", f"{result.seconds:.3f}")
    return document(root)


def document(root: ET.Element) -> str:
    """A whole document of indented elements."""
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _gate(result: RunResult) -> str:
    return "mlgate" if result.name == "default" else f"mlgate ({visible(result.name)})"


def _verdict(root: ET.Element, result: RunResult) -> None:
    """The suite that stands for the whole run."""
    verdict = result.verdict
    assert verdict is not None  # noqa: S101  # `arrange` has made sure
    suite = ET.SubElement(root, "testsuite", name=_gate(result), time=f"{result.seconds:.3f}")
    case = ET.SubElement(suite, "testcase", classname="mlgate", name="verdict", time="0")
    said = "\n".join(plain(reason) for reason in verdict.reasons)
    if verdict.outcome == "passed":
        ET.SubElement(case, "system-out").text = said
        return
    tag = "failure" if verdict.outcome == "failed" else "error"
    _say(case, tag, verdict.outcome, f"the gate: {verdict.outcome.replace('_', ' ')}", said)


def _suite(root: ET.Element, seen: Seen, reasons: frozenset[str]) -> None:
    check = seen.check
    suite = ET.SubElement(
        root, "testsuite", name=visible(check.id, NAME), time=f"{check.seconds:.3f}"
    )
    properties = ET.SubElement(suite, "properties")
    for name, value in (
        ("type", check.type),
        ("severity", check.severity),
        ("outcome", check.outcome),
        ("rows", str(check.rows)),
    ):
        ET.SubElement(properties, "property", name=name, value=visible(value))
    for finding in seen.findings:
        _case(suite, finding, seen, reasons)


def _case(suite: ET.Element, finding: Finding, seen: Seen, reasons: frozenset[str]) -> None:
    name = plain(finding.id, NAME).removeprefix(f"{seen.check.id}/")
    kind = f"mlgate.{visible(seen.check.type)}"
    case = ET.SubElement(suite, "testcase", classname=kind, name=name, time="0")
    message = plain(finding.message)
    word = outcome_word(finding.outcome, warns=finding.severity == "warning")
    if blocks(finding, seen, reasons):
        tag = "error" if finding.outcome is Outcome.ERRORED else "failure"
        _say(case, tag, word, message, _whole(finding))
    elif finding.outcome is Outcome.PASSED:
        ET.SubElement(case, "system-out").text = message
    else:
        ET.SubElement(case, "skipped").text = f"{word}: {message}"


def _say(case: ET.Element, tag: str, kind: str, message: str, text: str) -> None:
    ET.SubElement(case, tag, type=kind, message=message).text = text


def _whole(finding: Finding) -> str:
    """A finding's message and place."""
    place = finding.location
    where = f"{visible(place.file, 400)}:{place.line}: " if place else ""
    return where + plain(finding.message)


def _count(suite: ET.Element) -> None:
    cases = suite.findall("testcase")
    suite.set("tests", str(len(cases)))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(sum(case.find(tag) is not None for case in cases)))
