"""Access to the files, data sets and models of both sides, opened when they are first asked for."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from mlgate.artifacts import formats
from mlgate.artifacts.interface import DataSet, Workspace, sha256
from mlgate.artifacts.models import WITHOUT_FILE, format_of, loader
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
    _files: dict[tuple[str, str, Side], ArtifactRecord] = field(default_factory=dict)
    _data: dict[tuple[str, Side], DataSet] = field(default_factory=dict)
    _models: dict[tuple[str, Side], "ModelProcess | MlgateError"] = field(default_factory=dict)
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
        """End every model's process."""
        self._stack.close()

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
            path = self.data_spec(name, side).path
            spec = self.config.data[name].model_copy(update={"path": path})
            file = self._resolve(path, side, named=self._names("data", name, side))
            formats.require_content(file)
            self._data[name, side] = DataSet(
                name=name,
                spec=spec,
                side=side,
                path=file,
                read=partial(formats.read, format=spec.format),
            )
        return self._data[name, side]

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
        file = self._resolve(path, side, named=False)
        formats.require_content(file)
        self._note(role, path, path, side, file)
        return file

    def environment(self, model: str | None) -> Sequence[str]:
        """The command that starts Python in a model's environment; see `Inputs.environment`."""
        return self._python(self.config.models[model] if model else None, "head")

    def records(self) -> tuple[ArtifactRecord, ...]:
        """Every file that was used, with its digest."""
        for (name, side), data in self._data.items():
            self._note("data", name, data.spec.path, side, data.path)
            rows = len(data.frame) if "frame" in vars(data) else None
            key = ("data", name, side)
            self._files[key] = replace(self._files[key], rows=rows)
        return tuple(self._files[key] for key in sorted(self._files))

    def notes(self) -> tuple[str, ...]:
        """How far the models' processes were isolated: one sentence for each different answer."""
        started = [m for m in self._models.values() if not isinstance(m, MlgateError)]
        return tuple(dict.fromkeys(model.isolation for model in started))

    def _start(self, name: str, side: Side) -> "ModelProcess":
        from mlgate.sandbox.process import ModelProcess

        spec = self.model_spec(name, side)
        workspace = self._side(side)[0]
        kind = format_of(spec, workspace.root / self.directory)
        process = ModelProcess.start(
            file=spec.path if kind in WITHOUT_FILE else self._model_file(name, spec, side),
            loader=loader(kind),
            workspace=workspace.root,
            spec=spec,
            python=self._python(spec, side),
            name=f"{name} ({spec.path}, {side})",
        )
        self._stack.callback(process.close)
        return process

    def _model_file(self, name: str, spec: ModelSpec, side: Side) -> Path:
        file = self._resolve(spec.path, side, named=self._names("models", name, side))
        try:
            formats.require_content(file)
        except DataNotReadable as error:
            raise ModelFailed(error.what, cause=error.cause, remedy=error.remedy) from error
        self._note("model", name, spec.path, side, file)
        return file

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
        within = file.resolve().is_relative_to(workspace.root.resolve())
        if within and isinstance(self.base, Base):
            self.base.fetch(file.resolve().relative_to(workspace.root.resolve()).as_posix())
            if file.exists():
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

    def _note(self, role: Role, name: str, path: str, side: Side, file: Path) -> None:
        if (role, name, side) not in self._files:
            digest = sha256(file)
            self._files[role, name, side] = ArtifactRecord(
                role=role, name=name, path=path, version=side, sha256=digest
            )
