"""A metric that is a function of the repository: where its source is, and how it is asked.

What can be told without running it (is there such a module, has it such a name) is told from its
source, when the configuration is read. The rest happens in its own process.
"""

import ast
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from mlgate.checks.interface import Inputs
from mlgate.checks.limits import Limits
from mlgate.checks.scorers import Metric, known, own
from mlgate.config.load import nearest
from mlgate.errors import MlgateError
from mlgate.results import Finding, Location, Outcome

if TYPE_CHECKING:
    from mlgate.checks.responses import Responses
    from mlgate.sandbox.metric_process import Answers, MetricProcess, Question
    from mlgate.stats.difference import Array, Difference
    from mlgate.stats.sample import Sample

MAX_SOURCE: Final = 4 << 20
"""Bytes of a module beyond which it is not read for its names."""
BUDGET: Final = 60.0
"""Seconds that the resamples of one comparison should take at most."""


class OwnMetrics:
    """The metrics of one check: those of the repository with their processes. A context manager."""

    def __init__(self, inputs: Inputs, model: str, limits: Mapping[str, Limits]) -> None:
        """Nothing is started yet."""
        self._inputs = inputs
        self._model = model
        self._limits = limits
        self._stack = ExitStack()
        self._bound: dict[str, Metric] = {}

    def __enter__(self) -> Self:
        """Processes start with their first question."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End every process."""
        self._stack.close()

    def metric(self, name: str) -> Metric:
        """The metric of a name that the configuration has accepted.

        Raises:
            KeyError: There is none.
        """
        metric = own(name)
        if metric is None:
            return known(name)
        if name not in self._bound:
            self._bound[name] = self._bind(metric)
        return self._bound[name]

    def redefined(self, finding_id: Callable[..., str]) -> Iterator[Finding]:
        """A finding for each function whose module is another one on base: a moved goalpost.

        Both models are judged by head's, so that a change to it can hide what a model lost.
        """
        for name in self._bound:
            root, directory = self._inputs.head.root, self._inputs.directory
            source = _source(name.partition(":")[0], list(folders(root, directory)))
            if source is None:
                continue
            path = os.path.relpath(source, root / directory)
            try:
                before = self._inputs.file(path, "base").read_bytes()
            except (MlgateError, OSError):
                continue  # it is new, or there is no base: nothing was moved
            if before != source.read_bytes():
                file = source.relative_to(root).as_posix()
                yield Finding(
                    id=finding_id(name, "definition"),
                    outcome=Outcome.FAILED,
                    severity="warning",
                    subject=name,
                    message=f"{file}, which defines {name}, is another one than on base: both "
                    "models are judged by head's",
                    location=Location(file=file),
                )

    def _bind(self, metric: Metric) -> Metric:
        greater = self._limits[metric.name].greater_is_better
        metric = replace(metric, greater_is_better=greater is not False)
        try:
            return replace(metric, function=self._process(metric.name))
        except MlgateError as error:  # told where the metric is asked for its value
            return replace(metric, broken=error)

    def _process(self, name: str) -> "MetricProcess":
        from mlgate.sandbox.metric_process import MetricProcess

        spec = self._inputs.model_spec(self._model)
        root = self._inputs.head.root
        process = MetricProcess(
            name=name,
            root=root,
            paths=list(folders(root, self._inputs.directory)),
            python=self._inputs.environment(self._model),
            timeout=spec.timeout,
            memory=spec.memory,
        )
        return self._stack.enter_context(process)


def folders(root: Path, directory: str) -> Iterator[Path]:
    """Where modules are imported from: the folder of mlgate.yml and those above it up to the root.

    Each with its `src`, if it has one.
    """
    here = root / directory
    for folder in (here, *here.parents):
        yield folder
        if (folder / "src").is_dir():
            yield folder / "src"
        if folder == root or not folder.is_relative_to(root):
            return


def problem(name: str, root: Path, directory: str) -> str | None:
    """What is wrong with `module:function`, as far as its source tells; None where it may work."""
    module, _, function = name.partition(":")
    places = list(folders(root, directory))
    source = _source(module, places)
    if source is None:
        file = module.replace(".", "/")
        hint = nearest(module, _modules(places))
        return f"there is no module {module!r} in the repository: {file}.py{hint}"
    shown = source.relative_to(root).as_posix() if source.is_relative_to(root) else source.name
    try:
        if source.stat().st_size > MAX_SOURCE:
            return None
        tree = ast.parse(source.read_bytes())
    except SyntaxError as error:
        return f"{shown}:{error.lineno or 1}: {error.msg}"
    except (OSError, ValueError, RecursionError) as error:
        return f"{shown} cannot be read: {str(error)[:200]}"
    names = set(_names(tree.body))
    if function in names or "*" in names:
        return None
    return f"{shown} defines no {function!r}{nearest(function, names)}"


def _source(module: str, places: list[Path]) -> Path | None:
    parts = module.split(".")
    for place in places:
        folder = place.joinpath(*parts[:-1])
        for candidate in (folder / parts[-1] / "__init__.py", folder / f"{parts[-1]}.py"):
            if candidate.is_file():
                return candidate
    return None


