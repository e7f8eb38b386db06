"""Object stores as pyarrow's file systems, with endpoints and credentials from the environment.

An endpoint never comes from the repository: a pull request that could name one would be sent the
credentials. Every request is bounded in time, and what an SDK says is scrubbed before it is shown.
"""

import re
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlsplit

from mlgate.config.location import Remote, Store
from mlgate.errors import DataNotReadable

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

T = TypeVar("T")

CONNECT_SECONDS: Final = 5.0
"""Seconds that a connection may take."""
ANSWER_SECONDS: Final = 30.0
"""Seconds after which a question about an object is given up, whatever the SDK still tries."""

VARIABLES: Final[Mapping[Store, str]] = {
    "s3": "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION, "
    "AWS_ENDPOINT_URL",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS (a file)",
    "az": "AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT with AZURE_STORAGE_KEY or "
    "AZURE_STORAGE_SAS_TOKEN",
    "https": "none: mlgate sends no credential to a web server",
}
"""What says how a store is reached."""


def open_store(remote: Remote, environment: Mapping[str, str]) -> "FileSystem":
    """The file system that an address lies in; its paths start with the bucket.

    Raises:
        DataNotReadable: A variable is missing or contradicts the address, or nobody answers.
    """
    if remote.store == "s3":
        return _s3(remote, environment)
    if remote.store == "gs":
        return _gcs(remote, environment)
    if remote.store == "az":
        return _azure(remote, environment)
    from mlgate.artifacts.web import web_files

    _require_answer(f"{remote.scheme}://{remote.bucket}", remote, environment)
    return web_files(remote, environment)


def _s3(remote: Remote, environment: Mapping[str, str]) -> "FileSystem":
    from pyarrow import fs

    get = environment.get
    endpoint = get("AWS_ENDPOINT_URL_S3") or get("AWS_ENDPOINT_URL")
    region = get("AWS_REGION") or get("AWS_DEFAULT_REGION")
    server = endpoint or f"https://s3.{region or 'us-east-1'}.amazonaws.com"
    _require_answer(server, remote, environment)
    if not (region or endpoint):
        with explained(remote, environment):
            region = in_time(lambda: fs.resolve_s3_region(remote.bucket), remote)
    key, secret = get("AWS_ACCESS_KEY_ID"), get("AWS_SECRET_ACCESS_KEY")
    given = {"access_key": key, "secret_key": secret, "session_token": get("AWS_SESSION_TOKEN")}
    ca_file = get("AWS_CA_BUNDLE") or get("SSL_CERT_FILE")
    return fs.S3FileSystem(
        **(given if key and secret else {}),  # else the SDK's own chain: profile, role, machine
        region=region or "us-east-1",
        endpoint_override=endpoint,
        scheme=urlsplit(server).scheme,
        proxy_options=_proxy(server, environment),
        tls_ca_file_path=ca_file or None,
        connect_timeout=CONNECT_SECONDS,
        request_timeout=ANSWER_SECONDS,
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=3),
    )


def _gcs(remote: Remote, environment: Mapping[str, str]) -> "FileSystem":
    from pyarrow import fs

    emulator = environment.get("STORAGE_EMULATOR_HOST")
    if emulator:
        server = emulator if "://" in emulator else f"http://{emulator}"
        _require_answer(server, remote, environment)
        parts = urlsplit(server)
        own = {"endpoint_override": parts.netloc, "scheme": parts.scheme}
    else:
        _require_answer("https://storage.googleapis.com", remote, environment)
        own = {"scheme": "https"}
    return fs.GcsFileSystem(
        anonymous=bool(emulator) and not environment.get("GOOGLE_APPLICATION_CREDENTIALS"),
        retry_time_limit=timedelta(seconds=10),
        **own,
    )


