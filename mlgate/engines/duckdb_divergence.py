"""The Kullback-Leibler divergence of a column from a partition that the suite gives."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from mlgate.engines.duckdb_conditions import comparable, exact
from mlgate.engines.duckdb_plan import Ask, Plan
from mlgate.engines.duckdb_sql import NotNative, Sql, both, count, sql, value
from mlgate.engines.duckdb_table import NUMBERS, Kind
from mlgate.engines.interface import ExpectationResult

_MAX_VALUES: Final = 10_000
"""Different values beyond which a distribution is left to Great Expectations."""
_MAX_BINS: Final = 500
_ROUNDING: Final = 1e-11
"""How far rounding may move a divergence, relative to the sum of the sizes of its terms and 1.

Each term and each of at most `_MAX_VALUES` additions is right to some 1e-16.
"""
_UNCERTAIN_SUM: Final = 1e-7


@dataclass(frozen=True, kw_only=True)
class _Limits:
    """The arguments beside the partition."""

    threshold: float | None
    tails: float
    """Share that is kept for what lies outside of the partition, 0 to 1."""
    inside: float
    """Share that is kept for bins without a weight, 0 to 1."""


def divergence(ask: Ask) -> Plan:
    """The divergence from a given partition is no more than a threshold.

    Kullback and Leibler (1951): the sum of p * log(p / q), in nats.
    """
    partition = ask["partition_object"]
    if not isinstance(partition, Mapping):
        raise NotNative("it has no partition of its own")
    if ask["min_value"] is not None or ask["max_value"] is not None:
        raise NotNative("it has bounds as well")
    bucketize = ask.flag("bucketize_data", default=True)
    limits = _Limits(
        threshold=_threshold(ask["threshold"]),
        tails=_share(ask, "tail_weight_holdout"),
        inside=_share(ask, "internal_weight_holdout"),
    )
    if set(partition) == {"values", "weights"}:
        return _of_values(ask, partition, limits)
    if not bucketize or set(partition) - {"tail_weights"} != {"bins", "weights"}:
        raise NotNative("its partition is of another form")
    return _of_bins(ask, partition, limits)


def _threshold(given: Any) -> float | None:
    if given is not None and (not exact(given) or given < 0):
        raise NotNative("its threshold is no number")
    return None if given is None else float(given)


def _share(ask: Ask, name: str) -> float:
    given = ask.spec.kwargs.get(name, 0)
    if not exact(given) or not 0 <= given <= 1:
        raise NotNative(f"its `{name}` is no share")
    return float(given)


def _weights(given: Any, *others: float) -> list[float]:
    """Weights that add up to one.

    Great Expectations allows them to be 1e-5 off; how numpy adds them up is not certain.
    """
    if not isinstance(given, list) or not all(exact(item) and item >= 0 for item in given):
        raise NotNative("its weights are no numbers")
    off = abs(math.fsum([*given, *others]) - 1)
    if not given or off > 1e-5 + 1e-8 - _UNCERTAIN_SUM:
        raise NotNative("its weights do not add up to one")
    return [float(item) for item in given]


def _of_values(ask: Ask, partition: Mapping[str, Any], limits: _Limits) -> Plan:
    """Each value with a weight; the others share what is kept for the tails."""
    column = ask.column_of(Kind.TEXT, Kind.INTEGER)
    if column.nullable:
        raise NotNative("its counts are of a type of pandas' own")
    values, weights = partition["values"], _weights(partition["weights"])
    if (
        not isinstance(values, list)
        or len(values) != len(weights)
        or len(set(map(str, values))) < len(values)
        or not all(comparable(column, item) and not isinstance(item, float) for item in values)
    ):
        raise NotNative("its values are not different ones of the column's type")
    if limits.inside:
        raise NotNative("values have no inside to keep a weight for")

    def finish(seen: Sequence[Any]) -> ExpectationResult:
        number = _some(seen[0])
        query = sql(
            "SELECT {} AS v, count(*) FROM t WHERE {} GROUP BY v ORDER BY v LIMIT {}",
            column.sql, ask.present, value(_MAX_VALUES + 1),
        )  # fmt: skip
        counts = dict(ask.table.all(query))
        if len(counts) > _MAX_VALUES:
            raise NotNative("it has very many different values")
        new = [item for item in counts if item not in set(values)]
        scale = 1 - limits.tails if new else 1.0
        expected = [weight * scale for weight in weights] + [limits.tails / len(new) for _ in new]
        index = [*values, *new]
        observed = [counts.get(item, 0) / number for item in index]
        details = {
            "observed_partition": {"values": index, "weights": observed},
            "expected_partition": {"values": index, "weights": expected},
        }
        return _judged(ask, observed, expected, limits, number, details)

    return Plan(figures=(count(ask.present),), finish=finish)


def _of_bins(ask: Ask, partition: Mapping[str, Any], limits: _Limits) -> Plan:
    """Each bin with a weight, closed below; the last one is closed above as well."""
    column = ask.column_of(*NUMBERS)
    bins, tails = partition["bins"], partition.get("tail_weights")
    if tails is not None:
        if limits.tails or not isinstance(tails, list) or len(tails) != 2:
            raise NotNative("its tails have no two weights, or two sources of them")
        if not all(exact(item) and item >= 0 for item in tails):
            raise NotNative("its tails have no weights")
    weights = _weights(partition["weights"], *(tails or ()))
    _check_bins(bins, weights)
    open_ends = [math.isinf(bins[0]), math.isinf(bins[-1])]
    if any(open_ends) and (tails is not None or (all(open_ends) and limits.tails)):
        raise NotNative("its bins have no tails to give a weight")
    if len(weights) - sum(open_ends) < 1:
        raise NotNative("it has tails only")
    floats = sql("{}::DOUBLE", column.sql)

    def finish(seen: Sequence[Any]) -> ExpectationResult:
        number = _some(seen[0])
        below, above, *inside = (found / number for found in seen[1:])
        expected = _kept(weights, limits)
        each = limits.tails / (1 if any(open_ends) else 2)
        outer = [float(item) for item in tails] if tails is not None else [each, each]
        # An open end is a bin of the partition, and the tail on its side.
        observed_all, expected_all = list(inside), list(expected)
        observed_tails, expected_tails = [below, above], list(outer)
        for side, is_open in enumerate(open_ends):
            end = -side
            if is_open:
                observed_tails[side], expected_tails[side] = inside[end], expected[end]
            else:
                place = 0 if side == 0 else len(observed_all)
                observed_all.insert(place, observed_tails[side])
                expected_all.insert(place, expected_tails[side])
        shown = slice(int(open_ends[0]), len(inside) - int(open_ends[1]))
        edges = bins[int(open_ends[0]) : len(bins) - int(open_ends[1])]
        details = {
            "observed_partition": {
                "bins": edges, "weights": inside[shown], "tail_weights": observed_tails,
            },
            "expected_partition": {
                "bins": edges, "weights": expected[shown], "tail_weights": expected_tails,
            },
        }  # fmt: skip
        return _judged(ask, observed_all, expected_all, limits, number, details)

    return Plan(figures=(count(ask.present), *_histogram(ask, floats, bins)), finish=finish)


def _check_bins(bins: Any, weights: Sequence[float]) -> None:
    if not isinstance(bins, list) or len(bins) != len(weights) + 1 or len(bins) > _MAX_BINS:
        raise NotNative("its bins do not fit its weights")
    numbers = all(exact(edge) for edge in bins[1:-1]) and all(
        exact(edge) or (isinstance(edge, float) and math.isinf(edge))
        for edge in (bins[0], bins[-1])
    )
    if not numbers or any(a >= b for a, b in pairwise(bins)):
        raise NotNative("its bins are no rising numbers")


def _histogram(ask: Ask, floats: Sql, bins: Sequence[float]) -> list[Sql]:
    """How many values lie below the bins, above them, and in each."""
    edges = [value(float(edge)) for edge in bins]
    parts = [sql("{} < {}", floats, edges[0]), sql("{} > {}", floats, edges[-1])]
    for i in range(len(edges) - 1):
        sign = "<=" if i == len(edges) - 2 else "<"
        parts.append(
            sql(f"{{}} >= {{}} AND {{}} {sign} {{}}", floats, edges[i], floats, edges[i + 1])
        )
    return [count(both(ask.present, sql("({})", part))) for part in parts]


def _kept(weights: Sequence[float], limits: _Limits) -> list[float]:
    """The weights, less what is kept for bins without one and for the tails."""
    scale = 1 - limits.tails - limits.inside
    scaled = [weight * scale for weight in weights]
    empty = scaled.count(0)
    if not limits.inside or not empty:
        return scaled
    return [weight or limits.inside / empty for weight in scaled]


def _some(number: int) -> int:
    if not number:
        raise NotNative("there is no value")
    return number


def _judged(
    ask: Ask,
    observed: Sequence[float],
    expected: Sequence[float],
    limits: _Limits,
    number: int,
    details: Mapping[str, Any],
) -> ExpectationResult:
    """Whether the divergence is small enough; where it is infinite, it is not.

    Raises:
        NotNative: Rounding alone could move it over the threshold.
    """
    total, wanted = math.fsum(observed), math.fsum(expected)
    if not total > 0 or not wanted > 0:
        raise NotNative("its distributions are empty")
    pairs = [(p / total, q / wanted) for p, q in zip(observed, expected, strict=True) if p > 0]
    infinite = any(q == 0 for _, q in pairs)
    terms = [] if infinite else [p * math.log(p / q) for p, q in pairs]
    figure = math.inf if infinite else math.fsum(terms)
    limit = limits.threshold
    error = _ROUNDING * (1 + math.fsum(map(abs, terms)))
    if limit is not None and abs(figure - limit) <= error:
        raise NotNative("its divergence is as close to the threshold as rounding may move it")
    return ask.result(
        success=limit is None or figure <= limit,
        considered=number,
        observed_value=None if infinite else figure,
        details=details,
    )


DIVERGENCE: Final[Mapping[str, Callable[[Ask], Plan]]] = {
    "expect_column_kl_divergence_to_be_less_than": divergence,
}
"""The plan of the expectation about a distribution."""
