"""What mlgate's pytest plugin costs a repository that does not use it.

`pytest --collect-only` in a small repository without mlgate.yml, with the plugin and without it, in
turns. CPU is user and system time of a process and of all that it waited for; the difference of two
neighbouring runs is one sample. The promise is below 50 ms, and holds if the upper end of the 95 %
interval of the mean difference is below that.

    python benchmarks/plugin.py [--pairs 40]
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

PROMISED = 0.050
"""Seconds of CPU."""
PLUGIN = "mlgate"
"""Its name as an entry point, by which pytest's `-p no:` knows it."""
TESTS = """
import pytest


@pytest.mark.parametrize("number", range(20))
def test_adds(number):
    assert number + 1 > number


def test_reads(tmp_path):
    (tmp_path / "a").write_text("b")
    assert (tmp_path / "a").read_text() == "b"
"""

PROBE = """
import sys
import pytest

code = pytest.main(sys.argv[1:])
print(*(name for name in sys.modules if name.partition(".")[0] == "mlgate"), file=sys.stderr)
sys.exit(code)
"""


def prepare(folder: Path) -> None:
    """A repository with a few tests."""
    (folder / "tests").mkdir()
    for name in ("test_one.py", "test_two.py", "test_three.py"):
        (folder / "tests" / name).write_text(TESTS)
    (folder / "pytest.ini").write_text("[pytest]\ntestpaths = tests\n")


def command(*, plugin: bool) -> list[str]:
    """Collect the tests, with the plugin or without."""
    off = [] if plugin else ["-p", f"no:{PLUGIN}"]
    return [sys.executable, "-m", "pytest", "--collect-only", "-q", *off]


def environment() -> dict[str, str]:
    """Ours, but with compiled modules kept, as in a repository that is used."""
    dropped = {"PYTHONDONTWRITEBYTECODE", "PYTEST_ADDOPTS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD"}
    return {key: value for key, value in os.environ.items() if key not in dropped}


def cpu(folder: Path, *, plugin: bool) -> float:
    """CPU seconds of one collection."""
    process = subprocess.Popen(command(plugin=plugin), cwd=folder, env=environment(),
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"pytest ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def modules(folder: Path, *, plugin: bool) -> set[str]:
    """The modules of mlgate that a collection imports."""
    probe = [sys.executable, "-c", PROBE, *command(plugin=plugin)[3:]]
    done = subprocess.run(
        probe, cwd=folder, env=environment(), capture_output=True, text=True, check=True
    )
    if f"{3 * 21} tests collected" not in done.stdout:
        raise SystemExit(f"pytest collected something else: {done.stdout[-300:]}")
    return set(done.stderr.split())


def main() -> int:
    """Measure, and print the difference."""
    from scipy.stats import bootstrap

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=40)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mlgate-bench-") as name:
        folder = Path(name)
        prepare(folder)
        found, left = modules(folder, plugin=True), modules(folder, plugin=False)
        if "mlgate.pytest_plugin" not in found or left:
            raise SystemExit(f"with the plugin {found}, without it {left}: nothing to compare")
        print(
            f"with the plugin, pytest imports of mlgate: {', '.join(sorted(found))}; else nothing"
        )
        with_it, without = [], []
        for number in range(arguments.pairs):
            for plugin in ((True, False), (False, True))[number % 2]:
                (with_it if plugin else without).append(cpu(folder, plugin=plugin))
    import numpy as np

    differences = np.subtract(with_it, without)
    low, high = bootstrap((differences,), np.mean, rng=0).confidence_interval
    print(f"CPU of a collection: {1000 * np.median(with_it):.0f} ms with the plugin, "
          f"{1000 * np.median(without):.0f} ms without; medians of {arguments.pairs}")  # fmt: skip
    print(f"difference: median {1000 * np.median(differences):+.1f} ms, mean "
          f"{1000 * differences.mean():+.1f} ms (95 % interval {1000 * low:+.1f} to "
          f"{1000 * high:+.1f}); promised is less than {1000 * PROMISED:.0f}")  # fmt: skip
    return int(not high < PROMISED)


if __name__ == "__main__":
    sys.exit(main())
