"""What mlgate needs of the place it runs in: what changed, and where to show the outcome."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field
from typing import Literal, Self, TextIO


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is to be gated, as the platform tells it."""

    event: str
    """What started the run, such as `pull_request`, `push` or `schedule`; `local` on a laptop."""
    head_commit: str | None = None
    """Commit that the outcome belongs to: the pull request's head, never a merge commit."""
    head_ref: str | None = None
    """Branch of the head."""
    base_commit: str | None = None
    """Commit that head is compared with, or the tip of the branch that it will be merged into."""
    base_ref: str | None = None
    """Branch that the head will be merged into."""
    pull_request: int | None = None
    """Number of the pull request."""

    def to_json(self) -> str:
        """The form in which the action hands it to the process without the token."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote."""
        return cls(**json.loads(text))


@dataclass(frozen=True, kw_only=True)
class Annotation:
    """One line shown beside the code."""

    level: Literal["error", "warning", "notice"]
    title: str
    message: str
    file: str | None = None
    line: int | None = None


CommentMode = Literal["always", "changes", "failures", "off"]
"""When to comment: on every run, when the verdict changed, only while it is not green, or never."""


@dataclass(frozen=True, kw_only=True)
class Publication:
    """Everything that is to be shown, already in words."""

    gate: str
    """Name of the gate; one comment for each name."""
    passed: bool
    headline: str = ""
    """The verdict in one line of plain text, as a list of checks or commits shows it."""
    comment_mode: CommentMode = "always"
    """When to comment on the pull request."""
    comment: str
    """Markdown of the pull-request comment, without the hidden marker."""
    summary: str
    """Markdown of the job summary."""
    annotations: Sequence[Annotation] = ()
    """The worst first: a platform may show only some."""
    outputs: Mapping[str, str] = field(default_factory=dict)
    """Values for later steps, by their names in action.yml."""


@dataclass(frozen=True, kw_only=True)
class Published:
    """What became of a publication."""

    comment_url: str | None = None
    problems: tuple[str, ...] = ()
    """What could not be shown, and what to change; never changes the verdict."""


class Platform(ABC):
    """A CI system, or a laptop."""

    @classmethod
    @abstractmethod
    def detect(cls, environment: Mapping[str, str]) -> bool:
        """Whether a process with these variables runs here."""

    @classmethod
    @abstractmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """The platform, as these variables describe it."""

    @abstractmethod
    def change(self) -> Change:
        """What is to be gated."""

    @abstractmethod
    def publish(self, publication: Publication) -> Published:
        """Show the outcome. Never raises for a refusal of the platform: that becomes a problem."""

    def group(self, title: str, stream: TextIO) -> AbstractContextManager[None]:
        """A foldable group in the log that a stream goes to."""
        del title, stream
        return nullcontext()
