"""Access to the files, data sets and models of both sides, opened when they are first asked for."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from mlgate.artifacts import formats
from mlgate.artifacts.interface import DataSet, Workspace, sha256, size_of
from mlgate.artifacts.models import WITHOUT_CODE, WITHOUT_FILE, format_of, loader
from mlgate.artifacts.patterns import fixed_part, is_pattern, matching
from mlgate.artifacts.safety import sources as code_of
from mlgate.artifacts.safety.guard import Guard
from mlgate.artifacts.safety.imports import Policy
from mlgate.artifacts.safety.interface import Scan
from mlgate.artifacts.sources import Sources
from mlgate.config.location import is_remote, shown
from mlgate.config.model import Config, DataSpec, ModelSpec
from mlgate.errors import BaselineNotFound, DataNotReadable, MlgateError, ModelFailed, NoBaseline
from mlgate.results import ArtifactRecord, Side
from mlgate.sandbox.interface import Clocked, Model

if TYPE_CHECKING:
    from mlgate.sandbox.process import ModelProcess

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
class Artifacts:
    """Implements `mlgate.checks.interface.Inputs` over two folders. A context manager."""

    config: Config
    head: Workspace
    open_base: Callable[[], Base]
    """Opens the base side, when it is first asked for; raises an error that says why not."""
    cache: Path
    """Folder for environments, kept between runs."""
    requirements: Path | None = None
    """Requirements file for models that name none."""
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The run's variables: endpoints and credentials of stores and databases."""
    _files: dict[tuple[str, str, Side], ArtifactRecord] = field(default_factory=dict)
    _data: dict[tuple[str, Side], DataSet] = field(default_factory=dict)
    _models: dict[tuple[str, Side], "ModelProcess | MlgateError"] = field(default_factory=dict)
    _guard: Guard = field(default_factory=Guard)
    _stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        """Nothing is opened yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End every model's process, and remove the copies of what was fetched."""
        self._stack.close()
        self._sources.close()

    @cached_property
    def _sources(self) -> Sources:
        return Sources(head=self.head.root, environment=self.variables)

    @cached_property
    def base(self) -> Base | MlgateError:
        """The base side, or why there is none."""
        try:
            return self.open_base()
        except MlgateError as error:
            return error

    @property
    def directory(self) -> str:
        """Folder of mlgate.yml, from the repository's root: where the paths in it start."""
        return self.config.directory

    @property
    def model_names(self) -> Sequence[str]:
        """The models that mlgate.yml names."""
        return tuple(self.config.models)

    def data_spec(self, name: str, side: Side = "head") -> DataSpec:
        """What mlgate.yml of a side says of a data set; head's word where base's has none."""
        own = self._side(side)[1]
        return own.data[name] if own and name in own.data else self.config.data[name]

    def model_spec(self, name: str, side: Side = "head") -> ModelSpec:
        """What mlgate.yml of a side says of a model; head's word where base's has none."""
        own = self._side(side)[1]
        return own.models[name] if own and name in own.models else self.config.models[name]

    def data(self, name: str, side: Side = "head") -> DataSet:
        """A data set by its name in mlgate.yml; see `Inputs.data`."""
        if (name, side) not in self._data:
            # What the columns mean is head's word: both models see the same frame.
            there = self.data_spec(name, side)
            spec = self.config.data[name].model_copy(update={"path": there.path, "sql": there.sql})
            table = there.path is None
            self._data[name, side] = (self._table if table else self._open)(name, spec, side)
        return self._data[name, side]

    def _table(self, name: str, spec: DataSpec, side: Side) -> DataSet:
        """A data set that is in a database. Head and base read one table once."""
        from mlgate.artifacts.sql import SqlTable

        assert spec.sql is not None  # noqa: S101  # it has no path
        workspace, own = self._side(side)
        if side == "base":
            if not self._names("data", name, side):
                raise NoBaseline(f"mlgate.yml of the base commit names no data set {name}")
            if spec.sql == self.config.data[name].sql:
                return replace(self.data(name), side="base", read=lambda _: self.data(name).frame)
        directory = workspace.root / (own or self.config).directory
        table = SqlTable(name=name, spec=spec.sql, directory=directory, environment=self.variables)
        return DataSet(
            name=name,
            spec=spec,
            side=side,
            path=None,
            read=lambda _: table.frame(),
            sql=table,
            environment=self.variables,
        )

    def model(self, name: str, side: Side = "head") -> Model:
        """A model by its name in mlgate.yml; see `Inputs.model`."""
        return self.clocked(name, side)

    def clocked(self, name: str, side: Side = "head") -> Clocked:
        """A model by its name in mlgate.yml; see `Inputs.model`.

        A model that failed once is not started again: every check gets the same error.
        """
        if (name, side) not in self._models:
            try:
                self._models[name, side] = self._start(name, side)
            except MlgateError as error:
                self._models[name, side] = error
        model = self._models[name, side]
        if isinstance(model, MlgateError):
            raise model
        return model

    def file(
        self, path: str, side: Side = "head", *, role: Literal["data", "suite"] = "data"
    ) -> Path:
        """A file that a check's parameters name; see `Inputs.file`."""
        if is_remote(path):
            file, fingerprint = self._sources.remote_file(path)
            self._note(role, shown(path), shown(path), side, file, fingerprint)
            return file
        file = self._real(self._resolve(path, side, named=False), side)
        self._note(role, path, path, side, file)
        return file

    def scan_model(self, name: str, side: Side = "head") -> Scan:
        """What a look into a model's file yields; see `Inputs.scan_model`."""
        file = self._model_file(name, side)
        return self._scan(self.model_spec(name, side).path, side, name, file)

    def scan_file(self, path: str) -> Scan:
        """The same for a file that is no model; see `Inputs.scan_file`."""
        file = self._resolve(path, "head", named=False)
        formats.require_content(file)
        self._note("model", path, path, "head", file)
        return self._scan(path, "head", None, file)

    def environment(self, model: str | None) -> Sequence[str]:
        """The command that starts Python in a model's environment; see `Inputs.environment`."""
        if model and self._resolve(self.model_spec(model).path, "head", named=True).exists():
            kind = format_of(self.model_spec(model), self.head.root / self.directory)
            if kind not in WITHOUT_CODE | WITHOUT_FILE:
                self._require_safe(self._model_file(model, "head"), "head", model)
        return self._python(self.config.models[model] if model else None, "head")

    def records(self) -> tuple[ArtifactRecord, ...]:
        """Every file that was used, with its digest."""
        for (name, side), data in self._data.items():
            suffix = None if data.path is None else data.path.suffix.lower()
            self._files["data", name, side] = ArtifactRecord(
                role="data",
                name=name,
                path=shown(data.spec.place),
                version=side,
                sha256=data.recorded_sha256,
                fingerprint=data.fingerprint,
                rows=data.rows,
                size=None if data.path is None else data.path.stat().st_size,
                format=data.spec.format or formats.SUFFIXES.get(suffix or ""),
            )
        return tuple(self._files[key] for key in sorted(self._files))

    def notes(self) -> tuple[str, ...]:
        """How far the models' processes were isolated: one sentence for each different answer."""
        started = [m for m in self._models.values() if not isinstance(m, MlgateError)]
        return tuple(dict.fromkeys(note for model in started for note in model.remarks))

    def _open(self, name: str, spec: DataSpec, side: Side) -> DataSet:
        named = self._names("data", name, side)
        if not is_remote(spec.place):
            workspace, own = self._side(side)
            root = workspace.root / (own or self.config).directory
            place = self._resolve(spec.place, side, named=named)
            return self._sources.local(name, spec, side, place=place, root=root, top=workspace.root)
        if not named:
            raise NoBaseline(
                f"mlgate.yml of base has no data set {name}: a store keeps one version"
            )
        return self._sources.remote(name, spec, side)

    def _real(self, file: Path, side: Side) -> Path:
        """A file, or the content that a pointer in its place stands for."""
        found = self._sources.pointers.real(file, self._side(side)[0].root)
        formats.require_content(found)  # a folder is none
        return found

    def _start(self, name: str, side: Side) -> "ModelProcess":
        from mlgate.sandbox.process import ModelProcess

        spec = self.model_spec(name, side)
        workspace = self._side(side)[0]
        kind = format_of(spec, workspace.root / self.directory)
        if kind == "endpoint" and side == "base" and spec.path == self.model_spec(name).path:
            raise NoBaseline(f"{name} is one service for head and base: it has no earlier version")
        file = spec.path if kind in WITHOUT_FILE else self._model_file(name, side)
        if isinstance(file, Path) and kind not in WITHOUT_CODE:
            self._require_safe(file, side, name)
        process = ModelProcess.start(
            file=file,
            loader=loader(kind),
            workspace=workspace.root,
            spec=spec,
            python=self._python(spec, side),
            name=f"{name} ({spec.path}, {side})",
        )
        self._stack.callback(process.close)
        return process

    def _model_file(self, name: str, side: Side) -> Path:
        """A model's file or folder, which is there."""
        path = self.model_spec(name, side).path
        named = self._names("models", name, side)
        try:
            place = self._resolve(path, side, named=named)
            file = place if place.is_dir() else self._real(place, side)
        except DataNotReadable as error:
            raise ModelFailed(error.what, cause=error.cause, remedy=error.remedy) from error
        self._note("model", name, path, side, file)
        return file

    def _scan(self, path: str, side: Side, model: str | None, file: Path) -> Scan:
        workspace, own = self._side(side)
        configs = [self.config] if own in (None, self.config) else [self.config, own]
        entries = [entry.check for config in configs for entry in config.entries]
        checks = [check for check in entries if not isinstance(check, str)]
        allow = [pattern for check in checks for pattern in check.allowed_imports(model)]
        sources = code_of.Sources.around(file, workspace.root)
        seen = self._guard.scan(file, Policy(allow=tuple(allow), sources=sources))
        for key, record in self._files.items():
            if (record.path, record.version) == (path, side):
                self._files[key] = replace(record, format=seen.format)
        return seen

    def _require_safe(self, file: Path, side: Side, model: str) -> None:
        path = self.model_spec(model, side).path
        self._guard.require_safe(self._scan(path, side, model, file), f"{model} ({path}, {side})")

    def _python(self, spec: ModelSpec | None, side: Side) -> Sequence[str]:
        """Head and base each build from their own commit's file."""
        from mlgate.sandbox.environment import interpreter

        if spec and spec.requirements:
            file = self._resolve(spec.requirements, side, named=True)
            for beside in {"uv.lock", "pyproject.toml"}:  # each is read with the other
                if file.name in {"uv.lock", "pyproject.toml"} - {beside}:
                    with suppress(NoBaseline):
                        other = PurePosixPath(spec.requirements).with_name(beside)
                        self._resolve(str(other), side, named=False)
            return interpreter(file, self.cache, spec.python)
        return interpreter(self.requirements, self.cache)

    def _side(self, side: Side) -> tuple[Workspace, Config | None]:
        if side == "head":
            return self.head, self.config
        if isinstance(self.base, MlgateError):
            raise self.base
        return self.base.workspace, self.base.config

    def _names(self, kind: Literal["data", "models"], name: str, side: Side) -> bool:
        """Whether a side's own mlgate.yml names a data set or model."""
        own = self._side(side)[1]
        return own is not None and name in getattr(own, kind)

    def _resolve(self, path: str, side: Side, *, named: bool) -> Path:
        """The place of a file on a side.

        Args:
            path: Relative to mlgate.yml.
            side: Whose file.
            named: Whether the side's own configuration names it, so that its absence is a fault.
        """
        workspace, own = self._side(side)
        directory = (own or self.config).directory
        file = workspace.root / directory / path
        if side == "head":
            return file
        root = workspace.root.resolve()
        within = file.resolve().is_relative_to(root)
        if within and isinstance(self.base, Base):
            relative = file.resolve().relative_to(root).as_posix()
            several = _bring(self.base, relative)
            exists = self._sources.pointers.exists
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

    def _note(
        self,
        role: Role,
        name: str,
        path: str,
        side: Side,
        file: Path,
        fingerprint: str | None = None,
    ) -> None:
        if (role, name, side) not in self._files:
            self._files[role, name, side] = ArtifactRecord(
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
