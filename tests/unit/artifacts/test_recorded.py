"""Versions of libraries are read from files of every format, and nothing else is taken for one."""

import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mlgate.artifacts.safety.imports import Policy
from mlgate.artifacts.safety.interface import MAX_RECORDED, Scan
from mlgate.artifacts.safety.scan import scan
from tests.corpus.aged import aged
from tests.corpus.hostile import dumped

Look = Callable[[bytes], Scan]
FITTED = make_pipeline(StandardScaler(), LogisticRegression()).fit(np.eye(4), [0, 1, 0, 1])
HERE = ("scikit-learn", sklearn.__version__, "same")


@pytest.fixture
def look(tmp_path: Path) -> Look:
    def look(content: bytes) -> Scan:
        (tmp_path / "model").write_bytes(content)
        return scan(tmp_path / "model", Policy())

    return look


def told(seen: Scan) -> set[tuple[str, str, str]]:
    assert seen.safe, seen
    return {(one.library, one.version, one.rule) for one in seen.recorded}


@pytest.mark.parametrize(
    "content",
    [
        dumped(FITTED),
        dumped(FITTED, compress=3),
        dumped(FITTED, compress=("xz", 1)),
        *(pickle.dumps(FITTED, protocol) for protocol in range(6)),
    ],
)
def test_scikit_learn_is_told_from_joblib_and_pickle_files(look: Look, content: bytes) -> None:
    assert HERE in told(look(content))


def test_every_version_in_a_file_is_told(look: Look) -> None:
    versions = told(look(aged(LogisticRegression(), "1.5.2") + pickle.dumps(FITTED)))
    assert {("scikit-learn", "1.5.2", "same"), HERE} <= versions


def test_the_core_of_numpy_2_is_told(look: Look) -> None:
    assert told(look(pickle.dumps(np.float64(1)))) == {("numpy", "1.26", "at least")}
    older = pickle.dumps(np.float64(1), 2).replace(b"numpy._core.", b"numpy.core.")
    assert told(look(older)) == set()


def test_random_numbers_of_numpy_2_need_it(look: Look) -> None:
    state = pickle.dumps(LogisticRegression(random_state=np.random.RandomState(1)))
    assert ("numpy", "2", "at least") in told(look(state))


UBJ = (
    b"{L\0\0\0\0\0\0\0\x07learner{L\0\0\0\0\0\0\0\x01i" + b"x" * 200 + b"}"
    b"L\0\0\0\0\0\0\0\x07version[#L\0\0\0\0\0\0\0\3i\3U\xc8l\0\0\0\x07}"
)


def test_xgboost_is_told_from_its_own_files(look: Look) -> None:
    text = b'{"learner": {"a": "' + b"x" * 3_000_000 + b'"}, "version": [2, 1, 4]}'
    assert told(look(text)) == {("xgboost", "2.1.4", "not older")}
    assert told(look(UBJ)) == {("xgboost", "3.200.7", "not older")}
    first = b'{"version": [2, 1, 4], "learner": {"a": "' + b"x" * 3000 + b'"}}'
    assert told(look(first)) == {("xgboost", "2.1.4", "not older")}


@pytest.mark.parametrize("protocol", [3, 5])
def test_a_pickled_booster_must_be_read_by_its_own_version(look: Look, protocol: int) -> None:
    content = pickle.dumps({"handle": bytearray(UBJ), "rest": 1}, protocol)
    assert told(look(content)) == {("xgboost", "3.200.7", "same")}
    text = b'{"Config": "' + b"x" * 300 + b'", "version":[1,7,6]}}'
    assert told(look(pickle.dumps(text, protocol))) == {("xgboost", "1.7.6", "same")}


def test_lightgbm_tells_its_format_only(look: Look) -> None:
    text = "tree\nversion=v4\nnum_class=1\n" + "a=1\n" * 2000
    assert told(look(text.encode())) == {("lightgbm", "4", "not older")}
    assert told(look(pickle.dumps({"handle": text}))) == {("lightgbm", "4", "not older")}
    assert told(look(text.replace("v4", "v9").encode())) == set()


