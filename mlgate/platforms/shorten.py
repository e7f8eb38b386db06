"""Markdown cut to a platform's limit: the last resort, after reports have dropped what they can."""

import re
from typing import Literal

_RESERVE = 1_000
"""Characters kept free for what the cut needs to close, and for the note."""
_MOST_FOLDS = 50
"""Folds that are closed; reports nest two or three."""


def shorten(
    markdown: str, limit: int, *, note: str, unit: Literal["characters", "bytes"] = "characters"
) -> str:
    """The text itself where it fits, else as many of its first lines as fit, and a note.

    A code block or a fold that the cut would leave open is closed, so that the note is seen.

    Args:
        markdown: Text without lone surrogates.
        limit: Largest size of the answer, at least 2,000.
        note: One short sentence that says where the rest is.
        unit: What `limit` counts; bytes are those of UTF-8.
    """
    room = limit - _RESERVE
    if unit == "bytes":
        encoded = markdown.encode()
        fits, kept = len(encoded) <= limit, encoded[:room].decode(errors="ignore")
    else:
        fits, kept = len(markdown) <= limit, markdown[:room]
    if fits:
        return markdown
    whole_lines, newline, last_line = kept.rpartition("\n")
    if newline and len(last_line) < len(kept) // 2:
        kept = whole_lines
    return f"{kept}{_closing(kept)}\n\n{note}\n"


def _closing(markdown: str) -> str:
    """What ends the code block and the folds that are open at the end of a text."""
    closing = ""
    fences = re.findall(r"^ {0,3}(`{3,}|~{3,})", markdown, flags=re.MULTILINE)
    opened: str | None = None
    for fence in fences:
        if opened is None:
            opened = fence
        elif fence[0] == opened[0] and len(fence) >= len(opened):
            opened = None
    if opened is not None:
        closing += f"\n{opened[:100]}"
    folds = len(re.findall(r"<details\b", markdown)) - markdown.count("</details>")
    return closing + "\n</details>" * min(max(folds, 0), _MOST_FOLDS)
