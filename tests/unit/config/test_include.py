"""Files of behavioural tests that mlgate.yml includes."""

import os
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from mlgate.checks import CHECKS
from mlgate.checks.behavior import Behavior
from mlgate.config import yaml
from mlgate.config.load import load
from mlgate.config.model import Config
from mlgate.config.schema import included_schema
from mlgate.errors import ConfigurationError
from mlgate.plan import make_plan
from mlgate.results import Location

CONFIG = """\
version: 1
data: {test: test.csv}
models: {m: m.joblib}
checks:
  - type: behavior
    model: m
    data: test
    include: INCLUDE
    tests:
      - {name: in mlgate.yml, kind: invariance, change: {id: shuffle}}
"""
ONE = """\
# what must not matter
tests:
  - name: first
    kind: invariance
    change: {id: shuffle}
  - {name: second, kind: invariance, change: {id: missing}}
"""
OTHER = ONE.replace("first", "third").replace("second", "fourth")


def read(root: Path, include: str = "behavior/*.yml", config: str = "mlgate.yml") -> Config:
    file = root / config
    file.parent.mkdir(exist_ok=True)
    file.write_text(CONFIG.replace("INCLUDE", include))
    return load(file, CHECKS, shown=config, root=root)


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)


def problems(root: Path, include: str = "behavior/*.yml") -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        read(root, include)
    return [str(problem) for problem in caught.value.problems]


def names(config: Config) -> list[str]:
    (entry,) = config.entries
    assert isinstance(entry.check, Behavior)
    return [test.name for test in entry.check.tests]


def test_tests_of_files_follow_those_of_the_check_by_the_names_of_the_files(tmp_path):
    write(tmp_path, "behavior/b.yml", ONE)
    write(tmp_path, "behavior/a.yml", OTHER)
    write(tmp_path, "behavior/.hidden.yml", "not: read")
    config = read(tmp_path)
    assert names(config) == ["in mlgate.yml", "third", "fourth", "first", "second"]
    assert config.included == ("behavior/a.yml", "behavior/b.yml")
    assert config.includes == ("behavior/*.yml",)


@pytest.mark.parametrize(
    ("include", "expected"),
    [
        ("behavior/b.yml", ["first", "second"]),
        ("[behavior/b.yml, behavior/a.yml]", ["first", "second", "third", "fourth"]),
        ("[behavior/b.yml, 'behavior/*.yml']", ["first", "second", "third", "fourth"]),
        ("'**/a.yml'", ["third", "fourth"]),
        ("./behavior/../behavior/a.yml", ["third", "fourth"]),
    ],
)
def test_a_path_a_pattern_or_a_list_of_them(tmp_path, include, expected):
    write(tmp_path, "behavior/b.yml", ONE)
    write(tmp_path, "behavior/a.yml", OTHER)
    assert names(read(tmp_path, include))[1:] == expected


def test_paths_start_at_the_folder_of_the_configuration(tmp_path):
    write(tmp_path, "ml/behavior/a.yml", ONE)
    write(tmp_path, "shared/b.yml", OTHER)
    config = read(tmp_path, "[behavior/a.yml, ../shared/b.yml]", "ml/mlgate.yml")
    assert config.included == ("ml/behavior/a.yml", "shared/b.yml")


def test_a_check_may_have_included_tests_alone(tmp_path):
    write(tmp_path, "a.yml", ONE)
    text = "version: 1\ndata: {test: t.csv}\nmodels: {m: m.joblib}\nchecks:\n"
    file = tmp_path / "mlgate.yml"
    file.write_text(f"{text}  - {{type: behavior, model: m, data: test, include: a.yml}}\n")
    config = load(file, CHECKS, root=tmp_path)
    assert names(config) == ["first", "second"]


def test_each_finding_has_the_place_of_its_test(tmp_path):
    write(tmp_path, "behavior/a.yml", ONE)
    (step,) = make_plan(read(tmp_path), CHECKS).steps
    assert step.places == {
        "behavior/in-mlgate-yml": Location(file="mlgate.yml", line=10),
        "behavior/first": Location(file="behavior/a.yml", line=3),
        "behavior/second": Location(file="behavior/a.yml", line=6),
    }


