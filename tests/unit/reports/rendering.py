"""What a reader of Markdown sees, and whether any of it could act."""

import re
from html.parser import HTMLParser

from markdown_it import MarkdownIt

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
OURS = {
    "code", "details", "h2", "li", "p", "pre", "strong", "sub", "summary",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
"""Every tag that a comment of ours may have."""
ATTRIBUTES = {
    ("style", "text-align:right"),
    ("style", "text-align:left"),
    ("class", "language-mermaid"),
}
VOID = {"br", "hr", "img", "input", "wbr"}

MEANINGFUL = {
    "mention": r"(?<![\w`])@\w",
    "issue": r"#\d|\bGH-\d",
    "commit": r"\b[0-9a-f]{7,40}\b",
    "address": r"://|\bwww\.|\bmailto:|\w@\w",
    "emoji": r":[\w+-]+:",
    "math": r"\$",
    "comment": r"<!--",
}
"""What GitHub's filters look for in rendered text, outside of code."""


class Page(HTMLParser):
    """The tags, the text inside and outside of code, and the cells of each row."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str | None]] = set()
        self.comments: list[str] = []
        self.open: list[str] = []
        self.shape: list[str] = []
        """Every tag in its order, without code."""
        self.prose = ""
        """Text outside of code; a code element leaves a bullet."""
        self.text = ""
        """All text."""
        self.unfolded = ""
        """All text that is seen without a click."""
        self.rows: list[list[int]] = []
        """For each table, the number of cells of each row."""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.shape += [] if tag == "code" else [tag]
        self.attributes |= set(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self.rows.append([])
        elif tag == "tr":
            self.rows[-1].append(0)
        elif tag in {"td", "th"}:
            self.rows[-1][-1] += 1
        elif tag == "code":
            self.prose += "•"

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag
        self.shape += [] if tag == "code" else [f"/{tag}"]
        if tag in {"li", "p", "td", "th", "summary", "h2"}:
            self.prose += "\n"

    def handle_data(self, data: str) -> None:
        self.text += data
        self.unfolded += "" if "details" in self.open else data
        if "code" not in self.open and "pre" not in self.open:
            self.prose += data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def page(markdown: str) -> Page:
    """Rendered Markdown."""
    return Page(PARSER.render(markdown))


def assert_harmless(markdown: str) -> Page:
    """Nothing in a Markdown text is a tag but ours, an attribute, a comment, or acts on GitHub."""
    shown = page(markdown)
    assert shown.open == []
    assert shown.tags <= OURS
    assert shown.attributes <= ATTRIBUTES
    assert shown.comments == []
    for what, pattern in MEANINGFUL.items():
        found = re.search(pattern, shown.prose, re.IGNORECASE)
        assert found is None, (
            f"{what}: {shown.prose[max(0, found.start() - 40) : found.end() + 20]!r}"
        )
    for table in shown.rows:
        assert len(set(table)) == 1, f"a row with another number of cells: {table}"
    assert not [c for c in markdown if not (c.isprintable() or c == "\n" or c in "\ufe0f")]
    return shown
