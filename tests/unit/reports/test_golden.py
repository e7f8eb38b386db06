"""Whole reports, to be read: a change of wording shows in the diff of tests/golden."""

import pytest

from mlgate import registry
from mlgate.reports import REPORTS
from mlgate.results import from_json, to_json
from tests.golden.cases import CASES
from tests.golden.files import ROOT, assert_golden

SUFFIXES = {
    "markdown": "md",
    "console": "txt",
    "junit": "xml",
    "sarif": "sarif",
    "sonarqube-tests": "xml",
    "sonarqube-issues": "json",
    "code-quality": "json",
    "badge": "json",
}


@pytest.mark.parametrize("case", CASES)
def test_the_committed_result_is_the_one_that_the_case_makes(case):
    assert_golden(f"tests/golden/results/{case}.json", to_json(CASES[case]()) + "\n")


@pytest.mark.parametrize("name", SUFFIXES)
@pytest.mark.parametrize("case", CASES)
def test_the_report_of_a_result_file_reads_as_before(case, name):
    result = from_json((ROOT / f"tests/golden/results/{case}.json").read_bytes())
    text = registry.load(REPORTS, name)(result)
    assert_golden(f"tests/golden/{name}/{case}.{SUFFIXES[name]}", text)


def test_no_golden_file_is_left_over():
    files = {
        file.stem
        for suffix in {"json", *SUFFIXES.values()}
        for file in ROOT.glob(f"tests/golden/*/*.{suffix}")
    }
    assert files == set(CASES)
