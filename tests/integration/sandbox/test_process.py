"""Real models in real processes: sound ones give the same answers, hostile ones are named."""

import contextlib
import datetime as dt
import os
import pickle
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from mlgate.config.model import ModelSpec
from mlgate.errors import ModelFailed
from mlgate.sandbox import confine
from mlgate.sandbox.process import ModelProcess

Start = Callable[..., ModelProcess]

TWO = pd.DataFrame({"x": [1.0, 2.0]})

needs_landlock = pytest.mark.skipif(
    confine.landlock_version() < confine.OLDEST_LANDLOCK, reason="the kernel has no Landlock"
)


def failure(model: ModelProcess, rows: pd.DataFrame = TWO) -> ModelFailed:
    with pytest.raises(ModelFailed) as caught:
        model.predict(rows)
    return caught.value


def asking_for(number: int) -> pd.DataFrame:
    """Two rows, to which the model `Answering` gives its answer of this number."""
    return pd.DataFrame({"x": [number, number]})


def load(file: Path, workspace: Path, **spec: float) -> ModelProcess:
    return ModelProcess.start(
        file=file,
        workspace=workspace,
        spec=ModelSpec.model_validate({"path": "m", "timeout": 60} | spec),
        python=[sys.executable],
        name="churn (head)",
    )


# Sound models


def test_a_pipeline_answers_as_in_this_process(workspace: Path) -> None:
    size = 300
    random = np.random.default_rng(7)
    rows = pd.DataFrame(
        {
            "age": np.where(random.random(size) < 0.2, np.nan, random.integers(18, 90, size)),
            "city": random.choice(["Oslo", "Paris", "São Paulo"], size),
            "active": random.random(size) < 0.5,
        }
    )
    labels = np.where(rows["active"] & (rows["age"] > 40), "stays", "leaves")
    pipeline = make_pipeline(
        make_column_transformer(
            (OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["city"]),
            remainder="passthrough",
        ),
        HistGradientBoostingClassifier(max_iter=10),
    ).fit(rows, labels)
    joblib.dump(pipeline, workspace / "m.joblib", compress=3)
    with load(workspace / "m.joblib", workspace, memory=1024) as model:
        described = model.describe()
        assert described.kind == "sklearn.pipeline.Pipeline"
        assert described.features == ("age", "city", "active")
        assert described.classes == ("leaves", "stays")
        assert described.probabilities
        assert (model.predict(rows) == pipeline.predict(rows)).all()
        assert (model.predict_proba(rows) == pipeline.predict_proba(rows)).all()


KINDS: dict[str, pd.Series] = {
    "floats": pd.Series([1.5, float("nan"), float("inf")]),
    "integers": pd.Series([1, -2, 2**62]),
    "small integers": pd.Series([1, 2, 3], dtype="uint8"),
    "booleans": pd.Series([True, False, True]),
    "text": pd.Series(["a", "", "ünïcødé 🎈"]),
    "text with NaN": pd.Series(["a", float("nan"), "b"]),
    "text as objects": pd.Series(["a", "b", "c"], dtype=object),
    "objects with NaN": pd.Series(["a", float("nan"), "b"], dtype=object),
    "objects with None": pd.Series(["a", None, "b"], dtype=object),
    "nullable integers": pd.Series([1, None, 3], dtype="Int64"),
    "nullable booleans": pd.Series([True, None, False], dtype="boolean"),
    "times": pd.Series(pd.to_datetime(["2024-02-29T12:00:00.5", "", "1969-07-20T00:00:00.0"])),
    "times of a zone": pd.Series(pd.to_datetime(["2024-06-01", "2024-12-01", ""])).dt.tz_localize(
        "Europe/Oslo"
    ),
    "durations": pd.Series(pd.to_timedelta(["1 day", None, "3 s"])),
    "dates": pd.Series([dt.date(2024, 1, 1), dt.date(1999, 12, 31), None], dtype=object),
    "categories": pd.Series(["lo", None, "hi"], dtype=pd.CategoricalDtype(["lo", "mid", "hi"])),
}


