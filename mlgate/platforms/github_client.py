"""Transport to GitHub's REST API: the token, redirects, pages and patience.

What is asked for, and why, is said in `github.py` and `github_comments.py`.
"""

import random
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urljoin, urlsplit

import requests

from mlgate import __version__
from mlgate.errors import UsageError
from mlgate.platforms import github_refusals
from mlgate.platforms.github_refusals import GitHubRefused

PUBLIC_API: Final = "https://api.github.com"

_REDIRECTS: Final = frozenset({301, 302, 307, 308})
_MOST_REDIRECTS: Final = 3
_LONGEST_MESSAGE: Final = 300


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long to keep trying."""

    attempts: int = 5
    """Most attempts of one request."""
    first_wait: float = 1.0
    """Seconds before the second attempt; doubles after each."""
    longest_wait: float = 60.0
    """Longest wait in seconds. Where GitHub asks for more, mlgate gives up at once: to ask again
    earlier makes a limit worse."""
    budget: float = 180.0
    """Seconds that failed attempts and waits may take in all, over every request of a client."""
    connect_timeout: float = 10.0
    """Seconds to get a connection."""
    read_timeout: float = 30.0
    """Seconds of silence after which an attempt has failed."""


@dataclass(frozen=True, kw_only=True)
class _Request:
    """What is asked."""

    method: str
    url: str
    needs: str
    """Line of a workflow's `permissions:` that the request takes."""
    content: Mapping[str, object] | None = None
    kind: type = dict
    """What the answer must be."""

    def __str__(self) -> str:
        """The request as messages name it."""
        return f"{self.method} {urlsplit(self.url).path}"


@dataclass(frozen=True, kw_only=True)
class _Answer:
    """What came back: content, or a refusal."""

    data: Any = None
    next_page: str | None = None
    refused: GitHubRefused | None = None
    uncertain: bool = False
    """Whether the request may have been carried out all the same."""
    wait: float | None = None
    """Seconds that GitHub asks to wait; None where it does not say."""


Landed = Callable[[], dict[str, Any] | None]
"""Looks for the thing that an uncertain request was to create: None where it is not there."""


