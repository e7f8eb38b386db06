"""What an environment has is told without running anything of it."""

import platform
import sys
from pathlib import Path

import sklearn

from mlgate.sandbox.installed import installed


def test_mlgates_own_versions_are_told() -> None:
    found = installed([sys.executable], ["scikit-learn", "python", "no-such-package"])
    assert found == {"scikit-learn": sklearn.__version__, "python": platform.python_version()}


def test_an_environments_versions_are_told_without_its_python(tmp_path: Path) -> None:
    site = tmp_path / "lib" / "python3.10" / "site-packages"
    for folder in ("scikit_learn-1.5.2.dist-info", "xgboost_cpu-3.2.0rc1.dist-info", "numpy"):
        (site / folder).mkdir(parents=True)
    (tmp_path / "pyvenv.cfg").write_text("home = /usr/bin\nversion_info = 3.10.4\n")
    python = tmp_path / "bin" / "python"  # there is none
    names = ["scikit-learn", "xgboost-cpu", "numpy", "python"]
    assert installed([str(python)], names) == {
        "python": "3.10.4",
        "scikit-learn": "1.5.2",
        "xgboost-cpu": "3.2.0rc1",
    }