def test_values_of_every_kind_survive_the_trip(start: Start, shop: ModuleType) -> None:
    model = start(shop.Echo())
    for name, column in KINDS.items():
        rows = pd.DataFrame({"a column": column, "": range(3)})
        rows.index = pd.Index([5, 6, 5])
        assert list(model.predict(rows)) == shop.Echo().predict(rows), name


def test_categories_keep_their_order_and_those_that_no_row_has(
    start: Start, shop: ModuleType
) -> None:
    kind = pd.CategoricalDtype(["lo", "mid", "hi"], ordered=True)
    answer = start(shop.Categories()).predict(pd.DataFrame({"x": pd.Series(["hi"], dtype=kind)}))
    assert list(answer) == ["['lo', 'mid', 'hi'] True"]


texts = st.text(st.characters(codec="utf-8"), max_size=20)


def test_any_text_and_number_survives_the_trip(start: Start, shop: ModuleType) -> None:
    model = start(shop.Echo())

    @settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        rows=st.lists(
            st.tuples(st.floats(), texts | st.none() | st.just(float("nan")), texts), min_size=1
        ),
        names=st.lists(texts, min_size=3, max_size=3, unique=True),
    )
    def survives(rows: list[tuple[Any, ...]], names: list[str]) -> None:
        frame = pd.DataFrame(rows, columns=names)
        assert list(model.predict(frame)) == shop.Echo().predict(frame)

    survives()


PREDICTIONS: list[Any] = [
    [1, 2],
    [True, False],
    ["yes", "no"],
    np.array(["yes", "no"], dtype=object),
    np.array([3, 2**63], dtype=np.uint64),
    np.array([1, 2], dtype=np.int8),
    np.array([0.5, float("nan")], dtype=np.float32),
    np.array([[1.0], [2.0]]),
    pd.Series(["b", "c"], index=[7, 7]),
    pd.Series([1, 2], dtype="Int64"),
]


def test_predictions_arrive_in_one_dimension(start: Start, shop: ModuleType) -> None:
    model = start(shop.Answering(PREDICTIONS))
    for number, answer in enumerate(PREDICTIONS):
        seen = model.predict(asking_for(number))
        assert seen.tolist() == pytest.approx(np.asarray(answer).ravel().tolist(), nan_ok=True)


def test_probabilities_arrive_with_a_column_a_class(start: Start, shop: ModuleType) -> None:
    chances = [[0.1, 0.2, 0.7], [float("nan"), 1.0, 0.0]]
    model = start(shop.Answering([chances], classes=np.array([3, 1, 2])))
    assert model.describe().classes == (3, 1, 2)
    assert np.array_equal(model.predict_proba(asking_for(0)), chances, equal_nan=True)


def test_a_model_may_print_whatever_it_likes(start: Start, shop: ModuleType) -> None:
    assert list(start(shop.Prints()).predict(TWO)) == [1.0, 2.0]


def test_a_model_has_no_input(start: Start, shop: ModuleType) -> None:
    assert list(start(shop.Reads()).predict(TWO)) == ["''", "''"]


def test_a_module_around_the_model_file_is_importable(workspace: Path, shop: ModuleType) -> None:
    below = workspace / "services" / "churn"
    (below / "src").mkdir(parents=True)
    (workspace / "shop.py").rename(below / "src" / "shop.py")
    shop.save(shop.Double(), below / "models" / "m.pkl")
    with load(below / "models" / "m.pkl", workspace) as model:
        assert list(model.predict(TWO)) == [2.0, 4.0]


def test_each_side_has_its_own_code(workspace: Path, shop: ModuleType, tmp_path: Path) -> None:
    base = tmp_path / "base"
    base.mkdir()
    (base / "shop.py").write_text((workspace / "shop.py").read_text().replace("* 2", "* 3"))
    for root in (workspace, base):
        shop.save(shop.Double(), root / "m.pkl")
    with load(workspace / "m.pkl", workspace) as head, load(base / "m.pkl", base) as old:
        assert list(head.predict(TWO)) == [2.0, 4.0]
        assert list(old.predict(TWO)) == [3.0, 6.0]


