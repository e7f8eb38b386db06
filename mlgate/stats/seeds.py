"""Several trainings of one recipe: the chance of a seed as part of the interval."""

import math
from collections.abc import Sequence

import numpy as np

from mlgate.stats.difference import ALPHA, Difference, undecidable
from mlgate.stats.student import quantile, two_sided


def across_seeds(found: Sequence[Difference]) -> Difference:
    """The difference of head's recipe from base's, from several models of head and one of base.

    Two independent sources of chance add up: which rows there are, and which seeds were drawn.
    The first is taken to be that of a single model, which is cautious: errors of rows that the
    seeds do not share partly cancel in their mean. The second is the spread of the seeds' values;
    base is one more draw of a recipe that is taken to spread as much. Student's interval with
    Satterthwaite's degrees of freedom (1946, Biometrics Bulletin 2:110-114).

    Args:
        found: Each model of head against base, on the same rows; one of them changes nothing.
    """
    first = found[0]
    if len(found) == 1 or all(one.same_answers for one in found):
        return first
    value = float(np.mean([one.value for one in found]))
    method = f"{len(found)} seeds, {first.method}"
    lacking = next((one for one in found if one.interval is None), None)
    if lacking is not None:
        return undecidable(value, first.rows, method, lacking.note or "one seed has no interval")
    of_rows = float(np.mean([one.standard_error or 0.0 for one in found])) ** 2
    spread = float(np.var([one.value for one in found], ddof=1)) * (1 + 1 / len(found))
    variance = of_rows + spread
    if variance == 0:
        why = "neither rows nor seeds show a spread"
        return undecidable(value, first.rows, method, why)
    parts = of_rows**2 / max(first.rows - 1, 1) + spread**2 / (len(found) - 1)
    freedom = max(variance**2 / parts, 1.0)
    error = math.sqrt(variance)
    half_width = quantile(ALPHA, freedom) * error
    return Difference(
        value=value,
        standard_error=error,
        interval=(value - half_width, value + half_width),
        p_value=two_sided(value / error, freedom),
        rows=first.rows,
        method=method,
    )
