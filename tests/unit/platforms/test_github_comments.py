"""The sticky comment, against a server that keeps comments."""

import pytest

from mlgate.errors import PlatformRefused
from mlgate.platforms.github_client import GitHubClient
from mlgate.platforms.github_comments import StickyComment
from tests.e2e.github.objects import ACTIONS_BOT, STRANGER, TOKEN_OWNER, Account
from tests.e2e.github.stand_in import Fault, StandIn

MARKER = '<!-- mlgate:comment gate="default" -->'
OTHER_APP = Account(login="helper[bot]", id=77, type="Bot")


def sticky(client: GitHubClient, gate: str = "default", issue: int = 5) -> StickyComment:
    return StickyComment(client=client, repository="octo/shop", pull_request=issue, gate=gate)


def writes(stand_in: StandIn) -> list[str]:
    return [call for call in stand_in.calls() if not call.startswith("GET")]


class TestPutting:
    def test_the_first_run_creates_a_comment(self, client: GitHubClient, stand_in: StandIn) -> None:
        url = sticky(client).put("# Passed\n")
        assert stand_in.bodies() == [f"{MARKER}\n# Passed"]
        assert url == "https://github.com/octo/shop/pull/5#issuecomment-1000"
        assert len(stand_in.calls()) == 2

    def test_the_second_run_updates_the_same_comment(
        self, client: GitHubClient, stand_in: StandIn
    ) -> None:
        first = sticky(client).put("# Passed")
        assert sticky(client).put("# Failed") == first
        assert stand_in.bodies() == [f"{MARKER}\n# Failed"]

    def test_what_has_not_changed_is_not_written(
        self, client: GitHubClient, stand_in: StandIn
    ) -> None:
        first = sticky(client).put("# Passed\n\nrows: 7\n")
        stand_in.state.comments[0]["body"] = f"{MARKER}\r\n# Passed\r\n\r\nrows: 7"
        assert sticky(client).put("# Passed\n\nrows: 7\n\n") == first
        assert writes(stand_in) == ["POST /repos/octo/shop/issues/5/comments"]

    def test_it_is_found_behind_250_others_on_the_third_page(
        self, client: GitHubClient, stand_in: StandIn
    ) -> None:
        stand_in.add_comments(250)
        sticky(client).put("# Passed")
        stand_in.add_comments(10)
        sticky(client).put("# Failed")
        assert stand_in.bodies() == [f"{MARKER}\n# Failed"]
        assert len(stand_in.state.comments) == 261

    def test_gates_and_pull_requests_have_comments_of_their_own(
        self, client: GitHubClient, stand_in: StandIn
    ) -> None:
        for _ in range(2):
            sticky(client, "default").put("one")
            sticky(client, "default2").put("two")
            sticky(client, "default", issue=6).put("three")
        assert [body.partition("\n")[2] for body in stand_in.bodies()] == ["one", "two", "three"]

    def test_no_name_of_a_gate_gets_out_of_the_marker(
        self, client: GitHubClient, stand_in: StandIn
    ) -> None:
        for _ in range(2):
            sticky(client, 'a" --> @everyone <b>\n\ud800' + "x" * 70_000).put("text")
        (body,) = stand_in.bodies()
        marker, text = body.split("\n")
        assert text == "text"
        assert marker.startswith('<!-- mlgate:comment gate="a%22%20--%3E%20%40everyone')
        assert marker.count("-->") == 1
        assert "<b" not in marker

    def test_an_oversized_text_is_cut_below_githubs_limit(
        self, client: GitHubClient, stand_in: StandIn
    ) -> None:
        sticky(client).put("# Failed\n" + "ü☃𝄞 finding\n" * 10_000)
        (body,) = stand_in.bodies()
        assert 60_000 < len(body) <= 65_536
        assert body.startswith(f"{MARKER}\n# Failed")
        assert body.endswith("the job summary has the rest._")
        sticky(client).put("# Failed\n" + "ü☃𝄞 finding\n" * 10_000)
        assert len(writes(stand_in)) == 1

    def test_text_that_json_cannot_carry_is_still_posted(
        self, client: GitHubClient, stand_in: StandIn
    ) -> None:
        sticky(client).put("a\ud800b\0c")
        assert stand_in.bodies() == [f"{MARKER}\na?bc"]


