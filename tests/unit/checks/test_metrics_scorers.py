"""The table of metrics is what scikit-learn has, and every metric works through the stand-in."""

import subprocess
import sys

import numpy as np
import pytest
import sklearn
from scipy import stats
from sklearn.datasets import make_classification, make_regression
from sklearn.linear_model import LinearRegression
from sklearn.metrics import (
    cohen_kappa_score,
    get_scorer,
    get_scorer_names,
    mean_pinball_loss,
)
from sklearn.naive_bayes import GaussianNB

from mlgate.checks.responses import Responses
from mlgate.checks.scorers import METRICS, Metric
from mlgate.checks.scoring import TWO_CLASSES, difference, score
from mlgate.errors import MlgateError

OF_CLUSTERS = {
    "adjusted_mutual_info_score",
    "adjusted_rand_score",
    "completeness_score",
    "fowlkes_mallows_score",
    "homogeneity_score",
    "mutual_info_score",
    "normalized_mutual_info_score",
    "rand_score",
    "v_measure_score",
}


def test_the_names_are_scikit_learns() -> None:
    applicable = {
        name
        for name in get_scorer_names()
        if name not in OF_CLUSTERS and not name.endswith("_samples")
    }
    assert {metric.scorer for metric in METRICS.values() if not metric.own} == applicable


def test_a_loss_has_its_sign_turned_and_a_neg_name_keeps_it() -> None:
    loss, score_of_loss = METRICS["log_loss"], METRICS["neg_log_loss"]
    assert loss.scorer == score_of_loss.scorer == "neg_log_loss"
    assert not loss.greater_is_better
    assert score_of_loss.greater_is_better
    assert METRICS["accuracy"].greater_is_better
    assert METRICS["r2"].greater_is_better


def ece(truth: np.ndarray, probabilities: np.ndarray) -> float:
    """By the definition, one bin after the other."""
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
    if probabilities.shape[1] == 2:
        confidence, right = probabilities[:, 1], truth == 1
    total = 0.0
    for low in np.arange(15) / 15:
        inside = (confidence >= low) & (confidence < low + 1 / 15 + (low > 0.93))
        if inside.any():
            total += inside.mean() * abs(confidence[inside].mean() - right[inside].mean())
    return total


OWN = {
    "cohen_kappa": cohen_kappa_score,
    "ece": ece,
    "pearson": lambda truth, answers: stats.pearsonr(truth, answers).statistic,
    "quantile_loss": mean_pinball_loss,
    "spearman": lambda truth, answers: stats.spearmanr(truth, answers).statistic,
}


class Positive(LinearRegression):  # type: ignore[misc]
    """Predicts positive numbers, as some deviances ask."""

    def predict(self, X: np.ndarray) -> np.ndarray:  # noqa: N803  # scikit-learn's name
        predicted: np.ndarray = np.exp(super().predict(X) / 100)
        return predicted


def responses_of(metric: Metric, classes: int) -> tuple[Responses, float]:
    """Responses of a real model, and the score that scikit-learn gives that model itself."""
    if metric.needs == "values":
        features, numbers = make_regression(150, 5, noise=20, random_state=1)
        model, truth = Positive().fit(features, numbers), np.exp(numbers / 100)
    else:
        features, truth = make_classification(
            150, 6, n_informative=4, n_classes=classes, flip_y=0.3, random_state=classes
        )
        model = GaussianNB().fit(features, truth)
    ask = model.predict_proba if metric.needs == "probabilities" else model.predict
    labels = () if metric.needs == "values" else tuple(range(classes))
    answers = ask(features)
    if metric.own:
        expected = OWN[metric.name](truth, answers)
    else:
        expected = metric.sign * float(get_scorer(metric.scorer)(model, features, truth))
    return Responses(labels=labels, truth=truth, answers=answers), expected


def applies(metric: Metric, classes: int) -> bool:
    if metric.needs == "values":
        return classes == 2
    if classes == 2:
        return metric.scorer != "top_k_accuracy"
    return metric.scorer not in TWO_CLASSES


