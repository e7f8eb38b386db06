import pytest

from mlgate.engines.parameters import fill

VALUES = {"low": 1, "high": 10, "set": ["a", "b"], "empty": None, "nan": float("nan")}


def parameter(text: object, **more: object) -> dict[str, object]:
    return {"$PARAMETER": text, **more}


def test_arguments_without_parameters_stay_as_they_are():
    kwargs = {"column": "a", "value_set": ["x", 1, None], "mostly": 0.9}
    filled = fill(kwargs, VALUES)
    assert filled.kwargs == kwargs
    assert filled.problems == ()


def test_names_and_expressions_are_filled_in_at_any_depth():
    filled = fill(
        {
            "min_value": parameter("low"),
            "max_value": parameter("high * 2"),
            "value_set": parameter("set"),
            "quantile_ranges": {
                "quantiles": [0.5],
                "value_ranges": [[parameter("low - 1"), parameter("high")]],
            },
        },
        VALUES,
    )
    assert filled.problems == ()
    assert filled.kwargs == {
        "min_value": 1,
        "max_value": 20,
        "value_set": ["a", "b"],
        "quantile_ranges": {"quantiles": [0.5], "value_ranges": [[0, 10]]},
    }


def test_a_parameter_may_carry_its_value_with_it():
    given = parameter("limit", **{"$PARAMETER.limit": 7})
    assert fill({"max_value": given}, VALUES).kwargs == {"max_value": 7}


def test_an_argument_of_a_thousand_levels_is_refused():
    nested: object = 1
    for _ in range(900):
        nested = [nested]
    ((place, said),) = fill({"value_set": nested}, VALUES).problems
    assert (place, said) == (("value_set",), "is nested more than 100 levels deep")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (parameter("hihg"), "there is no parameter 'hihg'; did you mean 'high'?"),
        (parameter("hihg * 2"), "there is no parameter 'hihg' for 'hihg * 2'; did you mean"),
        (parameter("zzz"), "there is no parameter 'zzz'; give it under the check's `parameters`"),
        (parameter("empty"), "the parameter 'empty' is null, which bounds nothing"),
        (parameter("nan"), "the parameter 'nan' is not a number, which bounds nothing"),
        (parameter("empty + 1"), "needs a number or a time, and 'empty' is 'None'"),
        (parameter("low +"), "the parameter 'low +' ends too early"),
        (parameter(5), "`$PARAMETER` should be a name or an expression, not 5"),
        (parameter("low", default=3), "unknown key 'default' beside `$PARAMETER`"),
        (
            parameter("urn:great_expectations:validations:a:expect_b.result.observed_value"),
            "takes a value from another validation or a store, which ended with Great",
        ),
    ],
)
def test_what_cannot_be_filled_in_is_told_with_its_place(given, message):
    filled = fill({"column": "a", "value_set": [1, given]}, VALUES)
    ((place, said),) = filled.problems
    assert place == ("value_set", 1)
    assert message in said