def _modules(places: list[Path]) -> Iterator[str]:
    """Modules near the root, for the nearest name."""
    for place in places:
        for pattern in ("*.py", "*/*.py"):
            for file in sorted(place.glob(pattern))[:500]:
                yield ".".join(file.relative_to(place).with_suffix("").parts)


def _names(body: list[ast.stmt]) -> Iterator[str]:
    """What the top level of a module binds; `*` where another module's names come in."""
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield statement.name
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            for alias in statement.names:
                yield alias.asname or alias.name
        else:
            for node in ast.walk(statement):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    yield node.id
            for field in ("body", "orelse", "finalbody"):
                yield from _names(getattr(statement, field, []))
            for handler in getattr(statement, "handlers", []):
                yield from _names(handler.body)


def value(metric: Metric, responses: "Responses", weights: "Array | None") -> float:
    """The metric of one model on all rows; NaN where it is undefined."""
    question = _question([responses], weights)
    return float(_process_of(metric).values(question)[0, 0])


def difference(
    metric: Metric, head: "Responses", base: "Responses", rows: "Sample"
) -> "Difference":
    """Head's metric less base's on the same rows, by a paired bootstrap in the metric's process.

    How many resamples are drawn goes by the time that the function took for all rows.
    """
    import numpy as np

    from mlgate.stats.bca import FEWEST, RESAMPLES, paired_bca
    from mlgate.stats.bootstrap import MAX_ROWS
    from mlgate.stats.difference import unchanged, undecidable

    process = _process_of(metric)
    question = _question([head, base], rows.weights)
    if _same_answers(question, process.wants):
        return unchanged(rows.rows)
    budget = min(BUDGET, process.timeout / 2)
    size = min(rows.rows, MAX_ROWS)
    each = 2 * (process.seconds or 0.0) * size / max(rows.rows, 1)
    resamples = RESAMPLES if each * RESAMPLES <= budget else int(budget / each)
    if resamples < FEWEST:
        whole = process.values(question)[0]
        why = (
            f"a call of the metric takes {each / 2:.2g} s, too long for {FEWEST} resamples: "
            "make it faster"
        )
        return undecidable(float(whole[0] - whole[1]), rows.rows, "bootstrap", why)

    def differences(sets: "list[Array]") -> "Array":
        found = process.values(question, sets)
        with np.errstate(invalid="ignore"):
            return found[:, 0] - found[:, 1]

    strata = head.truth if head.labels else None
    return paired_bca(differences, rows, strata=strata, resamples=resamples)


def _process_of(metric: Metric) -> "MetricProcess":
    if metric.broken is not None:
        raise metric.broken
    if metric.function is None:
        raise MlgateError(
            f"the metric {metric.name} cannot be measured here",
            cause="its process was not opened, which is a fault of mlgate",
            remedy="report it",
        )
    return metric.function


def _same_answers(question: "Question", wants: frozenset[str]) -> bool:
    """Whether two models gave the same answers, as far as a function looks at them."""
    from mlgate.stats.difference import same_answers

    one, other = question.sides
    if not wants & {"y_proba", "y_score"}:
        return same_answers(one.predicted, other.predicted)
    if one.shares is None or other.shares is None:
        return not question.labels and same_answers(one.predicted, other.predicted)
    same = same_answers(one.shares, other.shares)
    return same and ("y_pred" not in wants or same_answers(one.predicted, other.predicted))


def _question(sides: "list[Responses]", weights: "Array | None") -> "Question":
    """What the function is asked. Both models' classes get one order: the first one's."""
    from mlgate.sandbox.metric_process import Question

    first = sides[0]
    labels = tuple(dict.fromkeys(label for side in sides for label in side.labels))
    positions = first.answers[:, 0].astype(int)
    frame = None if first.frame is None else first.frame.iloc[positions]
    return Question(
        truth=_recoded(first.truth, first.labels, labels),
        labels=labels,
        sides=[_answers(side, labels) for side in sides],
        frame=frame,
        weights=weights,
    )


def _answers(side: "Responses", labels: "tuple[object, ...]") -> "Answers":
    import numpy as np

    from mlgate.sandbox.metric_process import Answers

    predicted = side.answers[:, 1]
    if not side.labels:
        return Answers(predicted=predicted)
    shares = None
    if side.answers.shape[1] > 2:
        shares = np.zeros((len(predicted), len(labels)))
        shares[:, [labels.index(label) for label in side.labels]] = side.answers[:, 2:]
    return Answers(predicted=_recoded(predicted.astype(int), side.labels, labels), shares=shares)


def _recoded(codes: "Array", labels: "tuple[object, ...]", wanted: "tuple[object, ...]") -> "Array":
    import numpy as np

    if not labels or labels == wanted:
        return codes
    recoded: Array = np.array([wanted.index(label) for label in labels])[codes]
    return recoded
