import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlgate.engines.suite import Expectation, read_suite
from mlgate.errors import SuiteNotReadable
from mlgate.results import Location

BETWEEN = {
    "type": "expect_column_values_to_be_between",
    "kwargs": {"column": "age", "min_value": 18},
}
UNIQUE = {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "id"}}


def read(folder: Path, text: str):
    file = folder / "train.json"
    file.write_text(text, encoding="utf-8")
    return read_suite(file, shown="expectations/train.json")


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(SuiteNotReadable) as caught:
        read(folder, text)
    return caught.value.what


def test_a_suite_keeps_its_name_order_and_severities(tmp_path):
    warning = UNIQUE | {"severity": "warning"}
    suite = read(tmp_path, json.dumps({"name": "train", "expectations": [warning, BETWEEN]}))
    assert suite.name == "train"
    assert [spec.type for spec in suite.expectations] == [UNIQUE["type"], BETWEEN["type"]]
    assert [spec.severity for spec in suite.expectations] == ["warning", "critical"]
    assert suite.expectations[1].kwargs == {"column": "age", "min_value": 18}


def test_each_expectation_knows_its_line(tmp_path):
    text = '{\n\t"name": "x",\n\t"expectations": [\n' + ",\n".join(
        "\t\t" + json.dumps(item) for item in (BETWEEN, UNIQUE, BETWEEN)
    )
    suite = read(tmp_path, text + "\n\t]\n}\n")
    lines = [spec.location.line for spec in suite.expectations if spec.location]
    assert lines == [4, 5, 6]
    assert suite.expectations[0].location == Location(file="expectations/train.json", line=4)


def test_the_spelling_of_before_1_0_is_read(tmp_path):
    old = {
        "expectation_suite_name": "old",
        "data_asset_type": None,
        "expectations": [
            {
                "expectation_type": "expect_column_values_to_be_unique",
                "kwargs": {"column": "id", "result_format": "BASIC", "include_config": True},
                "ge_cloud_id": None,
                "meta": {"notes": "by hand"},
            }
        ],
    }
    suite = read(tmp_path, json.dumps(old))
    assert suite.name == "old"
    assert suite.expectations[0].type == "expect_column_values_to_be_unique"
    assert suite.expectations[0].kwargs == {"column": "id"}


def test_a_suite_that_great_expectations_wrote_is_read(tmp_path):
    import great_expectations as gx

    written = gx.ExpectationSuite(
        name="written",
        expectations=[
            {
                "type": "expect_column_values_to_be_in_set",
                "kwargs": {"column": "a", "value_set": ["x"]},
                "severity": "info",
            },
            {
                "type": "expect_table_row_count_to_be_between",
                "kwargs": {"min_value": 1},
                "notes": "why",
                "meta": {"by": "me"},
            },
        ],
    )
    suite = read(tmp_path, json.dumps(written.to_json_dict()))
    assert [(s.type, s.severity) for s in suite.expectations] == [
        ("expect_column_values_to_be_in_set", "info"),
        ("expect_table_row_count_to_be_between", "critical"),
    ]
    assert suite.expectations[0].kwargs["value_set"] == ["x"]


def test_an_empty_suite_is_read_as_such(tmp_path):
    assert read(tmp_path, '{"name": "empty", "expectations": []}').expectations == ()


def test_a_misspelt_expectation_is_named_with_its_place_and_the_nearest_name(tmp_path):
    wrong = '{"expectations": [\n  {"type": "expect_column_values_to_be_betwen", "kwargs": {}}]}'
    what = refusal(tmp_path, wrong)
    assert what.startswith("expectations/train.json:2:4: expectations[0].type:")
    assert "did you mean 'expect_column_values_to_be_between'?" in what


def test_a_misspelt_argument_is_named_with_the_nearest_name(tmp_path):
    wrong = BETWEEN | {"kwargs": {"column": "age", "minimum_value": 3}}
    what = refusal(tmp_path, json.dumps({"expectations": [wrong]}))
    assert "there is no argument 'minimum_value'; did you mean 'min_value'?" in what


