"""Which versions of libraries an environment has. Nothing of it is executed."""

import importlib.metadata
import platform
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

PYTHON = "python"
"""The name under which Python's own version is asked for."""

_INFO = re.compile(r"(.+?)-(\d[^-]*)\.(?:dist-info|egg-info)")


def installed(python: Sequence[str], names: Iterable[str]) -> dict[str, str]:
    """The versions of those distributions that an environment has.

    A package may run code at the start of each Python of its environment, so the names of folders
    are read, and no Python is started.

    Args:
        python: The command that `mlgate.sandbox.environment.interpreter` gives.
        names: Distributions, such as `scikit-learn`, or `python`.
    """
    wanted = set(names)
    found = _own(wanted) if tuple(python) == (sys.executable,) else _of(Path(python[0]))
    return {name: found[name] for name in sorted(wanted & found.keys())}


def _own(names: Iterable[str]) -> Mapping[str, str]:
    found = {PYTHON: platform.python_version()}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _of(python: Path) -> Mapping[str, str]:
    """What the environment around an interpreter has."""
    root = python.parent.parent
    found = {}
    for folder in root.glob("lib*/python*/site-packages/*-info"):
        if match := _INFO.fullmatch(folder.name):
            found[re.sub(r"[-_.]+", "-", match[1]).lower()] = match[2]
    with suppress(OSError):
        for line in (root / "pyvenv.cfg").read_text(errors="replace").splitlines():
            key, _, value = line.partition("=")
            if key.strip() in {"version", "version_info"}:  # the standard library's, and uv's
                found[PYTHON] = value.strip()
    return found
