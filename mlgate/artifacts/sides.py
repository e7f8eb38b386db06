"""The two sides of a comparison: their files, and what each one's mlgate.yml says of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

from mlgate.artifacts import formats
from mlgate.artifacts.interface import Workspace, sha256, size_of
from mlgate.artifacts.sources import Sources
from mlgate.config.model import Config, DataSpec, ModelSpec
from mlgate.config.patterns import fixed_part, is_pattern, matching
from mlgate.errors import BaselineNotFound, MlgateError, NoBaseline
from mlgate.results import ArtifactRecord, Side

Role = Literal["model", "data", "suite"]


@dataclass(frozen=True, kw_only=True)
class Base:
    """The side that head is compared with."""

    workspace: Workspace
    config: Config | None
    """Its own mlgate.yml; None where it has none, as before a repository used mlgate."""
    fetch: Callable[[str], object]
    """Brings a file of the commit to its place in the workspace, if the commit has it: large files
    are copied only when they are asked for. Takes a path from the repository's root."""
    names: Callable[[str], Sequence[str]] = lambda _: ()
    """The commit's files at or below a path, as paths from the repository's root."""


@dataclass(kw_only=True)
class Sides:
    """Head and base, and a record of each file that was used of them."""

    config: Config
    """Head's."""
    head: Workspace
    open_base: Callable[[], Base]
    """Opens the base side, when it is first asked for; raises an error that says why not."""
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The run's variables: endpoints and credentials of stores and databases."""
    files: dict[tuple[str, str, Side], ArtifactRecord] = field(default_factory=dict)
    """What was used, by role, name and side."""

    @cached_property
    def sources(self) -> Sources:
        """Where files are that are no plain ones of the repository."""
        return Sources(head=self.head.root, environment=self.variables)

    @cached_property
    def base(self) -> Base | MlgateError:
        """The base side, or why there is none."""
        try:
            return self.open_base()
        except MlgateError as error:
            return error

    def data_spec(self, name: str, side: Side = "head") -> DataSpec:
        """What mlgate.yml of a side says of a data set; head's word where base's has none."""
        own = self.side(side)[1]
        return own.data[name] if own and name in own.data else self.config.data[name]

    def model_spec(self, name: str, side: Side = "head") -> ModelSpec:
        """What mlgate.yml of a side says of a model; head's word where base's has none."""
        own = self.side(side)[1]
        return own.models[name] if own and name in own.models else self.config.models[name]

    def side(self, side: Side) -> tuple[Workspace, Config | None]:
        """The files of a side, and its own configuration; None where base has none."""
        if side == "head":
            return self.head, self.config
        if isinstance(self.base, MlgateError):
            raise self.base
        return self.base.workspace, self.base.config

    def names(self, kind: Literal["data", "models"], name: str, side: Side) -> bool:
        """Whether a side's own mlgate.yml names a data set or model."""
        own = self.side(side)[1]
        return own is not None and name in getattr(own, kind)

    def resolve(self, path: str, side: Side, *, named: bool) -> Path:
        """The place of a file on a side.

        Args:
            path: Relative to mlgate.yml.
            side: Whose file.
            named: Whether the side's own configuration names it, so that its absence is a fault.
        """
        workspace, own = self.side(side)
        directory = (own or self.config).directory
        file = workspace.root / directory / path
        if side == "head":
            return file
        root = workspace.root.resolve()
        within = file.resolve().is_relative_to(root)
        if within and isinstance(self.base, Base):
            relative = file.resolve().relative_to(root).as_posix()
            several = _bring(self.base, relative)
            exists = self.sources.pointers.exists
            folder = root / fixed_part(relative)
            kept_elsewhere = is_pattern(relative) and not folder.exists() and exists(folder, root)
            if several or kept_elsewhere or exists(file, workspace.root):
                return file
        commit = (workspace.commit or "base")[:7]
        if not within:
            raise NoBaseline(f"{path} lies outside of the repository: base has no version of it")
        if not named:
            raise NoBaseline(f"{path} is not in the base commit {commit}")
        raise BaselineNotFound(
            f"mlgate.yml of the base commit {commit} names {path}, and the commit does not hold it",
            cause="the file is not kept in git: DVC or a build step makes it",
            remedy="keep the file in git or Git LFS; `policy: {on_error: warn}` goes without it",
        )

    def real(self, file: Path, side: Side) -> Path:
        """A file, or the content that a pointer in its place stands for."""
        found = self.sources.pointers.real(file, self.side(side)[0].root)
        formats.require_content(found)  # a folder is none
        return found

    def note(
        self,
        role: Role,
        name: str,
        path: str,
        side: Side,
        file: Path,
        fingerprint: str | None = None,
    ) -> None:
        """Record that a file is used."""
        if (role, name, side) not in self.files:
            self.files[role, name, side] = ArtifactRecord(
                role=role,
                name=name,
                path=path,
                version=side,
                sha256=sha256(file),
                fingerprint=fingerprint,
                size=size_of(file),
            )


def _bring(base: Base, path: str) -> bool:
    """Copy what a path names of base's commit to its place: a file, a folder, what matches.

    Returns:
        Whether these are files that a pattern or a folder stands for.
    """
    base.fetch(path)
    names = [name for name in base.names(fixed_part(path)) if name != path]
    wanted = matching(names, path) if is_pattern(path) else names
    for name in wanted:
        base.fetch(name)
    return bool(wanted)
