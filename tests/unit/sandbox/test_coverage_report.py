"""Reports of coverage, of which a stranger may have written any."""

import json
import os
from pathlib import Path

import pytest

from mlgate.sandbox.coverage_report import (
    MAX_BYTES,
    Coverage,
    NotReadable,
    read,
    stamps,
    written,
)

JSON = {"meta": {}, "files": {}, "totals": {"covered_lines": 3, "num_statements": 4}}
XML = '<coverage lines-valid="4" lines-covered="3" branches-valid="{}" branches-covered="1"/>'
DOCTYPE = "<!DOCTYPE coverage SYSTEM 'http://cobertura.sourceforge.net/xml/coverage-04.dtd'>"
BOMB = """<!DOCTYPE coverage [<!ENTITY a "x"><!ENTITY b "&a;&a;">]>
<coverage lines-valid="4" lines-covered="3">&b;</coverage>"""
OUTSIDE = """<!DOCTYPE coverage [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<coverage lines-valid="4" lines-covered="3">&a;</coverage>"""


def report(folder: Path, name: str, content: str | bytes) -> Coverage:
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return read(file, name)


def test_the_totals_of_json_and_of_xml(tmp_path):
    seen = report(tmp_path, "coverage.json", json.dumps(JSON))
    assert (seen.line_rate, seen.branch_rate) == (0.75, None)
    seen = report(tmp_path, "coverage.xml", f"<?xml version='1.0'?>{DOCTYPE}{XML.format(2)}")
    assert (seen.line_rate, seen.branch_rate) == (0.75, 0.5)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("c.json", "", "not coverage.py's JSON"),
        ("c.json", "[" * 100_000, "not coverage.py's JSON"),
        ("c.json", '{"totals": {"covered_lines": NaN, "num_statements": 1}}', "not coverage.py's"),
        ("c.json", '{"totals": {"covered_lines": 1.5, "num_statements": 2}}', "not coverage.py's"),
        ("c.json", '{"totals": {"covered_lines": -1, "num_statements": 2}}', "not coverage.py's"),
        ("c.json", '{"totals": {"covered_lines": 3, "num_statements": 2}}', "more as covered"),
        ("c.json", '{"totals": {"covered_lines": 0, "num_statements": 0}}', "no line of code"),
        ("c.xml", "", "not well-formed"),
        ("c.xml", XML.format(2)[:-2], "not well-formed"),
        ("c.xml", BOMB, "declares an entity"),
        ("c.xml", OUTSIDE, "declares an entity"),
        ("c.xml", "<report lines-valid='1' lines-covered='1'/>", "not Cobertura's XML"),
        ("c.xml", "<coverage line-rate='1'/>", "not Cobertura's XML"),
        ("c.xml", "<coverage lines-valid='1e3' lines-covered='1'/>", "not Cobertura's XML"),
        ("c.xml", f"<coverage lines-valid='{'9' * 5000}' lines-covered='1'/>", "not Cobertura's"),
        ("c.xml", XML.format(0), "more as covered"),
    ],
)
def test_what_is_no_report_says_nothing(tmp_path, name, content, why):
    with pytest.raises(NotReadable, match=why):
        report(tmp_path, name, content)


def test_a_huge_report_a_link_and_a_pipe_are_not_read(tmp_path):
    with (tmp_path / "huge.json").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    (tmp_path / "link.json").symlink_to(tmp_path / "huge.json")
    os.mkfifo(tmp_path / "pipe.json")
    for name, why in (("huge", "larger than"), ("link", "cannot be opened"), ("pipe", "no file")):
        with pytest.raises(NotReadable, match=why):
            read(tmp_path / f"{name}.json", name)


def test_only_what_was_written_since_counts(tmp_path):
    (tmp_path / "coverage.json").write_text("old")
    before = stamps(tmp_path, ["coverage.json", "coverage.xml"])
    assert written(tmp_path, before) is None
    (tmp_path / "coverage.xml").write_text("new")
    assert written(tmp_path, before) == "coverage.xml"
    os.utime(tmp_path / "coverage.json", ns=(1, 1))
    assert written(tmp_path, before) == "coverage.json"
