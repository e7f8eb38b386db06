import great_expectations.expectations  # noqa: F401  # fills the registry
import pytest
from great_expectations.expectations.expectation import Expectation as GxExpectation
from great_expectations.expectations.registry import (
    get_expectation_impl,
    list_registered_expectation_implementations,
)

from mlgate.checks.expectation_words import PHRASES
from mlgate.engines.catalogue import EXPECTATIONS, RUNTIME_KWARGS, Domain

BESIDE_KWARGS = set(GxExpectation.__fields__)
"""Fields that a suite gives beside the arguments, or that decide nothing."""


def test_the_catalogue_is_the_registry_of_great_expectations():
    assert sorted(EXPECTATIONS) == sorted(list_registered_expectation_implementations())


@pytest.mark.parametrize("name", sorted(EXPECTATIONS))
def test_arguments_are_those_of_great_expectations(name):
    fields = get_expectation_impl(name).__fields__
    own = {key: f for key, f in fields.items() if key not in BESIDE_KWARGS | RUNTIME_KWARGS}
    signature = EXPECTATIONS[name]
    assert signature.required == {key for key, field in own.items() if field.required}
    assert signature.optional == {key for key, field in own.items() if not field.required}


@pytest.mark.parametrize("name", sorted(EXPECTATIONS))
def test_the_domain_is_the_one_that_great_expectations_computes_on(name):
    bases = {base.__name__ for base in get_expectation_impl(name).__mro__}
    wanted = {
        Domain.VALUES: "ColumnMapExpectation",
        Domain.AGGREGATE: "ColumnAggregateExpectation",
    }
    rows = {"ColumnPairMapExpectation", "MulticolumnMapExpectation"}
    domain = EXPECTATIONS[name].domain
    for kind, base in wanted.items():
        assert (base in bases) == (domain is kind)
    assert bool(rows & bases) == (domain is Domain.ROWS)


def test_every_expectation_has_words():
    assert sorted(PHRASES) == sorted(EXPECTATIONS)
