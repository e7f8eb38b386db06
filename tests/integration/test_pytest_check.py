"""The `pytest` check on small repositories, with a real pytest in a real process."""

import os
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from mlgate.checks.interface import Measurement
from mlgate.checks.pytest import Pytest
from mlgate.errors import CannotIsolate
from mlgate.results import Finding, Location, Outcome
from mlgate.runner import judge
from mlgate.sandbox import confine
from mlgate.sandbox.pytest_session import run_pytest
from tests.support import make_inputs

Repository = Callable[..., Path]


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Make a work tree: `repository(**{"tests/test_a.py": "…"})`."""

    def make(**files: str) -> Path:
        root = tmp_path / "repository"
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(textwrap.dedent(text))
        return root

    return make


def check(root: Path, **parameters: object) -> Measurement:
    with make_inputs(root) as inputs:
        return Pytest.model_validate(parameters).run(inputs)


def finding(seen: Measurement, name: str) -> Finding:
    [found] = [item for item in seen.findings if item.subject.endswith(name)]
    return found


ALL_KINDS = """\
    import unittest

    import pytest

    def helper(value):
        assert value == 2

    def test_passes(tmp_path):
        (tmp_path / "file").write_text("text")

    def test_fails():
        value = 1
        helper(value)
        print("never")

    def test_is_skipped():
        pytest.skip("no GPU here")

    @pytest.mark.skip(reason="later")
    def test_is_marked():
        pass

    @pytest.mark.xfail(reason="bug 7")
    def test_fails_as_expected():
        assert False

    @pytest.mark.xfail(strict=True, reason="bug 8")
    def test_passes_against_strict_expectation():
        pass

    @pytest.fixture
    def broken():
        raise RuntimeError("no database")

    @pytest.fixture
    def leaky():
        yield
        raise RuntimeError("not closed")

    def test_has_a_broken_fixture(broken):
        pass

    def test_has_a_broken_teardown(leaky):
        pass

    @pytest.mark.parametrize("city", ["Łódź", "a/b", "two\\nlines"])
    def test_has_parameters(city):
        pass

    def test_has_a_lone_surrogate():
        assert "\\udcff" == "a"

    class TestCase(unittest.TestCase):
        def test_parts(self):
            for number in range(3):
                with self.subTest(number=number):
                    self.assertNotEqual(number, 1)
