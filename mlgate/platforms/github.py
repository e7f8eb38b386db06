"""GitHub Actions: what started the run, and where its outcome is shown.

That is a comment on the pull request, a job summary, annotations, and outputs for later steps.
"""

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self, TextIO
from urllib.parse import quote

from mlgate.errors import MlgateError, UsageError
from mlgate.platforms import github_commands
from mlgate.platforms.github_events import change_of
from mlgate.platforms.interface import Annotation, Change, Platform, Publication, Published
from mlgate.platforms.shorten import shorten

if TYPE_CHECKING:  # requests takes 0.1 s to import, and a plan needs none of it
    from mlgate.platforms.github_client import GitHubClient

_SUMMARY_LIMIT: Final = 1024 * 1024
"""Bytes of job summary that GitHub accepts from one step; above, it shows nothing of it."""
_SMALLEST_SUMMARY: Final = 2_000
_SUMMARY_CUT: Final = "_This summary was cut at GitHub's limit; the report file has the rest._"
_REPOSITORY: Final = re.compile(r"[\w.-]+/[\w.-]+")


class GitHub(Platform):
    """One step of a GitHub workflow.

    Args:
        environment: The step's variables.
        connect: Makes the access to the API when it is first needed; None: there is no token.
        comment: Whether to comment on a pull request.
        log: Where the runner reads workflow commands; None: standard output.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        *,
        connect: "Callable[[], GitHubClient] | None" = None,
        comment: bool = True,
        log: TextIO | None = None,
    ) -> None:
        self._environment = environment
        self._connect = connect
        self._comments = comment
        self._log = log or sys.stdout

    @classmethod
    def from_environment(
        cls,
        environment: Mapping[str, str],
        *,
        token: str | None = None,
        comment: bool = True,
        log: TextIO | None = None,
    ) -> Self:
        """The step that mlgate runs in, on github.com or an Enterprise server.

        Args:
            environment: The step's variables.
            token: Access token; None: that of the variable GITHUB_TOKEN. Empty: none.
            comment: As for the class.
            log: As for the class.
        """
        token = environment.get("GITHUB_TOKEN") if token is None else token
        if not token:
            return cls(environment, comment=comment, log=log)

        def connect() -> "GitHubClient":
            from mlgate.platforms.github_client import PUBLIC_API, GitHubClient

            return GitHubClient(token, api_url=environment.get("GITHUB_API_URL") or PUBLIC_API)

        return cls(environment, connect=connect, comment=comment, log=log)

    @classmethod
    def detect(cls, environment: Mapping[str, str]) -> bool:
        """Whether this is a step of a GitHub workflow."""
        return environment.get("GITHUB_ACTIONS") == "true"

    def change(self) -> Change:
        """What is to be gated.

        Raises:
            UsageError: The event file cannot be read.
        """
        return change_of(self._environment)

    def merge_base(self, base: str, head: str) -> str | None:
        """The commit where two commits or branches parted, for a clone that is too shallow to tell.

        None where GitHub does not know one of them, or where there is no token.

        Raises:
            PlatformRefused: GitHub does not answer, or refuses.
        """
        if self._client is None:
            return None
        from mlgate.platforms.github_refusals import GitHubRefused

        path = f"/repos/{self._repository()}/compare/{quote(f'{base}...{head}', safe='')}"
        try:
            comparison = self._client.get(path, needs="contents: read", per_page=1)
        except GitHubRefused as refused:
            if refused.status == 404:
                return None
            raise
        return str(comparison["merge_base_commit"]["sha"])

    def publish(self, publication: Publication) -> Published:
        """Write outputs, summary and annotations, and put the comment on the pull request.

        The comment comes last: it is the only part that can take long, or be refused.
        """
        problems = [
            *self._write_outputs(publication.outputs),
            *self._write_summary(publication.summary),
            *self._annotate(publication.annotations),
        ]
        try:
            url = self._put_comment(publication)
        except MlgateError as error:
            url = None
            problems.append(f"the comment was not posted: {error.sentence()}")
        if url:
            problems += self._write_outputs({"comment-url": url})
        return Published(comment_url=url, problems=tuple(problems))

    @contextmanager
    def group(self, title: str, stream: TextIO) -> Iterator[None]:
        """A foldable group in the log that a stream goes to."""
        print(github_commands.command("group", title), file=stream, flush=True)
        try:
            yield
        finally:
            print(github_commands.command("endgroup", ""), file=stream, flush=True)

    @cached_property
    def _client(self) -> "GitHubClient | None":
        """One client for the whole step, so that its patience is one budget."""
        return self._connect() if self._connect else None

    def _put_comment(self, publication: Publication) -> str | None:
        """The comment's URL; None where none is wanted, or where there is no pull request."""
        if not self._comments or (number := self.change().pull_request) is None:
            return None
        if self._client is None:
            raise UsageError(
                "there is no token",
                cause="the step was not given one",
                remedy="pass `github-token: ${{ github.token }}`, or switch the comment off",
            )
        from mlgate.platforms.github_comments import StickyComment

        comment = StickyComment(
            client=self._client,
            repository=self._repository(),
            pull_request=number,
            gate=publication.gate,
        )
        return comment.put(publication.comment)

    def _repository(self) -> str:
        repository = self._environment.get("GITHUB_REPOSITORY", "")
        if not _REPOSITORY.fullmatch(repository):
            raise UsageError(
                f"GITHUB_REPOSITORY names no repository: {repository[:100]!r}",
                cause="mlgate does not run as a step of a workflow",
                remedy="set GITHUB_REPOSITORY to owner/name, as GitHub does",
            )
        return repository

    def _write_outputs(self, outputs: Mapping[str, str]) -> list[str]:
        entries = [github_commands.output_entry(name, value) for name, value in outputs.items()]
        return self._append("GITHUB_OUTPUT", "".join(entries), "outputs") if entries else []

    def _write_summary(self, summary: str) -> list[str]:
        if not summary:
            return []
        path = Path(self._environment.get("GITHUB_STEP_SUMMARY") or "/nowhere")
        room = _SUMMARY_LIMIT - (path.stat().st_size if path.is_file() else 0)
        if room < _SMALLEST_SUMMARY:
            return ["the job summary was not written: the file of this step is full"]
        text = github_commands.encodable(summary)
        text = shorten(text, room - 1, note=_SUMMARY_CUT, unit="bytes")
        return self._append("GITHUB_STEP_SUMMARY", f"{text}\n", "job summary")

    def _append(self, variable: str, text: str, what: str) -> list[str]:
        """Add text to a file of the runner's; gives the problem, where there is one."""
        path = self._environment.get(variable)
        if not path:
            return [f"the {what} could not be written: {variable} is not set"]
        try:
            with Path(path).open("a", encoding="utf-8", newline="") as file:
                file.write(text)
        except OSError as error:
            return [f"the {what} could not be written: {error}"]
        return []

    def _annotate(self, annotations: Sequence[Annotation]) -> list[str]:
        for line in github_commands.annotation_commands(annotations):
            self._print(line)
        hidden = github_commands.hidden_annotations(annotations)
        if not hidden:
            return []
        most = github_commands.MOST_ANNOTATIONS
        shown = f"GitHub shows {most} of each level for a step; the report lists all"
        return [f"{hidden} annotations are not shown: {shown}"]

    def _print(self, line: str) -> None:
        print(line, file=self._log, flush=True)