class GitHubClient:
    """One token's access to one GitHub.

    Args:
        token: Access token of any kind. It is sent to the API's own host alone, and never shown.
        api_url: Root of the API, such as `https://github.example.com/api/v3`.
        patience: How long to keep trying.
        session: Connections; a test may look at what goes over them.
        sleep: Waits a number of seconds.
        now: Seconds since 1970.
        spread: A random number from 0 to 1, so that many jobs do not try again at one moment.

    Raises:
        UsageError: The token or the address cannot be one.
    """

    def __init__(
        self,
        token: str,
        *,
        api_url: str = PUBLIC_API,
        patience: Patience | None = None,
        session: requests.Session | None = None,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.time,
        spread: Callable[[], float] = random.random,
    ) -> None:
        self._token = _checked_token(token)
        self._api_url = _checked_url(api_url)
        self._patience = patience or Patience()
        self._session = session or requests.Session()
        self._sleep = sleep
        self._now = now
        self._spread = spread
        self._lost = 0.0

    def __repr__(self) -> str:
        """Where it leads, without the token."""
        return f"GitHubClient(api_url={self._api_url!r})"

    def get(self, path: str, *, needs: str, **query: str | int) -> dict[str, Any]:
        """One object.

        Args:
            path: Path below the API's root, with its variable parts already quoted.
            needs: Line of a workflow's `permissions:` that this takes, such as `contents: read`.
            query: Parameters of the query.

        Raises:
            GitHubRefused: There is no good answer.
        """
        return self._ask(_Request(method="GET", url=self._url(path, query), needs=needs))

    def pages(self, path: str, *, needs: str) -> Iterator[dict[str, Any]]:
        """The objects of a list, from all of its pages. Arguments as for `get`.

        Raises:
            GitHubRefused: A page has no good answer.
        """
        url: str | None = self._url(path, {"per_page": 100})
        while url is not None:
            answer = self._answer(_Request(method="GET", url=url, needs=needs, kind=list))
            yield from answer.data
            url = answer.next_page

    def patch(self, path: str, content: Mapping[str, object], *, needs: str) -> dict[str, Any]:
        """Change something; to do so twice must be as good as once. Arguments as for `get`.

        Raises:
            GitHubRefused: There is no good answer.
        """
        url = self._url(path)
        return self._ask(_Request(method="PATCH", url=url, content=content, needs=needs))

    def post(
        self, path: str, content: Mapping[str, object], *, needs: str, landed: Landed
    ) -> dict[str, Any]:
        """Create something once.

        A gateway's error or a broken connection leaves open whether the thing was created, and a
        second request could create a second one: so `landed` looks before one is sent. Other
        arguments as for `get`.

        Raises:
            GitHubRefused: There is no good answer.
        """
        url = self._url(path)
        return self._ask(_Request(method="POST", url=url, content=content, needs=needs), landed)

    def _url(self, path: str, query: Mapping[str, str | int] | None = None) -> str:
        return f"{self._api_url}{path}" + (f"?{urlencode(query)}" if query else "")

    def _ask(self, request: _Request, landed: Landed | None = None) -> dict[str, Any]:
        content: dict[str, Any] = self._answer(request, landed).data
        return content

    def _answer(self, request: _Request, landed: Landed | None = None) -> _Answer:
        """Ask until there is a good answer, or patience ends."""
        attempt = 0
        while True:
            attempt += 1
            began = self._now()
            answer = self._attempt(request)
            if answer.refused is None:
                return answer
            wait = self._wait(answer, attempt)
            self._lost += self._now() - began + wait
            if (
                not answer.refused.passing
                or attempt >= self._patience.attempts
                or wait > self._patience.longest_wait
                or self._lost > self._patience.budget
            ):
                raise answer.refused
            self._sleep(wait)
            if landed and answer.uncertain and (found := landed()) is not None:
                return _Answer(data=found)

    def _wait(self, answer: _Answer, attempt: int) -> float:
        """Seconds before the next attempt; what GitHub asks for is never cut short."""
        if answer.wait is not None:
            return answer.wait
        longest = min(self._patience.first_wait * 2.0 ** (attempt - 1), self._patience.longest_wait)
        return longest * (1 + self._spread()) / 2

    def _attempt(self, request: _Request) -> _Answer:
        """Send a request once, and say what its answer means."""
        try:
            response = self._send(request)
        except requests.RequestException as error:
            return self._unanswered(request, error)
        if response.status_code in _REDIRECTS:
            return self._misled(
                response, f"{request} is redirected without end, or to a host of somebody else"
            )
        if not response.ok:
            return self._refusal(request, response)
        return self._content(request, response)

    def _send(self, request: _Request) -> requests.Response:
        """Send a request, and follow redirects as long as they stay on the API's own host."""
        url = request.url
        for _ in range(1 + _MOST_REDIRECTS):
            response = self._session.request(
                request.method,
                url,
                json=request.content,
                headers={
                    "Accept": "application/vnd.github+json",
                    "User-Agent": f"mlgate/{__version__}",
                    "X-GitHub-Api-Version": "2022-11-28",
                },
                auth=self._authorize,
                timeout=(self._patience.connect_timeout, self._patience.read_timeout),
                allow_redirects=False,
            )
            if response.status_code not in _REDIRECTS:
                break
            url = urljoin(url, response.headers.get("Location", ""))
            if not self._is_own(url):
                break
        return response

    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the token: as the `auth` of requests, so that no .netrc takes its place."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def _is_own(self, url: str) -> bool:
        """Whether a URL is on the API's own host, the only one that may see the token."""
        own, other = urlsplit(self._api_url), urlsplit(url)
        return (own.scheme, own.netloc.lower()) == (other.scheme, other.netloc.lower())

    def _content(self, request: _Request, response: requests.Response) -> _Answer:
        try:
            data = response.json()
        except requests.JSONDecodeError:
            data = None
        objects = data if isinstance(data, list) else [data]
        if not isinstance(data, request.kind) or not all(isinstance(x, dict) for x in objects):
            return self._misled(response, f"the answer to {request} is not one of GitHub's API")
        next_page = response.links.get("next", {}).get("url")
        if next_page is not None and not self._is_own(next_page):
            return self._misled(response, f"the next page of {request} is on another host")
        return _Answer(data=data, next_page=next_page)

    def _misled(self, response: requests.Response, what: str) -> _Answer:
        return _Answer(
            refused=GitHubRefused(
                what,
                status=response.status_code,
                cause="a proxy answers in GitHub's place, or GITHUB_API_URL is wrong",
                remedy=f"make sure that {self._api_url} is the address GitHub itself uses",
            )
        )

    def _unanswered(self, request: _Request, error: Exception) -> _Answer:
        reason = self._clean(f"{type(error).__name__}: {error}")
        passing = isinstance(
            error,
            requests.ConnectionError | requests.Timeout | requests.exceptions.ChunkedEncodingError,
        )
        return _Answer(
            refused=github_refusals.unanswered(
                request,
                reason,
                passing=passing and not isinstance(error, requests.exceptions.SSLError),
            ),
            uncertain=True,
        )

    def _refusal(self, request: _Request, response: requests.Response) -> _Answer:
        status = response.status_code
        message = self._clean(github_refusals.message(response))
        cause, remedy = github_refusals.advice(response, request.needs)
        passing = status >= 500 or github_refusals.is_rate_limit(response)
        return _Answer(
            refused=GitHubRefused(
                f'GitHub answered {status} to {request}: "{message}"',
                status=status,
                passing=passing,
                cause=cause,
                remedy=remedy,
            ),
            uncertain=status >= 500,
            wait=github_refusals.requested_wait(response, self._now()) if passing else None,
        )

    def _clean(self, text: str) -> str:
        """One line of bounded length that does not hold the token."""
        line = " ".join(text.replace(self._token, "***").split())
        return line if len(line) <= _LONGEST_MESSAGE else f"{line[:_LONGEST_MESSAGE]}…"


def _checked_token(token: str) -> str:
    """The token without blanks around it; libraries quote one that no header can hold."""
    token = token.strip()
    if not re.fullmatch(r"[!-~]+", token):
        raise UsageError(
            "the token is empty or has characters that no token has",
            cause="it was pasted with a line break or a blank",
            remedy="pass `github-token: ${{ github.token }}`, or store the secret again",
        )
    return token


def _checked_url(url: str) -> str:
    """The API's root without a slash at its end."""
    if not re.fullmatch(r"https?://[\w.-]+(:\d{1,5})?(/[\w./-]*)?", url, flags=re.ASCII):
        raise UsageError(
            f"GITHUB_API_URL is no address: {url[:100]!r}",
            cause="the variable was set by hand",
            remedy="leave it as GitHub sets it, such as `https://api.github.com`",
        )
    return url.rstrip("/")
