"""Great Expectations on pandas, and what its other engines share with that.

It is imported by this module and its neighbours `gx_…` alone, and only when it is used (3 s).
"""

import io
import json
import logging
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from typing import Any

from mlgate.artifacts.interface import DataSet
from mlgate.engines.catalogue import Domain
from mlgate.engines.gx_result import reduced, typed
from mlgate.engines.interface import ExpectationResult, Validation
from mlgate.engines.suite import ExpectationSpec, Suite

NAME = "gx"
_TAG = "mlgate"
"""Key of an expectation's `meta` that tells which one a result belongs to."""


class GreatExpectations:
    """Great Expectations itself, in an ephemeral context, without telemetry."""

    def validate(self, data: DataSet, suite: Suite) -> Validation:
        """Validate a suite on the whole table, in memory."""
        frame = data.frame

        def whole_frame(context: Any) -> Any:
            asset = context.data_sources.add_pandas("mlgate").add_dataframe_asset("data")
            definition = asset.add_batch_definition_whole_dataframe("all")
            return definition.get_batch({"dataframe": frame})

        return validated(
            suite,
            open_batch=whole_frame,
            rows=len(frame),
            columns=tuple(map(str, frame.columns)),
            engine=NAME,
        )


OpenBatch = Callable[[Any], Any]
"""Makes a batch of Great Expectations, in a context of its."""


def validated(
    suite: Suite, *, open_batch: OpenBatch, rows: int, columns: Sequence[str], engine: str
) -> Validation:
    """Validate a suite with one of Great Expectations' engines.

    Args:
        suite: The suite.
        open_batch: Makes the batch; what it raises is not caught.
        rows: Rows of the table.
        columns: Columns of the table, in its order.
        engine: Name of the engine that the results carry.
    """
    questions = {f"{i}": _question(spec) for i, spec in enumerate(suite.expectations)}
    companions = {i: _companion(spec) for i, spec in enumerate(suite.expectations)}
    questions |= {tag: question for tag, question in companions.values() if tag}
    with quiet():
        answers = _ask(open_batch, questions)
    twins = _twins(columns)
    results = (
        _result(
            spec,
            _CONFUSED if twins & set(spec.columns) else answers.get(f"{i}", _NO_ANSWER),
            answers.get(companions[i][0]),
            engine,
        )
        for i, spec in enumerate(suite.expectations)
    )
    return Validation(rows=rows, columns=tuple(columns), results=tuple(results))


_NO_ANSWER = LookupError("Great Expectations gave no result")
_CONFUSED = LookupError(
    "another column's name differs in case only, and Great Expectations would look at that one"
)

_Question = tuple[str, Mapping[str, Any]]
"""Type and arguments of an expectation."""


def _question(spec: ExpectationSpec) -> _Question:
    """An expectation with the result format that it is asked in."""
    return spec.type, {**spec.kwargs, "result_format": spec.result_format.measured.for_gx()}


def _companion(spec: ExpectationSpec) -> tuple[str, _Question]:
    """The question that tells how many values a column's figure is made of.

    Great Expectations gives no counts with an aggregate, and the sum or the distinct values of
    nothing pass. Its own count of nulls, under the same condition, is the denominator.

    Returns:
        A tag, equal for equal questions, and the question; an empty tag where none is needed.
    """
    names = ("column", "row_condition", "condition_parser")
    domain = {name: spec.kwargs[name] for name in names if name in spec.kwargs}
    wanted = spec.signature.domain is Domain.AGGREGATE or (spec.custom and "column" in domain)
    tag = json.dumps(domain, default=str) if wanted else ""
    return tag, ("expect_column_values_to_not_be_null", domain)


def _twins(columns: Iterable[str]) -> set[str]:
    """Columns whose names differ in case only.

    On pandas Great Expectations takes the first column whose name matches in any case, and so may
    pass what another column breaks.
    """
    names = list(columns)
    folded = Counter(name.lower() for name in names)
    return {name for name in names if folded[name.lower()] > 1}


