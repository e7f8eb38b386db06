"""With `privacy: no-examples` no cell of the data gets into a result or a report.

Every cell of text starts with one word, which is then looked for. The repository is broken in as
many ways as there are to show a cell.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from mlgate.cli import main

SECRET = "Xylophon"
CONFIG = """\
version: 1
{privacy}
data:
  train: {{path: train.csv, target: churned, ids: [customer], time: day, sensitive: [city]}}
  test: {{path: test.csv, target: churned, ids: [customer], time: day, sensitive: [city]}}
models:
  m: {{path: m.joblib, features: [city, note, age]}}
  raises: {{path: "shop:raises", classes: ["no", "yes"]}}
  prints: {{path: "shop:prints", classes: ["no", "yes"]}}
checks:
  - {{type: integrity, data: test, reference: train}}
  - {{type: leakage, train: train, test: test}}
  - {{type: drift, reference: train, current: test}}
  - type: expectations
    data: test
    suite: suite.json
  - type: metrics
    model: m
    data: test
    metrics:
      accuracy: {{min: 0.99, max_drop: 0.01}}
      log_loss: {{max_drop: 0.01}}
      "shop:profit": {{max_drop: 1, greater_is_better: true}}
      "shop:complains": {{min: 1}}
  - {{id: raising, type: metrics, model: raises, data: test, metrics: {{accuracy: {{min: 0.5}}}}}}
  - {{id: printing, type: metrics, model: prints, data: test, metrics: {{accuracy: {{min: 0.5}}}}}}
  - {{id: of-numbers, type: metrics, model: m, data: test, metrics: {{rmse: {{max: 1}}}}}}
  - {{type: fairness, model: m, data: test, limits: {{accuracy_difference: {{max_increase: 0.1}}}}}}
  - type: behavior
    model: m
    data: test
    tests:
      - {{name: ignores the city, kind: invariance, change: {{city: shuffle}}}}
      - {{name: known, kind: minimum_functionality, cases: cases.csv}}
      - {{name: odd, kind: minimum_functionality, cases: odd.csv}}
  - {{type: pytest, paths: [tests]}}
"""
SHOP = """
def profit(y_true, y_pred, rows):
    return rows.age[(y_true == "yes") & (y_pred == "yes")].sum() / 100


def complains(y_true, y_pred, rows):
    raise ValueError(f"bad row {rows.city[0]}")


def raises(rows):
    raise ValueError(f"cannot convert {rows.city[0]!r}")


def prints(rows):
    import os

    print(rows.head(), flush=True)
    os._exit(3)