def test_a_missing_argument_is_named(tmp_path):
    wrong = {"type": "expect_column_values_to_be_in_set", "kwargs": {"column": "a"}}
    assert "has no `value_set`" in refusal(tmp_path, json.dumps({"expectations": [wrong]}))


def test_an_expectation_without_arguments_is_no_expectation(tmp_path):
    wrong = {"type": "expect_column_values_to_be_unique"}
    assert "has no `column`" in refusal(tmp_path, json.dumps({"expectations": [wrong]}))


def test_an_argument_beside_kwargs_is_refused_because_it_would_be_ignored(tmp_path):
    what = refusal(tmp_path, json.dumps({"expectations": [BETWEEN | {"mostly": 0.9}]}))
    assert "unknown key 'mostly'; arguments belong under `kwargs`" in what


def test_every_problem_is_reported_at_once(tmp_path):
    wrong = [
        {"type": "expect_nothing", "kwargs": {}},
        BETWEEN | {"severity": "fatal"},
        7,
        {"kwargs": {}},
    ]
    what = refusal(tmp_path, json.dumps({"expectations": wrong}, indent=1))
    assert len(what.splitlines()) == 4
    assert "expectations[1].severity" in what
    assert "expectations[2]: should be a JSON object, not 7" in what
    assert "expectations[3].type: has no `type`" in what


def test_many_problems_are_counted_and_not_all_listed(tmp_path):
    wrong = [{"type": f"expect_{i}", "kwargs": {}} for i in range(500)]
    what = refusal(tmp_path, json.dumps({"expectations": wrong}))
    assert len(what.splitlines()) == 21
    assert what.endswith("and 480 more problems")


def test_a_key_that_stands_twice_is_refused(tmp_path):
    text = (
        '{"expectations": [\n{"type": "expect_column_values_to_be_unique",\n'
        ' "kwargs": {"column": "a", "column": "b"}}]}'
    )
    what = refusal(tmp_path, text)
    assert what == "expectations/train.json:3:28: expectations[0].kwargs.column: stands twice"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "train.json:1:1: not JSON"),
        ('{"expectations": [', "train.json:1:19: not JSON"),
        ("{'expectations': []}", "train.json:1:2: not JSON"),
        ("[]", "train.json:1:1: should be a JSON object, not []"),
        ("{}", "has no `expectations`"),
        ('{"expectations": {}}', "expectations: should be a valid list"),
        ('{"name": "x", "expectation": []}', "has no `expectations`"),
        ("[" * 100_000, "not JSON that mlgate reads"),
        ('{"expectations": [' + "9" * 5000 + "]}", "not JSON that mlgate reads"),
    ],
)
def test_what_is_no_suite_says_where_and_why(tmp_path, text, message):
    assert message in refusal(tmp_path, text)


def test_a_file_that_is_not_utf_8_says_so(tmp_path):
    file = tmp_path / "train.json"
    file.write_bytes(b'{"name": "caf\xe9"}')
    with pytest.raises(SuiteNotReadable, match="not UTF-8: byte 13 is 0xe9"):
        read_suite(file, shown="train.json")


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(SuiteNotReadable, match=r"train\.json cannot be opened"):
        read_suite(tmp_path / "train.json", shown="train.json")


def test_columns_are_those_that_must_be_there():
    def columns(kind: str, **kwargs: object) -> tuple[str, ...]:
        return Expectation(type=kind, kwargs=kwargs).spec().columns

    assert columns("expect_column_values_to_be_unique", column="a") == ("a",)
    assert columns("expect_column_pair_values_to_be_equal", column_A="a", column_B="b") == (
        "a",
        "b",
    )
    assert columns("expect_compound_columns_to_be_unique", column_list=["a", "b"]) == ("a", "b")
    assert columns("expect_column_to_exist", column="a") == ()
    assert columns("expect_table_columns_to_match_ordered_list", column_list=["a"]) == ()