# Models that fail


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "Raises",
            ["raised ValueError", "no 2 rows today second line [31m", "shop.py:", "in predict"],
        ),
        ("CannotSayWhy", ["Silent", "its message cannot be read"]),
        ("Exits", ["raised SystemExit", "enough"]),
        ("Leaves", ["ended its own process (exit status 0)", "last words"]),
        ("LeavesAChild", ["ended its own process (exit status 0)"]),
        ("Crashes", ["crashed (SIGSEGV)"]),
        ("Kills", ["was killed (SIGKILL)"]),
        ("HangsUp", ["closed its connection"]),
        ("Floods", ["announced an answer of 1,152,921,504,606,846,976 bytes"]),
        ("Babbles", ["no JSON"]),
        ("AnswersAnother", ["another question"]),
        ("Lies", ["answered with no array"]),
    ],
)
def test_a_failure_is_named(start: Start, shop: ModuleType, name: str, words: list[str]) -> None:
    error = failure(start(getattr(shop, name)()))
    assert "the model churn (head)" in error.what
    for word in words:
        assert word in error.what
    assert error.cause
    assert error.remedy
    assert error.what.isprintable()


def test_a_model_that_hangs_is_stopped(start: Start, shop: ModuleType) -> None:
    error = failure(start(shop.Sleeps(), timeout=8))
    assert "computing predict of 2 rows took longer than 8 seconds" in error.what


def test_the_setting_to_change_is_named_when_time_runs_out(workspace: Path) -> None:
    file = workspace / "m.pkl"
    file.write_bytes(b"ctime\nsleep\n(I600\ntR.")
    with pytest.raises(ModelFailed, match="loading took longer than 1 seconds") as caught:
        load(file, workspace, timeout=1)
    assert "models: {churn: {timeout: 2}}" in caught.value.remedy


def test_a_model_that_takes_more_memory_than_allowed_is_told_so(
    start: Start, shop: ModuleType
) -> None:
    model = start(shop.TakesMemory(), memory=512)
    error = failure(model)
    assert "MemoryError" in error.what
    assert "512 MiB" in error.cause
    assert "models: {churn: {memory: 1024}}" in error.remedy


def test_a_model_that_raised_can_be_asked_again(start: Start, shop: ModuleType) -> None:
    model = start(shop.RaisesOnce())
    failure(model)
    assert list(model.predict(TWO)) == [1.0, 2.0]


def test_a_model_that_is_gone_says_why_again(start: Start, shop: ModuleType) -> None:
    model = start(shop.Leaves())
    first = failure(model)
    assert failure(model) is first
    with pytest.raises(ModelFailed, match="exit status 0"):
        model.describe()


REFUSED: list[tuple[Any, str]] = [
    ([[1, 2], [3, 4]], "shape (2, 2)"),
    (7, "shape ()"),
    (None, "shape ()"),
    (["yes", None], "no answer for 1 of 2 rows"),
    (np.array(["yes", 1], dtype=object), "mix types"),
    ([{"a": 1}, {}], "of type struct"),
    (np.array(["2024-01-01", "2024-01-02"], dtype="M8[ns]"), "of type datetime64"),
    ([1 + 2j, 3j], "of type complex"),
]


def test_an_answer_that_is_none_is_refused(start: Start, shop: ModuleType) -> None:
    model = start(shop.Answering([answer for answer, _ in REFUSED]))
    for number, (_, words) in enumerate(REFUSED):
        assert words in failure(model, asking_for(number)).what


@pytest.mark.parametrize("answer", [[1], [1, 2, 3], []], ids=repr)
def test_more_or_fewer_answers_than_rows_are_refused(
    start: Start, shop: ModuleType, answer: list[int]
) -> None:
    error = failure(start(shop.Answering([answer])), asking_for(0))
    assert f"an array of shape ({len(answer)},)" in error.what


