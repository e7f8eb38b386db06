"""Hostile models in the action's container, started as GitHub's runner starts it."""

import json
import subprocess

import pytest

from tests.redteam.arena import assert_contained, possible, run_in_container
from tests.redteam.attacks import FILLS, KEEPING_APART, THEMES

pytestmark = pytest.mark.e2e

TELL = """
import json
from mlgate.sandbox import confine
print(json.dumps([confine.landlock_version(), confine.calls_can_be_filtered()]))
"""


@pytest.fixture(scope="session")
def kernel(image) -> tuple[int, bool]:
    """What the kernel gives to a container: its version of Landlock, and whether it filters."""
    command = ["docker", "run", "--rm", "--entrypoint=/opt/venv/bin/python", image, "-c", TELL]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    version, filters = json.loads(done.stdout)
    return version, filters


@pytest.mark.parametrize("theme", THEMES)
def test_hostile_models_in_the_container(theme, image, kernel, tmp_path):
    version, filters = kernel
    attacks = possible(THEMES[theme], version, filters=filters)
    run = run_in_container(tmp_path, attacks, image=image)
    assert_contained(run, attacks)
    assert any("as mlgate's own user" in note for note in run.result["notes"])


WITHOUT_LANDLOCK = {
    "defaultAction": "SCMP_ACT_ALLOW",
    "syscalls": [
        {"names": ["landlock_create_ruleset"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}
    ],
}
"""What Docker lets through where it does not know Landlock, as before 2022."""
BY_ITS_USER = {"ReadsHome", "WritesCommandFiles", "WritesTheWorkTree", "TakesPermissionsAway"}
"""What the container's user may not do, whatever the kernel has."""


def test_without_landlock_the_containers_user_still_owns_nothing(image, kernel, tmp_path):
    (tmp_path / "profile.json").write_text(json.dumps(WITHOUT_LANDLOCK))
    every = [attack for theme in KEEPING_APART for attack in THEMES[theme]]
    kept = {a.name for a in possible(every, 0, filters=kernel[1])} | BY_ITS_USER
    kept -= {"MakesSocketsWithoutTheCall"}  # Docker's own filter ends what counts in another way
    attacks = [attack for attack in every if attack.name in kept]
    options = [f"--security-opt=seccomp={tmp_path / 'profile.json'}"]
    run = run_in_container(tmp_path / "arena", attacks, image=image, options=options)
    assert_contained(run, attacks)
    assert any("this kernel has no Landlock" in note for note in run.result["notes"])


def test_a_model_that_fills_memory_or_disk_leaves_enough_to_tell_of_it(image, tmp_path):
    limits = ("--memory=2g", "--memory-swap=2g", "--tmpfs=/tmp:size=300m,mode=1777")
    run = run_in_container(tmp_path, FILLS, image=image, options=limits)
    assert_contained(run, FILLS)
