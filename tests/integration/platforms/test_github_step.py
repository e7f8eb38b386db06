"""A process that publishes as a step does, against the stand-in in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

ROOT = Path(__file__).parents[3]
PUBLISH = """
import os, sys
from mlgate.platforms import detect
from mlgate.platforms.interface import Annotation, Publication

note = Annotation(level="warning", title="drift", message="moved", file="mlgate.yml", line=3)
publication = Publication(gate="default", passed=True, comment="# Passed", summary="# Passed",
                          annotations=[note], outputs={"verdict": "passed"})
platform = detect(os.environ)
with platform.group("publishing", sys.stdout):
    print(platform.publish(publication).comment_url)
"""


@pytest.fixture
def server() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.e2e.github.stand_in", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().split()[0]
        process.terminate()


def control(server: str, **wish: object) -> dict[str, Any]:
    answer = requests.post(f"{server}/__control", json=wish, timeout=10)
    assert answer.status_code == 200, answer.text
    state: dict[str, Any] = answer.json()
    return state


def publish(server: str, folder: Path) -> list[str]:
    """Lines on standard output of a step on pull request 5."""
    event = folder / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 5}}))
    variables = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": server,
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_REPOSITORY": "octo/shop",
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        "GITHUB_TOKEN": "ghs_secret",
    }
    environment = {"PATH": os.environ["PATH"]} | variables
    command = [sys.executable, "-c", PUBLISH]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert "ghs_secret" not in run.stdout + run.stderr
    return run.stdout.splitlines()


def test_a_step_shows_its_outcome_and_says_where(server: str, tmp_path: Path) -> None:
    control(
        server,
        add_comments=[{"count": 120}],
        faults=[{"status": 429, "headers": {"Retry-After": "0"}}],
    )
    url = "https://github.com/octo/shop/pull/5#issuecomment-1120"
    assert publish(server, tmp_path) == [
        "::group::publishing",
        "::warning file=mlgate.yml,line=3,title=drift::moved",
        url,
        "::endgroup::",
    ]
    assert url in (tmp_path / "output").read_text()
    assert (tmp_path / "summary").read_text() == "# Passed\n"
    state = control(server)
    assert state["comments"][-1]["body"].endswith("\n# Passed")
    assert [request["method"] for request in state["requests"]] == ["GET", "GET", "GET", "POST"]
    assert all(request["authorized"] for request in state["requests"])
    assert "ghs_secret" not in json.dumps(state)


def test_the_stand_in_forgets_and_refuses_what_it_does_not_know(server: str) -> None:
    assert len(control(server, add_comments=[{"count": 2}])["comments"]) == 2
    assert control(server, reset=True, token="personal")["comments"] == []
    unknown = requests.post(f"{server}/__control", json={"tokne": "x"}, timeout=10)
    assert unknown.status_code == 400
    mine = requests.get(f"{server}/user", headers={"Authorization": "Bearer t"}, timeout=10)
    assert mine.json()["login"] == "mona"
    assert requests.get(f"{server}/user", timeout=10).status_code == 401
