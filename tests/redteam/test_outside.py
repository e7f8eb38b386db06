"""Hostile models in whole runs of `mlgate run`, without a container."""

import os
import pwd
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from mlgate.sandbox import confine
from tests.redteam.arena import (
    WITH_SCOPES,
    User,
    assert_contained,
    possible,
    run_outside,
)
from tests.redteam.attacks import ATTACKS, KEEPING_APART, THEMES, Attack
from tests.redteam.old_kernel import WITHOUT_LANDLOCK

ORDINARY = User(uid=47321, gid=47321)
"""An account of nobody's: nothing else on the machine runs as this user."""

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become others")


def here(attacks: Sequence[Attack]) -> list[Attack]:
    """What this machine's kernel can contain."""
    return possible(attacks, confine.landlock_version(), filters=confine.calls_can_be_filtered())


@pytest.mark.parametrize("theme", THEMES)
def test_hostile_models_of_an_ordinary_user(theme, folder, request):
    """As on a laptop, or in a job without a container: models have mlgate's own user."""
    attacks = here(THEMES[theme])
    if os.geteuid() == 0:
        python, user = request.getfixturevalue("python_for_all"), ORDINARY
    else:
        python, user = (sys.executable,), None
    run = run_outside(folder, attacks, python=python, user=user)
    assert_contained(run, attacks)
    assert run.written == ()
    assert any("as mlgate's own user" in note for note in run.result["notes"])


@as_root
@pytest.mark.parametrize("theme", KEEPING_APART)
def test_hostile_models_become_another_user_where_root_runs_mlgate(theme, folder, python_for_all):
    attacks = here(THEMES[theme])
    entry = pwd.getpwnam("nobody")
    nobody = User(uid=entry.pw_uid, gid=entry.pw_gid)
    run = run_outside(folder, attacks, python=python_for_all, victim=nobody, deadly=False)
    assert_contained(run, attacks)
    assert run.written == ()
    assert any("as another user" in note for note in run.result["notes"])


@as_root
@pytest.mark.skipif(confine.landlock_version() < WITH_SCOPES, reason="this Landlock has no scopes")
def test_hostile_models_stay_root_where_no_other_user_reaches_python(folder):
    """What remains of root's powers is to read files: the rest was given up."""
    attacks = here([attack for theme in KEEPING_APART for attack in THEMES[theme]])
    run = run_outside(folder, attacks, python=(sys.executable,), deadly=False)
    assert_contained(run, attacks)
    assert run.written == ()


@as_root
def test_without_landlock_much_is_still_contained_and_the_report_says_so(folder, python_for_all):
    """A kernel before 5.19, or one that was built without it."""
    every = [attack for theme in KEEPING_APART for attack in THEMES[theme]]
    attacks = possible(every, 0, filters=confine.calls_can_be_filtered())
    run = run_outside(
        folder,
        attacks,
        python=python_for_all,
        user=ORDINARY,
        launcher=(*python_for_all, "-c", WITHOUT_LANDLOCK),
        deadly=False,
    )
    assert_contained(run, attacks)
    [note] = [note for note in run.result["notes"] if "own user" in note]
    assert "had that user's access to files, for this kernel has no Landlock" in note
    assert len(attacks) >= 15


def test_every_attack_has_a_sentence_or_gets_nowhere():
    names = [attack.name for attack in ATTACKS]
    assert len(names) == len(set(names)) >= 80
    for attack in ATTACKS:
        assert bool(attack.says) == (attack.outcome != "passed"), attack.name
    source = Path(__file__).with_name("hostile.py").read_text()
    assert [name for name in names if f"class {name}(" not in source] == []
