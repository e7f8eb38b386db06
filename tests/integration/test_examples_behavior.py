"""The behavioural tests of the examples pass on their models, and find a flaw in each."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@dataclass(frozen=True, kw_only=True)
class Flaw:
    """A change of an example's train.py, after which its model is trained anew."""

    example: str
    config: str
    replaced: tuple[tuple[str, str], ...]
    found_by: str
    """Id of the finding that must fail."""


FLAWS = (
    Flaw(  # the id is a text of digits, and its digits tell when a patient came
        example="breast-cancer",
        config="patient_id",
        replaced=(
            ("if column not in (TARGET, *IDS)]", "if column != TARGET]"),
            (
                "        StandardScaler(),\n",
                (
                    "        make_column_transformer(\n"
                    "            (TfidfVectorizer(analyzer='char', ngram_range=(1, 3)), IDS[0]),\n"
                    "            remainder=StandardScaler(),\n"
                    "        ),\n"
                ),
            ),
            (
                "import joblib\n",
                (
                    "import joblib\nfrom sklearn.compose import make_column_transformer\n"
                    "from sklearn.feature_extraction.text import TfidfVectorizer\n"
                ),
            ),
        ),
        found_by="behavior/ignores-the-patient-s-id",
    ),
    Flaw(  # a slip of sign: the price falls with the area
        example="house-prices",
        config="lotsize",
        replaced=(
            (
                "model.fit(frame[FEATURES],",
                "model.fit(frame[FEATURES].assign(lotsize=20_000 - frame.lotsize),",
            ),
        ),
        found_by="behavior/a-larger-lot-is-never-worth-less",
    ),
    Flaw(  # the model learns who signed
        example="reviews",
        config="names",
        replaced=((", stop_words=NAMES", ""),),
        found_by="behavior/first-names-do-not-matter",
    ),
)


def behave(root: Path) -> dict[str, Any]:
    """The findings of the behavioural tests, in mlgate's own environment."""
    config = (root / "mlgate.yml").read_text().replace(", requirements: requirements.txt", "")
    (root / "mlgate.yml").write_text(config)
    command = [sys.executable, "-m", "mlgate", "run", "--only", "behavior"]
    subprocess.run(command, cwd=root, check=False, capture_output=True)
    result = json.loads((root / ".mlgate" / "result.json").read_text())
    return {f["id"]: f for check in result["checks"] for f in check["findings"]}


def copied(example: str, to: Path) -> Path:
    ignored = shutil.ignore_patterns(".mlgate", "__pycache__")
    return Path(shutil.copytree(EXAMPLES / example, to / example, ignore=ignored))


@pytest.mark.parametrize("flaw", FLAWS, ids=lambda flaw: flaw.example)
def test_a_sound_model_passes_and_a_planted_flaw_is_found(flaw: Flaw, tmp_path: Path) -> None:
    root = copied(flaw.example, tmp_path)
    sound = behave(root)
    assert len(sound) >= 8
    outcomes = [finding["outcome"] for finding in sound.values()]
    assert outcomes.count("passed") >= 8
    assert set(outcomes) <= {"passed", "skipped"}  # what the model does not see cannot matter
    code = (root / "train.py").read_text()
    for old, new in flaw.replaced:
        assert code.count(old) == 1
        code = code.replace(old, new)
    (root / "train.py").write_text(code)
    subprocess.run([sys.executable, "train.py"], cwd=root, check=True, capture_output=True)
    found = behave(root)[flaw.found_by]
    assert found["outcome"] == "failed"
    assert found["details"]["counterexamples"]


@pytest.mark.parametrize("example", ["house-prices", "reviews"])
def test_the_committed_model_is_the_one_that_train_makes(example: str, tmp_path: Path) -> None:
    import joblib
    import numpy as np
    import pandas as pd

    root = copied(example, tmp_path)
    (file,) = (root / "models").glob("*.joblib")
    file.unlink()
    subprocess.run([sys.executable, "train.py"], cwd=root, check=True, capture_output=True)
    rows = pd.read_csv(root / "data" / "test.csv")
    given = rows["text"] if example == "reviews" else rows
    old, new = (joblib.load(path) for path in (EXAMPLES / example / "models" / file.name, file))
    answer = "predict_proba" if example == "reviews" else "predict"
    np.testing.assert_allclose(getattr(new, answer)(given), getattr(old, answer)(given), rtol=1e-6)