CASES = [(m, classes) for m in METRICS.values() for classes in (2, 3) if applies(m, classes)]


def case(value: Metric | int) -> str:
    return value.name if isinstance(value, Metric) else str(value)


@pytest.mark.parametrize(("metric", "classes"), CASES, ids=case)
def test_a_score_is_what_scikit_learn_gives_the_model_itself(metric: Metric, classes: int) -> None:
    responses, expected = responses_of(metric, classes)
    assert score(metric, responses).value == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("metric", "classes"), CASES, ids=case)
def test_a_difference_is_that_of_the_scores_and_has_its_sign(metric: Metric, classes: int) -> None:
    whole, _ = responses_of(metric, classes)
    base = Responses(labels=whole.labels, truth=whole.truth[:60], answers=whole.answers[:60])
    answers = base.answers.copy()
    answers[:6] = np.roll(answers[:6], 1, axis=0) * (1 if base.labels else 1.5)
    head = Responses(labels=base.labels, truth=base.truth, answers=answers)
    seen = difference(metric, head, base)
    expected = score(metric, head).value - score(metric, base).value
    assert seen.value == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert seen.rows == 60
    if metric.scorer == "neg_max_error":
        assert seen.interval is None
    else:
        assert seen.interval is not None
        assert seen.interval[0] <= seen.value <= seen.interval[1]


@pytest.mark.parametrize(("metric", "classes"), CASES, ids=case)
def test_the_same_answers_differ_in_no_metric(metric: Metric, classes: int) -> None:
    responses, _ = responses_of(metric, classes)
    assert difference(metric, responses, responses).same_answers


def test_a_scorer_that_this_scikit_learn_lacks_is_named_with_its_version() -> None:
    later = Metric(
        name="later_loss", scorer="neg_later_loss", needs="labels", greater_is_better=False
    )
    responses, _ = responses_of(METRICS["accuracy"], 2)
    with pytest.raises(MlgateError) as caught:
        score(later, responses)
    assert f"scikit-learn {sklearn.__version__} has no scorer neg_later_loss" in caught.value.what


def test_naming_metrics_imports_no_scikit_learn() -> None:
    script = "import mlgate.checks.metrics, sys; print([m for m in ('sklearn', 'numpy', 'pandas', "
    script += "'scipy') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["f1_macro", "matthews_corrcoef", "accuracy"])
def test_models_that_know_their_classes_in_another_order_are_compared(name: str) -> None:
    metric = METRICS[name]
    head, _ = responses_of(metric, 3)
    answers = np.where(np.arange(150) % 7 == 0, 2, head.answers)
    base = Responses(labels=head.labels, truth=head.truth, answers=answers)
    new = np.array([2, 0, 1])  # the code of each class in the other order
    turned = Responses(labels=(1, 2, 0), truth=new[base.truth], answers=new[base.answers])
    assert difference(metric, head, turned) == difference(metric, head, base)
    same = Responses(labels=(1, 2, 0), truth=new[head.truth], answers=new[head.answers])
    assert difference(metric, head, same).same_answers


def test_a_class_that_only_one_model_predicts_is_counted() -> None:
    metric = METRICS["matthews_corrcoef"]
    head, _ = responses_of(metric, 3)
    base = Responses(
        labels=(*head.labels, 9), truth=head.truth, answers=np.where(head.answers == 0, 3, 1)
    )
    seen = difference(metric, head, base)
    assert seen.value == pytest.approx(score(metric, head).value - score(metric, base).value)
    assert seen.interval is not None


@pytest.mark.parametrize("name", ["roc_auc_ovr", "average_precision", "log_loss", "ece"])
def test_probabilities_in_another_order_of_classes_are_the_same_answers(name: str) -> None:
    head, _ = responses_of(METRICS[name], 3)
    order = [1, 2, 0]
    turned = Responses(
        labels=(1, 2, 0), truth=np.array([2, 0, 1])[head.truth], answers=head.answers[:, order]
    )
    assert difference(METRICS[name], head, turned).same_answers
