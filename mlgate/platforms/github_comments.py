"""The sticky comment: one for each gate on a pull request, found again and updated in place."""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from mlgate.platforms.github_client import GitHubClient
from mlgate.platforms.github_commands import encodable
from mlgate.platforms.github_refusals import GitHubRefused
from mlgate.platforms.shorten import shorten

LIMIT: Final = 65_536
"""Characters that GitHub accepts in a comment."""
NEEDS: Final = "pull-requests: write"
"""Permission that comments on pull requests take."""
_LONGEST_GATE: Final = 200
_CUT: Final = "_This comment was cut at GitHub's limit; the job summary has the rest._"

Comment = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class StickyComment:
    """The comment of one gate on one pull request.

    It is known by a hidden marker in its first line and by its author, since everybody can write
    the marker. The token of a person finds that person's comments. The token of a workflow or an
    app may not ask whose it is; it finds comments of bots, since as a bot only those apps can write
    here that the repository's owner has installed.
    """

    client: GitHubClient
    repository: str
    """Owner and name, as in `octo/shop`."""
    pull_request: int
    gate: str
    """Name of the gate; text from a result file."""

    def put(self, markdown: str) -> str:
        """Create the comment, or update it where it differs, and give its URL.

        Raises:
            GitHubRefused: The comment cannot be read or written.
        """
        body = self._body(markdown)
        for comment in self._own():
            if _text(comment) == body:
                return _url(comment)
            try:
                return _url(self._update(comment, body))
            except GitHubRefused as refused:
                if not refused.forbidden:  # another app's comment, or one that was deleted since
                    raise
        return _url(self._create(body))

    def _marker(self) -> str:
        """The hidden first line; quoted, so that no name of a gate can end it."""
        gate = quote(self.gate[:_LONGEST_GATE], safe="", errors="replace")
        return f'<!-- mlgate:comment gate="{gate}" -->'

    def _body(self, markdown: str) -> str:
        text = encodable(f"{self._marker()}\n{markdown}").replace("\0", "").strip()
        return shorten(text, LIMIT, note=_CUT).strip()

    def _own(self) -> list[Comment]:
        """Comments with this gate's marker that the token's account wrote, oldest first."""
        path = f"/repos/{self.repository}/issues/{self.pull_request}/comments"
        marked = [
            comment
            for comment in self.client.pages(path, needs=NEEDS)
            if _text(comment).partition("\n")[0] == self._marker()
        ]
        if not marked:
            return []
        account = self._account()
        return [comment for comment in marked if _is_by(comment, account)]

    def _account(self) -> int | None:
        """Id of the token's account; None for a workflow's or an app's, which may not ask."""
        try:
            account = self.client.get("/user", needs=NEEDS).get("id")
        except GitHubRefused as refused:
            if not refused.forbidden:
                raise
            return None
        return account if isinstance(account, int) else None

    def _update(self, comment: Comment, body: str) -> Comment:
        path = f"/repos/{self.repository}/issues/comments/{int(comment['id'])}"
        return self.client.patch(path, {"body": body}, needs=NEEDS)

    def _create(self, body: str) -> Comment:
        path = f"/repos/{self.repository}/issues/{self.pull_request}/comments"
        return self.client.post(
            path,
            {"body": body},
            needs=NEEDS,
            landed=lambda: next((c for c in self._own() if _text(c) == body), None),
        )


def _text(comment: Comment) -> str:
    """The comment's Markdown, less what GitHub may change: line ends, blanks around it."""
    return (comment.get("body") or "").replace("\r\n", "\n").strip()


def _url(comment: Comment) -> str:
    return str(comment.get("html_url", ""))


def _is_by(comment: Comment, account: int | None) -> bool:
    """Whether an account, or for None any bot, wrote the comment."""
    user = comment.get("user") or {}  # null where the account was deleted
    return user.get("type") == "Bot" if account is None else user.get("id") == account
