"""GitHub's stand-in in this process, and a client whose waits take no time."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import requests

from mlgate.platforms.github_client import GitHubClient, Patience
from tests.e2e.github.stand_in import StandIn


@dataclass
class Clock:
    """Time that passes only by waiting."""

    seconds: float = 1_000_000.0
    waits: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.seconds += seconds


@pytest.fixture(scope="session")
def server() -> Iterator[StandIn]:
    with StandIn() as stand_in:
        yield stand_in


@pytest.fixture
def stand_in(server: StandIn) -> StandIn:
    server.reset()
    return server


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


@pytest.fixture
def client(stand_in: StandIn, clock: Clock, session: requests.Session) -> GitHubClient:
    """A client without a random spread: waits are 1, 2, 4 … seconds."""
    return GitHubClient(
        "ghs_secret",
        api_url=stand_in.url,
        patience=Patience(read_timeout=5),
        session=session,
        sleep=clock.sleep,
        now=clock.now,
        spread=lambda: 1.0,
    )
