"""What started a workflow run, as the variables and the event file of a step tell it."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from mlgate.errors import UsageError
from mlgate.platforms.interface import Change

_REMEDY = "run mlgate as a step of a workflow, or unset GITHUB_ACTIONS"


def change_of(environment: Mapping[str, str]) -> Change:
    """What is to be gated.

    What an event does not tell is None. For a pull request the commit is never taken from
    GITHUB_SHA, which is a merge commit that nobody wrote.

    Args:
        environment: The step's variables.

    Raises:
        UsageError: The event file cannot be read.
    """
    name = environment.get("GITHUB_EVENT_NAME") or "unknown"
    event = _read(environment.get("GITHUB_EVENT_PATH"))
    if name.startswith("pull_request"):
        return _pull_request(name, event, environment)
    if name == "push":
        return Change(
            event=name,
            head_commit=_commit(event, "after") or _commit(environment, "GITHUB_SHA"),
            head_ref=_ref(event, "ref") or _ref(environment, "GITHUB_REF"),
            base_commit=_commit(event, "before"),
        )
    if name == "merge_group":
        return Change(
            event=name,
            head_commit=_commit(event, "merge_group", "head_sha")
            or _commit(environment, "GITHUB_SHA"),
            head_ref=_ref(event, "merge_group", "head_ref") or _ref(environment, "GITHUB_REF"),
            base_commit=_commit(event, "merge_group", "base_sha"),
            base_ref=_ref(event, "merge_group", "base_ref"),
        )
    if name == "workflow_run":  # GITHUB_SHA is the default branch's here, not that of the run
        return Change(
            event=name,
            head_commit=_commit(event, "workflow_run", "head_sha"),
            head_ref=_ref(event, "workflow_run", "head_branch"),
        )
    return Change(
        event=name,
        head_commit=_commit(environment, "GITHUB_SHA"),
        head_ref=_ref(environment, "GITHUB_REF"),
    )


def _pull_request(name: str, event: object, environment: Mapping[str, str]) -> Change:
    number = _dig(event, "pull_request", "number") or _dig(event, "number")
    if type(number) is not int or number < 1:  # bool is an int, too
        match = re.fullmatch(r"refs/pull/(\d+)/\w+", environment.get("GITHUB_REF", ""))
        number = int(match[1]) if match else None
    return Change(
        event=name,
        head_commit=_commit(event, "pull_request", "head", "sha"),
        head_ref=_ref(event, "pull_request", "head", "ref") or _ref(environment, "GITHUB_HEAD_REF"),
        base_commit=_commit(event, "pull_request", "base", "sha"),
        base_ref=_ref(event, "pull_request", "base", "ref") or _ref(environment, "GITHUB_BASE_REF"),
        pull_request=number,
    )


def _read(path: str | None) -> object:
    if not path:
        return {}
    try:
        event = json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise UsageError(
            f"the event file {path} cannot be read: {error}",
            cause="GITHUB_EVENT_PATH names a file of the runner that this container cannot see",
            remedy=_REMEDY,
        ) from error
    if not isinstance(event, dict):
        raise UsageError(
            f"the event file {path} holds no event",
            cause="GITHUB_EVENT_PATH does not name the runner's own file",
            remedy=_REMEDY,
        )
    return event


def _dig(node: object, *keys: str) -> object:
    """The value at a path of nested mappings; None where there is none."""
    for key in keys:
        node = node.get(key) if isinstance(node, Mapping) else None
    return node


def _commit(node: object, *keys: str) -> str | None:
    """A full commit id; None for anything else, and for the zeros that stand for "no commit"."""
    value = _dig(node, *keys)
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", value):
        return None
    return value if value.strip("0") else None


def _ref(node: object, *keys: str) -> str | None:
    """A branch or tag by its short name."""
    value = _dig(node, *keys)
    if not isinstance(value, str) or not value:
        return None
    return re.sub(r"^refs/(heads|tags)/", "", value)