@pytest.mark.parametrize(
    "answer", [[0.5, 0.5], [[1.0], [1.0]], [[0.2, 0.3, 0.5]] * 2, [[0.5, 0.5]]], ids=repr
)
def test_probabilities_of_another_shape_are_refused(
    start: Start, shop: ModuleType, answer: Any
) -> None:
    model = start(shop.Answering([answer], classes=[0, 1]))
    with pytest.raises(ModelFailed, match="shape"):
        model.predict_proba(asking_for(0))


def test_rows_that_cannot_be_handed_over_are_named(start: Start, shop: ModuleType) -> None:
    model = start(shop.Double())
    mixed = failure(model, pd.DataFrame({"x": ["a", 1]}))
    assert "cannot be handed to the model churn (head)" in mixed.what
    assert list(model.predict(TWO)) == [2.0, 4.0]


# Files that hold no model


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "EOFError"),
        (b"not a model at all", "while loading"),
        (b"\x80\x04\x95\xff\x00\x00", "while loading"),
        (pickle.dumps({"model": 1}), "it holds a dict, which has no method `predict`"),
        (b"cshop\nNotAModel\n)\x81.", "shop.NotAModel, which has no method `predict`"),
        (b"cos\n_exit\n(I0\ntR.", "ended its own process (exit status 0) while loading"),
    ],
    ids=["empty", "text", "truncated", "a dict", "another class", "a trap"],
)
def test_a_file_that_is_no_model_is_named(workspace: Path, content: bytes, words: str) -> None:
    file = workspace / "m.joblib"
    file.write_bytes(content)
    with pytest.raises(ModelFailed) as caught:
        load(file, workspace)
    assert words in caught.value.what


def test_a_truncated_joblib_file_is_no_model(workspace: Path) -> None:
    file = workspace / "m.joblib"
    joblib.dump(np.ones(10_000), file)
    file.write_bytes(file.read_bytes()[:5000])
    with pytest.raises(ModelFailed, match="while loading") as caught:
        load(file, workspace)
    assert "truncated" in caught.value.cause


def test_a_missing_module_is_named(workspace: Path) -> None:
    file = workspace / "m.pkl"
    file.write_bytes(b"cacme_features.text\nCleaner\n)\x81.")
    with pytest.raises(ModelFailed) as caught:
        load(file, workspace)
    assert "acme_features" in caught.value.cause
    assert "requirements" in caught.value.remedy
    assert "acme_features.py" in caught.value.remedy


def test_a_class_of_the_training_script_is_explained(workspace: Path) -> None:
    file = workspace / "m.pkl"
    file.write_bytes(b"c__main__\nCleaner\n)\x81.")
    with pytest.raises(ModelFailed) as caught:
        load(file, workspace)
    assert "training script" in caught.value.cause


# What a model can reach


SECRET = "canary-5up3r-s3cr3t"

LOOK_AND_TELL = """
import sys
from pathlib import Path
import pandas as pd
from mlgate.config.model import ModelSpec
from mlgate.sandbox.process import ModelProcess

file, *paths = sys.argv[1:]
root = Path(file).parent
spec = ModelSpec(path="m", timeout=60)
with ModelProcess.start(
    file=Path(file), workspace=root, spec=spec, python=[sys.executable], name="churn"
) as model:
    print("\\n".join(model.predict(pd.DataFrame({"path": paths}))))
"""


