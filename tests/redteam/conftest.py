import os
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from uv import find_uv_bin

from tests.redteam.arena import ROOT


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that other users can reach, which pytest's own are not."""
    with tempfile.TemporaryDirectory(prefix="arena-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="session")
def python_for_all() -> Iterator[tuple[str, ...]]:
    """An interpreter that other users can reach, with mlgate and its packages."""
    if os.geteuid() != 0:
        pytest.skip("only root can start a process as another user")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    with tempfile.TemporaryDirectory(prefix="python-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        venv = [find_uv_bin(), "venv", "--quiet", "--python", f"/usr/bin/python{version}"]
        if subprocess.run([*venv, str(folder / "v")], check=False).returncode:
            pytest.skip(f"there is no /usr/bin/python{version}, which other users could reach")
        site = folder / "v" / "lib" / f"python{version}" / "site-packages"
        (site / "more.pth").write_text(f"{sysconfig.get_path('purelib')}\n{ROOT}\n")
        python = (str(folder / "v" / "bin" / "python"),)
        seen = subprocess.run(
            [*python, "-c", "import mlgate, pyarrow"], user="nobody", group=65534, check=False,
            cwd="/",
        )  # fmt: skip
        if seen.returncode:
            pytest.skip("other users cannot reach this Python's packages")
        yield python