def _ask(open_batch: OpenBatch, questions: Mapping[str, _Question]) -> dict[str, Any]:
    """Great Expectations' results by tag; an exception in place of one that could not be built."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(enable=False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    batch = open_batch(context)

    answers: dict[str, Any] = {}
    expectations = []
    for tag, question in questions.items():
        try:
            expectations.append(_build(tag, question))
        except Exception as error:  # noqa: BLE001  # whatever an argument's type makes it raise
            answers[tag] = error
    for together in _rounds(expectations):
        answers |= _validated(batch, together)
    return answers


def _rounds(expectations: Sequence[Any]) -> list[list[Any]]:
    """Expectations that may share a suite.

    A suite has one result format. And Great Expectations names a column's quantiles before it knows
    which ones are wanted: of two such expectations about one column in one suite, one is judged by
    the other's figures.
    """
    rounds: dict[tuple[str, int], list[Any]] = {}
    seen: Counter[str] = Counter()
    for expectation in expectations:
        turn = 0
        if expectation.expectation_type == "expect_column_quantile_values_to_be_between":
            turn = seen[str(expectation.column)]
            seen[str(expectation.column)] += 1
        rounds.setdefault((repr(expectation.result_format), turn), []).append(expectation)
    return list(rounds.values())


def _build(tag: str, question: _Question) -> Any:
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    kind, kwargs = question
    configuration = ExpectationConfiguration(type=kind, kwargs=dict(kwargs), meta={_TAG: tag})
    return configuration.to_domain_obj()


def _validated(batch: Any, expectations: Sequence[Any]) -> dict[str, Any]:
    """Results by tag; one by one where one of them breaks the suite."""
    try:
        return _validate(batch, expectations)
    except Exception as error:  # noqa: BLE001  # such as a suite parameter without a value
        if len(expectations) == 1:
            return {expectations[0].meta[_TAG]: error}
        answers: dict[str, Any] = {}
        for expectation in expectations:
            answers |= _validated(batch, [expectation])
        return answers


def _validate(batch: Any, expectations: Sequence[Any]) -> dict[str, Any]:
    """Results by tag: they come back table expectations first, then column by column."""
    import great_expectations as gx

    suite = gx.ExpectationSuite(name="mlgate", expectations=list(expectations))
    # Not ValidationDefinition.run, which crashes on quantiles beside marshmallow 4.
    validated = batch.validate(suite, result_format=expectations[0].result_format)
    return {result.expectation_config.meta[_TAG]: result for result in validated.results}


def _result(spec: ExpectationSpec, answer: Any, companion: Any, engine: str) -> ExpectationResult:
    if isinstance(answer, Exception):
        return ExpectationResult(
            expectation=spec, success=False, exception_message=_one_line(answer), engine=engine
        )
    given: dict[str, Any] = dict(answer.result)
    raised = list(_exceptions(answer.exception_info))
    return ExpectationResult(
        expectation=spec,
        success=bool(answer.success),
        exception_message="; ".join(dict.fromkeys(raised)) or None,
        considered=_considered(spec, given, companion),
        engine=engine,
        gx=reduced(given, spec.result_format),
        raised=_plain(answer.exception_info),
        **typed(given),
    )


def _plain(info: Mapping[str, Any]) -> dict[str, Any]:
    """An `exception_info`, flat or by metric, without Great Expectations' own classes."""
    return {
        key: dict(entry) if isinstance(entry, Mapping) else entry for key, entry in info.items()
    }


def _considered(spec: ExpectationSpec, given: Mapping[str, Any], companion: Any) -> int | None:
    own = companion is None or "element_count" in given
    counts = given if own else getattr(companion, "result", {})
    total = counts.get("element_count")
    if total is None or spec.signature.about_nulls:
        return total
    nulls = given.get("missing_count") if own else counts.get("unexpected_count")
    return int(total - (nulls or 0))  # a database's sum over no row is null


def _exceptions(info: Mapping[str, Any]) -> Iterator[str]:
    """Messages of an `exception_info`: flat, or with one entry for each metric that raised."""
    nested: Iterable[Any] = [info] if "raised_exception" in info else info.values()
    for entry in nested:
        if entry.get("raised_exception"):
            yield _one_line(entry.get("exception_message") or "an exception without a message")


def _one_line(message: object) -> str:
    return " ".join(str(message).split())[:500]


@contextmanager
def quiet() -> Iterator[None]:
    """Keep Great Expectations to itself: its results say what concerns a user.

    It prints to standard output too, where mlgate's report belongs.
    """
    logger = logging.getLogger("great_expectations")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
