import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from uv import find_uv_bin

import mlgate
from mlgate.config.model import ModelSpec
from mlgate.sandbox.process import ModelProcess

SHOP = Path(__file__).with_name("shop.py")

Start = Callable[..., ModelProcess]


@pytest.fixture(scope="session")
def shop() -> Iterator[ModuleType]:
    """The module of the models, known to pickle by the name that a worker imports it by."""
    spec = importlib.util.spec_from_file_location("shop", SHOP)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["shop"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["shop"]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A repository with a token in its `.git`, as a checkout leaves it there."""
    root = tmp_path / "repository"
    (root / ".git").mkdir(parents=True)
    (root / ".git" / "config").write_text("AUTHORIZATION: basic c2VjcmV0")
    shutil.copy(SHOP, root / "shop.py")
    return root


@pytest.fixture
def start(workspace: Path, shop: ModuleType) -> Iterator[Start]:
    """Start a model's process: `start(shop.Double(), timeout=5)`."""
    started: list[ModelProcess] = []

    def start(
        model: object, *, python: tuple[str, ...] = (sys.executable,), **spec: float
    ) -> ModelProcess:
        file = workspace / "models" / "churn.pkl"
        shop.save(model, file)
        process = ModelProcess.start(
            file=file,
            workspace=workspace,
            spec=ModelSpec.model_validate({"path": "models/churn.pkl", "timeout": 30} | spec),
            python=python,
            name="churn (head)",
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.close()


@pytest.fixture
def folder_for_all() -> Iterator[Path]:
    """A folder that other users can reach, which pytest's own are not."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="session")
def python_for_all() -> Iterator[tuple[str, ...]]:
    """An interpreter that other users can reach, with the packages of this one."""
    if os.geteuid() != 0:
        pytest.skip("only root can start a process as another user")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    packages = sysconfig.get_path("purelib")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        made = subprocess.run(
            [
                find_uv_bin(),
                "venv",
                "--quiet",
                "--python",
                f"/usr/bin/python{version}",
                folder / "v",
            ],
            check=False,
        )
        if made.returncode:
            pytest.skip(f"there is no /usr/bin/python{version}, which other users could reach")
        site = folder / "v" / "lib" / f"python{version}" / "site-packages"
        root = Path(mlgate.__file__).parents[1]  # an editable installation is not below `packages`
        (site / "more.pth").write_text(f"{packages}\n{root}\n")
        python = (str(folder / "v" / "bin" / "python"),)
        seen = subprocess.run(
            [*python, "-c", "import pyarrow"], user="nobody", group=65534, check=False, cwd="/"
        )
        if seen.returncode:
            pytest.skip(f"other users cannot reach {packages}")
        yield python
