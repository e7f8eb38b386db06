"""When versions differ, and what is said of it."""

from collections.abc import Mapping

import pytest

from mlgate.artifacts.safety.interface import Recorded, Rule
from mlgate.artifacts.versions import Preflight, compare


def beside(installed: Mapping[str, str], *recorded: tuple[str, str, Rule]) -> Preflight:
    return compare(
        [Recorded(library=library, version=version, rule=rule)
         for library, version, rule in recorded],
        lambda names: {name: installed[name] for name in names if name in installed},
    )  # fmt: skip


def test_another_minor_version_differs_and_the_pin_is_told() -> None:
    seen = beside({"scikit-learn": "1.9.1"}, ("scikit-learn", "1.5.2", "same"))
    assert seen.differences == ("trained on scikit-learn 1.5.2, this environment has 1.9.1",)
    assert seen.remedy == (
        "name a file with `scikit-learn==1.5.2` as the `requirements` of the model, or train it "
        "again"
    )


def test_an_equal_version_agrees() -> None:
    seen = beside({"scikit-learn": "1.9.1"}, ("scikit-learn", "1.9.1", "same"))
    assert (seen.differences, seen.agreements) == ((), ("scikit-learn 1.9.1",))


def test_another_patch_agrees_and_is_told() -> None:
    seen = beside({"scikit-learn": "1.9.1"}, ("scikit-learn", "1.9.0", "same"))
    assert (seen.differences, seen.agreements) == ((), ("scikit-learn 1.9.0 (1.9.1 here)",))


def test_all_versions_of_one_library_are_told_and_no_pin_settles_them() -> None:
    seen = beside(
        {"scikit-learn": "1.9.1"},
        ("scikit-learn", "1.5.2", "same"),
        ("scikit-learn", "1.6.1", "same"),
        ("scikit-learn", "1.9.1", "same"),
    )
    assert seen.sentence == "trained on scikit-learn 1.5.2 and 1.6.1, this environment has 1.9.1"
    assert seen.remedy == "train it again"


@pytest.mark.parametrize(
    ("there", "differs"), [("3.1.9", True), ("3.2.0", False), ("3.2.1", False), ("4.0", False)]
)
def test_what_promises_to_read_older_files_may_be_newer(there: str, differs: bool) -> None:
    seen = beside({"xgboost": there}, ("xgboost", "3.2.1", "not older"))
    assert bool(seen.differences) == differs


def test_a_library_under_another_name_is_found() -> None:
    assert beside({"xgboost-cpu": "3.2.1"}, ("xgboost", "3.2.1", "same")).differences == ()
    assert beside({"mlflow-skinny": "3.2.1"}, ("mlflow", "3.2", "not older")).differences == ()


def test_a_library_that_is_missing_differs() -> None:
    seen = beside({}, ("xgboost", "3.2.1", "not older"))
    assert seen.differences == ("trained on xgboost 3.2.1, this environment has none",)
    assert "`xgboost>=3.2.1`" in seen.remedy


def test_the_most_demanding_of_what_a_file_needs_decides() -> None:
    needs: list[tuple[str, str, Rule]] = [
        ("onnxruntime", "1.9", "at least"),
        ("onnxruntime", "1.18", "at least"),
    ]
    assert beside({"onnxruntime": "1.17.3"}, *needs).differences == (
        "its file needs onnxruntime 1.18 or newer, this environment has 1.17.3",
    )
    assert beside({"onnxruntime": "1.20"}, *needs).agreements == (
        "onnxruntime 1.20 (needs 1.18 or newer)",
    )


def test_another_python_is_settled_by_python() -> None:
    seen = beside({"python": "3.12.3"}, ("python", "3.11.7", "same"))
    assert seen.sentence == "trained on Python 3.11.7, this environment has 3.12.3"
    assert seen.remedy == "give the model `python: '3.11'`, or train it again"


def test_what_writes_models_of_others_has_not_trained_them() -> None:
    seen = beside(
        {"skops": "0.11.0"}, ("skops", "0.16.0", "not older"), ("scikit-learn", "1.9.1", "same")
    )
    assert seen.sentence == (
        "trained on scikit-learn 1.9.1, this environment has none; "
        "saved by skops 0.16.0, this environment has 0.11.0"
    )
    assert "`scikit-learn==1.9.1`, `skops>=0.16.0`" in seen.remedy


def test_who_made_a_file_is_shown_and_compared_with_nothing() -> None:
    seen = compare([Recorded(library="skl2onnx", version="1.20.0", rule="shown")], _never)
    assert (seen.differences, seen.agreements) == ((), ())
    assert [one.library for one in seen.recorded] == ["skl2onnx"]


def _never(names: object) -> Mapping[str, str]:
    raise AssertionError(names)


@pytest.mark.parametrize("version", ["1.9.dev0", "1.9rc1", "1.9.post2", "1.9+local"])
def test_versions_that_are_no_releases_are_compared_by_their_numbers(version: str) -> None:
    assert beside({"scikit-learn": "1.9.1"}, ("scikit-learn", version, "same")).differences == ()
    assert beside({"scikit-learn": version}, ("scikit-learn", "1.8.0", "same")).differences


def test_what_settles_bases_model_belongs_on_the_base_branch() -> None:
    seen = compare(
        [Recorded(library="scikit-learn", version="1.5.2", rule="same")],
        lambda _: {"scikit-learn": "1.9.1"},
        "base",
    )
    assert "as the `requirements` of the model on the base branch, or" in seen.remedy