def _azure(remote: Remote, environment: Mapping[str, str]) -> "FileSystem":
    from pyarrow import fs

    given = _azure_settings(environment)
    named = (remote.account or "").partition(".")[0]
    if remote.account and "." in remote.account:
        suffix = given["suffix"].replace("blob.", "dfs.", 1)
        if remote.account.partition(".")[2] not in {suffix, given["suffix"]}:
            raise DataNotReadable(
                f"{remote.shown} names a server that is none of Azure's",
                remedy="set AZURE_STORAGE_CONNECTION_STRING where your endpoint is another",
            )
    if named and given["account"] and named != given["account"]:
        raise DataNotReadable(
            f"{remote.shown} names another storage account than the environment",
            cause="credentials are sent to the account that they are for, and to no other",
            remedy="set AZURE_STORAGE_ACCOUNT, or the connection string, to the account's",
        )
    account = given["account"] or named
    if not account:
        raise DataNotReadable(
            f"{remote.shown}: no storage account is given", remedy=f"set {VARIABLES['az']}"
        )
    authority, scheme = given["authority"], given["scheme"]
    host = f"{account}{authority}" if authority.startswith(".") else authority
    _require_answer(f"{scheme}://{host}", remote, environment)
    dfs = authority.replace(".blob.", ".dfs.", 1)
    with explained(remote, environment):
        return fs.AzureFileSystem(
            account_name=account,
            account_key=given["key"] or None,
            sas_token=None if given["key"] else given["sas"] or None,
            blob_storage_authority=authority,
            dfs_storage_authority=dfs,
            blob_storage_scheme=scheme,
            dfs_storage_scheme=scheme,
        )


