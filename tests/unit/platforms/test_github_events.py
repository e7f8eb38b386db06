"""What is gated, for each event that starts a workflow."""

import json
from pathlib import Path
from typing import Any

import pytest

from mlgate.errors import UsageError
from mlgate.platforms.github_events import change_of
from mlgate.platforms.interface import Change

HEAD, BASE, MERGE, NONE = "a" * 40, "b" * 40, "c" * 40, "0" * 40
PULL_REQUEST = {
    "action": "synchronize",
    "number": 5,
    "pull_request": {
        "number": 5,
        "head": {"sha": HEAD, "ref": "better-model", "repo": {"full_name": "mallory/shop"}},
        "base": {"sha": BASE, "ref": "main"},
    },
}


@pytest.fixture
def event(tmp_path: Path) -> Any:
    """Writes an event file and gives the variables of a step that it started."""

    def write(name: str, content: object, **variables: str) -> dict[str, str]:
        file = tmp_path / "event.json"
        file.write_text(content if isinstance(content, str) else json.dumps(content))
        return {
            "GITHUB_EVENT_NAME": name,
            "GITHUB_EVENT_PATH": str(file),
            "GITHUB_SHA": MERGE,
            "GITHUB_REF": "refs/heads/main",
        } | variables

    return write


@pytest.mark.parametrize("name", ["pull_request", "pull_request_target", "pull_request_review"])
def test_a_pull_request_is_its_head_and_never_the_merge_commit(event: Any, name: str) -> None:
    assert change_of(event(name, PULL_REQUEST)) == Change(
        event=name,
        head_commit=HEAD,
        head_ref="better-model",
        base_commit=BASE,
        base_ref="main",
        pull_request=5,
    )


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"number": True, "pull_request": None},
        {"number": "5", "pull_request": {"head": "x", "base": []}},
        {"number": -1, "pull_request": {"head": {"sha": "--upload-pack=x", "ref": 3}}},
    ],
)
def test_what_a_pull_request_event_does_not_tell_is_taken_from_variables_or_is_none(
    event: Any, content: object
) -> None:
    env = event(
        "pull_request",
        content,
        GITHUB_REF="refs/pull/17/merge",
        GITHUB_HEAD_REF="better-model",
        GITHUB_BASE_REF="main",
    )
    assert change_of(env) == Change(
        event="pull_request", head_ref="better-model", base_ref="main", pull_request=17
    )


def test_a_push_is_compared_with_what_was_there_before(event: Any) -> None:
    content = {"ref": "refs/heads/feature/x", "before": BASE, "after": HEAD}
    assert change_of(event("push", content)) == Change(
        event="push", head_commit=HEAD, head_ref="feature/x", base_commit=BASE
    )


def test_a_new_branch_has_nothing_before(event: Any) -> None:
    content = {"ref": "refs/heads/x", "before": NONE, "after": HEAD}
    assert change_of(event("push", content)).base_commit is None


def test_a_merge_group_is_compared_with_its_base(event: Any) -> None:
    group = {
        "head_sha": HEAD,
        "head_ref": "refs/heads/gh-readonly-queue/main/pr-5-b",
        "base_sha": BASE,
        "base_ref": "refs/heads/main",
    }
    assert change_of(event("merge_group", {"merge_group": group})) == Change(
        event="merge_group",
        head_commit=HEAD,
        head_ref="gh-readonly-queue/main/pr-5-b",
        base_commit=BASE,
        base_ref="main",
    )


@pytest.mark.parametrize("name", ["workflow_dispatch", "schedule", "release", "issue_comment"])
def test_any_other_event_is_the_commit_it_runs_on(event: Any, name: str) -> None:
    assert change_of(event(name, {"inputs": {}, "issue": {"number": 5}})) == Change(
        event=name, head_commit=MERGE, head_ref="main"
    )


def test_a_workflow_run_is_not_the_commit_it_runs_on(event: Any) -> None:
    content = {"workflow_run": {"head_sha": HEAD, "head_branch": "better-model"}}
    assert change_of(event("workflow_run", content)) == Change(
        event="workflow_run", head_commit=HEAD, head_ref="better-model"
    )


def test_without_an_event_file_the_variables_are_enough() -> None:
    env = {"GITHUB_EVENT_NAME": "push", "GITHUB_SHA": HEAD, "GITHUB_REF": "refs/tags/v1"}
    assert change_of(env) == Change(event="push", head_commit=HEAD, head_ref="v1")


def test_an_empty_environment_tells_nothing() -> None:
    assert change_of({}) == Change(event="unknown")


def test_commits_of_sha_256_repositories_are_commits(event: Any) -> None:
    assert change_of(event("push", {"after": "d" * 64})).head_commit == "d" * 64


@pytest.mark.parametrize("content", ["", "{", '["push"]', "null", '{"before": ', "\x00"], ids=repr)
def test_a_file_that_holds_no_event_is_explained(event: Any, content: str) -> None:
    with pytest.raises(UsageError, match=r"event\.json"):
        change_of(event("pull_request", content))


def test_a_missing_event_file_is_explained(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read") as error:
        change_of({"GITHUB_EVENT_PATH": str(tmp_path / "gone.json")})
    assert "container" in error.value.cause


def test_an_event_file_that_is_not_utf_8_is_explained(tmp_path: Path) -> None:
    file = tmp_path / "event.json"
    file.write_bytes(b'{"ref": "\xff"}')
    with pytest.raises(UsageError, match="cannot be read"):
        change_of({"GITHUB_EVENT_PATH": str(file)})
