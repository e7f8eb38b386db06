"""One scanner on all files of a corpus: `scanner_child.py SCANNER FOLDER`, JSON on the last line.

Runs in the environment of that scanner. `build` makes the corpus instead.
"""

import contextlib
import json
import logging
import os
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
Verdict = str
"""`safe`, `dangerous` or `unread`."""


def build(folder: Path, big: int) -> None:
    """Write the corpus, and a random forest of so many bytes in three forms."""
    import pickle

    import joblib
    import numpy as np
    from sklearn.ensemble import RandomForestClassifier

    from tests.corpus import benign, hostile

    warnings.simplefilter("ignore")
    for side, corpus in (("hostile", hostile), ("benign", benign)):
        for kind, name, content in corpus.build():
            place = folder / side / kind
            place.mkdir(parents=True, exist_ok=True)
            (place / name.replace("/", "_")).write_bytes(content)
    random = np.random.default_rng(0)
    rows = random.random((20_000, 20))
    labels = rows[:, 0] + random.normal(0, 0.4, len(rows)) > 0.5
    one = len(pickle.dumps(RandomForestClassifier(4, random_state=0).fit(rows, labels))) / 4
    forest = RandomForestClassifier(int(big / one), random_state=0).fit(rows, labels)
    place = folder / "large" / "benign"
    place.mkdir(parents=True)
    (place / "forest.pkl").write_bytes(pickle.dumps(forest))
    joblib.dump(forest, place / "forest.joblib")
    joblib.dump(forest, place / "forest-zlib.joblib", compress=3)


def mlgate() -> Callable[[Path], Verdict]:
    """This repository's scanner."""
    from mlgate.artifacts.safety.imports import Policy
    from mlgate.artifacts.safety.scan import scan

    def look(file: Path) -> Verdict:
        seen = scan(file, Policy())
        return "safe" if seen.safe else "dangerous" if seen.dangers else "unread"

    return look


def picklescan() -> Callable[[Path], Verdict]:
    """picklescan, by its own function for a path."""
    from picklescan.scanner import scan_file_path

    def look(file: Path) -> Verdict:
        seen = scan_file_path(str(file))
        if seen.issues_count:
            return "dangerous"
        return "unread" if seen.scan_err or not seen.scanned_files else "safe"

    return look


def modelscan() -> Callable[[Path], Verdict]:
    """Modelscan with its default settings."""
    from modelscan.modelscan import ModelScan

    scanner = ModelScan()

    def look(file: Path) -> Verdict:
        seen = scanner.scan(file)
        if seen["summary"]["total_issues"]:
            return "dangerous"
        scanned = seen["summary"]["scanned"]["total_scanned"]
        return "unread" if seen["errors"] or not scanned else "safe"

    return look


def fickling() -> Callable[[Path], Verdict]:
    """Fickling's analysis of every pickle in the file; `likely safe` is safe."""
    from fickling.analysis import Severity, check_safety
    from fickling.fickle import StackedPickle

    def look(file: Path) -> Verdict:
        with file.open("rb") as stream:
            pickles = list(StackedPickle.load(stream))
        worst = max(check_safety(one).severity for one in pickles)
        return "safe" if worst <= Severity.LIKELY_SAFE else "dangerous"

    return look


SCANNERS = {
    "mlgate": mlgate,
    "picklescan": picklescan,
    "modelscan": modelscan,
    "fickling": fickling,
}


def main() -> None:
    """Ask one scanner about every file."""
    name, folder = sys.argv[1], Path(sys.argv[2])
    sys.path.insert(0, str(ROOT))
    if name == "build":
        build(folder, int(sys.argv[3]))
        return
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    look = SCANNERS[name]()
    answers = {}
    for file in sorted(folder.glob("*/*/*")):
        start = time.process_time()
        with (
            Path(os.devnull).open("w") as nowhere,
            contextlib.redirect_stdout(nowhere),
            contextlib.redirect_stderr(nowhere),
        ):
            try:
                answer = look(file)
            except Exception:  # noqa: BLE001  # a scanner that fails has read nothing
                answer = "unread"
        key = str(file.relative_to(folder))
        answers[key] = (answer, time.process_time() - start)
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
