"""The report formats, one module each."""

from mlgate.reports.interface import ReportFormats

REPORTS: ReportFormats = {
    "console": "mlgate.reports.console:render",
    "json": "mlgate.results:to_json",
    "markdown": "mlgate.reports.markdown:render",
}
