"""Text that untrusted code wrote, made fit for one line of a report."""


def one_line(text: object, limit: int = 500) -> str:
    """Text without line breaks and control characters, of a bounded length."""
    line = " ".join(str(text)[: 8 * limit].split())
    line = "".join(char for char in line if char.isprintable())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def last_line(text: str, limit: int = 500) -> str:
    """The end of a text, on one line."""
    return one_line(text[-limit:], limit)
