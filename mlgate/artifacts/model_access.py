"""The models of both sides: looked into, and started when they are first asked for."""

from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from mlgate.artifacts import formats
from mlgate.artifacts.models import WITHOUT_CODE, WITHOUT_FILE, format_of, loader
from mlgate.artifacts.safety import sources as code_of
from mlgate.artifacts.safety.guard import Guard
from mlgate.artifacts.safety.imports import Policy
from mlgate.artifacts.safety.interface import Scan
from mlgate.artifacts.sides import Sides
from mlgate.artifacts.versions import Preflight, compare
from mlgate.config.model import ModelSpec
from mlgate.errors import DataNotReadable, MlgateError, ModelFailed, NoBaseline
from mlgate.results import Side
from mlgate.sandbox.interface import Clocked

if TYPE_CHECKING:
    from mlgate.sandbox.process import ModelProcess


@dataclass(kw_only=True)
class Models:
    """What `mlgate.checks.interface.Inputs` has of models."""

    sides: Sides
    cache: Path
    """Folder for environments, kept between runs."""
    requirements: Path | None
    """Requirements file for models that name none."""
    _models: dict[tuple[str, Side], "ModelProcess | MlgateError"] = field(default_factory=dict)
    _guard: Guard = field(default_factory=Guard)
    _stack: ExitStack = field(default_factory=ExitStack)

    def close(self) -> None:
        """End every model's process."""
        self._stack.close()

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

    def scan_model(self, name: str, side: Side = "head") -> Scan:
        """What a look into a model's file yields; see `Inputs.scan_model`."""
        file = self._model_file(name, side)
        return self._scan(self.sides.model_spec(name, side).path, side, name, file)

    def scan_file(self, path: str) -> Scan:
        """The same for a file that is no model; see `Inputs.scan_file`."""
        file = self.sides.resolve(path, "head", named=False)
        formats.require_content(file)
        self.sides.note("model", path, path, "head", file)
        return self._scan(path, "head", None, file)

    def preflight(self, name: str, side: Side = "head") -> Preflight:
        """Versions in a model's file, beside its environment's; see `Inputs.preflight`."""
        seen = self.scan_model(name, side)
        if all(one.rule == "shown" for one in seen.recorded):
            return compare(seen.recorded, lambda _: {}, side)  # which needs no environment
        return _beside(seen, self._python(self.sides.model_spec(name, side), side), side)

    def environment(self, model: str | None) -> Sequence[str]:
        """The command that starts Python in a model's environment; see `Inputs.environment`."""
        sides = self.sides
        if model and sides.resolve(sides.model_spec(model).path, "head", named=True).exists():
            kind = format_of(sides.model_spec(model), sides.head.root / sides.config.directory)
            if kind not in WITHOUT_CODE | WITHOUT_FILE:
                self._require_safe(self._model_file(model, "head"), "head", model)
        return self._python(self.sides.config.models[model] if model else None, "head")

    def notes(self) -> tuple[str, ...]:
        """How far the models' processes were isolated, and what was odd about a model.

        One sentence for each different answer.
        """
        started = [m for m in self._models.values() if not isinstance(m, MlgateError)]
        return tuple(dict.fromkeys(note for model in started for note in model.remarks))

    def _start(self, name: str, side: Side) -> "ModelProcess":
        from mlgate.sandbox.process import ModelProcess

        spec = self.sides.model_spec(name, side)
        workspace = self.sides.side(side)[0]
        kind = format_of(spec, workspace.root / self.sides.config.directory)
        if kind == "endpoint" and side == "base" and spec.path == self.sides.model_spec(name).path:
            raise NoBaseline(f"{name} is one service for head and base: it has no earlier version")
        file = spec.path if kind in WITHOUT_FILE else self._model_file(name, side)
        seen = None
        if isinstance(file, Path) and kind not in WITHOUT_CODE:
            seen = self._require_safe(file, side, name)
        python = self._python(spec, side)
        preflight = _beside(seen, python, side)
        process = ModelProcess.start(
            file=file,
            loader=loader(kind),
            workspace=workspace.root,
            spec=spec,
            python=python,
            name=f"{name} ({spec.path}, {side})",
            suspicion=preflight.sentence,
            settle=preflight.remedy,
        )
        self._stack.callback(process.close)
        return process

    def _model_file(self, name: str, side: Side) -> Path:
        """A model's file or folder, which is there."""
        path = self.sides.model_spec(name, side).path
        named = self.sides.names("models", name, side)
        try:
            place = self.sides.resolve(path, side, named=named)
            file = place if place.is_dir() else self.sides.real(place, side)
        except DataNotReadable as error:
            raise ModelFailed(error.what, cause=error.cause, remedy=error.remedy) from error
        self.sides.note("model", name, path, side, file)
        return file

    def _scan(self, path: str, side: Side, model: str | None, file: Path) -> Scan:
        workspace, own = self.sides.side(side)
        head = self.sides.config
        configs = [head] if own in (None, head) else [head, own]
        entries = [entry.check for config in configs for entry in config.entries]
        checks = [check for check in entries if not isinstance(check, str)]
        allow = [pattern for check in checks for pattern in check.allowed_imports(model)]
        sources = code_of.Sources.around(file, workspace.root)
        seen = self._guard.scan(file, Policy(allow=tuple(allow), sources=sources))
        for key, record in self.sides.files.items():
            if (record.path, record.version) == (path, side):
                self.sides.files[key] = replace(record, format=seen.format)
        return seen

    def _require_safe(self, file: Path, side: Side, model: str) -> Scan:
        path = self.sides.model_spec(model, side).path
        seen = self._scan(path, side, model, file)
        self._guard.require_safe(seen, f"{model} ({path}, {side})")
        return seen

    def _python(self, spec: ModelSpec | None, side: Side) -> Sequence[str]:
        """Head and base each build from their own commit's file."""
        from mlgate.sandbox.environment import interpreter

        if spec and spec.requirements:
            own = self.sides.side(side)[1]
            named = own is not None and any(spec is one for one in own.models.values())
            file = self.sides.resolve(spec.requirements, side, named=named)
            if side == "base":  # whose larger files are copied when they are asked for
                self._bring_with(PurePosixPath(spec.requirements))
            return interpreter(file, self.cache, spec.python)
        return interpreter(self.requirements, self.cache)

    def _bring_with(self, requirements: PurePosixPath) -> None:
        """Have the files of base that its requirements name, such as constraints and wheels."""
        from mlgate.sandbox.environment import named_in

        waiting, seen = [requirements], set()
        while waiting:
            path = waiting.pop()
            if path in seen:
                continue
            seen.add(path)
            with suppress(NoBaseline):
                file = self.sides.resolve(str(path), "base", named=False)
                waiting += [path.parent / name for name in named_in(file)]


def _beside(seen: Scan | None, python: Sequence[str], side: Side) -> Preflight:
    """What a look into a file has found of versions, beside those of an environment."""
    from mlgate.sandbox.installed import installed

    recorded = seen.recorded if seen else ()
    return compare(recorded, lambda names: installed(python, names), side)
