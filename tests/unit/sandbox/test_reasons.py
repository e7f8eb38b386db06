import errno
from typing import Any

import pytest

from mlgate.sandbox.reasons import reason


def given(error: dict[str, Any], doing: str = "computing predict of 2 rows", **more: Any) -> str:
    settings: dict[str, Any] = {"memory": 512, "network": False, "key": "churn"}
    return " ".join(reason(error, doing=doing, **settings | more))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ({"memory": True}, "`models: {churn: {memory: 1024}}`"),
        ({"errno": errno.ENOSPC}, "the disk that its temporary folder lies on is full"),
        ({"errno": errno.EFBIG}, "the limit of 4096 MiB"),
        ({"errno": errno.EMFILE}, "as it may have: 4,096"),
        ({"errno": errno.EAGAIN}, "as many processes and threads as it may have"),
        ({"module": "shop.features"}, "commit shop.py"),
        ({"type": "PermissionError", "errno": errno.EACCES}, "{network: true}"),
        ({"errno": [1], "memory": []}, "does not accept these columns or values"),
        ({"module": {"a": 1}}, "is not in the model's environment"),
    ],
)
def test_an_exception_has_a_cause_and_a_remedy(error: dict[str, Any], words: str) -> None:
    assert words in given(error)


def test_a_model_with_the_network_is_not_told_to_ask_for_it() -> None:
    assert "network" not in given({"type": "PermissionError"}, network=True)


def test_what_fails_while_it_loads_is_the_file() -> None:
    assert "training script" in given({"message": "no attribute on __main__"}, doing="loading")
    assert "truncated" in given({"message": ["x"]}, doing="loading")
