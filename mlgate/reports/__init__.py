"""The report formats, one module each."""

from collections.abc import Mapping

from mlgate.reports.interface import ReportFormats

REPORTS: ReportFormats = {
    "console": "mlgate.reports.console:render",
    "json": "mlgate.results:to_json",
    "markdown": "mlgate.reports.markdown:render",
    "junit": "mlgate.reports.junit:render",
    "sarif": "mlgate.reports.sarif:render",
    "sonarqube-tests": "mlgate.reports.sonarqube_tests:render",
    "sonarqube-issues": "mlgate.reports.sonarqube_issues:render",
    "code-quality": "mlgate.reports.code_quality:render",
    "badge": "mlgate.reports.badge:render",
}
FILES: Mapping[str, str] = {
    "json": "result.json",
    "markdown": "report.md",
    "console": "report.txt",
    "junit": "junit.xml",
    "sarif": "mlgate.sarif",
    "sonarqube-tests": "sonarqube-tests.xml",
    "sonarqube-issues": "sonarqube-issues.json",
    "code-quality": "code-quality.json",
    "badge": "badge.json",
}
"""Names of the files in the report folder, by format."""
ALWAYS = ("json", "markdown")
"""The formats that every run leaves there."""
