"""GitHub's objects as its API answers them, for the stand-in."""

from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

DOCS = "https://docs.github.com/rest"
WEB = "https://github.com"
NOW = "2026-01-02T03:04:05Z"

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Account:
    """Who writes a comment."""

    login: str
    id: int
    type: Literal["User", "Bot"] = "User"


ACTIONS_BOT = Account(login="github-actions[bot]", id=41898282, type="Bot")
"""The account of a workflow's own token."""
TOKEN_OWNER = Account(login="mona", id=501)
"""The account of a personal access token."""
STRANGER = Account(login="mallory", id=666)


def error(status: int, message: str, page: str = "") -> Json:
    """The body of a refusal."""
    return {"message": message, "documentation_url": DOCS + page, "status": str(status)}


def comment(
    *, api: str, repository: str, issue: int, identity: int, body: str, author: Account
) -> Json:
    """A comment on an issue or a pull request."""
    url = f"{api}/repos/{repository}/issues/comments/{identity}"
    reactions = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")
    return {
        "url": url,
        "html_url": f"{WEB}/{repository}/pull/{issue}#issuecomment-{identity}",
        "issue_url": issue_url(api, repository, issue),
        "id": identity,
        "node_id": f"IC_{identity}",
        "user": account(api, author),
        "created_at": NOW,
        "updated_at": NOW,
        "body": body,
        "author_association": "NONE",
        "reactions": {"url": f"{url}/reactions", "total_count": 0, **dict.fromkeys(reactions, 0)},
        "performed_via_github_app": None,
    }


def issue_url(api: str, repository: str, issue: int | str) -> str:
    """What ties a comment to its issue."""
    return f"{api}/repos/{repository}/issues/{issue}"


def account(api: str, who: Account) -> Json:
    """An account as other objects show it."""
    url = f"{api}/users/{quote(who.login)}"
    return {
        "login": who.login,
        "id": who.id,
        "node_id": f"U_{who.id}",
        "avatar_url": f"https://avatars.githubusercontent.com/u/{who.id}",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{WEB}/{quote(who.login)}",
        "followers_url": f"{url}/followers",
        "following_url": f"{url}/following{{/other_user}}",
        "gists_url": f"{url}/gists{{/gist_id}}",
        "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{url}/subscriptions",
        "organizations_url": f"{url}/orgs",
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events{{/privacy}}",
        "received_events_url": f"{url}/received_events",
        "type": who.type,
        "user_view_type": "public",
        "site_admin": False,
    }


def own_account(api: str, who: Account) -> Json:
    """The account that asks, as `GET /user` shows it."""
    return account(api, who) | {
        **dict.fromkeys(("name", "company", "location", "email", "hireable", "bio")),
        **dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0),
        "blog": "",
        "created_at": NOW,
        "updated_at": NOW,
    }


def comparison(*, api: str, repository: str, base: str, head: str, merge_base: str) -> Json:
    """A comparison of two commits that have gone apart."""
    page = f"{WEB}/{repository}/compare/{base}...{head}"
    return {
        "url": f"{api}/repos/{repository}/compare/{base}...{head}",
        "html_url": page,
        "permalink_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "base_commit": commit(api, repository, base),
        "merge_base_commit": commit(api, repository, merge_base),
        "status": "diverged",
        "ahead_by": 1,
        "behind_by": 1,
        "total_commits": 1,
        "commits": [commit(api, repository, head)],
        "files": [],
    }


def commit(api: str, repository: str, sha: str) -> Json:
    """A commit."""
    url = f"{api}/repos/{repository}"
    signature = {"name": "Mona", "email": "mona@example.com", "date": NOW}
    return {
        "url": f"{url}/commits/{sha}",
        "sha": sha,
        "node_id": f"C_{sha}",
        "html_url": f"{WEB}/{repository}/commit/{sha}",
        "comments_url": f"{url}/commits/{sha}/comments",
        "commit": {
            "url": f"{url}/git/commits/{sha}",
            "author": signature,
            "committer": signature,
            "message": "Train again",
            "comment_count": 0,
            "tree": {"sha": sha, "url": f"{url}/git/trees/{sha}"},
        },
        "author": account(api, TOKEN_OWNER),
        "committer": account(api, TOKEN_OWNER),
        "parents": [],
    }