def _azure_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Account, key, SAS token and endpoint: from the connection string, else one by one."""
    text = environment.get("AZURE_STORAGE_CONNECTION_STRING", "")
    parts = dict(part.split("=", 1) for part in text.split(";") if "=" in part)
    get = environment.get
    account = parts.get("AccountName") or get("AZURE_STORAGE_ACCOUNT") or ""
    account = account or get("AZURE_STORAGE_ACCOUNT_NAME") or ""
    own = {} if parts else environment
    key = parts.get("AccountKey") or own.get("AZURE_STORAGE_KEY", "")
    suffix = f"blob.{parts.get('EndpointSuffix') or 'core.windows.net'}"
    scheme = parts.get("DefaultEndpointsProtocol") or "https"
    authority = f".{suffix}"
    if endpoint := parts.get("BlobEndpoint"):
        url = urlsplit(endpoint)
        account = account or url.path.strip("/") or (url.hostname or "").partition(".")[0]
        mine = url.netloc.startswith(f"{account}.")
        authority, scheme = url.netloc.removeprefix(account) if mine else url.netloc, url.scheme
        suffix = authority.lstrip(".")
    return {
        "account": account,
        "key": key or own.get("AZURE_STORAGE_ACCOUNT_KEY", ""),
        "sas": parts.get("SharedAccessSignature") or own.get("AZURE_STORAGE_SAS_TOKEN", ""),
        "authority": authority,
        "scheme": scheme,
        "suffix": suffix,
    }


def _proxy(server: str, environment: Mapping[str, str]) -> str | None:
    """The proxy for a server; the SDK of S3 alone does not look for it."""
    from requests.utils import should_bypass_proxies

    lower = {key.lower(): value for key, value in environment.items()}
    if should_bypass_proxies(server, lower.get("no_proxy")):
        return None
    return lower.get(f"{urlsplit(server).scheme}_proxy") or None


def _require_answer(server: str, remote: Remote, environment: Mapping[str, str]) -> None:
    """Make sure within seconds that somebody listens: SDKs try again for minutes.

    Raises:
        DataNotReadable: Nobody does.
    """
    parts = urlsplit(server)
    if _proxy(server, environment):
        return  # the proxy resolves the name
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((parts.hostname or "", port), CONNECT_SECONDS).close()
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise unreachable(remote, f"{parts.hostname}:{port}: {why}") from None


def unreachable(remote: Remote, why: str) -> DataNotReadable:
    """The error for a server that does not answer."""
    account = " (the storage account's name is part of it)" if remote.store == "az" else ""
    return DataNotReadable(
        f"{remote.shown} cannot be reached: {scrubbed(why, {})}",
        cause=f"there is no network, or the server's name is wrong{account}",
        remedy=f"set {VARIABLES[remote.store]}"
        if remote.store != "https"
        else "open the address on the machine that runs mlgate; a proxy is set by HTTPS_PROXY",
    )


def in_time(ask: Callable[[], T], remote: Remote) -> T:
    """The answer to a question about objects, which should take milliseconds.

    Raises:
        DataNotReadable: There is none after `ANSWER_SECONDS`. The thread that waits is left alone.
    """
    answers: list[T] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            answers.append(ask())
        except BaseException as error:  # noqa: BLE001  # raised again by the one who asked
            errors.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(ANSWER_SECONDS)
    if errors:
        raise errors[0]
    if not answers:
        raise unreachable(remote, f"no answer within {ANSWER_SECONDS:.0f} s")
    return answers[0]


@contextmanager
def explained(remote: Remote, environment: Mapping[str, str]) -> Iterator[None]:
    """Turn what the SDKs raise into errors with a cause and a remedy.

    Raises:
        DataNotReadable: Anything went wrong.
    """
    import pyarrow as pa

    try:
        yield
    except (OSError, ValueError, pa.ArrowException) as error:
        raise _explanation(error, remote, environment) from None


_DENIED: Final = re.compile(
    r"ACCESS_DENIED|AccessDenied|\b40[13]\b|Forbidden|Authoriz|Authentication|Unauthori[sz]ed"
    r"|INVALID_ACCESS_KEY|InvalidAccessKey|SIGNATURE_DOES_NOT_MATCH|SignatureDoesNotMatch"
    r"|EXPIRED|ExpiredToken|INVALID_TOKEN|PERMISSION_DENIED|UNAUTHENTICATED|credential",
    re.IGNORECASE,
)
_SILENT: Final = re.compile(
    r"NETWORK_CONNECTION|resolve host|connect|UNAVAILABLE|DEADLINE|time[d ]*out|curl", re.IGNORECASE
)


def _explanation(
    error: Exception, remote: Remote, environment: Mapping[str, str]
) -> DataNotReadable:
    text = str(error)
    said = scrubbed(text, environment)
    if isinstance(error, FileNotFoundError):
        return missing(remote)
    if _DENIED.search(text):
        hint = "; S3 also says so of an object that is not there" if remote.store == "s3" else ""
        return DataNotReadable(
            f"{remote.shown} may not be read: {said}",
            cause=f"there are no credentials, they have expired, or they lack the right to list "
            f"and read this{hint}",
            remedy=f"set {VARIABLES[remote.store]}",
        )
    if _SILENT.search(text):
        return unreachable(remote, said)
    return DataNotReadable(
        f"{remote.shown} cannot be read: {said}",
        cause="the file is truncated or damaged, or the server is at fault",
        remedy="fetch the file by hand to see the same error",
    )


def missing(remote: Remote, *, bucket: bool = False) -> DataNotReadable:
    """The error for an object, or a whole bucket, that is not there."""
    what = f"there is no bucket or container {remote.bucket}" if bucket else "there is no such file"
    return DataNotReadable(
        f"{remote.shown}: {what}",
        cause="the address is mistyped, or the step that writes the file has not run",
        remedy="correct `path`; a region or endpoint of its own is set in the environment: "
        f"{VARIABLES[remote.store]}",
    )


_SECRET_NAMES: Final = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL|CONNECTION|SAS|AUTH", re.I)


def scrubbed(text: str, environment: Mapping[str, str]) -> str:
    """One short line of what an SDK said, without anything that could be a credential."""
    for name, value in environment.items():
        if _SECRET_NAMES.search(name):
            for part in {value, *re.split(r"[;&]|(?<=\w)=", value)}:
                if len(part) >= 6:
                    text = text.replace(part, "…")
    text = re.sub(r"\?[^\s'\"?=]+=[^\s'\"]*", "?…", text)  # the query of an address
    text = re.sub(r"://[^/\s@]+@", "://…@", text)
    text = re.sub(r"\b[A-Za-z0-9+/_=-]{40,}", "…", text)
    return re.sub(r"\s+", " ", text).strip()[:200]


def version_of(stream: Any) -> str | None:
    """How the store names the version of an open file: its ETag or generation; None for neither."""
    said = {
        (k.decode() if isinstance(k, bytes) else k).lower(): v
        for k, v in (stream.metadata() or {}).items()
    }
    for name in ("generation", "etag", "last-modified"):
        if value := said.get(name):
            text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
            return f"{name} {text.strip(chr(34))[:100]}"
    return None