def onnx(ir: int, *opsets: bytes, graph: int = 70_000) -> bytes:
    size = bytes([graph & 0x7F | 0x80, graph >> 7 & 0x7F | 0x80, graph >> 14])
    imports = b"".join(b"\x42" + bytes([len(one)]) + one for one in opsets)
    head = bytes([8, ir]) + b"\x12\x08skl2onnx\x1a\x061.20.0"
    return head + b"\x3a" + size + b"g" * graph + imports


def test_onnx_tells_the_runtime_that_it_needs_and_who_made_it(look: Look) -> None:
    seen = told(look(onnx(10, b"\x0a\x0aai.onnx.ml\x10\x03", b"\x0a\0\x10\x16")))
    assert seen == {
        ("onnxruntime", "1.18", "at least"),
        ("onnxruntime", "1.21", "at least"),
        ("skl2onnx", "1.20.0", "shown"),
    }
    assert ("onnxruntime", "1.24", "at least") in told(look(onnx(8, b"\x10\x19")))


def test_a_newer_onnx_than_is_known_tells_nothing_of_the_runtime(look: Look) -> None:
    assert told(look(onnx(15, b"\x10\x70"))) == {("skl2onnx", "1.20.0", "shown")}


def test_a_cut_off_onnx_file_tells_what_it_has(look: Look) -> None:
    assert told(look(onnx(8)[:-10])) == {("onnxruntime", "1.9", "at least")}


def test_skops_tells_itself_and_scikit_learn(look: Look) -> None:
    state = {"_sklearn_version": {"__loader__": "JsonNode", "content": '"1.5.2"'}}
    schema = {
        "__class__": "LogisticRegression",
        "__module__": "sklearn.linear_model._logistic",
        "__loader__": "ObjectNode",
        "content": {"__loader__": "DictNode", "content": state},
        "_skops_version": "0.16.0",
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("schema.json", json.dumps(schema))
    assert told(look(packed.getvalue())) == {
        ("scikit-learn", "1.5.2", "same"),
        ("skops", "0.16.0", "not older"),
    }


def test_an_mlflow_folder_tells_what_mlflow_wrote(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "MLmodel").write_text(
        "flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n"
        "    python_version: 3.11.7\n  sklearn:\n    sklearn_version: '1.5.2'\n"
        "mlflow_version: 3.17.2\n"
    )
    (folder / "python_env.yaml").write_text("python: 3.11.7\ndependencies:\n- x\n")
    (folder / "requirements.txt").write_text("pandas==3.1.1\nxgboost==3.2.0\n-r more\n")
    (folder / "model.pkl").write_bytes(pickle.dumps(FITTED))
    assert told(scan(folder, Policy())) >= {
        ("python", "3.11.7", "same"),
        ("scikit-learn", "1.5.2", "same"),
        HERE,
        ("mlflow", "3.17.2", "not older"),
        ("xgboost", "3.2.0", "not older"),
    }


@pytest.mark.parametrize("version", ["<b>", "", "1" * 40, "1.0\n@you", 3, None])
def test_what_is_no_version_is_not_told(look: Look, version: object) -> None:
    class Model:
        def __reduce__(self) -> tuple[object, ...]:
            return object, (), {"_sklearn_version": version}

    assert told(look(pickle.dumps(Model()))) == set()


def test_a_file_with_a_thousand_versions_keeps_some(look: Look) -> None:
    class Model:
        def __init__(self, version: int) -> None:
            self.version = version

        def __reduce__(self) -> tuple[object, ...]:
            return LogisticRegression, (), {"_sklearn_version": f"1.{self.version}"}

    assert len(told(look(pickle.dumps([*map(Model, range(1000))])))) == MAX_RECORDED
