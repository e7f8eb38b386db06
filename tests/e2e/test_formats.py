"""One gate for models in every format, each in an environment of its own requirements."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_classification

from mlgate.sandbox.environment import interpreter

pytestmark = pytest.mark.e2e

REQUIREMENTS = """\
scikit-learn==1.9.1
pandas==3.1.1
skops==0.16.0
onnxruntime==1.32.0
skl2onnx==1.20.0
xgboost-cpu==3.2.0
lightgbm==4.7.0
catboost==1.2.10
mlflow-skinny==3.17.2
"""
CODE = """
import joblib
import numpy as np
from pathlib import Path

inner = joblib.load(Path(__file__).with_name("model.joblib"))


def probability(rows):
    return inner.predict_proba(rows)


class Wrapped:
    classes_ = ["no", "yes"]

    def predict(self, rows):
        return inner.predict(rows)


wrapped = Wrapped()
"""
CLASSES = ["no", "yes"]
FILES: dict[str, object] = {
    "joblib": "model.joblib",
    "compressed": "model.joblib.gz",
    "skops": "model.skops",
    "mlflow": "model.mlflow",
    "onnx": "model.onnx",
    "onnx-tensor": {"path": "plain.onnx", "classes": CLASSES},
    "xgboost": {"path": "model.ubj", "classes": CLASSES},
    "xgboost-json": {"path": "model.json", "classes": CLASSES},
    "lightgbm": {"path": "model.txt", "classes": CLASSES},
    "catboost": "model.cbm",
    "predictions": "answers.csv",
    "predictions-in-order": "answers.parquet",
    "function": {"path": "scoring:probability", "classes": CLASSES},
    "object": "scoring:wrapped",
}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data, models in every format, and the environment that they were trained in."""
    folder = tmp_path_factory.mktemp("formats")
    folder.chmod(0o755)
    values, codes = make_classification(900, 5, n_clusters_per_class=1, flip_y=0.02, random_state=1)
    rows = pd.DataFrame(values.astype("float32"), columns=[f"x{i}" for i in range(5)])
    rows = rows.assign(id=np.arange(900), label=np.where(codes == 1, "yes", "no"))
    rows[:500].to_csv(folder / "train.csv", index=False)
    rows[500:].to_csv(folder / "test.csv", index=False)
    (folder / "requirements.txt").write_text(REQUIREMENTS)
    (folder / "scoring.py").write_text(CODE)
    python = interpreter(folder / "requirements.txt", cache())
    script = Path(__file__).with_name("formats_train.py")
    subprocess.run([*python, str(script), str(folder)], check=True, capture_output=True)
    return folder


def cache() -> Path:
    return Path.home() / ".cache" / "mlgate-tests"


def write(repository: Path, models: dict[str, object]) -> None:
    entries = {
        name: ({"path": spec} if isinstance(spec, str) else cast("dict[str, object]", spec))
        | {"requirements": "requirements.txt"}
        for name, spec in models.items()
    }
    checks = [
        {
            "type": "metrics",
            "id": name,
            "model": name,
            "data": "test",
            "metrics": {"accuracy": {"min": 0.85}}
            | ({} if name == "object" else {"roc_auc": {"min": 0.85}}),
        }
        for name in models
    ]
    data = {"test": {"path": "test.csv", "target": "label", "positive": "yes", "ids": ["id"]}}
    config = {"version": 1, "data": data, "models": entries, "checks": checks}
    (repository / "mlgate.yml").write_text(json.dumps(config))


def run(repository: Path) -> dict[str, dict[str, object]]:
    subprocess.run(
        [sys.executable, "-m", "mlgate", "run", "-C", str(repository)],
        env=os.environ | {"MLGATE_CACHE": str(cache())},
        capture_output=True,
        check=False,
    )
    result = json.loads((repository / ".mlgate" / "result.json").read_text())
    return {check["id"]: check for check in result["checks"]}


def test_one_configuration_passes_for_a_model_in_every_format(repository: Path) -> None:
    write(repository, FILES)
    checks = run(repository)
    assert checks.keys() == FILES.keys()
    wrong = {name: c["reason"] or c["findings"] for name, c in checks.items()
             if c["outcome"] != "passed"}  # fmt: skip
    assert not wrong
    same = {
        name: [finding["observed"] for finding in checks[name]["findings"]]  # type: ignore[attr-defined]
        for name in ("joblib", "compressed", "skops", "mlflow", "predictions", "function")
    }
    for name, observed in same.items():
        assert observed == pytest.approx(same["joblib"]), name
    assert {check["rows"] for check in checks.values()} == {400}


class Service(BaseHTTPRequestHandler):
    """Answers with the probability of the second class."""

    def do_POST(self) -> None:
        size = int(self.headers["Content-Length"])
        split = json.loads(self.rfile.read(size))["dataframe_split"]
        first = split["columns"].index("x0")
        answers = [1 / (1 + np.exp(-row[first])) for row in split["data"]]
        body = json.dumps({"predictions": answers}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def service() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Service) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/invocations"
        server.shutdown()


def test_a_service_is_a_model(repository: Path, service: str) -> None:
    write(repository, {"endpoint": {"path": service, "classes": CLASSES, "network": True}})
    (check,) = run(repository).values()
    assert check["outcome"] in {"passed", "failed"}, check
    assert check["rows"] == 400


def test_a_service_that_is_gone_is_errored(repository: Path) -> None:
    gone = {"path": "http://127.0.0.1:9/x", "classes": CLASSES, "network": True}
    write(repository, {"endpoint": gone})
    (check,) = run(repository).values()
    assert check["outcome"] == "errored"
    assert "refused" in str(check)