class TestOwnership:
    def test_a_stranger_who_copies_the_marker_does_not_get_the_report(
        self, client: GitHubClient, stand_in: StandIn
    ) -> None:
        stand_in.add_comments(1, f"{MARKER}\nAll is well!", author=STRANGER)
        for text in ("# Failed", "# Passed"):
            sticky(client).put(text)
        assert stand_in.bodies(author=STRANGER) == [f"{MARKER}\nAll is well!"]
        assert stand_in.bodies() == [f"{MARKER}\n# Passed"]

    def test_a_bot_that_quotes_the_marker_does_not_get_the_report(
        self, client: GitHubClient, stand_in: StandIn
    ) -> None:
        quote = f"mallory wrote:\n{MARKER}\nAll is well!"
        stand_in.add_comments(1, quote, author=OTHER_APP)
        sticky(client).put("# Failed")
        assert stand_in.bodies(author=OTHER_APP) == [quote]
        assert stand_in.bodies() == [f"{MARKER}\n# Failed"]

    def test_the_owner_of_a_personal_token_finds_the_own_comment_again(
        self, client: GitHubClient, stand_in: StandIn
    ) -> None:
        stand_in.state.token = "personal"
        stand_in.add_comments(1, f"{MARKER}\nold", author=ACTIONS_BOT)
        for text in ("# Failed", "# Passed"):
            sticky(client).put(text)
        assert stand_in.bodies(author=TOKEN_OWNER) == [f"{MARKER}\n# Passed"]
        assert stand_in.bodies(author=ACTIONS_BOT) == [f"{MARKER}\nold"]

    def test_a_comment_whose_author_is_deleted_is_nobodys(
        self, client: GitHubClient, stand_in: StandIn
    ) -> None:
        stand_in.add_comments(1, f"{MARKER}\nold")
        stand_in.state.comments[0]["user"] = None
        sticky(client).put("# Failed")
        assert len(stand_in.state.comments) == 2

    def test_a_comment_that_may_not_be_changed_is_replaced_once(
        self, client: GitHubClient, stand_in: StandIn
    ) -> None:
        stand_in.add_comments(1, f"{MARKER}\nold", author=OTHER_APP)
        for text in ("# Failed", "# Passed"):
            stand_in.fail(Fault(status=403, method="PATCH", message="Must have admin rights"))
            sticky(client).put(text)
        assert stand_in.bodies() == [f"{MARKER}\n# Passed"]

    def test_who_the_token_belongs_to_is_asked_only_where_it_matters(
        self, client: GitHubClient, stand_in: StandIn
    ) -> None:
        stand_in.add_comments(3)
        sticky(client).put("# Failed")
        assert "GET /user" not in stand_in.calls()


class TestFaults:
    def test_a_comment_that_was_deleted_meanwhile_is_created_again(
        self, client: GitHubClient, stand_in: StandIn
    ) -> None:
        sticky(client).put("# Failed")
        stand_in.fail(Fault(status=404, method="PATCH", message="Not Found"))
        sticky(client).put("# Passed")
        assert stand_in.bodies()[-1] == f"{MARKER}\n# Passed"
        stand_in.delete_comment(1000)
        stand_in.delete_comment(1001)
        sticky(client).put("# Passed")
        assert stand_in.bodies() == [f"{MARKER}\n# Passed"]

    @pytest.mark.parametrize("status", [502, 500, 0])
    def test_a_creation_whose_answer_got_lost_is_not_repeated(
        self, client: GitHubClient, stand_in: StandIn, status: int
    ) -> None:
        stand_in.fail(Fault(status=status, method="POST", carried_out=True))
        assert sticky(client).put("# Failed").endswith("#issuecomment-1000")
        assert stand_in.bodies() == [f"{MARKER}\n# Failed"]

    def test_a_lost_answer_is_not_mistaken_for_an_earlier_comment(
        self, client: GitHubClient, stand_in: StandIn
    ) -> None:
        stand_in.add_comments(1, f"{MARKER}\nold", author=OTHER_APP)
        stand_in.fail(Fault(status=403, method="PATCH"), Fault(status=502, method="POST"))
        sticky(client).put("# Failed")
        assert stand_in.bodies() == [f"{MARKER}\n# Failed"]

    def test_two_outages_and_a_limit_on_every_request_are_survived(
        self, client: GitHubClient, stand_in: StandIn
    ) -> None:
        for text, write in (("# Failed", "POST"), ("# Passed", "PATCH")):
            for method in ("GET", write):
                limit = Fault(status=429, headers={"Retry-After": "2"}, method=method)
                outage = Fault(status=502, method=method)
                stand_in.fail(outage, outage, limit)
            sticky(client).put(text)
        assert stand_in.bodies() == [f"{MARKER}\n# Passed"]

    @pytest.mark.parametrize("path", ["/issues/comments/", "/user"])
    def test_a_limit_that_lasts_too_long_is_not_taken_for_somebody_elses_comment(
        self, client: GitHubClient, stand_in: StandIn, path: str
    ) -> None:
        sticky(client).put("# Failed")
        stand_in.fail(Fault(status=403, headers={"Retry-After": "3600"}, path=path))
        with pytest.raises(PlatformRefused):
            sticky(client).put("# Passed")
        assert stand_in.bodies() == [f"{MARKER}\n# Failed"]

    def test_a_missing_permission_is_named(self, client: GitHubClient, stand_in: StandIn) -> None:
        stand_in.state.comments_permission = "read"
        with pytest.raises(PlatformRefused) as refusal:
            sticky(client).put("# Failed")
        assert "pull-requests: write" in refusal.value.remedy
        assert stand_in.state.comments == []

    def test_an_outage_while_asking_whose_the_token_is_posts_nothing_twice(
        self, client: GitHubClient, stand_in: StandIn
    ) -> None:
        sticky(client).put("# Failed")
        stand_in.fail(*[Fault(status=503, path="/user")] * 5)
        with pytest.raises(PlatformRefused):
            sticky(client).put("# Passed")
        assert stand_in.bodies() == [f"{MARKER}\n# Failed"]
