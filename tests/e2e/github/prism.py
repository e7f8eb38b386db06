"""GitHub's API for end-to-end tests: the stand-in, behind a proxy that knows GitHub's description.

Prism answers a request that the description does not allow with 422, and puts a 500 in the place of
an answer that it does not allow, so a test that passes has spoken GitHub's language.
"""

import json
import os
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.github import trim_openapi
from tests.e2e.github.stand_in import StandIn

HERE = Path(__file__).parent
INSTALL = "npm ci --ignore-scripts --prefix tests/e2e/github"
_START_TIMEOUT = 60.0


@dataclass(frozen=True, kw_only=True)
class GitHubApi:
    """Both servers, running."""

    url: str
    """Root of the API, as GITHUB_API_URL has it: the proxy."""
    stand_in: StandIn
    log: Path
    """What the proxy printed."""


@contextmanager
def github_api(port: int = 0) -> Iterator[GitHubApi]:
    """The stand-in behind Prism, until the block ends.

    Args:
        port: Port of the proxy on 127.0.0.1; 0 takes a free one.
    """
    program = HERE / "node_modules/.bin/prism"
    if not program.exists():
        raise RuntimeError(f"Prism is not installed; run: {INSTALL}")
    url = f"http://127.0.0.1:{port or _free_port()}"
    with (
        tempfile.TemporaryDirectory(prefix="mlgate-prism-") as folder,
        StandIn(public_url=url) as stand_in,
    ):
        description, log = Path(folder, "github.json"), Path(folder, "prism.log")
        whole = json.loads(trim_openapi.DESCRIPTION.read_text())
        description.write_text(json.dumps(trim_openapi.trim(whole)))
        command = [str(program), "proxy", "--errors", "-h", "127.0.0.1", "-p", url.split(":")[-1]]
        command += [str(description), stand_in.url]
        with log.open("w") as output:
            proxy = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=os.environ | {"NO_COLOR": "1"},
            )
        try:
            _wait_until_up(url, proxy, log)
            stand_in.reset()
            yield GitHubApi(url=url, stand_in=stand_in, log=log)
        finally:
            proxy.terminate()
            proxy.wait()


def _wait_until_up(url: str, proxy: subprocess.Popen[bytes], log: Path) -> None:
    """Wait for an answer of the stand-in through the proxy: without a token, that is a 401."""
    deadline = time.monotonic() + _START_TIMEOUT
    while time.monotonic() < deadline and proxy.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/user", timeout=5)
        except urllib.error.HTTPError as answer:
            with answer:
                if answer.code == 401:
                    return
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"Prism did not start:\n{log.read_text()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