def test_a_model_finds_no_secret(
    workspace: Path, shop: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither in its environment, nor in that of its parent or of its parent's parent."""
    file = workspace / "m.pkl"
    shop.save(shop.Looks([]), file)
    monkeypatch.setenv("MLGATE_TEST_SECRET", SECRET)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(workspace / "account.json"))
    (workspace / "account.json").write_text(SECRET)
    (workspace / ".git" / "config").write_text(SECRET)
    paths = ["environment", "/proc/{parent}/environ", f"/proc/{os.getpid()}/environ"]
    if confine.landlock_version() >= confine.OLDEST_LANDLOCK:
        paths += [str(workspace / ".git" / "config"), str(workspace / "account.json")]
    told = subprocess.run(
        [sys.executable, "-c", LOOK_AND_TELL, str(file), *paths],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "refused" in told.stdout, told.stderr
    assert "HOME" in told.stdout
    assert SECRET not in told.stdout
    assert "MLGATE_TEST_SECRET" not in told.stdout
    assert "AWS_" not in told.stdout
    assert "GOOGLE_" not in told.stdout


@needs_landlock
def test_a_model_can_write_only_to_folders_of_its_own(
    start: Start, shop: ModuleType, workspace: Path, tmp_path: Path
) -> None:
    outside = [str(workspace / "shop.py"), str(workspace / "new"), str(tmp_path / "GITHUB_ENV")]
    own = ["~/cache", "/dev/null"]
    answers = start(shop.Writes()).predict(pd.DataFrame({"path": outside + own}))
    assert list(answers) == ["refused: Permission denied"] * 3 + ["written"] * 2
    assert not (workspace / "new").exists()
    assert (workspace / "shop.py").read_text() == Path(shop.__file__ or "").read_text()


@needs_landlock
@pytest.mark.skipif(confine.landlock_version() < 6, reason="this Landlock has no scopes")
def test_a_model_cannot_end_its_parent(start: Start, shop: ModuleType) -> None:
    assert "PermissionError" in failure(start(shop.KillsItsParent())).what


def test_what_a_model_started_ends_with_it(start: Start, shop: ModuleType) -> None:
    model = start(shop.HasAChild())
    child = int(model.predict(TWO)[0])
    assert is_running(child)
    model.close()
    for _ in range(100):
        if not is_running(child):
            return
        time.sleep(0.05)
    pytest.fail("the model's child still runs")


def test_nothing_of_a_model_is_left_behind(
    start: Start, shop: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr("tempfile.tempdir", None)
    (tmp_path / "temporary").mkdir()
    model = start(shop.Writes())
    model.predict(pd.DataFrame({"path": ["~/cache"]}))
    assert list((tmp_path / "temporary").iterdir())
    model.close()
    assert not list((tmp_path / "temporary").iterdir())
    assert "closed" in failure(model).what


def test_a_model_runs_as_another_user_where_mlgate_is_root(
    shop: ModuleType, python_for_all: tuple[str, ...], folder_for_all: Path
) -> None:
    shutil.copy(shop.__file__ or "", folder_for_all / "shop.py")
    shop.save(shop.Who(), folder_for_all / "m.pkl")
    with ModelProcess.start(
        file=folder_for_all / "m.pkl",
        workspace=folder_for_all,
        spec=ModelSpec(path="m.pkl", timeout=60),
        python=python_for_all,
        name="churn",
    ) as model:
        assert "as another user (" in model.isolation
        assert 0 not in model.predict(TWO)


def test_the_report_says_why_a_model_ran_as_mlgates_own_user(
    start: Start, shop: ModuleType, workspace: Path
) -> None:
    workspace.chmod(0o700)
    told = start(shop.Double()).isolation
    assert "as mlgate's own user, because" in told
    assert told.endswith(".")


def is_running(process: int) -> bool:
    """Whether a process runs; one that ended and was not yet waited for does not."""
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


# The network


@pytest.fixture
def service() -> Iterator[int]:
    """The port of a service that says 7 to whoever asks."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with contextlib.suppress(OSError):  # the test is over
                while True:
                    with server.accept()[0] as asked:
                        asked.send(b"7")

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


@pytest.mark.skipif(
    not confine.calls_can_be_filtered(), reason="the kernel filters no system calls"
)
def test_a_model_reaches_no_service_unless_it_may(
    start: Start, shop: ModuleType, service: int
) -> None:
    model = start(shop.Connects(service))
    assert "their network was cut" in model.isolation
    error = failure(model)
    assert "raised PermissionError" in error.what
    assert error.remedy is not None
    assert "`models: {churn: {network: true}}`" in error.remedy
    with_network = start(shop.Connects(service), network=True)
    assert "their network was not cut" in with_network.isolation
    assert list(with_network.predict(TWO)) == [7.0, 7.0]
