import pytest

from mlgate import errors
from mlgate.errors import ConfigurationError, ExitCode, MlgateError, Problem


def test_a_sentence_has_a_cause_and_a_remedy_where_the_error_has_them():
    assert MlgateError("it broke").sentence() == "it broke"
    full = MlgateError("it broke", cause="age", remedy="buy another")
    assert full.sentence() == "it broke; usual cause: age; to fix it: buy another"


def test_an_explanation_ends_with_where_to_read_on():
    lines = MlgateError("it broke", remedy="buy another").explain().splitlines()
    assert lines[0] == "it broke"
    assert lines[1] == "To fix it: buy another"
    assert lines[-1].endswith("docs/errors.md")


def test_a_configuration_error_shows_every_problem():
    problems = [
        Problem(file="mlgate.yml", line=3, column=5, path="data.train", message="is odd"),
        Problem(file="mlgate.yml", line=4, column=1, path="", message="is odd, too"),
    ]
    error = ConfigurationError(problems)
    assert str(error) == "mlgate.yml:3:5: data.train: is odd\nmlgate.yml:4:1: is odd, too"
    assert error.exit_code == 2


CLASSES = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, MlgateError)]


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_error_ends_with_a_documented_code_and_never_with_success(kind):
    assert kind.exit_code in set(ExitCode) - {ExitCode.PASSED, ExitCode.FAILED, ExitCode.BUG}
