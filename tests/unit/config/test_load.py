from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import Field

from mlgate.checks.interface import Check, Inputs, Measurement
from mlgate.config.load import load
from mlgate.config.model import Config, References, Strict
from mlgate.errors import ConfigurationError, ExitCode

TYPES = {"sample": f"{__name__}:Sample"}


class Limit(Strict):
    max_drop: float | None = None
    minimum: float | None = None


class Sample(Check):
    type: Literal["sample"]
    data: str = "train"
    model: str | None = None
    metrics: dict[str, Limit] = Field(default={})
    suite: str | list[dict[str, Any]] = ""

    def references(self) -> References:
        return References(data=(self.data,), models=(self.model,) if self.model else ())

    def run(self, inputs: Inputs) -> Measurement:
        raise NotImplementedError


GOOD = """\
version: 1
data:
  train: data/train.csv
  test: {path: data/test.csv, target: y}
models:
  churn: {path: m.joblib}
checks:
  - {type: sample, metrics: {roc_auc: {max_drop: 0.01}}}
  - recommended
"""


def read(tmp_path: Path, text: str | bytes) -> Config:
    file = tmp_path / "mlgate.yml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return load(file, TYPES)


def problems(tmp_path: Path, text: str | bytes) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, text)
    assert caught.value.exit_code == ExitCode.USAGE
    return [str(problem) for problem in caught.value.problems]


def test_a_good_file(tmp_path):
    config = read(tmp_path, GOOD)
    assert config.data["train"].path == "data/train.csv"
    assert config.data["test"].target == "y"
    sample, recommended = config.entries
    assert isinstance(sample.check, Sample)
    assert sample.check.metrics["roc_auc"].max_drop == 0.01
    assert sample.location.line == 8
    assert recommended.check == "recommended"


def test_recommended_alone(tmp_path):
    config = read(tmp_path, "version: 1\nchecks: recommended\n")
    assert [entry.check for entry in config.entries] == ["recommended"]


def test_every_problem_is_reported_at_once(tmp_path):
    found = problems(
        tmp_path,
        "version: 1\nnam: x\ndata: {train: {path: 3, rol: test}}\nmodels: {m: {pth: x}}\n"
        "checks:\n  - {type: sample, mtrics: {}}\n  - {type: smple}\n  - 3\n",
    )
    assert found == [
        "mlgate.yml:2:1: nam: unknown key 'nam'; did you mean 'name'?",
        "mlgate.yml:3:22: data.train.path: should be a valid string, not 3",
        "mlgate.yml:3:25: data.train.rol: unknown key 'rol'; did you mean 'role'?",
        "mlgate.yml:4:10: models.m: has no `path`",
        "mlgate.yml:4:14: models.m.pth: unknown key 'pth'; did you mean 'path'?",
        "mlgate.yml:6:20: checks[0].mtrics: unknown key 'mtrics'; did you mean 'metrics'?",
        "mlgate.yml:7:12: checks[1].type: there is no check type 'smple'; did you mean 'sample'?",
        "mlgate.yml:8:5: checks[2]: 3 is not one of recommended or should be a mapping, not 3",
    ]


def test_a_typo_deep_in_a_check_names_the_nearest_key(tmp_path):
    text = GOOD.replace("max_drop", "max_dorp")
    [found] = problems(tmp_path, text)
    assert found.startswith("mlgate.yml:8:40: checks[0].metrics.roc_auc.max_dorp: unknown key")
    assert "did you mean 'max_drop'?" in found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "the file is empty"),
        (b"  \n\n", "the file is empty"),
        (b"version: 1\nname: \xff\n", "mlgate.yml:2:7: not UTF-8: byte 0xff"),
        (b"version: 2\nchecks: recommended", "version: 2 is not one of 1"),
        (b"checks: recommended", "has no `version`"),
        (b"version: 1", "has no `checks`"),
        (b"version: 1\nchecks: []", "checks: "),
        (b"- 1", "the top level must be a mapping"),
        (b"version: 1\nversion: 1\nchecks: recommended", "stands twice; the first is in line 1"),
        (b"version: 1\nchecks: [\n", "mlgate.yml:3:1: "),
        (b"version: 1\nchecks:\n  - {data: x}", "has no `type`; one of sample"),
        (b"version: 1\nchecks:\n  - {type: [a]}", "there is no check type"),
        (b"version: 1\nchecks: recommended\ndata: {a b: x}", "is not a name"),
        (b"version: 1\nchecks: recommended\npolicy: {on_error: ignore}", "'ignore' is not one of"),
        (b"version: 1\nchecks: recommended\nmodels: {m: {path: x, timeout: .nan}}", "finite"),
    ],
)
def test_what_is_wrong_has_a_clear_message(tmp_path, text, message):
    assert any(message in found for found in problems(tmp_path, text)), problems(tmp_path, text)


def test_a_missing_file(tmp_path):
    with pytest.raises(ConfigurationError, match=r"mlgate.yml:1:1: cannot be read: No such file"):
        load(tmp_path / "mlgate.yml", TYPES)


def test_two_checks_with_one_id(tmp_path):
    text = GOOD.replace("  - recommended", "  - {type: sample}\n  - {type: sample, id: sample}")
    found = problems(tmp_path, text)
    assert [line.split(":")[1] for line in found] == ["9", "10"]
    assert all("two checks are called 'sample', the first in line 8" in line for line in found)


def test_a_reference_that_is_not_defined_stands_where_it_is_written(tmp_path):
    text = GOOD.replace("  - recommended", "  - {type: sample, id: b, model: chrn, data: tset}")
    model, data = problems(tmp_path, text)
    assert model.startswith("mlgate.yml:9:34: checks[1].model: 'chrn' is not defined")
    assert model.endswith("under `models`; did you mean 'churn'?")
    assert data.startswith("mlgate.yml:9:46: checks[1].data: 'tset' is not defined")


def test_of_the_forms_that_a_value_may_have_the_one_that_was_meant_is_reported(tmp_path):
    text = GOOD.replace("metrics: {", "suite: [{a: 1}, 3], metrics: {")
    [found] = problems(tmp_path, text)
    assert found.startswith("mlgate.yml:8:36: checks[0].suite[1]: should be a mapping, not 3")


def test_the_directory_is_that_of_the_file(tmp_path):
    (tmp_path / "mlgate.yml").write_text(GOOD)
    config = load(tmp_path / "mlgate.yml", TYPES, shown="services/churn/mlgate.yml")
    assert config.directory == "services/churn"
