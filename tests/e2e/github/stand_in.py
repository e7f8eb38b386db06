"""A stateful stand-in for the GitHub endpoints that mlgate uses: comments, account, comparison.

It keeps what it is told, pages as GitHub does, refuses what no description mentions (permissions,
the limit of 65,536 characters) in GitHub's own words, and fails on demand. In one process it is a
context manager. For tests in another process run `python -m tests.e2e.github.stand_in`: a POST of
JSON to `/__control` sets faults and state, a GET reads the state and the record of requests.

Behind a Prism proxy the status 501 must never be answered: Prism would invent a good answer in its
place.
"""

import argparse
import dataclasses
import json
import os
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import parse_qs, unquote, urlsplit

from tests.e2e.github import objects
from tests.e2e.github.objects import ACTIONS_BOT, STRANGER, TOKEN_OWNER, Account, Json

BODY_LIMIT = 65_536


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What goes wrong with the next request that it fits."""

    status: int = 0
    """Status of the answer; 0: the connection is reset instead of an answer."""
    headers: Mapping[str, str] = field(default_factory=dict)
    message: str = "Server Error"
    carried_out: bool = False
    """True: the request has its effect all the same, and only the answer goes wrong."""
    delay: float = 0.0
    """Seconds of silence before the answer."""
    method: str = ""
    """Only requests of this method; empty: any."""
    path: str = ""
    """Only requests whose path this expression is found in; empty: any."""

    def fits(self, method: str, path: str) -> bool:
        """Whether the request is one that this fault is for."""
        return self.method in ("", method) and re.search(self.path, path) is not None


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request that came in."""

    method: str
    target: str
    """Path and query."""
    authorized: bool
    """Whether it carried a token."""
    headers: Mapping[str, str]
    """Headers by lower-case name, without the token."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What goes back."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(kw_only=True)
class State:
    """Everything that a test may set or read."""

    comments: list[Json] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    token: Literal["workflow", "personal"] = "workflow"
    """Whose token it is: a workflow's may not ask for its account, a personal one may."""
    comments_permission: Literal["write", "read", "none"] = "write"
    merge_bases: dict[str, str] = field(default_factory=dict)
    """Merge base by `BASE...HEAD`; any other comparison is not found."""
    next_id: int = 1000


