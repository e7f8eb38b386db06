"""Addresses of data outside of the work tree: `s3://`, `gs://`, `az://`, `https://`.

Only what an address says by itself; nothing here opens a connection.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

Store = Literal["s3", "gs", "az", "https"]

_SCHEME: Final = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*)://")
_STORES: Final[dict[str, Store]] = {
    "s3": "s3",
    "gs": "gs",
    "az": "az",
    "abfs": "az",
    "abfss": "az",
    "https": "https",
    "http": "https",
}
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_SECRET_KEYS: Final = re.compile(
    r"^(x-(amz|goog)-.*|sig|signature|awsaccesskeyid|googleaccessid|.*token|.*secret|.*password"
    r"|(api[-_]?)?key|auth.*)$",
    re.IGNORECASE,
)
"""Names in a query that carry a credential, such as those of a presigned address."""

MARKS: Final = frozenset("*?[")
"""Characters that make a path a pattern."""


@dataclass(frozen=True, kw_only=True)
class Remote:
    """A parsed address."""

    store: Store
    scheme: str
    bucket: str
    """Bucket, container, or host with its port."""
    key: str
    """What is below it, without a leading slash; for https with its query."""
    account: str | None = None
    """Storage account, where an `abfss://` address names one."""

    @property
    def shown(self) -> str:
        """The address without user information and query: fit to be printed."""
        below = self.key.partition("?")[0] if self.store == "https" else self.key
        account = f"@{self.account}" if self.account else ""
        return f"{self.scheme}://{self.bucket}{account}/{below}"


def is_remote(path: str) -> bool:
    """Whether a path is an address."""
    return _SCHEME.match(path) is not None


def shown(path: str) -> str:
    """A path as it may be printed: of an address, nothing that could be a credential."""
    if not is_remote(path):
        return path
    try:
        return parse(path).shown
    except ValueError:
        return f"{path.partition('://')[0]}://…"


def parse(path: str) -> Remote:
    """The parts of an address.

    Raises:
        ValueError: It is none that can be read, or it carries a credential. The message does not
            repeat the address.
    """
    found = _SCHEME.match(path)
    scheme = found[1].lower() if found else ""
    if found is None or scheme not in _STORES:
        raise ValueError(f"{scheme}:// is not one of {', '.join(f'{name}://' for name in _STORES)}")
    store = _STORES[scheme]
    if store == "https":
        return _web(path, scheme)
    host, _, key = path[found.end() :].partition("/")
    account = None
    if scheme in {"abfs", "abfss"} and "@" in host and ":" not in host:
        host, _, account = host.partition("@")
    if "@" in host or ":" in host or _signed(key.partition("?")[2]):
        raise ValueError(_CREDENTIAL)
    if not host or not key.strip("/"):
        raise ValueError(f"the address needs a bucket and a key: {scheme}://bucket/key")
    return Remote(store=store, scheme=scheme, bucket=host, key=key, account=account)


_CREDENTIAL: Final = (
    "the address carries a credential, which everybody who sees the repository could use; "
    "give credentials in the environment, and withdraw this one"
)


def _web(path: str, scheme: str) -> Remote:
    parts = urlsplit(path)
    if "@" in parts.netloc or _signed(parts.query):
        raise ValueError(_CREDENTIAL)
    if not parts.hostname:
        raise ValueError("the address names no host")
    if scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ValueError("http:// is for this machine alone: others could change what is read")
    key = parts.path.lstrip("/") + (f"?{parts.query}" if parts.query else "")
    if MARKS & set(unquote(parts.path)) or parts.path.endswith("/"):
        raise ValueError("a web server lists no files: name one, without a pattern")
    return Remote(store="https", scheme=scheme, bucket=parts.netloc, key=key)


def _signed(query: str) -> bool:
    return any(_SECRET_KEYS.match(name) for name, _ in parse_qsl(query, keep_blank_values=True))
