"""What arrives from a worker was written by a stranger."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlgate.sandbox.answers import UNREADABLE, description, unpacked
from mlgate.sandbox.channel import Answer

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
sizes = st.lists(st.integers(-1, 40) | st.integers() | values, max_size=3) | values
headers = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["bool", "int64", "uint64", "double", "large_string"]) | values,
        "shape": sizes,
        "buffers": sizes,
    },
)


@settings(deadline=None)  # the first call imports pyarrow
@given(headers, st.binary(max_size=64))
def test_any_answer_is_an_array_or_refused(header: dict[str, object], body: bytes) -> None:
    answer = Answer(header=header, body=np.frombuffer(body, dtype=np.uint8))
    try:
        array = unpacked(answer)
    except UNREADABLE:
        return
    assert array.dtype.kind in "biufO"
    assert array.size <= 8 * len(body)
    assert all(isinstance(item, str) for item in array.ravel() if array.dtype.kind == "O")


@pytest.mark.parametrize(
    "array",
    [
        pa.array([1.5, float("nan")]),
        pa.array([1, -(2**63)]),
        pa.array([2**64 - 1], pa.uint64()),
        pa.array([True, False, True]),
        pa.array(["a", "", "ü"], pa.large_string()),
        pa.array([], pa.float64()),
    ],
)
def test_the_buffers_of_an_array_are_that_array(array: pa.Array) -> None:
    buffers = [part for part in array.buffers() if part is not None]
    header = {
        "type": str(array.type),
        "shape": [len(array)],
        "buffers": [part.size for part in buffers],
    }
    body = np.frombuffer(b"".join(part.to_pybytes() for part in buffers), dtype=np.uint8)
    seen = unpacked(Answer(header=header, body=body))
    assert np.array_equal(
        seen, array.to_numpy(zero_copy_only=False), equal_nan=seen.dtype.kind == "f"
    )


@given(
    st.fixed_dictionaries(
        {"kind": values, "features": values, "classes": values, "probabilities": values}
    )
)
def test_any_description_is_names_or_refused(header: dict[str, object]) -> None:
    try:
        seen = description(header)
    except UNREADABLE:
        return
    assert len(seen.kind) <= 200
    assert all(isinstance(name, str) for name in seen.features or ())
    assert all(isinstance(name, str | int | float) for name in seen.classes or ())
    assert isinstance(seen.probabilities, bool)


def test_names_that_could_not_be_written_to_a_result_are_refused() -> None:
    header = {"kind": "K", "features": ["\ud800"], "classes": None, "probabilities": True}
    with pytest.raises(UnicodeEncodeError):
        description(header)