def test_every_problem_is_told_at_once_with_its_own_file_line_and_column(tmp_path):
    write(tmp_path, "behavior/a.yml", ONE.replace("kind: inv", "knd: inv", 1))
    write(tmp_path, "behavior/b.yml", OTHER.replace("id: missing", "id: mising"))
    write(tmp_path, "behavior/c.yml", "tsts: []\n")
    write(tmp_path, "behavior/d.yml", "- {name: x}\n")
    write(tmp_path, "behavior/e.yml", "tests: [\n")
    write(tmp_path, "behavior/f.yml", "")
    write(tmp_path, "behavior/g.yml", "tests: []\n")
    write(tmp_path, "behavior/h.yml", OTHER.replace("missing}", "missing}, sed: 3"))
    found = problems(tmp_path)
    assert found[0] == "behavior/a.yml:3:5: tests[0]: has no `kind`"
    assert found[1].startswith("behavior/b.yml:6:51: tests[1].change.id: ")
    assert "did you mean 'missing'?" in found[1]
    assert found[2].startswith("behavior/c.yml:1:1: ")
    assert "has no `tests`" in found[2]
    assert found[3] == ("behavior/c.yml:1:1: tsts: unknown key 'tsts'; did you mean 'tests'?")
    assert found[4] == "behavior/d.yml:1:1: the top level must be a mapping with `tests`"
    assert found[5].startswith("behavior/e.yml:2:1: ")
    assert "behavior/f.yml:1:1: the file is empty" in found[6]
    assert found[7] == "behavior/g.yml:1:8: tests: is empty"
    assert found[8].startswith("behavior/h.yml:6:61: tests[1].sed: unknown key 'sed'; did you mean")
    assert len(found) == 9


def test_a_name_that_another_file_has_is_told_where_it_stands_again(tmp_path):
    write(tmp_path, "behavior/a.yml", ONE)
    write(tmp_path, "behavior/b.yml", OTHER.replace("fourth", "first"))
    assert problems(tmp_path) == [
        "behavior/b.yml:6:12: tests[1].name: two tests are called 'first'"
    ]


@pytest.mark.parametrize(
    ("include", "message"),
    [
        ("behavior/*.yaml", "no file matches 'behavior/*.yaml': nothing would be included"),
        ("nowhere/*.yml", "no file matches"),
        ("behavior/z.yml", "there is no file 'behavior/z.yml'"),
        ("behavior", "there is no file 'behavior'"),
        ("../*.yml", "leads out of the repository"),
        ("/etc/*.yml", "leads out of the repository"),
        ("https://example.org/a.yml", "leads out of the repository"),
        ("link.yml", "is a link that leads out of the repository"),
        ("linked/*.yml", "is a link that leads out of the repository"),
        ("'l*.yml'", "is a link that leads out of the repository"),
        ("secret.txt", "is no YAML file"),
        ("disguised.yml", "is no YAML file"),
        ("pipe.yml", "there is no file 'pipe.yml'"),
        ("[behavior/a.yml, 3]", "should be a valid string"),
        ("[]", "is empty"),
    ],
)
def test_what_cannot_be_included_is_a_problem_at_the_entry(tmp_path, include, message):
    root = tmp_path / "repository"
    write(root, "behavior/a.yml", ONE)
    write(tmp_path, "outside/b.yml", OTHER)
    write(root, "secret.txt", "token: 1\n")
    (root / "link.yml").symlink_to(tmp_path / "outside" / "b.yml")
    (root / "linked").symlink_to(tmp_path / "outside")
    (root / "disguised.yml").symlink_to(root / "secret.txt")
    os.mkfifo(root / "pipe.yml")
    (found,) = problems(root, include)
    assert message in found
    assert found.startswith("mlgate.yml:8:")


def test_a_link_inside_of_the_repository_is_followed(tmp_path):
    write(tmp_path, "shared/a.yml", ONE)
    (tmp_path / "here.yml").symlink_to(tmp_path / "shared" / "a.yml")
    assert names(read(tmp_path, "here.yml"))[1:] == ["first", "second"]


def test_folders_that_lead_to_themselves_end(tmp_path):
    write(tmp_path, "behavior/a.yml", ONE)
    (tmp_path / "behavior" / "again").symlink_to(tmp_path / "behavior")
    assert names(read(tmp_path, "'behavior/**/*.yml'"))[1:] == ["first", "second"]


def test_a_large_file_is_not_read(tmp_path):
    write(tmp_path, "behavior/a.yml", ONE + "#" * (1 << 20))
    (found,) = problems(tmp_path)
    assert found == "behavior/a.yml:1:1: larger than 1,048,576 bytes"


def test_the_schema_tells_good_files_from_bad_ones():
    schema = Draft202012Validator(included_schema(CHECKS, "behavior"))
    assert schema.is_valid(yaml.parse(ONE).value)
    assert not schema.is_valid(yaml.parse(ONE.replace("kind", "knd")).value)
    assert not schema.is_valid({"tests": []})


def test_without_the_repository_nothing_is_included_and_the_file_is_valid(tmp_path):
    """So is base's mlgate.yml read, whose tests nobody asks for."""
    file = tmp_path / "mlgate.yml"
    file.write_text(CONFIG.partition("    tests:")[0].replace("INCLUDE", "gone.yml"))
    assert names(load(file, CHECKS)) == []


def test_a_list_of_patterns_without_end_is_refused(tmp_path):
    write(tmp_path, "a.yml", ONE)
    (found,) = problems(tmp_path, f"[{', '.join(['a.yml'] * 60)}]")
    assert "at most 50 items" in found
