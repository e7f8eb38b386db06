"""What mlgate.yml may say of a database: a URL without secrets, a query that only reads.

Text alone is looked at here; nothing is connected to, and SQLAlchemy is not imported.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

VARIABLE: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
"""How a URL names an environment variable."""

SECRET: Final = re.compile(
    r"pass|pwd|secret|token|credential|api_?key|access_?key|private_?key|^key$|odbc_connect", re.I
)
"""Parameters of a URL that hold a secret, by their name."""

_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+_.-]*://")


def literal_secrets(url: str) -> Iterator[str]:
    """What is wrong with a database's URL in a file that everybody can read.

    Yields:
        Sentences, none of which repeats a part of the URL that may be secret.
    """
    if VARIABLE.fullmatch(url):
        return
    scheme = _SCHEME.match(url)
    if scheme is None:
        yield (
            "is no URL of a database: it is `${VARIABLE}` alone, or begins like "
            "`postgresql+psycopg://`"
        )
        return
    if "$" in VARIABLE.sub("", url):
        yield "has a `$` that begins no variable; write variables as `${NAME}`"
        return
    rest = url[scheme.end() :]
    account, at, _ = rest.rpartition("@")
    _, colon, password = account.partition(":")
    if at and colon and not VARIABLE.fullmatch(password):
        yield (
            "holds a password, and the file is in the repository: name an environment variable in "
            "its place, such as `${PGPASSWORD}`, and change the password, for others have seen it"
        )
        return
    for parameter in re.split("[&;]", rest.partition("?")[2]):
        name, equals, value = parameter.partition("=")
        if equals and SECRET.search(name) and not VARIABLE.fullmatch(value):
            yield (
                f"holds a secret in its parameter {name[:40]!r}: name an environment variable in "
                "its place, such as `${WAREHOUSE_TOKEN}`"
            )
            return


def is_query(text: str, *, starts: Sequence[str] = ("SELECT", "WITH")) -> bool:
    """Whether a text is one statement that begins like a query; a final semicolon is allowed.

    A semicolon inside of it is refused wherever it stands: databases do not agree on where text
    and comments end, and so on whether it ends a statement.
    """
    body = re.sub(r"[;\s]+\Z", "", text)
    begins = re.match(rf"\s*(?:{'|'.join(starts)})\s", body, re.IGNORECASE)
    return begins is not None and ";" not in body and "\0" not in body
