"""Where a run takes place and what it was asked, gathered once from arguments and environment."""

import datetime as dt
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mlgate.artifacts.base import Wanted
from mlgate.artifacts.git import Repository, git_environment
from mlgate.errors import UsageError
from mlgate.platforms.interface import Change
from mlgate.verdict import FailOn


@dataclass(frozen=True, kw_only=True)
class Overrides:
    """What the command line says over mlgate.yml."""

    only: tuple[str, ...] = ()
    """Ids of the checks to run; empty for all."""
    fail_on: FailOn = "error"
    """The least severity that fails the gate."""
    base: str | None = None
    """Branch, tag or commit to compare with."""


@dataclass(frozen=True, kw_only=True)
class RunContext:
    """Where a run takes place."""

    root: Path
    """Root of the repository's work tree, or the working directory outside of git."""
    config: str
    """Path of mlgate.yml from `root`."""
    repository: Repository | None
    """The git repository; None outside of git."""
    change: Change
    """What is gated, as the platform tells it."""
    report_dir: Path
    """Folder for the result file and the reports."""
    cache: Path
    """Folder for models' environments, kept between runs."""
    formats: tuple[str, ...] = ()
    """Report formats to write beside those that every run leaves."""
    requirements: Path | None = None
    """Requirements file for models that name none."""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The process's variables: the URL of a database may name some."""
    today: dt.date
    """Day on which the run begins, in UTC: waivers end on a day."""

    def wanted(self, overrides: Overrides) -> Wanted:
        """What to compare with: the command line's word, else the platform's."""
        if overrides.base:
            return Wanted(ref=overrides.base)
        return Wanted(commit=self.change.base_commit, ref=self.change.base_ref)


def gather(
    *,
    directory: Path,
    config: str,
    change: Change,
    environment: Mapping[str, str],
    report_dir: Path | None = None,
    formats: tuple[str, ...] = (),
    requirements: str | None = None,
    git_dir: Path | None = None,
    today: dt.date | None = None,
) -> RunContext:
    """Find the repository and resolve the paths.

    Args:
        directory: Where the user stands; relative paths start here.
        config: Path of mlgate.yml.
        change: What is gated.
        environment: The process's variables.
        report_dir: Folder for results; default `.mlgate` in `directory`.
        formats: Report formats to write beside those that every run leaves.
        requirements: Requirements file for models that name none.
        git_dir: The git repository, where it is not the work tree's own.
        today: Day on which the run begins; by default the clock's, in UTC.

    Raises:
        UsageError: The folder does not exist, or mlgate.yml lies outside of the repository.
    """
    directory = directory.absolute()
    if not directory.is_dir():
        raise UsageError(f"{directory} is not a folder", remedy="check -C / working-directory")
    found = Repository(root=directory, environment=git_environment(environment))
    root = found.toplevel() if git_dir is None else _top(directory)
    repository = None
    if root is not None:
        repository = Repository(root=root, git_dir=git_dir, environment=found.environment)
    root = root or directory
    file = Path(os.path.normpath(directory / config))
    if not file.is_relative_to(root):
        raise UsageError(
            f"{config} lies outside of the repository {root.name}",
            remedy="keep mlgate.yml in the repository: the base branch's is compared with it",
        )
    return RunContext(
        root=root,
        config=file.relative_to(root).as_posix(),
        repository=repository,
        change=change,
        report_dir=(report_dir or directory / ".mlgate").absolute(),
        cache=_cache(environment),
        formats=formats,
        requirements=directory / requirements if requirements else None,
        environment=environment,
        today=today or dt.datetime.now(dt.UTC).date(),
    )


def _top(directory: Path) -> Path:
    """The work tree's root, by its `.git`, without asking git."""
    above = (directory, *directory.parents)
    return next((folder for folder in above if (folder / ".git").exists()), directory)


def _cache(environment: Mapping[str, str]) -> Path:
    """Where environments are kept: for root, where the models' own user can reach them."""
    if chosen := environment.get("MLGATE_CACHE"):
        return Path(chosen)
    if os.geteuid() == 0:
        return Path("/var/cache/mlgate")
    if chosen := environment.get("XDG_CACHE_HOME"):
        return Path(chosen) / "mlgate"
    if home := environment.get("HOME"):
        return Path(home) / ".cache" / "mlgate"
    return Path(tempfile.gettempdir()) / f"mlgate-{os.getuid()}"
