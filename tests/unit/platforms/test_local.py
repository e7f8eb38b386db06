"""A laptop."""

import sys

import pytest

from mlgate.platforms.interface import Annotation, Change, Publication, Published
from mlgate.platforms.local import Local


def test_it_is_what_remains_in_any_environment() -> None:
    assert Local.detect({})
    assert Local.from_environment({"CI": "true"}).change() == Change(event="local")


def test_it_shows_nothing_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    annotation = Annotation(level="error", title="t", message="m")
    publication = Publication(
        gate="default", passed=False, comment="c", summary="s", annotations=[annotation]
    )
    local = Local()
    with local.group("checks", sys.stderr):
        assert local.publish(publication) == Published()
    assert capsys.readouterr() == ("", "")
