"""SonarQube's generic test execution report, for `sonar.testExecutionReportPaths`.

SonarQube lists tests by their files, so that a finding stands in the file of its location: the test
file of a pytest test, the suite of an expectation, mlgate.yml of what is configured there and of
the verdict. It refuses a report that names a file which is not among `sonar.tests`.
"""

from collections import defaultdict
from xml.etree import ElementTree as ET

from mlgate.reports.content import Content, Seen, arrange
from mlgate.reports.escape import plain, visible
from mlgate.reports.junit import document
from mlgate.reports.problems import CONFIGURATION, NAME, PATH, blocking_reasons, blocks
from mlgate.reports.sentences import outcome_word
from mlgate.results import Finding, Outcome, RunResult


def render(result: RunResult) -> str:
    """The report, an XML document."""
    content = arrange(result)
    reasons = blocking_reasons(content)
    by_file: dict[str, list[tuple[Finding, Seen]]] = defaultdict(list)
    for seen in content.checks:
        for finding in seen.findings:
            if finding.location is not None:
                by_file[visible(finding.location.file, PATH)].append((finding, seen))
    root = ET.Element("testExecutions", version="1")
    _verdict(ET.SubElement(root, "file", path=CONFIGURATION), content)
    for path, found in sorted(by_file.items()):
        file = root[0] if path == CONFIGURATION else ET.SubElement(root, "file", path=path)
        for finding, seen in found:
            _case(file, finding, blocking=blocks(finding, seen, reasons))
    return document(root)


def _verdict(file: ET.Element, content: Content) -> None:
    """The whole run as a test, so that no reader of the file is green where the gate is not."""
    verdict = content.verdict
    case = ET.SubElement(file, "testCase", name="verdict", duration=_milliseconds(content))
    if verdict.outcome != "passed":
        tag = "failure" if verdict.outcome == "failed" else "error"
        said = "\n".join(plain(reason) for reason in verdict.reasons)
        word = verdict.outcome.replace("_", " ")
        ET.SubElement(case, tag, message=f"the gate: {word}").text = said


def _milliseconds(content: Content) -> str:
    return str(round(1000 * content.result.seconds))


def _case(file: ET.Element, finding: Finding, *, blocking: bool) -> None:
    case = ET.SubElement(file, "testCase", name=plain(finding.id, NAME), duration="0")
    if finding.outcome is Outcome.PASSED:
        return
    word = outcome_word(finding.outcome, warns=finding.severity == "warning")
    failed = "error" if finding.outcome is Outcome.ERRORED else "failure"
    tag = failed if blocking else "skipped"
    message = plain(finding.message)
    ET.SubElement(case, tag, message=f"{word}: {message}").text = message