"""
EXPECTATIONS: dict[str, dict[str, Any]] = {
    "expect_column_values_to_be_in_set": {"column": "city", "value_set": ["a"]},
    "expect_column_distinct_values_to_be_in_set": {"column": "city", "value_set": ["a"]},
    "expect_column_distinct_values_to_equal_set": {"column": "city", "value_set": ["a"]},
    "expect_column_values_to_match_regex": {"column": "note", "regex": "^a+$"},
    "expect_column_values_to_be_unique": {"column": "city"},
    "expect_column_most_common_value_to_be_in_set": {"column": "city", "value_set": ["a"]},
    "expect_column_max_to_be_between": {"column": "note", "max_value": "a"},
    "expect_column_pair_values_to_be_equal": {"column_A": "city", "column_B": "note"},
    "expect_compound_columns_to_be_unique": {"column_list": ["city", "churned"]},
    "expect_column_values_to_be_of_type": {"column": "city", "type_": "int"},
    "expect_column_mean_to_be_between": {"column": "city", "min_value": 1},
    "expect_column_values_to_be_between": {"column": "note", "min_value": 1},
}


def table(seed: int, cities: str, count: int = 400) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    city = random.choice(list(cities), count)
    age = random.integers(18, 90, count)
    frame = pd.DataFrame(
        {
            "customer": [f"{SECRET}-{n % 390}" for n in range(count)],
            "city": [f"{SECRET} {c}" for c in city],
            "note": [f"{SECRET} Ã¼{n % 3}" for n in range(count)],
            "same": SECRET,
            "texts": [str(n) for n in range(count - 1)] + [f"{SECRET} no number"],
            "age": age,
            "day": [f"2024-01-{1 + n % 28:02}" for n in range(count)],
        }
    )
    return frame.assign(churned=np.where((age > 50) ^ (frame.city.str[-1] == "c"), "yes", "no"))


def write(root: Path, model_of: pd.DataFrame, test: pd.DataFrame, privacy: str) -> None:
    encoded = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["city", "note"]), ("passthrough", ["age"])
    )
    model = make_pipeline(encoded, LogisticRegression(max_iter=1000))
    joblib.dump(model.fit(model_of[["city", "note", "age"]], model_of.churned), root / "m.joblib")
    table(1, "ab").to_csv(root / "train.csv", index=False)
    test.to_csv(root / "test.csv", index=False)
    cases = test.head(3)[["city", "note", "age"]]
    cases.assign(expected=["yes", "no", "yes"]).to_csv(root / "cases.csv", index=False)
    cases.assign(expected=SECRET).to_csv(root / "odd.csv", index=False)
    (root / "mlgate.yml").write_text(CONFIG.format(privacy=privacy))
    (root / "shop.py").write_text(SHOP)
    (root / "tests").mkdir(exist_ok=True)
    test_code = f"def test_it(): assert '{SECRET} ' + 'of a row' == 'b'\n"
    (root / "tests" / "test_it.py").write_text(test_code)
    suite = [{"type": kind, "kwargs": kwargs} for kind, kwargs in EXPECTATIONS.items()]
    (root / "suite.json").write_text(json.dumps({"name": "s", "expectations": suite}))


def git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    subprocess.run(["git", "-C", str(root), *identity, *arguments], check=True, capture_output=True)


def run(root: Path, privacy: str, capsys: pytest.CaptureFixture[str]) -> tuple[Any, list[str]]:
    """The result, and everything that was written of it."""
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    # Base's model knows what a city means, head's does not.
    known = table(3, "abc")
    write(root, known, table(2, "abc"), privacy)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "base")
    test = pd.concat([table(2, "abc"), table(1, "ab").head(30)], ignore_index=True)
    write(root, known.assign(city=SECRET), test, privacy)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "head")
    capsys.readouterr()
    main(["run", "-C", str(root)])
    shown = capsys.readouterr()
    reports = [file.read_text() for file in (root / ".mlgate").glob("*.*")]
    result = json.loads((root / ".mlgate" / "result.json").read_text())
    return result, [shown.out, shown.err, *reports]


def secrets(result: Any) -> dict[str, str]:
    """The findings that hold a cell, by their ids."""
    found = {}
    for check in result["checks"]:
        for finding in [check | {"findings": []}, *check["findings"]]:
            text = json.dumps(finding, ensure_ascii=False)
            if SECRET in text:
                found[finding["id"]] = text
    return found


def outcomes(result: Any) -> dict[str, str]:
    findings = [finding for check in result["checks"] for finding in check["findings"]]
    return {finding["id"]: finding["outcome"] for finding in findings}


def test_no_cell_is_shown_anywhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown, _ = run(tmp_path / "shown", "", capsys)
    telling = secrets(shown)
    checks = {check["id"] for check in shown["checks"]} - {"policy"}
    assert len(telling) >= 25, sorted(telling)  # the repository does show cells everywhere
    # A row that two tables share is told by its number, and labels are no secret.
    assert {name.partition("/")[0] for name in telling} >= checks - {"leakage", "of-numbers"}
    changed = (
        "changed since base: the model file m.joblib, the data test.csv; not changed: the data "
    )
    assert shown["changed"].startswith(changed)
    withheld, texts = run(tmp_path / "withheld", "privacy: no-examples", capsys)
    assert secrets(withheld) == {}
    assert [text for text in texts if SECRET in text] == []
    # What is not shown counts all the same. The ids of slices hold digests in place of values.
    assert sorted(outcomes(shown).values()) == sorted(outcomes(withheld).values())
    named, nameless = ({i for i in outcomes(r) if "/slice/" not in i} for r in (shown, withheld))
    assert named == nameless
