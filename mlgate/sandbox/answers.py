"""What a model's process answers, taken apart. A stranger wrote it: nothing of it is trusted."""

import math
from typing import TYPE_CHECKING, Any

from mlgate.sandbox.channel import Answer
from mlgate.sandbox.interface import Description
from mlgate.sandbox.text import one_line

if TYPE_CHECKING:
    import numpy as np

UNREADABLE = (KeyError, TypeError, ValueError, OverflowError)
"""What taking an answer apart may raise; pyarrow's errors are among them."""


def description(header: dict[str, Any]) -> Description:
    """What a model says about itself; raises one of `UNREADABLE`."""
    features, classes = header["features"], header["classes"]
    for items, kinds in ((features, str), (classes, str | int | float)):
        if items is None:
            continue
        if not isinstance(items, list) or not all(isinstance(item, kinds) for item in items):
            raise TypeError("not a list of names")
        "".join(map(str, items)).encode()  # a lone surrogate could not be written to the result
    return Description(
        kind=one_line(header["kind"], 200),
        features=None if features is None else tuple(features),
        classes=None if classes is None else tuple(classes),
        probabilities=header["probabilities"] is True,
        importances=_weights(header.get("importances")),
        coefficients=_weights(header.get("coefficients")),
        fixed=header["fixed"] is True,
    )


def _weights(given: object) -> dict[str, float] | None:
    """Sizes by column, which only order a report: what is no such thing is as good as none."""
    if not isinstance(given, dict):
        return None
    sizes = {key: size for key, size in given.items() if isinstance(size, int | float)}
    usable = all(math.isfinite(size) and size >= 0 for size in sizes.values())
    return sizes if usable and len(sizes) == len(given) else None


def unpacked(answer: Answer) -> "np.ndarray":
    """An array from Arrow's buffers.

    They come bare, not as an Arrow stream: a stream may be compressed, and would say itself how
    much memory to take. Raises one of `UNREADABLE`.
    """
    import numpy as np
    import pyarrow as pa

    types = (pa.bool_(), pa.int64(), pa.uint64(), pa.float64(), pa.large_string())
    kind = {str(kind): kind for kind in types}[answer.header["type"]]
    shape = tuple(map(int, answer.header["shape"]))
    sizes = list(map(int, answer.header["buffers"]))
    if min(sizes) < 0 or sum(sizes) != len(answer.body) or min(shape) < 0:
        raise ValueError("its parts do not fit together")
    starts = [sum(sizes[:index]) for index in range(len(sizes))]
    buffer = pa.py_buffer(answer.body)
    parts = [buffer[start : start + size] for start, size in zip(starts, sizes, strict=True)]
    count = int(np.prod(shape, dtype=object))
    array = pa.Array.from_buffers(kind, count, [None, *parts])
    array.validate(full=True)
    return np.array(array.to_numpy(zero_copy_only=False)).reshape(shape)