"""


def test_every_kind_of_outcome(repository: Repository) -> None:
    root = repository(**{"tests/code/test_a.py": ALL_KINDS})
    seen = check(root)
    file = "tests/code/test_a.py"
    expected = {
        "test_passes": (Outcome.PASSED, "passed in", 8),
        "test_fails": (Outcome.FAILED, "assert 1 == 2", 6),
        "test_is_skipped": (Outcome.SKIPPED, "no GPU here", 17),
        "test_is_marked": (Outcome.SKIPPED, "later", 19),
        "test_fails_as_expected": (Outcome.SKIPPED, "expected to fail: bug 7", 25),
        "test_passes_against_strict_expectation": (Outcome.FAILED, "bug 8", 27),
        "test_has_a_broken_fixture": (Outcome.ERRORED, "RuntimeError: no database", 33),
        "test_has_a_broken_teardown": (Outcome.ERRORED, "RuntimeError: not closed", 38),
        "test_has_a_lone_surrogate": (Outcome.FAILED, "assert", 51),
        "TestCase::test_parts": (Outcome.FAILED, "1 == 1", 57),
    }
    for name, (outcome, words, line) in expected.items():
        found = finding(seen, f"::{name}")
        assert found.outcome is outcome, name
        assert words in found.message, name
        assert found.location == Location(file=file, line=line), name
        assert found.details["kind"] == "code"
    assert sum("test_has_parameters[" in item.subject for item in seen.findings) == 3
    assert "value = 1" in str(finding(seen, "::test_fails").details["traceback"])
    assert len(seen.findings) == 13
    assert seen.rows == 10
    assert judge(seen)[0] is Outcome.FAILED


def test_files_that_cannot_be_collected_are_errors_and_hide_no_other(
    repository: Repository,
) -> None:
    seen = check(
        repository(
            **{
                "tests/data/test_import.py": "import os\nimport no_such_package\n",
                "tests/data/test_syntax.py": "x = 1\ndef f(:\n",
                "tests/models/test_optional.py": "import pytest\npytest.importorskip('nope')\n",
                "tests/test_sound.py": "def test_sound(): pass\n",
            }
        )
    )
    missing = finding(seen, "test_import.py")
    assert missing.outcome is Outcome.ERRORED
    assert "ModuleNotFoundError: No module named 'no_such_package'" in missing.message
    assert missing.location == Location(file="tests/data/test_import.py", line=2)
    assert missing.details["kind"] == "data"
    assert finding(seen, "test_syntax.py").location == Location(
        file="tests/data/test_syntax.py", line=2
    )
    skipped = finding(seen, "test_optional.py")
    assert skipped.outcome is Outcome.SKIPPED
    assert "'nope'" in skipped.message
    assert skipped.details["kind"] == "model"
    assert finding(seen, "::test_sound").outcome is Outcome.PASSED


def test_a_module_that_skips_itself_is_skipped_not_missing(repository: Repository) -> None:
    root = repository(**{"tests/test_a.py": "import pytest\npytest.importorskip('nope')\n"})
    assert judge(check(root))[0] is Outcome.SKIPPED


@pytest.mark.parametrize(
    "parameters",
    [{}, {"args": ["-k", "nothing_like_it"]}, {"args": ["--collect-only"]}],
    ids=["no test", "none selected", "only collected"],
)
def test_no_test_is_never_green(repository: Repository, parameters: dict[str, object]) -> None:
    text = "def test_a(): pass\n" if parameters else "x = 1\n"
    seen = check(repository(**{"tests/test_a.py": text}), **parameters)
    assert seen.rows == 0
    assert judge(seen)[0] is Outcome.FAILED
    assert "no test was collected" in finding(seen, "session").message


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"paths": ["testz"]}, "not found: testz"),
        ({"args": ["--no-such-option"]}, "unrecognized arguments: --no-such-option"),
        ({"args": ["-p", "no:mlgate_recorder"]}, "left before its session was over"),
        ({"args": ["--setup-only"]}, "ended without an outcome"),
    ],
)
def test_a_session_that_did_not_run_its_tests_is_an_error(
    repository: Repository, parameters: dict[str, object], words: str
) -> None:
    seen = check(repository(**{"tests/test_a.py": "def test_a(): pass\n"}), **parameters)
    assert judge(seen)[0] is Outcome.ERRORED
    assert any(words in item.message for item in seen.findings)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("os._exit(0)", "left before its session was over (exit status 0)"),
        ("ctypes.string_at(0)", "crashed (SIGSEGV)"),
        ("os.kill(os.getpid(), 9)", "was killed (SIGKILL)"),
        ("time.sleep(600)", "longer than 5 seconds"),
    ],
)
def test_what_ran_before_the_end_of_the_process_is_kept(
    repository: Repository, body: str, words: str
) -> None:
    root = repository(
        **{
            "tests/test_a.py": f"""\
                import ctypes, os, time
                def test_before(): pass
                def test_the_end(): {body}
                def test_after(): pass
            """
        }
    )
    seen = check(root, timeout=5 if "sleep" in body else 60)
    assert finding(seen, "::test_before").outcome is Outcome.PASSED
    last = finding(seen, "::test_the_end")
    assert last.outcome is Outcome.ERRORED
    assert words in last.message
    assert last.location == Location(file="tests/test_a.py", line=3)
    assert "2 of 3 tests did not end" in finding(seen, "session").message
    assert judge(seen)[0] is Outcome.ERRORED


@pytest.mark.parametrize(
    "body",
    [
        'file.write_text("garbage\\n")',
        "file.unlink(); os.mkfifo(file)",
        'file.unlink(); file.symlink_to("/dev/zero")',
        "file.unlink(); file.mkdir()",
        "file.unlink()",
    ],
)
def test_a_record_that_was_tampered_with_is_never_green(repository: Repository, body: str) -> None:
    root = repository(
        **{
            "tests/test_a.py": f"""\
                import os, pathlib
                def test_a():
                    [file] = pathlib.Path(os.environ["TMPDIR"]).parent.glob("record*")
                    {body}
            """
        }
    )
    assert judge(check(root))[0] is Outcome.ERRORED


def test_workers_of_xdist_report_through_one_record(repository: Repository) -> None:
    pytest.importorskip("xdist")
    root = repository(**{"tests/test_a.py": "def test_a(): pass\ndef test_b(): assert 0\n"})
    seen = check(root, args=["-n", "2"])
    assert finding(seen, "tests/test_a.py::test_a").outcome is Outcome.PASSED
    failed = finding(seen, "tests/test_a.py::test_b")
    assert failed.location == Location(file="tests/test_a.py", line=2)
    assert seen.rows == 2


def test_tests_run_in_a_copy_that_they_may_change(repository: Repository) -> None:
    root = repository(
        **{
            "data.csv": "1,2,3\n",
            "src/code.py": "NUMBER = 7\n",
            ".git/config": "AUTHORIZATION: basic c2VjcmV0\n",
            ".venv/pyvenv.cfg": "home = /usr\n",
            "tests/test_a.py": """\
                import pathlib
                from src.code import NUMBER
                def test_a():
                    pathlib.Path("data.csv").write_text("changed")
                    pathlib.Path("report.txt").write_text("new")
                    assert pathlib.Path("report.txt").read_text() == "new"
                    assert pathlib.Path("link").read_text() == "changed"
                    assert not pathlib.Path(".git").exists()
                    assert not pathlib.Path(".venv").exists()
                    assert NUMBER == 7
            """,
        }
    )
    (root / "link").symlink_to("data.csv")
    os.mkfifo(root / "pipe")
    seen = check(root)
    assert judge(seen)[0] is Outcome.PASSED, seen.findings
    assert (root / "data.csv").read_text() == "1,2,3\n"
    assert not (root / "report.txt").exists()


@pytest.mark.skipif(
    confine.landlock_version() < confine.OLDEST_LANDLOCK, reason="the kernel has no Landlock"
)
def test_tests_find_no_secret_and_write_nowhere_else(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "canary-5up3r-s3cr3t")
    monkeypatch.setenv("PYTEST_ADDOPTS", "--collect-only")
    monkeypatch.setenv("PYTEST_PLUGINS", "no_such_plugin")
    monkeypatch.setenv("AZURE_STORAGE_KEY", "canary-5up3r-s3cr3t")
    root = repository(**{".git/config": "canary-5up3r-s3cr3t\n", "key.json": "canary\n"})
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(root / "key.json"))
    repository(
        **{
            "tests/test_a.py": f"""\
                import os, pathlib, pytest
                @pytest.mark.parametrize("path", [
                    "/proc/self/environ",
                    f"/proc/{{os.getppid()}}/environ",
                    {str(root / ".git" / "config")!r},
                    {str(root / "key.json")!r},
                ])
                def test_reads(path):
                    try:
                        text = pathlib.Path(path).read_text()
                    except PermissionError:
                        return
                    assert "canary" not in text
                def test_has_no_copy():
                    assert not pathlib.Path("key.json").exists()
                def test_writes():
                    with pytest.raises(PermissionError):
                        pathlib.Path({str(root / "data.csv")!r}).write_text("changed")
            """
        }
    )
    seen = check(root)
    assert judge(seen)[0] is Outcome.PASSED, seen.findings
    assert seen.rows == 6


def test_the_repositorys_own_configuration_of_pytest_holds(repository: Repository) -> None:
    root = repository(
        **{
            "pyproject.toml": """\
                [tool.pytest.ini_options]
                addopts = "-ra --strict-markers -k kept"
                filterwarnings = ["error"]
            """,
            "tests/conftest.py": "import pytest\n@pytest.fixture\ndef answer(): return 42\n",
            "tests/test_a.py": """\
                def test_kept(answer): assert answer == 42
                def test_dropped(): assert 0
            """,
        }
    )
    seen = check(root)
    assert judge(seen)[0] is Outcome.PASSED, seen.findings
    assert seen.rows == 1


def test_a_work_tree_that_cannot_be_copied_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CannotIsolate, match="cannot be copied"):
        run_pytest(
            python=["python"],
            root=tmp_path / "nowhere",
            directory=".",
            arguments=[],
            seconds=5,
        )
