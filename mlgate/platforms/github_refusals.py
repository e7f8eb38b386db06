"""What a refusal of GitHub's API means: whether to wait, how long, and how to say it."""

import re
from typing import Final

import requests

from mlgate.errors import PlatformRefused

_SECONDARY_LIMIT: Final = "secondary rate limit"
_SECONDARY_LIMIT_WAIT: Final = 60.0
"""Seconds that GitHub asks to wait at least, where a secondary limit names no time."""
_OUTAGE: Final = "run the job again; https://www.githubstatus.com tells of outages"


class GitHubRefused(PlatformRefused):
    """GitHub's answer was no, or there was no answer.

    Args:
        status: HTTP status of the answer; None where there was none.
        passing: Whether it may be gone in a moment: an outage, a rate limit.
    """

    def __init__(
        self, what: str, *, status: int | None, passing: bool = False, cause: str, remedy: str
    ) -> None:
        super().__init__(what, cause=cause, remedy=remedy)
        self.status = status
        self.passing = passing

    @property
    def forbidden(self) -> bool:
        """Whether the token may not do this, or may not even know whether the thing exists."""
        return self.status in (403, 404) and not self.passing


def message(response: requests.Response) -> str:
    """GitHub's own words for a refusal."""
    try:
        content = response.json()
    except requests.JSONDecodeError:
        content = None
    if not isinstance(content, dict) or not isinstance(content.get("message"), str):
        return response.reason or "no message"
    errors = content.get("errors")
    details = [
        error["message"]
        for error in (errors if isinstance(errors, list) else [])
        if isinstance(error, dict) and isinstance(error.get("message"), str)
    ]
    return ": ".join([content["message"], *details])


def is_rate_limit(response: requests.Response) -> bool:
    """Whether a refusal is a rate limit, which GitHub says with 429 and with 403."""
    if response.status_code == 429:
        return True
    return response.status_code == 403 and (
        "Retry-After" in response.headers
        or response.headers.get("X-RateLimit-Remaining") == "0"
        or _SECONDARY_LIMIT in message(response).lower()
    )


def requested_wait(response: requests.Response, now: float) -> float | None:
    """Seconds that GitHub asks to wait before the next request; None where it does not say.

    Source: "Rate limits for the REST API" in GitHub's documentation, section "Exceeding the rate
    limit".

    Args:
        response: A rate limit, or a server's error.
        now: Seconds since 1970.
    """
    if (seconds := _number(response, "Retry-After")) is not None:
        return seconds
    reset = _number(response, "X-RateLimit-Reset")
    if _number(response, "X-RateLimit-Remaining") == 0 and reset is not None:
        return max(0.0, reset - now) + 1  # a reset is given in whole seconds
    return _SECONDARY_LIMIT_WAIT if _SECONDARY_LIMIT in message(response).lower() else None


def advice(response: requests.Response, needs: str) -> tuple[str, str]:
    """Usual cause of a refusal, and what to change.

    Args:
        response: The refusal.
        needs: Line of a workflow's `permissions:` that the request takes.
    """
    status = response.status_code
    if is_rate_limit(response):
        return "many jobs ask GitHub at the same time with one token", "run the job again later"
    if status == 401:
        return (
            "the token is wrong or has expired",
            "pass `github-token: ${{ github.token }}`",
        )
    if status == 403:
        return (
            "the job's token lacks a permission; on a pull request from a fork it always does",
            f"add `{needs}` to the `permissions:` of the job",
        )
    if status == 404:
        return (
            "it does not exist, or the job's token may not see it",
            f"add `{needs}` to the `permissions:` of the job",
        )
    if status >= 500:
        return "GitHub has an outage", _OUTAGE
    return "GitHub does not accept what mlgate sent", "report this as a bug of mlgate"


def unanswered(request: object, reason: str, *, passing: bool) -> GitHubRefused:
    """The refusal for a request that got no answer."""
    return GitHubRefused(
        f"GitHub did not answer {request} ({reason})",
        status=None,
        passing=passing,
        cause="the network or GitHub is down, or a proxy is in the way",
        remedy=_OUTAGE,
    )


def _number(response: requests.Response, header: str) -> float | None:
    value = response.headers.get(header, "")
    return float(value) if re.fullmatch(r"\d{1,12}", value) else None
