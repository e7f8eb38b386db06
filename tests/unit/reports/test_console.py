import re
import subprocess
import sys
from io import StringIO

import pytest
from rich.console import Console

from mlgate.reports.console import render, show
from mlgate.results import Outcome
from tests.golden import cases
from tests.golden.cases import CASES
from tests.unit.reports.hostile import HOSTILE
from tests.unit.reports.results import everywhere, findings, with_findings

STYLING = re.compile(r"\x1b\[[0-9;]*m")


def on_terminal(result, width=100):
    text = StringIO()
    show(result, Console(file=text, width=width, force_terminal=True, color_system="standard"))
    return text.getvalue()


def assert_safe(text):
    """A terminal and a runner only print it."""
    for line in text.split("\n"):
        assert line.isprintable(), ascii(line)
        assert not line.lstrip().startswith("::")
        assert "##[" not in line
    text.encode()


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:24]))
@pytest.mark.parametrize(
    "case", ["harmful", "misbehaving", "errored_model", "configuration_error", "bug"]
)
def test_hostile_text_in_every_field_is_only_printed(case, text):
    result = everywhere(CASES[case](), text)
    assert_safe(render(result))
    assert_safe(STYLING.sub("", on_terminal(result)))


@pytest.mark.parametrize("width", [20, 40, 77, 200])
def test_a_line_that_is_wrapped_starts_no_command(width):
    text = " ".join(["word ::error::owned"] * 20)
    assert_safe(STYLING.sub("", on_terminal(everywhere(cases.harmful(), text), width)))


@pytest.mark.parametrize("case", CASES)
def test_the_verdict_is_the_last_line(case):
    assert render(CASES[case]()).rstrip().split("\n\n")[-1].startswith("mlgate")


@pytest.mark.parametrize("case", CASES)
def test_a_terminal_shows_the_same_words_in_color(case):
    result = CASES[case]()
    colored = on_terminal(result)
    assert STYLING.sub("", colored) == render(result)
    assert "\x1b[" in colored


def test_no_markup_in_data_is_obeyed():
    result = everywhere(cases.harmful(), "[red]x[/red] :tada:")
    assert "[red]x[/red] :tada:" in render(result)


def test_there_is_one_line_for_each_check_with_outcome_rows_and_time():
    lines = render(cases.errored_model()).splitlines()[:3]
    assert lines == [
        "passed         expectations  3 passed · 5,634 rows · 1.2 s",
        "could not run  metrics       0.8 s",
        "could not run  behavior      0.1 s",
    ]


def test_a_failure_has_its_message_its_place_and_what_helps():
    text = render(cases.harmful())
    assert (
        "failed  expectations/age/between\n"
        "    age between 18 and 120: 214 of 5,634 values are not as expected (999, 999, 640 …)\n"
        "    at expectations/train.json:41\n"
    ) in text
    assert "row 803: customer_id 112 → 9931" in text
    assert "    | E       assert 54 < 50" in text
    assert (
        "pass rate 93.9 % (95 % interval 92.5 … 95 %), on main 100 % (99.7 … 100 %); expected 100 %"
        in text
    )


def test_an_error_has_its_remedy_on_a_line_of_its_own():
    text = render(cases.errored_model())
    assert "\n    To fix it: name it in requirements.txt" in text


def test_every_failure_is_listed_however_many():
    text = render(with_findings(findings(2000, Outcome.FAILED)))
    assert text.count("\nfailed  expectations/column-") == 2000


def test_a_warning_is_not_called_a_failure():
    text = render(cases.warnings_only())
    assert "warning  metrics/f1/regression" in text
    assert "\nfailed" not in text


def test_importing_the_reports_imports_no_rich():
    code = (
        "import sys; import mlgate.reports.console, mlgate.reports.markdown, "
        "mlgate.reports.annotations; sys.exit('rich' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
