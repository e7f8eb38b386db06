"""What a pull request changed of that on which a metric depends, on real git repositories."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from mlgate.artifacts.changes import since_base
from mlgate.artifacts.git import Repository, git_environment
from mlgate.config.model import Config, DataSpec, ModelSpec
from mlgate.results import ArtifactRecord, Revision

CONFIG = Config(
    file="ml/mlgate.yml",
    directory="ml",
    data={"test": DataSpec(path="test.csv"), "parts": DataSpec(path="parts/*.parquet")},
    models={"m": ModelSpec(path="m.joblib", requirements="requirements.txt")},
)
FILES = {
    "ml/mlgate.yml": "version: 1",
    "ml/test.csv": "a\n1\n",
    "ml/parts/1.parquet": "x",
    "ml/m.joblib": "model",
    "ml/requirements.txt": "numpy",
    "shop/a.py": "a = 1",
    "shop/b.py": "b = 1",
    "README.md": "hello",
}


class Checkout:
    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        self.git("init", "-q", "-b", "main")
        self.write(FILES)
        self.base = self.commit()

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
        command = ["git", "-C", str(self.root), *identity, *arguments]
        return str(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            file = self.root / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)

    def commit(self) -> str:
        self.git("add", "-A")
        self.git("commit", "-qm", "x")
        return self.git("rev-parse", "HEAD").strip()

    def changed(self, *records: ArtifactRecord, config: Config = CONFIG) -> str:
        repository = Repository(root=self.root, environment=git_environment({}))
        return since_base(config, Revision(commit=self.base), self.root, repository, records)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "repository")


def test_nothing_changed_is_said_with_what_was_looked_at(checkout: Checkout) -> None:
    checkout.write({"README.md": "changed"})
    checkout.commit()
    assert checkout.changed() == (
        "nothing changed since base of what a metric depends on; not changed: the model file "
        "ml/m.joblib, the data ml/test.csv, ml/parts/*.parquet, the requirements "
        "ml/requirements.txt, ml/mlgate.yml, code (0 of 2 files)"
    )


def test_what_changed_comes_first(checkout: Checkout) -> None:
    checkout.write({"ml/m.joblib": "other", "shop/b.py": "b = 2", "shop/c.py": "c = 1"})
    checkout.commit()
    assert checkout.changed() == (
        "changed since base: the model file ml/m.joblib, code (2 of 3 files: shop/b.py, "
        "shop/c.py); not changed: the data ml/test.csv, ml/parts/*.parquet, the requirements "
        "ml/requirements.txt, ml/mlgate.yml"
    )


def test_uncommitted_changes_count(checkout: Checkout) -> None:
    checkout.write({"ml/test.csv": "a\n2\n"})
    assert checkout.changed().startswith("changed since base: the data ml/test.csv; not changed: ")


def test_a_file_more_of_a_pattern_is_a_change(checkout: Checkout) -> None:
    checkout.write({"ml/parts/2.parquet": "y"})
    checkout.commit()
    assert checkout.changed().startswith("changed since base: the data ml/parts/*.parquet; ")


def test_what_is_new_and_what_is_gone_is_called_so(checkout: Checkout) -> None:
    checkout.git("rm", "-q", "ml/test.csv")
    checkout.write({"ml/new.joblib": "x"})
    checkout.commit()
    config = Config(
        file="ml/mlgate.yml",
        directory="ml",
        data={"test": DataSpec(path="test.csv")},
        models={"m": ModelSpec(path="new.joblib")},
    )
    assert checkout.changed(config=config).startswith(
        "changed since base: the model file ml/new.joblib (new), the data ml/test.csv (removed); "
    )


def test_what_git_does_not_keep_is_not_known(checkout: Checkout) -> None:
    checkout.git("rm", "-q", "--cached", "ml/m.joblib")
    checkout.write({".gitignore": "*.joblib"})
    checkout.base = checkout.commit()
    assert "; not known: the model file ml/m.joblib" in checkout.changed()


def test_digests_of_both_sides_tell_what_git_cannot(checkout: Checkout) -> None:
    checkout.git("rm", "-q", "--cached", "ml/m.joblib")
    checkout.write({".gitignore": "*.joblib"})
    checkout.base = checkout.commit()
    head = ArtifactRecord(role="model", name="m", path="m.joblib", version="head", sha256="1")
    base = ArtifactRecord(role="model", name="m", path="m.joblib", version="base", sha256="2")
    assert checkout.changed(head, base).startswith(
        "changed since base: the model file ml/m.joblib; "
    )
    assert "; not known:" not in checkout.changed(head, base)


def test_dvc_tells_by_its_file(checkout: Checkout) -> None:
    checkout.git("rm", "-q", "--cached", "ml/test.csv")
    checkout.write({".gitignore": "test.csv", "ml/test.csv.dvc": "md5: 1"})
    checkout.base = checkout.commit()
    assert "not changed: the model file ml/m.joblib, the data ml/test.csv" in checkout.changed()
    checkout.write({"ml/test.csv.dvc": "md5: 2"})
    assert checkout.changed().startswith("changed since base: the data ml/test.csv; ")


def test_a_pointer_of_git_lfs_stands_for_its_content(checkout: Checkout) -> None:
    import hashlib

    content = "the real model, which is longer than its pointer: " + "x" * 200
    digest = hashlib.sha256(content.encode()).hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize 250\n"
    checkout.write({"ml/m.joblib": pointer})
    checkout.base = checkout.commit()
    checkout.write({"ml/m.joblib": content})
    assert "not changed: the model file ml/m.joblib" in checkout.changed()
    checkout.write({"ml/m.joblib": content + "y"})
    assert checkout.changed().startswith("changed since base: the model file ml/m.joblib; ")


def test_virtual_environments_and_hidden_folders_hold_no_code(checkout: Checkout) -> None:
    checkout.write({"env/pyvenv.cfg": "", "env/lib/x.py": "1", ".cache/y.py": "1"})
    assert "code (0 of 2 files)" in checkout.changed()


def test_a_commit_that_cannot_be_read_is_said(checkout: Checkout) -> None:
    checkout.base = "b" * 40
    assert checkout.changed().startswith("what changed since base is not known: git ls-tree failed")


def test_a_shallow_clone_without_a_common_commit_is_said(tmp_path: Path) -> None:
    origin = Checkout(tmp_path / "origin")
    origin.write({"shop/a.py": "a = 2"})
    origin.commit()
    clone = tmp_path / "clone"
    subprocess.run(
        ["git", "clone", "-q", "--depth=1", f"file://{origin.root}", str(clone)], check=True
    )
    subprocess.run(
        ["git", "-C", str(clone), "fetch", "-q", "--depth=1", "origin", origin.base], check=True
    )
    repository = Repository(root=clone, environment=git_environment({}))
    said = since_base(CONFIG, Revision(commit=origin.base), clone, repository, ())
    assert said.startswith("changed since base: code (1 of 2 files: shop/a.py)")
    assert "the clone is shallow" in said


def test_included_files_are_configuration_on_either_side(checkout: Checkout) -> None:
    checkout.write({"ml/behavior/a.yml": "tests: 1", "ml/behavior/b.yml": "tests: 2"})
    checkout.base = checkout.commit()
    config = replace(
        CONFIG, includes=("ml/behavior/*.yml",), included=("ml/behavior/a.yml", "ml/behavior/c.yml")
    )
    (checkout.root / "ml/behavior/b.yml").unlink()
    checkout.write({"ml/behavior/c.yml": "tests: 3"})  # not even committed
    told, _, same = checkout.changed(config=config).partition("; not changed: ")
    assert told == ("changed since base: ml/behavior/b.yml (removed), ml/behavior/c.yml (new)")
    assert "ml/mlgate.yml, ml/behavior/a.yml" in same
