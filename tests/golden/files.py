"""Text files that tests hold equal to what is made now."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[2]
UPDATE = "MLGATE_UPDATE_GOLDEN"


def assert_golden(path: str, text: str) -> None:
    """A committed file, relative to the repository, holds exactly this text."""
    file = ROOT / path
    if os.environ.get(UPDATE):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert file.is_file(), f"{path} is missing: run the test once with {UPDATE}=1"
    assert file.read_text(encoding="utf-8") == text, f"{path} is old: look at it, then {UPDATE}=1"
