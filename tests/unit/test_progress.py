import io
from typing import Literal

import pytest

from mlgate.checks.interface import Check, Inputs, Measurement
from mlgate.plan import Step
from mlgate.platforms.github import GitHub
from mlgate.platforms.interface import Platform
from mlgate.platforms.local import Local
from mlgate.progress import watch
from mlgate.results import Location


class Named(Check):
    type: Literal["named"] = "named"

    def run(self, inputs: Inputs) -> Measurement:
        raise NotImplementedError


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def seen(stream: io.StringIO, platform: Platform) -> str:
    around = watch(stream, platform)
    for number, name in enumerate(("first", "second"), 1):
        step = Step(check=Named(id=name), location=Location(file="x"), origin="configured")
        with around(step, number, 2):
            pass
    return stream.getvalue()


def test_a_log_gets_a_line_for_each_check():
    assert seen(io.StringIO(), Local()) == "1/2 first (named)\n2/2 second (named)\n"


def test_a_workflow_folds_each_check():
    lines = seen(io.StringIO(), GitHub({})).splitlines()
    assert lines[:3] == ["::group::mlgate: first", "1/2 first (named)", "::endgroup::"]


def test_a_terminal_gets_a_bar():
    text = seen(Terminal(), Local())
    assert "0/2" in text
    assert "second" in text


def test_an_error_inside_passes_through():
    step = Step(check=Named(), location=Location(file="x"), origin="configured")
    around = watch(io.StringIO(), Local())
    with pytest.raises(ZeroDivisionError), around(step, 1, 1):
        raise ZeroDivisionError
