"""A service that head and base share is no baseline: it would be compared with itself."""

from pathlib import Path

import pytest

from mlgate.errors import NoBaseline
from tests.support import make_inputs


def test_one_service_for_both_sides_is_not_compared_with_itself(tmp_path: Path) -> None:
    for side in ("head", "base"):
        (tmp_path / side).mkdir()
    service = {"m": "http://127.0.0.1:9/invocations"}
    base = tmp_path / "base"
    with (
        make_inputs(tmp_path / "head", models=service, base_root=base) as inputs,
        pytest.raises(NoBaseline, match="no earlier version"),
    ):
        inputs.model("m", "base")