text = st.text(st.characters(codec="utf-8"))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(
    extras=st.lists(st.dictionaries(text, values, max_size=3), min_size=1, max_size=5),
    indent=st.sampled_from([None, 0, 3, "\t"]),
    ascii_only=st.booleans(),
)
def test_lines_are_right_whatever_else_the_file_holds(tmp_path_factory, extras, indent, ascii_only):
    def dump(value: object, indent: int | str | None = None) -> str:
        return json.dumps(value, indent=indent, ensure_ascii=ascii_only)

    head = f'{{"meta": {dump({"extras": extras}, indent)}, "expectations": [\n'
    items = [dump(UNIQUE | {"meta": extra}) for extra in extras]
    file = tmp_path_factory.mktemp("suite") / "s.json"
    file.write_text(head + ",\n".join(items) + "]}", encoding="utf-8", newline="")
    suite = read_suite(file, shown="s.json")
    first = head.count("\n") + 1
    lines = [spec.location.line for spec in suite.expectations if spec.location]
    assert lines == list(range(first, first + len(items)))


# Parameters


def with_parameter(text: object, **file: object) -> str:
    limited = {
        "type": "expect_column_values_to_be_between",
        "kwargs": {"column": "age", "max_value": {"$PARAMETER": text}},
    }
    return json.dumps({"expectations": [UNIQUE, limited], **file}, indent=1)


def test_parameters_get_the_values_of_the_check(tmp_path):
    (tmp_path / "s.json").write_text(with_parameter("hi * 2"))
    suite = read_suite(tmp_path / "s.json", shown="s.json", parameters={"hi": 21})
    assert suite.expectations[1].kwargs == {"column": "age", "max_value": 42}


@pytest.mark.parametrize("key", ["suite_parameters", "evaluation_parameters"])
def test_values_in_the_file_are_used_unless_the_check_has_others(tmp_path, key):
    (tmp_path / "s.json").write_text(with_parameter("hi", **{key: {"hi": 1}}))
    own = read_suite(tmp_path / "s.json", shown="s.json")
    assert own.expectations[1].kwargs["max_value"] == 1
    other = read_suite(tmp_path / "s.json", shown="s.json", parameters={"hi": 2})
    assert other.expectations[1].kwargs["max_value"] == 2


def test_a_parameter_without_a_value_is_named_with_its_place_and_the_nearest_name(tmp_path):
    text = with_parameter("hihg")
    line = next(i for i, part in enumerate(text.splitlines(), 1) if '"max_value"' in part)
    (tmp_path / "s.json").write_text(text)
    with pytest.raises(SuiteNotReadable) as caught:
        read_suite(tmp_path / "s.json", shown="s.json", parameters={"high": 1})
    assert caught.value.what == (
        f"s.json:{line}:5: expectations[1].kwargs.max_value: "
        "there is no parameter 'hihg'; did you mean 'high'?"
    )


def test_a_parameter_of_before_1_0_that_asks_a_store_is_refused(tmp_path):
    store = "urn:great_expectations:stores:my_store:row_count"
    assert "which ended with Great Expectations 1.0" in refusal(tmp_path, with_parameter(store))


# Classes of the repository


def test_unknown_types_are_read_only_where_modules_may_know_them(tmp_path):
    own = {"type": "expect_column_values_to_be_prime", "kwargs": {"column": "a", "base": 7}}
    (tmp_path / "s.json").write_text(json.dumps({"expectations": [own, UNIQUE]}))
    first, second = read_suite(tmp_path / "s.json", shown="s.json", custom=True).expectations
    assert (first.custom, second.custom) == (True, False)
    assert first.kwargs == {"column": "a", "base": 7}
    assert first.columns == ("a",)
    assert "there is no expectation" in refusal(tmp_path, (tmp_path / "s.json").read_text())


def test_arguments_of_known_types_are_checked_beside_unknown_ones(tmp_path):
    wrong = {"type": "expect_column_values_to_be_unique", "kwargs": {"colunm": "id"}}
    (tmp_path / "s.json").write_text(json.dumps({"expectations": [wrong]}))
    with pytest.raises(SuiteNotReadable, match="there is no argument 'colunm'"):
        read_suite(tmp_path / "s.json", shown="s.json", custom=True)
