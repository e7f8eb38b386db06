"""mlgate's scanner beside picklescan, modelscan and fickling, on one corpus and in one run.

    python benchmarks/scanner.py [--work FOLDER]

Builds the corpus of tests/corpus in an environment with XGBoost, LightGBM and skops, and asks each
scanner about every file, in a process and an environment of its own. Nothing of the corpus is
loaded. Prints two tables in Markdown: what is recognised, and what 100 MB cost.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from uv import find_uv_bin

ROOT = Path(__file__).parent.parent
CHILD = ROOT / "benchmarks" / "scanner_child.py"
ENVIRONMENTS = {
    "mlgate": ("scikit-learn", "pandas", "pyarrow", "xgboost-cpu", "lightgbm", "skops", "pydantic"),
    "picklescan": ("picklescan==1.0.5", "numpy"),
    "modelscan": ("modelscan==0.8.8",),
    "fickling": ("fickling==0.1.12", "typing_extensions"),
}
"""By scanner: what its environment needs."""
BIG = 100_000_000
"""Bytes of the models whose cost is measured."""


def main() -> None:
    """Build, ask, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, help="folder to keep environments and the corpus in")
    work = parser.parse_args().work or Path(tempfile.mkdtemp(prefix="mlgate-scanner-"))
    work.mkdir(parents=True, exist_ok=True)
    pythons = {name: environment(work / name, wanted) for name, wanted in ENVIRONMENTS.items()}
    files = work / "corpus"
    if not files.exists():
        ask(pythons["mlgate"], "build", files, BIG)
    verdicts = {name: ask(python, name, files) for name, python in pythons.items()}
    print(recognised(files, verdicts))
    print(cost(files, verdicts))


def environment(folder: Path, wanted: tuple[str, ...]) -> Path:
    """The Python of an environment, made if it is not there."""
    python = folder / "bin" / "python"
    if not python.exists():
        uv = find_uv_bin()
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", python, *wanted], check=True)
    return python


def ask(python: Path, what: str, files: Path, *more: object) -> dict[str, tuple[str, float]]:
    """What a scanner says of each file, and the CPU seconds that it took."""
    command = [python, CHILD, what, files, *map(str, more)]
    print(f"{what} …", file=sys.stderr)
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    last = done.stdout.strip().splitlines()[-1:]
    return json.loads(last[0]) if last else {}


def recognised(files: Path, verdicts: dict[str, dict[str, tuple[str, float]]]) -> str:
    """Shares of the files of each class that each scanner blocks."""
    classes: dict[tuple[str, str], list[str]] = defaultdict(list)
    for file in sorted(files.glob("*/*/*")):
        side, kind, _ = file.relative_to(files).parts
        classes[side, kind].append(str(file.relative_to(files)))
        classes[side, "**all**"].append(str(file.relative_to(files)))
    lines = [
        "Share of files that are called dangerous; in brackets, those that could not be read.",
        "",
        f"| | files | {' | '.join(verdicts)} |",
        f"|---|--:|{'--:|' * len(verdicts)}",
    ]
    for (side, kind), members in sorted(
        classes.items(), key=lambda item: (item[0][0] == "benign", item[0])
    ):
        if side not in ("hostile", "benign"):
            continue
        cells = []
        for said in verdicts.values():
            answers = [said.get(member, ("unread", 0.0))[0] for member in members]
            blocked = 100 * answers.count("dangerous") / len(members)
            unread = 100 * answers.count("unread") / len(members)
            cells.append(f"{blocked:.1f} %" + (f" ({unread:.1f} %)" if unread else ""))
        lines.append(f"| {side}: {kind} | {len(members)} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def cost(files: Path, verdicts: dict[str, dict[str, tuple[str, float]]]) -> str:
    """CPU seconds for the large files."""
    lines = [
        "CPU seconds to scan a random forest of 100 MB, and what was said.",
        "",
        f"| | MB | {' | '.join(verdicts)} |",
        f"|---|--:|{'--:|' * len(verdicts)}",
    ]
    for file in sorted((files / "large" / "benign").glob("*")):
        key = str(file.relative_to(files))
        cells = [f"{said[key][1]:.2f}, {said[key][0]}" for said in verdicts.values() if key in said]
        lines.append(f"| {file.name} | {file.stat().st_size / 1e6:.0f} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
