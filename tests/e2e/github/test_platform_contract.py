"""GitHub's own description of its API, held against everything that mlgate asks and is answered.

A request that the description does not allow never reaches the stand-in, and an answer that it does
not allow never reaches mlgate: the proxy refuses both.
"""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from mlgate.platforms.github import GitHub
from mlgate.platforms.github_client import GitHubClient
from mlgate.platforms.interface import Publication, Published
from tests.e2e.github.prism import GitHubApi, github_api
from tests.e2e.github.stand_in import Fault

pytestmark = pytest.mark.e2e

MARKER = '<!-- mlgate:comment gate="default" -->'
BASE, HEAD, PARTED = "b" * 40, "a" * 40, "c" * 40


@pytest.fixture(scope="module")
def api() -> Iterator[GitHubApi]:
    with github_api() as api:
        yield api


@pytest.fixture
def answers(api: GitHubApi) -> list[requests.Response]:
    api.stand_in.reset()
    return []


@pytest.fixture
def platform(api: GitHubApi, tmp_path: Path, answers: list[requests.Response]) -> Iterator[GitHub]:
    """A step on pull request 5, as the runner starts it, whose answers are kept."""
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 5, "head": {"sha": HEAD}}}))
    for name in ("output", "summary"):
        (tmp_path / name).touch()
    environment = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_REPOSITORY": "octo/shop",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
    }
    with requests.Session() as session:
        session.hooks["response"].append(lambda answer, **_: answers.append(answer))

        def connect() -> GitHubClient:
            return GitHubClient(
                "ghs_secret", api_url=api.url, session=session, sleep=lambda _seconds: None
            )

        yield GitHub(environment, connect=connect, log=io.StringIO())
    # Whatever a test did, it was in GitHub's language.
    assert [answer.headers.get("sl-violations") for answer in answers] == [None] * len(answers)
    assert not [answer.text for answer in answers if "stoplight.io" in answer.text]


def publication(text: str) -> Publication:
    return Publication(gate="default", passed=True, comment=text, summary=text)


def statuses(answers: list[requests.Response]) -> list[str]:
    return [f"{answer.request.method} {answer.status_code}" for answer in answers]


def test_the_proxy_refuses_what_the_description_does_not_allow(api: GitHubApi) -> None:
    """The other tests mean something only if it does."""
    url = f"{api.url}/repos/octo/shop/issues/5/comments"
    headers = {"Authorization": "Bearer ghs_secret"}
    api.stand_in.reset()
    wrong = requests.post(url, json={"text": "hello"}, headers=headers, timeout=30)
    assert wrong.status_code == 422
    assert api.stand_in.calls() == []
    api.stand_in.add_comments(1)
    del api.stand_in.state.comments[0]["node_id"]
    assert requests.get(url, headers=headers, timeout=30).status_code == 500


@pytest.mark.parametrize("token", ["workflow", "personal"])
def test_a_comment_is_created_kept_and_updated(
    api: GitHubApi, platform: GitHub, answers: list[requests.Response], token: str
) -> None:
    api.stand_in.state.token = "workflow" if token == "workflow" else "personal"
    account = "GET 403" if token == "workflow" else "GET 200"
    url = "https://github.com/octo/shop/pull/5#issuecomment-1000"
    for text in ("# Failed ü☃𝄞", "# Failed ü☃𝄞", "# Passed"):
        assert platform.publish(publication(text)) == Published(comment_url=url)
    assert statuses(answers) == [
        *("GET 200", "POST 201"),
        *("GET 200", account),
        *("GET 200", account, "PATCH 200"),
    ]
    assert [c["body"] for c in api.stand_in.state.comments] == [f"{MARKER}\n# Passed"]


def test_the_comment_is_found_behind_150_others(
    api: GitHubApi, platform: GitHub, answers: list[requests.Response]
) -> None:
    api.stand_in.add_comments(75)
    api.stand_in.add_comments(75, f"{MARKER}\nforged")
    for text in ("# Failed", "# Passed"):
        assert platform.publish(publication(text)).problems == ()
    assert api.stand_in.bodies() == [f"{MARKER}\n# Passed"]
    assert len(api.stand_in.state.comments) == 151
    assert all(answer.url.startswith(api.url) for answer in answers)


@pytest.mark.parametrize("permission", ["read", "none"])
def test_a_refusal_is_a_problem_that_names_the_permission(
    api: GitHubApi, platform: GitHub, permission: str, tmp_path: Path
) -> None:
    api.stand_in.state.comments_permission = "read" if permission == "read" else "none"
    (problem,) = platform.publish(publication("# Failed")).problems
    assert "`pull-requests: write`" in problem
    assert (tmp_path / "summary").read_text() == "# Failed\n"


def test_outages_and_limits_are_waited_out(
    api: GitHubApi, platform: GitHub, answers: list[requests.Response]
) -> None:
    limit = Fault(status=429, headers={"Retry-After": "1"})
    api.stand_in.fail(Fault(status=502), Fault(status=502), limit)
    api.stand_in.fail(Fault(status=502, method="POST", carried_out=True))
    assert platform.publish(publication("# Failed")).problems == ()
    assert api.stand_in.bodies() == [f"{MARKER}\n# Failed"]
    assert statuses(answers) == [
        *("GET 502", "GET 502", "GET 429", "GET 200", "POST 502"),
        *("GET 200", "GET 403"),
    ]


def test_the_largest_comment_is_accepted(api: GitHubApi, platform: GitHub) -> None:
    assert platform.publish(publication("𝄞" * 100_000)).problems == ()
    assert platform.publish(publication("# Passed")).problems == ()
    assert api.stand_in.bodies() == [f"{MARKER}\n# Passed"]


def test_a_comment_deleted_between_two_runs_is_created_again(
    api: GitHubApi, platform: GitHub, answers: list[requests.Response]
) -> None:
    platform.publish(publication("# Failed"))
    api.stand_in.fail(Fault(status=404, method="PATCH", message="Not Found"))
    assert platform.publish(publication("# Passed")).problems == ()
    assert statuses(answers)[-2:] == ["PATCH 404", "POST 201"]


def test_a_merge_base_is_asked_for(api: GitHubApi, platform: GitHub) -> None:
    api.stand_in.state.merge_bases[f"{BASE}...{HEAD}"] = PARTED
    assert platform.merge_base(BASE, HEAD) == PARTED
    assert platform.merge_base("release/1", HEAD) is None
