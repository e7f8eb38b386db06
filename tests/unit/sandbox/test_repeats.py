import numpy as np
import pyarrow as pa
import pytest

from mlgate.sandbox.channel import Answer
from mlgate.sandbox.repeats import Repeats

QUESTION = pa.py_buffer(b"rows")


def answer(values: object, kind: str = "double") -> Answer:
    body = np.asarray(values)
    return Answer(header={"type": kind}, body=np.frombuffer(body.tobytes(), dtype=np.uint8))


def differ(*answers: Answer, question: pa.Buffer = QUESTION) -> bool:
    repeats = Repeats()
    for said in answers:
        repeats.note("predict", question, said)
    return repeats.differ


def test_the_same_answer_again_is_no_contradiction() -> None:
    assert not differ(answer([0.5, 1.0]), answer([0.5, 1.0]))


def test_another_answer_to_the_same_question_is_one() -> None:
    assert differ(answer([0.5, 1.0]), answer([0.5, 1.0]), answer([0.5, 1.001]))
    assert differ(answer([1, 2], "int64"), answer([1, 3], "int64"))


def test_the_last_bits_of_a_sum_are_no_other_answer() -> None:
    third = 0.1 + 0.2 + 0.3
    assert third != 0.3 + 0.2 + 0.1
    assert not differ(answer([third]), answer([0.3 + 0.2 + 0.1]))


def test_another_question_or_method_may_have_another_answer() -> None:
    repeats = Repeats()
    repeats.note("predict", QUESTION, answer([1.0]))
    repeats.note("predict", pa.py_buffer(b"other rows"), answer([2.0]))
    repeats.note("predict_proba", QUESTION, answer([3.0]))
    assert not repeats.differ


@pytest.mark.parametrize("body", [b"", b"123"])
def test_what_is_no_array_is_compared_as_it_is(body: bytes) -> None:
    said = Answer(header={"type": "double"}, body=np.frombuffer(body, dtype=np.uint8))
    assert not differ(said, said)


def test_a_number_too_large_for_the_comparison_is_no_warning() -> None:
    assert not differ(answer([1e300, np.nan]), answer([1e300, np.nan]))
