"""A model in a process of its own, seen from mlgate."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from mlgate.config.model import ModelSpec
from mlgate.errors import ModelFailed
from mlgate.privacy import foreign
from mlgate.sandbox.answers import UNREADABLE, description, unpacked
from mlgate.sandbox.channel import Answer, Ended, Garbled, TookTooLong
from mlgate.sandbox.ending import name_ending, stop, wait
from mlgate.sandbox.interface import Description, Usage
from mlgate.sandbox.isolation import isolate
from mlgate.sandbox.reasons import reason, setting
from mlgate.sandbox.repeats import Repeats
from mlgate.sandbox.starting import start_worker
from mlgate.sandbox.surroundings import peak_memory, remove, room
from mlgate.sandbox.text import one_line

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa

WORKER = Path(__file__).with_name("worker.py")
PICKLED = Path(__file__).with_name("loaders") / "pickled.py"
NEEDED = ("numpy", "pandas", "pyarrow")
"""Packages that the worker imports."""
LEAST_ROOM = 128 << 20
"""Bytes of disk that a model must leave: mlgate and the other models need some, too."""
BYTES_PER_ROW = 1024
"""What an answer may have for each row: a long text, or 128 probabilities."""


class ModelProcess:
    """Implements `mlgate.sandbox.interface.Model`. A context manager.

    A model that raises can be asked again; one that crashed, hung or answered nonsense is stopped,
    and every later question gets the same error.
    """

    isolation: str
    """How far the model was kept apart: a sentence for the report."""
    warning: str = ""
    """What its libraries warned of while it was loaded: a sentence with a stranger's text."""

    def __init__(self, *, name: str, spec: ModelSpec, workspace: Path) -> None:
        """Use `start`."""
        self._name = f"the model {name}"
        self._key = name.split()[0]
        self._spec = spec
        self._workspace = workspace
        self._resources = ExitStack()
        self._failure: ModelFailed | None = None
        self._description: Description | None = None
        self._size: int | None = None
        self._suspicion = self._settle = ""
        self._repeats = Repeats()

    @classmethod
    def start(
        cls,
        *,
        file: Path | str,
        workspace: Path,
        spec: ModelSpec,
        python: Sequence[str],
        name: str,
        loader: Path = PICKLED,
        suspicion: str = "",
        settle: str = "",
    ) -> Self:
        """Start a process and load a model in it.

        Args:
            file: The model's file or folder; text for one that is none, as its loader takes it.
            workspace: Root of the repository's files that it belongs to: the process's working
                directory. Modules are importable from it and from the folders between it and the
                file.
            spec: The model's entry in mlgate.yml.
            python: Command that starts the Python of its environment.
            name: What to call it: its name in mlgate.yml and, after a space, anything else.
            loader: What loads its format in the process; see `mlgate.sandbox.loaders`.
            suspicion: What is known to be odd about it, and explains it if it fails.
            settle: What to change about that.

        Raises:
            ModelFailed: It does not load.
            CannotIsolate: No process can be started for it.
        """
        model = cls(name=name, spec=spec, workspace=workspace)
        model._suspicion, model._settle = suspicion, settle
        try:
            model._size = _size(file) if isinstance(file, Path) else None
            model._open(file, python, loader)
        except BaseException:
            model.close()
            raise
        return model

    def __enter__(self) -> Self:
        """The process runs already."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process."""
        self.close()

    @property
    def remarks(self) -> tuple[str, ...]:
        """For the report: how far it was kept apart, and whether it contradicts itself."""
        wavers = f"The answers of {self._name} to the same rows differed from time to time."
        warned = [self.warning] if self.warning else []
        return (self.isolation, *warned, *([wavers] if self._repeats.differ else ()))

    def describe(self) -> Description:
        """What the model says about itself."""
        if self._failure:
            raise self._failure
        assert self._description is not None  # noqa: S101  # `start` loaded it
        return self._description

    def predict(self, rows: "pd.DataFrame") -> "np.ndarray":
        """Labels or values: an array of shape (rows,)."""
        values = self._compute("predict", rows, BYTES_PER_ROW)
        if values.shape != (len(rows),):
            raise self._nonsense(f"answered {len(rows)} rows with an array of shape {values.shape}")
        return values

    def predict_proba(self, rows: "pd.DataFrame") -> "np.ndarray":
        """Class probabilities: a float array of shape (rows, classes), columns as in `classes`."""
        classes = self.describe().classes
        values = self._compute("predict_proba", rows, max(BYTES_PER_ROW, 8 * len(classes or ())))
        right = (len(rows), len(classes) if classes else values.shape[-1])
        if values.shape != right or values.dtype.kind != "f":
            raise self._nonsense(
                f"answered with probabilities of shape {values.shape}, and not {right}"
            )
        return values

    def time(self, rows: "pd.DataFrame") -> float:
        """Seconds that `predict` takes for some rows, without the way there and back."""
        header = self._answer("predict", rows, BYTES_PER_ROW).header
        seconds = self._number(header, "seconds")
        if not seconds:  # no call takes no time, and a time of nothing would pass any limit
            raise self._nonsense("answered that it took no time")
        return seconds

    def usage(self) -> Usage:
        """What the process has taken so far."""
        header = self._ask("telling its memory", {"do": "usage"}, largest=0).header
        return Usage(
            load_seconds=self._number(header, "load_seconds"),
            peak_bytes=max(int(self._number(header, "peak_bytes")), peak_memory(self._process.pid)),
            size_bytes=self._size,
        )

    def close(self) -> None:
        """End the process and all that it started."""
        self._resources.close()
        self._failure = self._failure or ModelFailed(f"{self._name} is closed")

    def _open(self, file: Path | str, python: Sequence[str], loader: Path) -> None:
        isolation = isolate(
            python,
            reads=[self._workspace, *([file] if isinstance(file, Path) else [])],
            packages=NEEDED,
            network=self._spec.network,
        )
        self._resources.callback(isolation.close)
        self._scratch = isolation.scratch
        self._disk = isolation.folder.parent
        self._room = room(self._disk)
        self.isolation = f"Models ran {isolation.how}."
        self._channel, self._process, self._output = start_worker(
            isolation, WORKER, cwd=self._workspace, memory=self._spec.memory, until=self._resources
        )
        self._description = self._load(file, isolation.script(loader, to="scripts/loader.py"))

    def _load(self, file: Path | str, loader: Path) -> Description:
        root = self._workspace.resolve()
        # Code of the repository is looked for as if a file in its root asked for it.
        resolved = file.resolve() if isinstance(file, Path) else root / "-"
        inside = resolved.is_relative_to(root)
        shown = str(resolved.relative_to(root) if inside else resolved)
        request = {
            "do": "load",
            "loader": str(loader),
            "file": shown if isinstance(file, Path) else file,
            "paths": list(map(str, _importable(resolved, root) if inside else [root])),
            "options": {"classes": self._spec.classes, "timeout": self._spec.timeout},
        }
        answer = self._ask("loading", request, largest=0)
        try:
            self.warning = self._warning(answer.header.get("warned") or [])
            return description(answer.header)
        except UNREADABLE as error:
            raise self._nonsense("described itself in an unknown way") from error

    def _warning(self, warned: list[object]) -> str:
        if not warned:
            return ""
        more = f" (and {len(warned) - 1} more)" if len(warned) > 1 else ""
        what = one_line(warned[0], 300)
        return f"{self._name[0].upper()}{self._name[1:]} warned as it was loaded: {what}{more}"

    def _answer(self, method: str, rows: "pd.DataFrame", bytes_per_row: int) -> Answer:
        body = self._pack(rows)
        answer = self._ask(
            f"computing {method} of {len(rows):,} rows",
            {"do": method, "texts": list(texts_of(rows))},
            [memoryview(body)],
            largest=(1 << 20) + len(rows) * bytes_per_row,
        )
        self._repeats.note(method, body, answer)
        return answer

    def _number(self, header: dict[str, Any], key: str) -> float:
        number = header.get(key)
        # An integer of a stranger may be too large for a float.
        if not isinstance(number, int | float) or not 0 <= number <= sys.float_info.max:
            raise self._nonsense(f"answered with no number of {key}")
        return float(number)

    def _compute(self, method: str, rows: "pd.DataFrame", bytes_per_row: int) -> "np.ndarray":
        answer = self._answer(method, rows, bytes_per_row)
        try:
            return unpacked(answer)
        except UNREADABLE as error:
            raise self._nonsense(f"answered with no array: {one_line(error, 200)}") from error

    def _pack(self, rows: "pd.DataFrame") -> "pa.Buffer":
        import pyarrow as pa

        try:
            table = pa.Table.from_pandas(rows, preserve_index=False)
        except (pa.ArrowException, ValueError, TypeError) as error:
            raise ModelFailed(
                f"the rows cannot be handed to {self._name}: {foreign(one_line(error))}",
                cause="a column mixes types, such as numbers and text, or two have one name",
                remedy="give each column one type and a name of its own in the data",
            ) from error
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
        return sink.getvalue()

    def _ask(
        self,
        doing: str,
        header: dict[str, Any],
        body: Sequence[memoryview] = (),
        *,
        largest: int,
    ) -> Answer:
        if self._failure:
            raise self._failure
        try:
            answer = self._channel.ask(
                self._process,
                self._output,
                header,
                body,
                largest=largest,
                seconds=self._spec.timeout,
            )
        except TookTooLong:
            raise self._gone(
                f"was stopped: {doing} took longer than {self._spec.timeout:g} seconds",
                cause="it hangs, or it needs more time for this many rows",
                remedy=setting(self._key, "timeout", f"{2 * self._spec.timeout:g}"),
            ) from None
        except Ended:
            wait(self._process, self._output, 1)  # what it said last
            ending = name_ending(self._process.returncode, self._spec.memory)
            cause, remedy = ending.cause, ending.remedy
            if self._suspicion and ending.what.startswith("crashed"):
                cause, remedy = f"{self._suspicion}; or {cause}", f"{self._settle}; or {remedy}"
            raise self._gone(f"{ending.what} while {doing}", cause=cause, remedy=remedy) from None
        except Garbled as error:
            raise self._nonsense(f"{error} while {doing}") from None
        if self._room > 2 * LEAST_ROOM > 2 * (left := room(self._disk)):
            raise self._gone(
                f"was stopped: while {doing} the disk of its temporary folder filled up, from "
                f"{self._room >> 20:,} to {left >> 20:,} MiB of room",
                cause="it writes without end, or the disk was nearly full before",
                remedy="let it write less, or point TMPDIR at a folder with more room",
            )
        if "error" in answer.header:
            raise self._raised(doing, answer.header["error"])
        return answer

    def _raised(self, doing: str, error: object) -> ModelFailed:
        """The model's own exception."""
        if not isinstance(error, dict):
            return self._nonsense("answered with an unknown error")
        message = foreign(one_line(error.get("message")))
        if error.get("unusable"):
            return ModelFailed(
                f"{self._name} cannot be used: {message}",
                cause="the file holds something else than a model for one target",
                remedy="save an object with scikit-learn's methods, fitted on one target column",
            )
        where = f" (at {one_line(error['where'], 200)})" if error.get("where") else ""
        kind = one_line(error.get("type"), 100)
        cause, remedy = reason(
            error,
            doing=doing,
            memory=self._spec.memory,
            network=self._spec.network,
            key=self._key,
            suspicion=(self._suspicion, self._settle) if self._suspicion else None,
        )
        return ModelFailed(
            f"{self._name} raised {kind} while {doing}: {message}{where}",
            cause=cause,
            remedy=remedy,
        )

    def _nonsense(self, what: str) -> ModelFailed:
        return self._gone(
            what,
            cause="the model is no scikit-learn style model, or its code writes into mlgate's pipe",
            remedy="give predict one value a row, and predict_proba one column a class",
        )

    def _gone(self, what: str, *, cause: str, remedy: str) -> ModelFailed:
        """A failure for good: the process is stopped, and its files are removed."""
        stop(self._process)
        remove(self._scratch)
        self._failure = ModelFailed(
            f"{self._name} {what}.{self._output.quoted()}", cause=cause, remedy=remedy
        )
        return self._failure


def _size(path: Path) -> int:
    """Bytes of a file, or of all files of a folder."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def _importable(file: Path, root: Path) -> Iterator[Path]:
    """Folders that a model's modules may lie in: around its file, up to the root."""
    for folder in file.parents:
        yield folder
        if (folder / "src").is_dir():
            yield folder / "src"
        if folder == root:
            return


def texts_of(rows: "pd.DataFrame") -> Iterator[tuple[int, bool, str]]:
    """Columns of text and of mixed objects: position, whether of objects, what is missing there.

    Arrow has one kind of text and one of missing values, and versions of pandas make of them what
    they like.
    """
    import pandas as pd

    for position, dtype in enumerate(rows.dtypes):
        if isinstance(dtype, pd.StringDtype) and isinstance(dtype.na_value, float):
            yield position, False, "NaN"
        elif dtype.kind == "O" and not isinstance(dtype, pd.api.extensions.ExtensionDtype):
            column = rows.iloc[:, position]
            nan = any(isinstance(value, float) for value in column[column.isna()])
            yield position, True, "NaN" if nan else "None"
