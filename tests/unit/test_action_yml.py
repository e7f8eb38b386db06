"""action.yml says what the code does."""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlgate import pipeline
from mlgate.action_inputs import ActionInputs
from mlgate.errors import ExitCode
from mlgate.platforms.interface import Change

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def action() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
    return document


def test_every_input_and_output_is_kebab_case_and_described(action: dict[str, Any]) -> None:
    for name, entry in (action["inputs"] | action["outputs"]).items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name)
        assert entry["description"].strip().endswith("."), name


def test_the_inputs_are_those_that_the_code_reads_with_the_same_defaults(
    action: dict[str, Any],
) -> None:
    declared = {name: entry["default"] for name, entry in action["inputs"].items()}
    read = {item.name.replace("_", "-"): item.default for item in fields(ActionInputs)}
    assert declared == read | {"github-token": "${{ github.token }}"}


def test_the_defaults_are_valid(action: dict[str, Any]) -> None:
    environment = {
        f"INPUT_{name.upper()}": entry["default"] for name, entry in action["inputs"].items()
    }
    inputs = ActionInputs.from_environment(environment)
    assert inputs == ActionInputs(github_token="${{ github.token }}")


def test_the_outputs_are_those_that_a_publication_sets(action: dict[str, Any]) -> None:
    result = pipeline.not_run(Change(event="local"), ExitCode.ERRORED, ["no result"])
    outputs = pipeline.publication(result, "result.json", "report.md").outputs
    assert set(action["outputs"]) == {*outputs, "comment-url"}  # the platform knows the address


def test_the_action_has_no_logic_of_its_own(action: dict[str, Any]) -> None:
    assert action["runs"] == {"using": "docker", "image": "Dockerfile"}
