"""The scanner on a corpus of hostile and benign files, made anew in each run."""

import warnings
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from mlgate.artifacts.safety.guard import reason
from mlgate.artifacts.safety.imports import Policy
from mlgate.artifacts.safety.scan import scan
from tests.corpus import benign, hostile

Files = Iterable[tuple[str, str, bytes]]


def wrongly_judged(
    build: Callable[[], Files], folder: Path, *, safe: bool
) -> tuple[list[str], int]:
    """The files that were not judged as they should be, and how many there are."""
    file, wrong, count = folder / "model", [], Counter[str]()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for kind, name, content in build():
            file.write_bytes(content)
            seen = scan(file, Policy())
            count[kind] += 1
            if seen.safe is not safe:
                wrong.append(f"{kind}: {name}: {'safe' if seen.safe else reason(seen)}")
    return wrong, count.total()


def test_every_hostile_file_is_blocked(tmp_path):
    wrong, count = wrongly_judged(hostile.build, tmp_path, safe=False)
    assert count >= 200
    assert wrong == []


def test_no_benign_file_is_blocked(tmp_path):
    wrong, count = wrongly_judged(benign.build, tmp_path, safe=True)
    assert count >= 700
    assert wrong == []
