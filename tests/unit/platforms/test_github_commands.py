"""Workflow commands and output entries, read back the way the runner reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgate.platforms.github_commands import (
    annotation_commands,
    command,
    encodable,
    harmless,
    hidden_annotations,
    output_entry,
)
from mlgate.platforms.interface import Annotation
from tests.unit.platforms.runner_parser import commands, outputs

HOSTILE = st.lists(
    st.sampled_from(
        [
            *("::", "error", "##[", "]", "\n", "\r", "\r\n", " ", "%", "%0A", "%25", "%3A", ","),
            *(":", "=", "a", "file=x", "\t", "\u2028", "\u200b", "\xa0", "\0", "\x1b[0m", "ü"),
            *("\ud800", "<<"),
        ]
    )
).map("".join)


def annotation(level: str = "error", **changes: object) -> Annotation:
    fields: dict[str, object] = {"title": "t", "message": "m", "file": "a.py", "line": 3}
    return Annotation(level=level, **(fields | changes))  # type: ignore[arg-type]


@given(message=HOSTILE, title=HOSTILE, file=HOSTILE)
def test_a_hostile_annotation_is_one_command_with_every_value_whole(
    message: str, title: str, file: str
) -> None:
    note = annotation(message=message, title=title, file=file)
    (line,) = annotation_commands([note])
    assert "\n" not in line
    assert "\r" not in line
    (found,) = commands(line)
    expected = {"title": encodable(title), "file": encodable(file), "line": "3" if file else ""}
    assert found.name == "error"
    assert found.data == encodable(message)
    assert found.properties == {key: value for key, value in expected.items() if value}


@given(text=HOSTILE)
def test_harmless_text_holds_no_command(text: str) -> None:
    assert commands(harmless(text)) == []


@given(text=st.text())
def test_harmless_text_reads_the_same(text: str) -> None:
    lines = encodable(text).replace("\r\n", "\n").replace("\r", "\n")
    shown = harmless(text)
    assert shown.replace("## [", "##[").replace("| ", "") == lines.replace("## [", "##[").replace(
        "| ", ""
    )


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("::error::gone", "| ::error::gone"),
        ("  \t::set-output name=a::b", "|   \t::set-output name=a::b"),
        ("first\n::add-mask::e", "first\n| ::add-mask::e"),
        ("progress\r::stop-commands::x", "progress\n| ::stop-commands::x"),
        ("so ##[error]gone", "so ## [error]gone"),
        ("tests/a.py::test_b PASSED", "tests/a.py::test_b PASSED"),
        ("std::vector", "std::vector"),
    ],
)
def test_only_lines_that_could_be_commands_are_changed(line: str, shown: str) -> None:
    assert harmless(line) == shown


@given(values=st.dictionaries(st.sampled_from(["verdict", "reasons", "path"]), HOSTILE))
def test_no_output_ends_or_adds_another(values: dict[str, str]) -> None:
    file = "".join(output_entry(name, value) for name, value in values.items())
    assert outputs(file) == {name: encodable(value) for name, value in values.items()}


def test_each_output_has_a_delimiter_of_its_own() -> None:
    first, second = output_entry("a", "1"), output_entry("a", "1")
    assert first != second


def test_the_first_ten_of_each_level_are_shown() -> None:
    notes = [annotation("warning", message=str(n)) for n in range(12)]
    notes += [annotation("error", message=str(n)) for n in range(11)]
    notes += [annotation("notice", message="only")]
    shown = [(c.name, c.data) for line in annotation_commands(notes) for c in commands(line)]
    assert [data for name, data in shown if name == "warning"] == [str(n) for n in range(10)]
    assert [data for name, data in shown if name == "error"] == [str(n) for n in range(10)]
    assert ("notice", "only") in shown
    assert hidden_annotations(notes) == 3


def test_a_line_needs_a_file() -> None:
    (line,) = annotation_commands([annotation(file=None)])
    assert line == "::error title=t::m"


def test_a_command_without_properties_has_none() -> None:
    assert command("endgroup", "") == "::endgroup::"
