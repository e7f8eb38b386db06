"""How GitHub's runner reads its log and its output file: an oracle for what is written to them.

It follows the rules of the runner's own parsers (`ActionCommand.cs`, `FileCommandManager.cs`).
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """A command that the runner would carry out."""

    name: str
    properties: dict[str, str]
    data: str


def commands(log: str) -> list[Command]:
    """The commands in a log: `::name properties::data` at a line's start, `##[name …]` anywhere."""
    found = []
    for line in re.split(r"\r\n|\r|\n", log):
        match = re.match(r"::(\S*?)(?: (.*?))?::(.*)", line.lstrip(), flags=re.DOTALL)
        if match:
            pairs = (pair.partition("=") for pair in (match[2] or "").split(",") if pair)
            properties = {key.strip(): _unescape_property(value) for key, _, value in pairs}
            found.append(Command(match[1], properties, _unescape_data(match[3])))
        elif match := re.search(r"##\[(.*?)\](.*)", line):
            found.append(Command(match[1], {}, match[2]))
    return found


def _unescape_data(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def _unescape_property(text: str) -> str:
    return _unescape_data(text.replace("%3A", ":").replace("%2C", ","))


def outputs(file: str) -> dict[str, str]:
    """The values in an output file."""
    values = {}
    lines = iter(file.split("\n"))
    for line in lines:
        if not line:
            continue
        name, heredoc, delimiter = line.partition("<<")
        if not heredoc:
            name, _, values[name] = line.partition("=")
            continue
        value = []
        for inner in lines:
            if inner == delimiter:
                break
            value.append(inner)
        else:
            raise ValueError(f"no end of {name}")
        values[name] = "\n".join(value)
    return values
