"""Which commit is the baseline, and its files."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mlgate.artifacts.access import Base
from mlgate.artifacts.git import Repository
from mlgate.artifacts.interface import Workspace
from mlgate.config.load import load
from mlgate.errors import BaselineNotFound, ConfigurationError, NoBaseline
from mlgate.results import Revision

AskMergeBase = Callable[[str, str], str | None]
"""Asks a server for the merge base of two commits, where a shallow clone cannot tell."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a run is asked to compare with. All None: the default branch."""

    commit: str | None = None
    """Commit, as an event names it."""
    ref: str | None = None
    """Branch, tag or commit, as a person names it."""
    source: str = "origin"
    """Remote or URL that missing commits come from."""


def choose_base(
    repository: Repository, wanted: Wanted, ask_merge_base: AskMergeBase | None = None
) -> Revision:
    """The merge base of what is checked out with what is wanted.

    On a clean default branch this is the commit before; where history is too shallow for a merge
    base and no server tells, it is the wanted commit itself.

    Raises:
        NoBaseline: There is no earlier commit, or no branch to compare with.
        BaselineNotFound: The commit exists, as far as is known, but cannot be had.
    """
    head = repository.commit("HEAD")
    if head is None:
        raise NoBaseline("the repository has no commit yet")
    ref = wanted.ref or (None if wanted.commit else repository.default_branch())
    tip = _find(repository, wanted, ref)
    parents = repository.parents(head)
    base = tip if tip in parents else repository.merge_base(head, tip)
    if base is None and ask_merge_base is not None:
        base = ask_merge_base(tip, head)
    if (
        base is None
        and repository.is_shallow()
        and repository.fetch(head, tip, source=wanted.source, depth=None)
    ):
        base = repository.merge_base(head, tip)
    base = base or tip
    if base == head and not repository.is_modified():
        if not parents:
            raise NoBaseline("this is the first commit: there is nothing to compare with")
        base = parents[0]
    _require(repository, base, wanted.source)
    return Revision(commit=base, ref=ref)


def _find(repository: Repository, wanted: Wanted, ref: str | None) -> str:
    """The commit that is wanted, brought here if need be."""
    if wanted.commit:
        return _require(repository, wanted.commit, wanted.source)
    if ref is None:
        raise NoBaseline("there is no default branch to compare with: neither main nor master")
    for name in (ref, f"origin/{ref}"):
        if found := repository.commit(name):
            return found
    fetched = "refs/mlgate/base"
    if repository.fetch(f"+{ref}:{fetched}", source=wanted.source):
        return repository.commit(fetched) or _give_up(ref)
    return _give_up(ref)


def _require(repository: Repository, commit: str, source: str) -> str:
    if repository.commit(commit) or repository.fetch(commit, source=source):
        return commit
    return _give_up(commit)


def _give_up(name: str) -> str:
    raise BaselineNotFound(
        f"{name} is not in this clone, and fetching it failed",
        cause="actions/checkout fetches one commit only, or the name is mistyped",
        remedy="set `fetch-depth: 0` for actions/checkout, or name another base with --base",
    )


def open_base(
    repository: Repository,
    commit: str,
    *,
    config: str,
    check_types: Mapping[str, str],
    to: Path,
) -> Base:
    """Copy the base commit's files into a folder and read its configuration.

    Args:
        repository: Where the commit is.
        commit: Its id.
        config: Path of mlgate.yml from the repository's root.
        check_types: The registry of check types.
        to: A new folder.

    Raises:
        BaselineNotFound: The commit cannot be read, or its configuration is wrong.
    """
    to.mkdir()
    repository.extract(commit, to)
    try:
        file = to / config
        own = load(file, check_types, shown=config, includes=to) if file.exists() else None
    except ConfigurationError as error:
        raise BaselineNotFound(
            f"mlgate.yml of the base commit {commit[:7]} is wrong: {error.problems[0]}",
            remedy="mend it on the base branch first",
        ) from error
    return Base(
        workspace=Workspace(side="base", root=to, commit=commit),
        config=own,
        fetch=lambda path: repository.extract_file(commit, path, to),
        names=lambda path: repository.names(commit, path),
    )
