"""What a job says to GitHub's runner: commands in its log, and entries of its output file.

The runner reads every line of the log. One that starts with `::`, or has `##[` anywhere, can be a
command. Values in our own commands go through the escapes that its parser knows (`ActionCommand.cs`
of https://github.com/actions/runner); all else that a stranger may have written goes through
`harmless`.
"""

import re
from collections.abc import Iterable, Sequence
from uuid import uuid4

from mlgate.platforms.interface import Annotation

MOST_ANNOTATIONS = 10
"""Annotations of each level that GitHub shows for one step."""


def harmless(text: str) -> str:
    """A text for the log that the runner takes no command from, and that still reads the same.

    A line that would start a command gets a bar in front; `##[` is split wherever it stands.
    """
    lines = re.sub(r"\r\n?", "\n", encodable(text))
    barred = re.sub(r"^(?=[^\w\n]*::)", "| ", lines, flags=re.MULTILINE)
    return barred.replace("##[", "## [")


def encodable(text: str) -> str:
    """The text with lone surrogates, which no UTF-8 file can hold, shown as `?`."""
    return text.encode(errors="replace").decode()


def command(name: str, data: str, **properties: str | int | None) -> str:
    """A workflow command, one line."""
    given = [
        f"{key}={_escape_property(str(value))}"
        for key, value in properties.items()
        if value not in (None, "")
    ]
    head = f"{name} {','.join(given)}" if given else name
    return f"::{head}::{_escape_data(data)}"


def annotation_commands(annotations: Iterable[Annotation]) -> list[str]:
    """The commands for the annotations that GitHub would show: the first of each level."""
    shown: dict[str, list[str]] = {}
    for note in annotations:
        line = note.line if note.file else None
        shown.setdefault(note.level, []).append(
            command(note.level, note.message, file=note.file, line=line, title=note.title)
        )
    return [line for lines in shown.values() for line in lines[:MOST_ANNOTATIONS]]


def hidden_annotations(annotations: Sequence[Annotation]) -> int:
    """How many annotations GitHub would not show."""
    levels = [note.level for note in annotations]
    return sum(max(0, levels.count(level) - MOST_ANNOTATIONS) for level in set(levels))


def output_entry(name: str, value: str) -> str:
    """An entry of the GITHUB_OUTPUT file, with a random delimiter that no value can know."""
    delimiter = f"ghadelimiter_{uuid4()}"
    return f"{name}<<{delimiter}\n{encodable(value)}\n{delimiter}\n"


def _escape_data(text: str) -> str:
    escaped = encodable(text).replace("%", "%25")
    return escaped.replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape_data(text).replace(":", "%3A").replace(",", "%2C")
