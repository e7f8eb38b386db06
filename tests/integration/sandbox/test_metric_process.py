"""Metrics that are functions of the repository, in real processes."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlgate.errors import MetricFailed
from mlgate.sandbox.metric_process import Answers, MetricProcess, Question

TRUTH = np.array([0, 1, 1, 0, 1])
PREDICTED = np.array([0, 1, 0, 0, 1])
SHARES = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3], [0.1, 0.9]])
FRAME = pd.DataFrame({"amount": [10.0, 20.0, 30.0, 40.0, 50.0], "city": ["a", None, "b", "a", "c"]})


def question(sides: int = 1, weights: Any = None) -> Question:
    answers = [Answers(predicted=PREDICTED, shares=SHARES)] * sides
    labels = ("no", "yes")
    return Question(truth=TRUTH, labels=labels, sides=answers, frame=FRAME, weights=weights)


def process(root: Path, code: str, name: str = "f", timeout: float = 60) -> MetricProcess:
    root.joinpath("shop.py").write_text(code)
    return MetricProcess(
        name=f"shop:{name}",
        root=root,
        paths=[root],
        python=[sys.executable],
        timeout=timeout,
        memory=4096,
    )


def value(root: Path, code: str, weights: Any = None) -> float:
    with process(root, code) as metric:
        return float(metric.values(question(weights=weights))[0, 0])


def test_a_function_gets_labels_probabilities_rows_and_weights_by_the_names_of_its_parameters(
    tmp_path: Path,
) -> None:
    assert value(tmp_path, "def f(y_true, y_pred): return (y_true == y_pred).mean()") == 0.8
    assert value(tmp_path, "def f(truth, guess): return float((guess == 'yes').sum())") == 2
    assert value(tmp_path, "def f(y_true, y_score): return y_score[y_true == 'yes'].sum()") == 2.1
    assert value(tmp_path, "def f(y_true, y_proba, labels): return y_proba[0, 0]") == 0.9
    code = "def f(y_true, y_pred, *, rows): return rows.amount[y_true == y_pred].sum()"
    assert value(tmp_path, code) == 120
    code = "def f(y_true, y_pred, sample_weight=None): return sample_weight.sum()"
    assert value(tmp_path, code, weights=np.arange(5.0)) == 10


def test_a_function_may_be_scikit_learns_own(tmp_path: Path) -> None:
    with process(tmp_path, "from sklearn.metrics import accuracy_score as f") as metric:
        assert metric.values(question())[0, 0] == 0.8
        assert metric.wants == {"y_true", "y_pred", "sample_weight"}


def test_sets_of_rows_are_computed_for_every_side_in_one_question(tmp_path: Path) -> None:
    code = "def f(y_true, y_pred, rows): return rows.amount.sum() * (y_true == y_pred).mean()"
    with process(tmp_path, code) as metric:
        metric.values(question())
        sets = [np.array([0, 0]), np.array([2, 4]), np.array([1])]
        found = metric.values(question(sides=2), sets)
    assert found.tolist() == [[20, 20], [40, 40], [20, 20]]
    assert metric.seconds is not None


def test_a_function_that_changes_its_arguments_changes_nothing_for_the_next_call(
    tmp_path: Path,
) -> None:
    code = """
def f(y_true, y_pred, rows):
    seen = rows.amount.sum() + (y_true == y_pred).sum()
    rows["amount"] = 0.0
    y_pred[:] = "no"
    return seen
"""
    with process(tmp_path, code) as metric:
        found = metric.values(question(sides=2), [np.arange(5), np.arange(5)])
    assert found.tolist() == [[154, 154], [154, 154]]


PIPE = """
import os
def f(y_true, y_pred):
    for number in range(3, 4096):
        try:
            os.write(number, b"x" * 64)
        except OSError:
            pass
    return 1.0
"""
HOSTILE = {
    "exits": (
        "import os\ndef f(y_true, y_pred): os._exit(0)",
        r"ended its own process \(exit stat",
    ),
    "exits when imported": ("import sys\nsys.exit('no')\ndef f(y): ...", "raised SystemExit"),
    "hangs": ("import time\ndef f(y_true, y_pred): time.sleep(600)", "took longer than 3 seconds"),
    "raises": (
        "def f(y_true, y_pred): raise ValueError('bad rows')",
        "ValueError while computing 5",
    ),
    "gives text": ("def f(y_true, y_pred): return 'high'", "a value of type str, and a number"),
    "gives nothing": ("def f(y_true, y_pred): pass", "a value of type NoneType"),
    "gives an array": ("def f(y_true, y_pred): return y_true", "a value of type ndarray"),
    "gives a truth": ("def f(y_true, y_pred): return True", "a value of type bool"),
    "is no function": ("f = 3", "it is a int, which cannot be called"),
    "is not there": ("g = len", "shop has no f"),
    "asks for what nobody has": (
        "def f(y_true, y_pred, price): return 1",
        "its parameter 'price' is none of y_true",
    ),
    "calls probabilities by another name": (
        "def f(y_true, probability): return 1",
        "its parameter 'probability' is none of",
    ),
    "needs what is not installed": (
        "import no_such_package\ndef f(y_true, y_pred): return 1",
        "needs the module no_such_package, which is not there",
    ),
    "writes into the pipe": (PIPE, "answer|connection"),
    "crashes": ("import ctypes\ndef f(y_true, y_pred): ctypes.string_at(0)", r"crashed \(SIGSEGV"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_metric_is_an_error_with_a_sentence_of_its_own(
    tmp_path: Path, name: str
) -> None:
    code, sentence = HOSTILE[name]
    timeout = 3 if name == "hangs" else 60
    with (
        process(tmp_path, code, timeout=timeout) as metric,
        pytest.raises(MetricFailed, match=sentence),
    ):
        metric.values(question())


def test_a_function_that_failed_to_load_is_not_asked_again(tmp_path: Path) -> None:
    with process(tmp_path, "1 / 0") as metric:
        for _ in range(2):
            with pytest.raises(MetricFailed, match="raised ZeroDivisionError while loading"):
                metric.values(question())


def test_a_function_sees_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "ghs_secret")
    code = "import os\ndef f(y_true, y_pred): return float('GITHUB_TOKEN' in os.environ)"
    assert value(tmp_path, code) == 0


def test_an_undefined_value_is_nan_whatever_it_was(tmp_path: Path) -> None:
    assert np.isnan(value(tmp_path, "def f(y_true, y_pred): return float('inf')"))


def test_regression_gets_numbers(tmp_path: Path) -> None:
    truth, predicted = np.array([1.0, 2.0]), np.array([1.5, 2.0])
    asked = Question(truth=truth, labels=(), sides=[Answers(predicted=predicted)])
    with process(tmp_path, "def f(y_true, y_pred): return abs(y_true - y_pred).sum()") as metric:
        assert metric.values(asked)[0, 0] == 0.5


def test_probabilities_that_a_model_lacks_are_asked_for_in_vain(tmp_path: Path) -> None:
    asked = Question(truth=TRUTH, labels=("no", "yes"), sides=[Answers(predicted=PREDICTED)])
    code = "def f(y_true, y_proba): return 1.0"
    with (
        process(tmp_path, code) as metric,
        pytest.raises(MetricFailed, match="wants y_proba, and the model gives no probabilities"),
    ):
        metric.values(asked)
