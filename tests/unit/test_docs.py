"""What is stated twice is equal."""

import importlib.util
import json
import re
from pathlib import Path

import pytest
import yaml

from mlgate import results
from mlgate.checks import CHECKS
from mlgate.config.load import load
from mlgate.config.schema import config_schema, included_schema

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.md")])


def reference():
    spec = importlib.util.spec_from_file_location("reference", ROOT / "docs" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_generated_pages_are_current():
    pages = reference().pages()
    assert len(pages) >= 3
    for path, text in pages.items():
        assert path.read_text(encoding="utf-8") == text, f"run `make docs`: {path.name}"


@pytest.mark.parametrize(
    ("file", "schema"),
    [
        ("mlgate.schema.json", lambda: config_schema(CHECKS)),
        ("mlgate-behavior.schema.json", lambda: included_schema(CHECKS, "behavior")),
        ("mlgate-result.schema.json", results.json_schema),
    ],
)
def test_the_published_schemas_are_current(file, schema):
    assert json.loads((ROOT / "schemas" / file).read_text()) == schema()


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), flags=re.M | re.S)


CONFIGURATIONS = [
    (page, block)
    for page in PAGES
    for block in blocks(page, "yaml")
    if block.lstrip().startswith("version: 1")
]
WORKFLOWS = [
    (page, block)
    for page in PAGES
    for block in blocks(page, "yaml")
    if re.search(r"^jobs:", block, re.M)
]


def test_there_are_blocks_to_check():
    assert len(CONFIGURATIONS) >= 2
    assert WORKFLOWS


@pytest.mark.parametrize(("page", "block"), CONFIGURATIONS, ids=lambda v: getattr(v, "name", ""))
def test_every_configuration_in_the_docs_is_valid(page, block, tmp_path):
    file = tmp_path / "mlgate.yml"
    file.write_text(block)
    assert load(file, CHECKS).entries


@pytest.mark.parametrize(("page", "block"), WORKFLOWS, ids=lambda v: getattr(v, "name", ""))
def test_every_workflow_in_the_docs_uses_inputs_that_exist(page, block):
    inputs = yaml.safe_load((ROOT / "action.yml").read_text())["inputs"]
    used = [
        step
        for job in yaml.safe_load(block)["jobs"].values()
        for step in job["steps"]
        if str(step.get("uses", "")).startswith("org/mlgate")
    ]
    for step in used:
        assert set(step.get("with", {})) <= set(inputs)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_relative_link_leads_somewhere(page):
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    missing = [link for link in links if not (page.parent / link).exists()]
    assert not missing
