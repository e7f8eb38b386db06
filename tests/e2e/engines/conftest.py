"""What the engines' end-to-end tests share."""

import shutil
from collections.abc import Iterator

import pytest

from tests.e2e.engines.postgres import Server, install, postgres


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server that all tests share, and leave as they found it."""
    with postgres() as running:
        yield running


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server that a test may kill."""
    with postgres() as running:
        yield running


@pytest.fixture(scope="session")
def _java() -> None:
    if shutil.which("java") is None:
        install("openjdk-17-jre-headless")
