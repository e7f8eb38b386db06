import sys
from pathlib import Path

from mlgate.sandbox.pytest_session import run_pytest


def test_tests_run_in_the_folder_of_mlgate_yml_and_are_placed_from_the_root(tmp_path: Path) -> None:
    folder = tmp_path / "services" / "churn"
    (folder / "tests").mkdir(parents=True)
    (folder / "features.py").write_text("")
    (folder / "tests" / "test_a.py").write_text("import features\ndef test_a(): pass\n")
    session = run_pytest(
        python=[sys.executable],
        root=tmp_path,
        directory="services/churn",
        arguments=["tests"],
        seconds=60,
    )
    [event] = session.done
    assert event.outcome == "passed"
    assert event.test == "tests/test_a.py::test_a"
    assert event.file == str(session.root / "services" / "churn" / "tests" / "test_a.py")


def test_tests_run_as_another_user_in_a_copy_of_their_own_where_mlgate_is_root(
    python_for_all: tuple[str, ...], folder_for_all: Path
) -> None:
    (folder_for_all / "test_a.py").write_text(
        "import os, pathlib\n"
        "def test_a(tmp_path):\n"
        "    assert os.getuid() != 0\n"
        "    pathlib.Path('new.txt').write_text('mine')\n"
        "    pathlib.Path('sub/new.txt').write_text('mine')\n"
        "    (tmp_path / 'new.txt').write_text('mine')\n"
    )
    (folder_for_all / "sub").mkdir()
    session = run_pytest(
        python=python_for_all,
        root=folder_for_all,
        directory=".",
        arguments=["test_a.py"],
        seconds=60,
    )
    assert [event.outcome for event in session.done] == ["passed"], session
    assert not (folder_for_all / "new.txt").exists()
