"""Access to the files, data sets and models of both sides, opened when they are first asked for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from mlgate.artifacts import formats
from mlgate.artifacts.interface import DataSet, Workspace
from mlgate.artifacts.sides import Base, Sides
from mlgate.config.location import is_remote, shown
from mlgate.config.model import Config, DataSpec, ModelSpec
from mlgate.errors import MlgateError, NoBaseline
from mlgate.results import ArtifactRecord, Side
from mlgate.sandbox.interface import Clocked, Model

if TYPE_CHECKING:  # a run without a model does not pay for them
    from mlgate.artifacts.model_access import Models
    from mlgate.artifacts.safety.interface import Scan
    from mlgate.artifacts.versions import Preflight

__all__ = ["Artifacts", "Base"]


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
    _data: dict[tuple[str, Side], DataSet] = field(default_factory=dict)

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
        if "_models" in vars(self):
            self._models.close()
        self._sides.sources.close()

    @cached_property
    def _sides(self) -> Sides:
        return Sides(
            config=self.config, head=self.head, open_base=self.open_base, variables=self.variables
        )

    @cached_property
    def _models(self) -> "Models":
        from mlgate.artifacts.model_access import Models

        return Models(sides=self._sides, cache=self.cache, requirements=self.requirements)

    @property
    def base(self) -> Base | MlgateError:
        """The base side, or why there is none."""
        return self._sides.base

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
        return self._sides.data_spec(name, side)

    def model_spec(self, name: str, side: Side = "head") -> ModelSpec:
        """What mlgate.yml of a side says of a model; head's word where base's has none."""
        return self._sides.model_spec(name, side)

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
        workspace, own = self._sides.side(side)
        if side == "base":
            if not self._sides.names("data", name, side):
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
        return self._models.clocked(name, side)

    def clocked(self, name: str, side: Side = "head") -> Clocked:
        """The same model, for one that measures its time; see `Inputs.clocked`."""
        return self._models.clocked(name, side)

    def file(
        self, path: str, side: Side = "head", *, role: Literal["data", "suite"] = "data"
    ) -> Path:
        """A file that a check's parameters name; see `Inputs.file`."""
        if is_remote(path):
            file, fingerprint = self._sides.sources.remote_file(path)
            self._sides.note(role, shown(path), shown(path), side, file, fingerprint)
            return file
        file = self._sides.real(self._sides.resolve(path, side, named=False), side)
        self._sides.note(role, path, path, side, file)
        return file

    def scan_model(self, name: str, side: Side = "head") -> "Scan":
        """What a look into a model's file yields; see `Inputs.scan_model`."""
        return self._models.scan_model(name, side)

    def preflight(self, name: str, side: Side = "head") -> "Preflight":
        """Versions in a model's file, beside its environment's; see `Inputs.preflight`."""
        return self._models.preflight(name, side)

    def scan_file(self, path: str) -> "Scan":
        """The same for a file that is no model; see `Inputs.scan_file`."""
        return self._models.scan_file(path)

    def environment(self, model: str | None) -> Sequence[str]:
        """The command that starts Python in a model's environment; see `Inputs.environment`."""
        return self._models.environment(model)

    def records(self) -> tuple[ArtifactRecord, ...]:
        """Every file that was used, with its digest."""
        files = self._sides.files
        for (name, side), data in self._data.items():
            suffix = None if data.path is None else data.path.suffix.lower()
            files["data", name, side] = ArtifactRecord(
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
        return tuple(files[key] for key in sorted(files))

    def notes(self) -> tuple[str, ...]:
        """How far the models' processes were isolated: one sentence for each different answer."""
        return self._models.notes() if "_models" in vars(self) else ()

    def _open(self, name: str, spec: DataSpec, side: Side) -> DataSet:
        sides = self._sides
        named = sides.names("data", name, side)
        if not is_remote(spec.place):
            workspace, own = sides.side(side)
            root, top = workspace.root / (own or self.config).directory, workspace.root
            place = sides.resolve(spec.place, side, named=named)
            return sides.sources.local(name, spec, side, place=place, root=root, top=top)
        if not named:
            raise NoBaseline(
                f"mlgate.yml of base has no data set {name}: a store keeps one version"
            )
        return sides.sources.remote(name, spec, side)
