"""A metric that is a function of the repository, in a process of its own, seen from mlgate.

The function is a stranger's code: it may end its process, loop, print, or give text. It runs where
the model runs, in the model's environment, and apart from the run: as another user where that is
possible, without the run's variables and without network.
"""

import math
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from mlgate.errors import MetricFailed
from mlgate.privacy import foreign
from mlgate.sandbox.channel import Answer, Ended, Garbled, TookTooLong
from mlgate.sandbox.ending import name_ending, stop, wait
from mlgate.sandbox.isolation import isolate
from mlgate.sandbox.process import NEEDED, WORKER, texts_of
from mlgate.sandbox.starting import start_worker
from mlgate.sandbox.text import one_line

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

METRIC_WORKER: Final = Path(__file__).with_name("metric_worker.py")


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What one model said of some rows."""

    predicted: "NDArray[Any]"
    """Codes of classes, or numbers; shape (rows,)."""
    shares: "NDArray[Any] | None" = None
    """Probabilities of the classes, shape (rows, classes); None where there are none."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """The rows and the answers that a function is to judge."""

    truth: "NDArray[Any]"
    """Codes of classes, or numbers; shape (rows,)."""
    labels: Sequence[Any]
    """Classes in the order of their codes; empty for numbers."""
    sides: Sequence[Answers]
    """What each model said."""
    frame: "pd.DataFrame | None" = None
    """All columns of the rows, for a function that asks for them."""
    weights: "NDArray[Any] | None" = None


class MetricProcess:
    """A context manager. The process starts with the first question."""

    def __init__(
        self,
        *,
        name: str,
        root: Path,
        paths: Sequence[Path],
        python: Sequence[str],
        timeout: float,
        memory: int,
    ) -> None:
        """Nothing is started yet.

        Args:
            name: The function, `module:name`.
            root: Root of the repository's files: the working directory.
            paths: Folders that the module is imported from.
            python: Command that starts the Python of its environment.
            timeout: Seconds that one question may take.
            memory: Memory limit in MiB.
        """
        self.name = name
        self.seconds: float | None = None
        """Time that the function took for all rows of one side, when it was last asked for them."""
        self.wants: frozenset[str] = frozenset()
        """What its parameters ask for, once it is loaded: `y_true`, `rows` and so on."""
        self.isolation = ""
        """How far it was kept apart, once it has started."""
        self.timeout = timeout
        self._root = root
        self._paths = paths
        self._python = python
        self._memory = memory
        self._resources = ExitStack()
        self._started = False
        self._failure: MetricFailed | None = None

    def __enter__(self) -> Self:
        """Nothing is started yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process and all that it started."""
        self._resources.close()
        self._failure = self._failure or MetricFailed(f"the metric {self.name} is closed")

    def values(
        self, question: Question, sets: "Sequence[NDArray[np.intp]] | None" = None
    ) -> "NDArray[np.float64]":
        """The metric of each side on sets of rows; shape (sets, sides). NaN where it is undefined.

        Args:
            question: The rows and the answers.
            sets: Indices of rows, a set for each value; None for one set of all rows.

        Raises:
            MetricFailed: It does not load, raises, ends, hangs, or gives what is no number.
            CannotIsolate: No process can be started for it.
        """
        import numpy as np

        self._start()
        header, body = self._pack(question, sets)
        count = len(sets) if sets is not None else 1
        shape = (count, len(question.sides))
        doing = f"computing {len(question.truth):,} rows"
        if sets is not None:
            doing = f"computing {count:,} resamples"
        answer = self._ask(doing, header, body, largest=8 * count * len(question.sides))
        if answer.body.nbytes != 8 * shape[0] * shape[1]:
            raise self._nonsense(f"answered with {answer.body.nbytes // 8} of {count} values")
        if sets is None:
            seconds = answer.header.get("seconds")
            if isinstance(seconds, int | float) and 0 <= seconds < math.inf:
                self.seconds = float(seconds) / len(question.sides)
        return np.frombuffer(answer.body.tobytes(), dtype=np.float64).reshape(shape)

    def _start(self) -> None:
        if self._failure:
            raise self._failure
        if self._started:
            return
        self._started = True
        isolation = isolate(self._python, reads=[self._root], packages=NEEDED, network=False)
        self._resources.callback(isolation.close)
        self.isolation = isolation.how
        isolation.script(WORKER)  # the metric's worker uses parts of it
        self._channel, self._process, self._output = start_worker(
            isolation, METRIC_WORKER, cwd=self._root, memory=self._memory, until=self._resources
        )
        module, _, name = self.name.partition(":")
        paths = [str(path.resolve()) for path in self._paths]
        request = {"do": "load", "module": module, "name": name, "paths": paths}
        try:
            wants = self._ask("loading", request, largest=0).header.get("wants")
        except MetricFailed as error:  # it is asked once
            self._failure = error
            raise
        if not isinstance(wants, list) or not all(isinstance(item, str) for item in wants):
            raise self._nonsense("described itself in an unknown way")
        self.wants = frozenset(wants)

    def _pack(
        self, question: Question, sets: "Sequence[NDArray[np.intp]] | None"
    ) -> tuple[dict[str, Any], list[memoryview]]:
        """A question as a header and bytes."""
        import numpy as np

        kind = "<i8" if question.labels else "<f8"
        arrays = {"truth": (kind, question.truth)}
        for number, side in enumerate(question.sides):
            arrays[f"predicted {number}"] = kind, side.predicted
            if side.shares is not None and self.wants & {"y_proba", "y_score"}:
                arrays[f"shares {number}"] = "<f8", side.shares
        if question.weights is not None:
            arrays["weights"] = "<f8", question.weights
        if sets is not None:
            arrays["sets"] = "<i8", np.concatenate(sets)
        parts: list[tuple[str, str, int]] = []
        body: list[memoryview] = []
        for name, (dtype, values) in arrays.items():
            content = np.ascontiguousarray(values, dtype=dtype)
            parts.append((name, dtype, content.nbytes))
            body.append(memoryview(content.tobytes()))
        texts: list[Any] = []
        if "rows" in self.wants:
            if question.frame is None:
                raise MetricFailed(f"the metric {self.name} wants `rows`, and there are none here")
            stream = self._stream(question.frame)
            parts.append(("rows", "bytes", stream.nbytes))
            body.append(stream)
            texts = list(texts_of(question.frame))
        header = {
            "do": "compute",
            "parts": parts,
            "texts": texts,
            "labels": [*question.labels] if question.labels else None,
            "sides": len(question.sides),
            "ends": [] if sets is None else np.cumsum([len(rows) for rows in sets]).tolist(),
        }
        return header, [part for part in body if part.nbytes]

    def _stream(self, frame: "pd.DataFrame") -> memoryview:
        import pyarrow as pa

        try:
            table = pa.Table.from_pandas(frame, preserve_index=False)
        except (pa.ArrowException, ValueError, TypeError) as error:
            raise MetricFailed(
                f"the rows cannot be handed to the metric {self.name}: {foreign(one_line(error))}",
                cause="a column mixes types, such as numbers and text, or two have one name",
                remedy="give each column one type and a name of its own in the data",
            ) from error
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
        return memoryview(sink.getvalue())

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
                seconds=self.timeout,
            )
        except TookTooLong:
            raise self._gone(
                f"was stopped: {doing} took longer than {self.timeout:g} seconds",
                cause="the function hangs, or needs more time for this many rows",
                remedy="make it faster, with numpy instead of a loop over rows, or raise the "
                "model's `timeout`",
            ) from None
        except Ended:
            wait(self._process, self._output, 1)  # what it said last
            ending = name_ending(self._process.returncode, self._memory)
            raise self._gone(
                f"{ending.what} while {doing}", cause=ending.cause, remedy=ending.remedy
            ) from None
        except Garbled as error:
            raise self._nonsense(f"{error} while {doing}") from None
        if "error" in answer.header:
            raise self._raised(doing, answer.header["error"])
        return answer

    def _raised(self, doing: str, error: object) -> MetricFailed:
        """The function's own exception, or why it is no metric."""
        if not isinstance(error, dict):
            return self._nonsense("answered with an unknown error")
        message = one_line(error.get("message"))
        message = message if error.get("unusable") else foreign(message)
        if error.get("unusable"):
            return MetricFailed(
                f"the metric {self.name} cannot be used: {message}",
                cause="a metric is a function of the truth and the answers that gives one number",
                remedy="write it as scikit-learn's metrics are, such as `def f(y_true, y_pred)`",
            )
        if module := error.get("module"):
            package = one_line(str(module).partition(".")[0], 100)
            return MetricFailed(
                f"the metric {self.name} needs the module {package}, which is not there",
                cause="it runs in the model's environment, which lacks the package",
                remedy=f"add {package} to the model's `requirements`, or commit it",
            )
        where = f" (at {one_line(error['where'], 200)})" if error.get("where") else ""
        kind = one_line(error.get("type"), 100)
        return MetricFailed(
            f"the metric {self.name} raised {kind} while {doing}: {message}{where}",
            cause="the function does not suit these labels, answers or columns",
            remedy="call it on the same rows where it was written",
        )

    def _nonsense(self, what: str) -> MetricFailed:
        return self._gone(
            what,
            cause="its code writes into mlgate's pipe",
            remedy="let the function do nothing but compute a number",
        )

    def _gone(self, what: str, *, cause: str, remedy: str) -> MetricFailed:
        """A failure for good: the process is stopped."""
        stop(self._process)
        self._failure = MetricFailed(
            f"the metric {self.name} {what}.{self._output.quoted()}", cause=cause, remedy=remedy
        )
        return self._failure
