"""What is made of the answer of expectation classes, which their code may have written."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from mlgate.engines.custom import Answer, _read, _results
from mlgate.engines.suite import ExpectationSpec
from mlgate.errors import ExpectationModuleFailed, SuiteNotReadable
from mlgate.results import Location

SPEC = ExpectationSpec(
    type="expect_column_values_to_be_even",
    kwargs={"column": "n"},
    location=Location(file="suite.json", line=3),
)
RESULT: dict[str, Any] = {
    "success": True,
    "exception_message": None,
    "considered": 4,
    "element_count": 4,
    "unexpected_count": 0,
    "unexpected_percent": 0.0,
    "missing_count": 0,
    "observed_value": None,
    "partial_unexpected_list": [],
    "partial_missing_list": [],
    "details": {},
    "gx": {"element_count": 4},
    "raised": None,
    "engine": "gx",
}


def written(folder: Path, text: str) -> Path:
    path = folder / "answer.json"
    path.write_text(text)
    return path


def test_an_answer_becomes_results_of_the_expectations(tmp_path):
    answer = _read(written(tmp_path, json.dumps({"results": [RESULT]})))
    assert answer is not None
    (result,) = _results(answer, [SPEC], "own.py")
    assert (result.expectation, result.success, result.considered) == (SPEC, True, 4)
    assert result.to_gx() == {"element_count": 4}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no JSON",
        "[]",
        '{"results": [{"success": true}]}',
        json.dumps({"results": [RESULT | {"element_count": "many"}]}),
        json.dumps({"results": [RESULT | {"success": None}]}),
        "[" * 100_000,
    ],
)
def test_what_is_no_answer_is_none(tmp_path, text):
    assert _read(written(tmp_path, text)) is None


def test_links_pipes_and_nothing_are_no_answer(tmp_path):
    assert _read(tmp_path / "nowhere.json") is None
    (tmp_path / "link.json").symlink_to(written(tmp_path, json.dumps({"results": []})))
    assert _read(tmp_path / "link.json") is None
    os.mkfifo(tmp_path / "pipe.json")
    assert _read(tmp_path / "pipe.json") is None


def test_fewer_or_more_answers_than_expectations_are_an_error():
    for results in ([], [RESULT, RESULT]):
        answer = TypeAdapter(Answer).validate_python({"results": results})
        with pytest.raises(ExpectationModuleFailed, match=f"answered {len(results)} of 1"):
            _results(answer, [SPEC], "own.py")


def test_an_unknown_type_is_told_with_its_place_and_what_there_is():
    answer = Answer(unknown=[SPEC.type], known=["expect_column_values_to_be_evens"])
    with pytest.raises(SuiteNotReadable, match=r"suite\.json:3: .*did you mean '.*_evens'\?"):
        _results(answer, [SPEC], "own.py")
    with pytest.raises(SuiteNotReadable, match="`expectation_modules` define none"):
        _results(Answer(unknown=["zzz"]), [ExpectationSpec(type="zzz", kwargs={})], "own.py")