class StandIn:
    """The server, in threads of this process.

    Args:
        port: Port on 127.0.0.1; 0 takes a free one.
        public_url: Where clients reach it, for the links between pages; None: directly.
    """

    def __init__(self, *, port: int = 0, public_url: str | None = None) -> None:
        self._server = _Server(self, port)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._lock = threading.RLock()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.public_url = public_url or self.url
        self.state = State()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    # What a test sets and reads.

    def reset(self) -> None:
        """Forget everything."""
        with self._lock:
            self.state = State()

    def fail(self, *faults: Fault) -> None:
        """Let the next fitting requests fail, one for each fault, in this order."""
        with self._lock:
            self.state.faults += faults

    def add_comments(
        self,
        count: int,
        body: str = "Nice!",
        *,
        author: Account = STRANGER,
        repository: str = "octo/shop",
        issue: int = 5,
    ) -> None:
        """Let somebody write comments."""
        for _ in range(count):
            self._add_comment(repository, issue, body, author)

    def delete_comment(self, identity: int) -> None:
        """Delete one comment, as a maintainer may at any time."""
        with self._lock:
            self.state.comments = [c for c in self.state.comments if c["id"] != identity]

    def bodies(self, *, author: Account = ACTIONS_BOT) -> list[str]:
        """Bodies of one author's comments, oldest first."""
        return [c["body"] for c in self.state.comments if c["user"]["id"] == author.id]

    def calls(self) -> list[str]:
        """`METHOD /path?query` of each request so far."""
        return [f"{request.method} {request.target}" for request in self.state.requests]

    # What a client asks.

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer one request; `headers` have lower-case names."""
        path = unquote(urlsplit(target).path)
        if path == "/__control":
            return self._control(method, body)
        shown = dict(headers)
        authorized = bool(shown.pop("authorization", "").removeprefix("Bearer "))
        request = Request(method=method, target=target, authorized=authorized, headers=shown)
        with self._lock:
            self.state.requests.append(request)
            fault = next((f for f in self.state.faults if f.fits(method, path)), None)
            if fault is not None:
                self.state.faults.remove(fault)
            answer = self._route(request, body) if not fault or fault.carried_out else None
        if fault is None:
            assert answer is not None
            return answer
        time.sleep(fault.delay)
        complaint = objects.error(fault.status, fault.message)
        return Answer(status=fault.status, body=complaint, headers=fault.headers)

    def _route(self, request: Request, body: bytes) -> Answer:
        split = urlsplit(request.target)
        query = {name: values[-1] for name, values in parse_qs(split.query).items()}
        if not request.authorized:
            return Answer(status=401, body=objects.error(401, "Requires authentication"))
        for method, pattern, endpoint in _ROUTES:
            match = re.fullmatch(pattern, unquote(split.path))
            if match and method == request.method:
                return endpoint(self, match, query, body)
        return _not_found()

    def _control(self, method: str, body: bytes) -> Answer:
        """Read the state, or change what a POST names: `reset` first, then the rest."""
        wish: Json = json.loads(body) if method == "POST" else {}
        if wish.pop("reset", False):
            self.reset()
        for seed in wish.pop("add_comments", []):
            author = Account(**seed.pop("author")) if "author" in seed else STRANGER
            self.add_comments(author=author, **seed)
        self.fail(*(Fault(**fault) for fault in wish.pop("faults", [])))
        with self._lock:
            for name, value in wish.items():
                if not hasattr(self.state, name):
                    return Answer(status=400, body=f"there is no {name} to set")
                setattr(self.state, name, value)
            return Answer(status=200, body=dataclasses.asdict(self.state))

    # Endpoints.

    def _list_comments(self, match: re.Match[str], query: Mapping[str, str], _: bytes) -> Answer:
        if self.state.comments_permission == "none":
            return _forbidden("issues/comments#list-issue-comments")
        size = min(int(query.get("per_page", "30")), 100)
        page = int(query.get("page", "1"))
        issue = objects.issue_url(self.public_url, match["repository"], match["issue"])
        comments = [c for c in self.state.comments if c["issue_url"] == issue]
        pages = max(1, -(-len(comments) // size))
        links = {"prev": page - 1, "first": 1} if page > 1 else {}
        links |= {"next": page + 1, "last": pages} if page < pages else {}
        here = f"{self.public_url}{match[0]}?per_page={size}"
        link = ", ".join(f'<{here}&page={number}>; rel="{name}"' for name, number in links.items())
        chosen = comments[(page - 1) * size : page * size]
        return Answer(status=200, body=chosen, headers={"Link": link} if link else {})

    def _create_comment(self, match: re.Match[str], _: Mapping[str, str], body: bytes) -> Answer:
        page = "issues/comments#create-an-issue-comment"
        if self.state.comments_permission != "write":
            return _forbidden(page)
        text = json.loads(body)["body"]
        if refusal := _refusal_of(text, page):
            return refusal
        author = self._token_account()
        comment = self._add_comment(match["repository"], int(match["issue"]), text, author)
        return Answer(status=201, body=comment, headers={"Location": comment["url"]})

    def _update_comment(self, match: re.Match[str], _: Mapping[str, str], body: bytes) -> Answer:
        page = "issues/comments#update-an-issue-comment"
        comment = next((c for c in self.state.comments if c["id"] == int(match["id"])), None)
        if comment is None:
            return _not_found()
        if self.state.comments_permission != "write":
            return _forbidden(page)
        text = json.loads(body)["body"]
        if refusal := _refusal_of(text, page):
            return refusal
        comment["body"] = text
        return Answer(status=200, body=comment)

    def _user(self, *_: object) -> Answer:
        if self.state.token == "workflow":
            return _forbidden("users/users#get-the-authenticated-user")
        return Answer(status=200, body=objects.own_account(self.public_url, self._token_account()))

    def _compare(self, match: re.Match[str], *_: object) -> Answer:
        base, _separator, head = match["basehead"].partition("...")
        merge_base = self.state.merge_bases.get(match["basehead"])
        if merge_base is None:
            return _not_found()
        comparison = objects.comparison(
            api=self.public_url,
            repository=match["repository"],
            base=base,
            head=head,
            merge_base=merge_base,
        )
        return Answer(status=200, body=comparison)

    def _token_account(self) -> Account:
        return ACTIONS_BOT if self.state.token == "workflow" else TOKEN_OWNER

    def _add_comment(self, repository: str, issue: int, body: str, author: Account) -> Json:
        with self._lock:
            comment = objects.comment(
                api=self.public_url,
                repository=repository,
                issue=issue,
                identity=self.state.next_id,
                body=body,
                author=author,
            )
            self.state.next_id += 1
            self.state.comments.append(comment)
        return comment


Endpoint = Callable[[StandIn, re.Match[str], Mapping[str, str], bytes], Answer]
_REPOSITORY = r"/repos/(?P<repository>[^/]+/[^/]+)"
_ROUTES: tuple[tuple[str, str, Endpoint], ...] = (
    ("GET", _REPOSITORY + r"/issues/(?P<issue>\d+)/comments", StandIn._list_comments),
    ("POST", _REPOSITORY + r"/issues/(?P<issue>\d+)/comments", StandIn._create_comment),
    ("PATCH", _REPOSITORY + r"/issues/comments/(?P<id>\d+)", StandIn._update_comment),
    ("GET", _REPOSITORY + r"/compare/(?P<basehead>.+)", StandIn._compare),
    ("GET", r"/user", StandIn._user),
)


def _not_found() -> Answer:
    return Answer(status=404, body=objects.error(404, "Not Found"))


def _forbidden(page: str) -> Answer:
    complaint = objects.error(403, "Resource not accessible by integration", f"/{page}")
    return Answer(status=403, body=complaint)


def _refusal_of(text: str, page: str) -> Answer | None:
    """GitHub's refusal of a comment that is empty or too long."""
    if not text.strip():
        complaint = {"code": "missing_field", "field": "body"}
    elif len(text) > BODY_LIMIT:
        message = f"Body is too long (maximum is {BODY_LIMIT} characters)"
        complaint = {"code": "unprocessable", "field": "data", "message": message}
    else:
        return None
    body = objects.error(422, "Validation Failed", f"/{page}")
    return Answer(status=422, body=body | {"errors": [{"resource": "IssueComment", **complaint}]})


class _Server(ThreadingHTTPServer):
    """A server that knows whose it is."""

    daemon_threads = True

    def __init__(self, stand_in: StandIn, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.stand_in = stand_in


class _Handler(BaseHTTPRequestHandler):
    """HTTP for the stand-in; keeps connections open, as GitHub does."""

    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "GitHub.com"
    sys_version = ""
    wbufsize = -1
    disable_nagle_algorithm = True

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.stand_in.answer(self.command, self.path, headers, body)
        if answer.status == 0:
            self._reset_connection()
            return
        payload = json.dumps(answer.body).encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(payload)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(payload)

    do_GET = do_POST = do_PATCH = _handle  # noqa: N815  # names that http.server looks for

    def _reset_connection(self) -> None:
        """Close so that the client sees a reset, not an orderly end."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's name
        """Print nothing: the record of requests is in the state."""


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="A stateful stand-in for GitHub's API.")
    parser.add_argument("--port", type=int, default=4020)
    parser.add_argument("--public-url", help="where clients reach it, behind a proxy")
    arguments = parser.parse_args()
    with StandIn(port=arguments.port, public_url=arguments.public_url) as stand_in:
        print(f"{stand_in.url} stands in for GitHub", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
