"""The transport: pages, patience, refusals, and where the token goes."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
import requests

from mlgate.errors import PlatformRefused, UsageError
from mlgate.platforms.github_client import GitHubClient, Patience
from mlgate.platforms.github_refusals import GitHubRefused
from tests.e2e.github.stand_in import Fault, StandIn
from tests.unit.platforms.conftest import Clock

COMMENTS = "/repos/octo/shop/issues/5/comments"
WRITE = "pull-requests: write"


def create(client: GitHubClient, landed: object = None) -> dict[str, object]:
    found = landed if isinstance(landed, dict) else None
    return client.post(COMMENTS, {"body": "hello"}, needs=WRITE, landed=lambda: found)


def read(client: GitHubClient) -> list[dict[str, object]]:
    return list(client.pages(COMMENTS, needs=WRITE))


class TestPages:
    def test_a_list_is_read_to_its_last_page(self, client: GitHubClient, stand_in: StandIn) -> None:
        stand_in.add_comments(250)
        assert [c["id"] for c in read(client)] == list(range(1000, 1250))
        assert stand_in.calls() == [
            f"GET {COMMENTS}?per_page=100",
            f"GET {COMMENTS}?per_page=100&page=2",
            f"GET {COMMENTS}?per_page=100&page=3",
        ]

    def test_an_exactly_full_page_is_the_only_one(
        self, client: GitHubClient, stand_in: StandIn
    ) -> None:
        stand_in.add_comments(100)
        assert len(read(client)) == 100
        assert len(stand_in.calls()) == 1

    def test_a_next_page_on_another_host_is_not_asked_for(
        self, client: GitHubClient, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with StandIn() as other:
            monkeypatch.setattr(stand_in, "public_url", other.url)
            stand_in.add_comments(101)
            with pytest.raises(GitHubRefused, match="on another host"):
                read(client)
            assert other.calls() == []


class TestPatience:
    def test_outages_and_limits_are_waited_out(
        self, client: GitHubClient, stand_in: StandIn, clock: Clock
    ) -> None:
        limit = Fault(status=429, headers={"Retry-After": "7"})
        stand_in.fail(Fault(status=502), Fault(status=502), limit)
        assert read(client) == []
        assert clock.waits == [1, 2, 7]

    def test_a_broken_connection_is_tried_again(
        self, client: GitHubClient, stand_in: StandIn, clock: Clock
    ) -> None:
        stand_in.fail(Fault(), Fault())
        assert read(client) == []
        assert clock.waits == [1, 2]

    def test_silence_is_a_failed_attempt(
        self, stand_in: StandIn, clock: Clock, session: requests.Session
    ) -> None:
        client = GitHubClient(
            "t",
            api_url=stand_in.url,
            patience=Patience(read_timeout=0.05),
            session=session,
            sleep=clock.sleep,
        )
        stand_in.fail(Fault(delay=0.5))
        assert read(client) == []
        assert len(clock.waits) == 1

    def test_it_ends_after_a_number_of_attempts(
        self, client: GitHubClient, stand_in: StandIn, clock: Clock
    ) -> None:
        stand_in.fail(*[Fault(status=503)] * 20)
        with pytest.raises(GitHubRefused, match="503") as refusal:
            read(client)
        assert refusal.value.status == 503
        assert clock.waits == [1, 2, 4, 8]
        assert len(stand_in.calls()) == 5

    def test_waits_are_spread_over_jobs(self, stand_in: StandIn, clock: Clock) -> None:
        with requests.Session() as session:
            client = GitHubClient(
                "t", api_url=stand_in.url, session=session, sleep=clock.sleep, spread=lambda: 0.5
            )
            stand_in.fail(Fault(status=500), Fault(status=500))
            read(client)
        assert clock.waits == [0.75, 1.5]

    @pytest.mark.parametrize("status", [403, 429])
    @pytest.mark.parametrize(
        ("headers", "message", "wait"),
        [
            ({"Retry-After": "30"}, "slow down", 30),
            ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1000020"}, "exceeded", 21),
            ({}, "You have exceeded a secondary rate limit. Please wait a few minutes", 60),
        ],
    )
    def test_every_kind_of_rate_limit_is_waited_out_as_github_asks(
        self,
        client: GitHubClient,
        stand_in: StandIn,
        clock: Clock,
        status: int,
        headers: dict[str, str],
        message: str,
        wait: float,
    ) -> None:
        stand_in.fail(Fault(status=status, headers=headers, message=message))
        assert read(client) == []
        assert clock.waits == [wait]

    def test_a_limit_that_lasts_too_long_is_given_up_at_once(
        self, client: GitHubClient, stand_in: StandIn, clock: Clock
    ) -> None:
        stand_in.fail(Fault(status=429, headers={"Retry-After": "61"}, message="Too many"))
        with pytest.raises(GitHubRefused, match=r"429.*Too many"):
            read(client)
        assert clock.waits == []
        assert len(stand_in.calls()) == 1

    def test_all_requests_share_one_budget(
        self, stand_in: StandIn, clock: Clock, session: requests.Session
    ) -> None:
        client = GitHubClient(
            "t",
            api_url=stand_in.url,
            patience=Patience(budget=50),
            session=session,
            sleep=clock.sleep,
            now=clock.now,
        )
        wait = Fault(status=429, headers={"Retry-After": "20"})
        stand_in.fail(wait, wait)
        assert read(client) == []
        stand_in.fail(wait)
        with pytest.raises(GitHubRefused):
            read(client)
        assert clock.waits == [20, 20]

    @pytest.mark.parametrize("status", [400, 401, 404, 410, 422])
    def test_a_plain_no_is_not_asked_again(
        self, client: GitHubClient, stand_in: StandIn, clock: Clock, status: int
    ) -> None:
        stand_in.fail(Fault(status=status, message="No"))
        with pytest.raises(GitHubRefused) as refusal:
            read(client)
        assert refusal.value.status == status
        assert clock.waits == []


class TestCreating:
    def test_what_landed_in_spite_of_an_error_is_not_created_again(
        self, client: GitHubClient, stand_in: StandIn
    ) -> None:
        stand_in.fail(Fault(status=502, carried_out=True))
        assert create(client, landed={"id": 1}) == {"id": 1}
        assert len(stand_in.state.comments) == 1

    @pytest.mark.parametrize("fault", [Fault(status=502), Fault(), Fault(status=504)])
    def test_what_did_not_land_is_created_by_a_second_request(
        self, client: GitHubClient, stand_in: StandIn, fault: Fault
    ) -> None:
        stand_in.fail(fault)
        assert create(client)["body"] == "hello"
        assert len(stand_in.state.comments) == 1

    def test_after_a_rate_limit_nobody_needs_to_look(
        self, client: GitHubClient, stand_in: StandIn
    ) -> None:
        stand_in.fail(Fault(status=429, headers={"Retry-After": "1"}))
        assert create(client, landed={"id": "stale"})["body"] == "hello"


class TestRefusals:
    @pytest.mark.parametrize("permission", ["read", "none"])
    def test_a_missing_permission_is_named(
        self, client: GitHubClient, stand_in: StandIn, permission: str
    ) -> None:
        stand_in.state.comments_permission = "read" if permission == "read" else "none"
        with pytest.raises(PlatformRefused) as refusal:
            create(client)
        assert "403 to POST /repos/octo/shop/issues/5/comments" in refusal.value.what
        assert "Resource not accessible by integration" in refusal.value.what
        assert "`pull-requests: write`" in refusal.value.remedy
        assert "fork" in refusal.value.cause

    def test_a_wrong_token_is_told_from_a_missing_permission(
        self, client: GitHubClient, stand_in: StandIn
    ) -> None:
        stand_in.fail(Fault(status=401, message="Bad credentials"))
        with pytest.raises(GitHubRefused) as refusal:
            read(client)
        assert "github-token" in refusal.value.remedy

    def test_the_reason_of_a_validation_is_shown(
        self, client: GitHubClient, stand_in: StandIn
    ) -> None:
        with pytest.raises(GitHubRefused, match="Body is too long"):
            client.post(COMMENTS, {"body": "x" * 65_537}, needs=WRITE, landed=lambda: None)

    def test_a_message_is_one_short_line(self, client: GitHubClient, stand_in: StandIn) -> None:
        stand_in.fail(Fault(status=400, message="::error::a\n" * 1_000))
        with pytest.raises(GitHubRefused) as refusal:
            read(client)
        assert "\n" not in refusal.value.what
        assert len(refusal.value.what) < 500

    def test_nobody_listening_is_explained(self, clock: Clock) -> None:
        with StandIn() as gone:
            url = gone.url
        with requests.Session() as session:
            client = GitHubClient("t", api_url=url, session=session, sleep=clock.sleep)
            with pytest.raises(GitHubRefused, match="did not answer GET /user") as refusal:
                client.get("/user", needs="")
        assert refusal.value.status is None
        assert len(clock.waits) == 4

    @pytest.mark.parametrize(
        "url", ["", "not a url", "http://", "http://[", "ftp://x", "https://x y"]
    )
    def test_an_address_that_cannot_be_one_is_refused(self, url: str) -> None:
        with pytest.raises(UsageError, match="GITHUB_API_URL is no address"):
            GitHubClient("t", api_url=url)


class Scripted(BaseHTTPRequestHandler):
    """Answers what a test wrote down, and keeps the headers that came."""

    answers: ClassVar[dict[str, tuple[int, dict[str, str], bytes]]] = {}
    seen: ClassVar[list[tuple[str, str | None]]] = []

    def do_GET(self) -> None:
        self.seen.append((self.path, self.headers["Authorization"]))
        status, headers, body = self.answers[self.path]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's name
        pass


@pytest.fixture
def scripted() -> Iterator[str]:
    Scripted.answers, Scripted.seen = {}, []
    with HTTPServer(("127.0.0.1", 0), Scripted) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class TestTheToken:
    def test_a_redirect_on_the_same_host_is_followed(
        self, scripted: str, session: requests.Session
    ) -> None:
        Scripted.answers["/old"] = (301, {"Location": "/new"}, b"")
        Scripted.answers["/new"] = (200, {}, b'{"name": "shop"}')
        client = GitHubClient("t", api_url=scripted, session=session)
        assert client.get("/old", needs="") == {"name": "shop"}
        assert Scripted.seen == [("/old", "Bearer t"), ("/new", "Bearer t")]

    def test_no_other_host_gets_it_by_a_redirect(
        self, scripted: str, stand_in: StandIn, session: requests.Session
    ) -> None:
        Scripted.answers["/old"] = (302, {"Location": f"{stand_in.url}/user"}, b"")
        client = GitHubClient("t", api_url=scripted, session=session)
        with pytest.raises(GitHubRefused, match="redirected"):
            client.get("/old", needs="")
        assert stand_in.calls() == []

    def test_a_redirect_without_end_ends(self, scripted: str, session: requests.Session) -> None:
        Scripted.answers["/old"] = (307, {"Location": "/old"}, b"")
        client = GitHubClient("t", api_url=scripted, session=session)
        with pytest.raises(GitHubRefused, match="redirected"):
            client.get("/old", needs="")
        assert len(Scripted.seen) == 4

    def test_a_netrc_file_does_not_take_its_place(
        self,
        scripted: str,
        session: requests.Session,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login somebody password else\n")
        netrc.chmod(0o600)
        monkeypatch.setenv("NETRC", str(netrc))
        Scripted.answers["/user"] = (200, {}, b"{}")
        GitHubClient("t", api_url=scripted, session=session).get("/user", needs="")
        assert Scripted.seen == [("/user", "Bearer t")]

    @pytest.mark.parametrize("body", [b"<html>Log in</html>", b'"text"', b"[]", b"", b"null"])
    def test_an_answer_that_is_none_of_the_api_is_a_refusal(
        self, scripted: str, session: requests.Session, body: bytes
    ) -> None:
        Scripted.answers["/user"] = (200, {}, body)
        client = GitHubClient("t", api_url=scripted, session=session)
        with pytest.raises(GitHubRefused, match="not one of GitHub's API"):
            client.get("/user", needs="")

    @pytest.mark.parametrize("token", ["", " ", "ghs_a\nb", "ghs_a\r\nb", "ghs_ü", "ghs_☃", "a\0"])
    def test_one_that_cannot_be_a_token_is_refused_unseen(self, token: str) -> None:
        with pytest.raises(UsageError) as refusal:
            GitHubClient(token)
        assert "ghs_" not in refusal.value.explain()

    def test_blanks_around_it_do_not_matter(self, scripted: str, session: requests.Session) -> None:
        Scripted.answers["/user"] = (200, {}, b"{}")
        GitHubClient(" t\n", api_url=scripted, session=session).get("/user", needs="")
        assert Scripted.seen == [("/user", "Bearer t")]

    def test_it_is_in_no_message_and_no_representation(
        self, client: GitHubClient, stand_in: StandIn, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("DEBUG")
        stand_in.fail(Fault(status=400, message="the token ghs_secret is bad"))
        with pytest.raises(GitHubRefused) as refusal:
            read(client)
        assert "the token *** is bad" in refusal.value.what
        assert "ghs_secret" not in refusal.value.explain() + repr(client) + caplog.text
        assert stand_in.state.requests[0].authorized

    def test_an_enterprise_server_has_its_api_below_a_path(
        self, scripted: str, session: requests.Session
    ) -> None:
        Scripted.answers["/api/v3/user"] = (200, {}, b'{"id": 7}')
        client = GitHubClient("t", api_url=f"{scripted}/api/v3/", session=session)
        assert client.get("/user", needs="") == {"id": 7}
