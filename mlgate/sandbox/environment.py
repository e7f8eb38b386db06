"""The Python that a model runs in: mlgate's own, or one built from the model's requirements."""

import fcntl
import hashlib
import json
import os
import platform
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from mlgate.errors import EnvironmentNotBuilt
from mlgate.sandbox.ending import Output, name_ending, stop, wait
from mlgate.sandbox.isolation import git_folder, isolate
from mlgate.sandbox.text import one_line

NEEDS = (("pandas", "pyarrow", "pytest"), ("pandas", "pyarrow<26", "pytest"))
"""What mlgate installs beside a model's requirements: for its worker, and for the pytest check.

Newest first. pyarrow does not declare which numpy it needs, and 26 does not work with numpy 1.
"""

PROBE = "import pyarrow, pytest; pyarrow.table({'a': ['b']}).to_pandas()"
"""What must run in an environment before it is used."""

LOCK = "uv.lock"
EXPORT = (
    *("export", "--quiet", "--frozen", "--no-default-groups", "--no-emit-workspace"),
    *("--format", "requirements-txt", "--output-file"),
)
"""How uv lists what a lock file pins: all but the project itself, which is importable as it is."""

LONGEST_REQUIREMENTS = 16 << 20
"""Bytes of a file that are read: lock files are long."""

LONGEST_TOLD = 1200
"""Characters of what uv said that are shown."""

BUILD_SECONDS = 1800
"""Time for downloading and building everything that the requirements name."""

KEPT = 10
"""Environments that are kept however long nobody has used them: a gigabyte each, or so."""

KEPT_SECONDS = 86_400
"""Time for which each is kept after its last use: no run that still needs it takes that long."""

Needs = Sequence[Sequence[str]]

_INCLUDE = re.compile(r"^(?:-r|-c|--requirements?|--constraints?)[ =]?\s*(\S+)")
_LOCAL = re.compile(r"^(?:-e|--editable)[ =]?\s*(\S+)|^(?:.*@\s*)?(file:\S+|[./~]\S*)")

_BINARY = frozenset({".whl", ".gz", ".zip"})
"""How the names of packages in a file end."""

_PROJECT = ("uv.lock", "pyproject.toml")
"""Files that are read together."""

_TRANSPORT = frozenset(
    {
        "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
        "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
    }
)  # fmt: skip

_LIKE_PIP = {"PIP_INDEX_URL": "UV_INDEX_URL", "PIP_EXTRA_INDEX_URL": "UV_EXTRA_INDEX_URL"}
"""Variables of pip that uv has under another name."""


@dataclass(frozen=True, kw_only=True)
class _Sources:
    """What decides over an environment's content."""

    texts: tuple[str, ...]
    """The requirements file and the files that it includes."""
    local: tuple[Path, ...]
    """Projects of the work tree that it installs."""


def interpreter(
    requirements: Path | None, cache: Path, python: str | None = None
) -> tuple[str, ...]:
    """The command that starts Python in the environment of some requirements.

    Args:
        requirements: Requirements file; None for mlgate's own environment.
        cache: Folder that keeps environments between runs.
        python: Version of Python, such as `3.11`; None for mlgate's own.

    Raises:
        EnvironmentNotBuilt: uv could not build it.
    """
    if requirements is None:
        return (sys.executable,)
    return (str(build(requirements, cache, NEEDS, PROBE, python)),)


def build(
    requirements: Path, cache: Path, needs: Needs, probe: str, python: str | None = None
) -> Path:
    """The interpreter of an environment, built unless the cache holds it already.

    Args:
        requirements: Requirements file as pip reads it, `uv.lock`, or `pyproject.toml`: the latter
            stands for the lock file beside it, else for the dependencies that it names.
        cache: Folder that keeps environments, and what uv downloads.
        needs: Packages to install as well: the first choice with which `probe` runs is taken.
        probe: Python code.
        python: Version of Python; uv downloads one that the machine does not have.

    Raises:
        EnvironmentNotBuilt: uv could not build it.
    """
    environments = cache / "environments"
    try:
        sources = _read(requirements)
        environments.mkdir(parents=True, exist_ok=True)
        target = environments / _digest(sources, [needs, probe, python])
        with _locked(environments / f"{target.name}.lock"):
            if not (target / "bin" / "python").exists():
                _build_into(target, requirements, cache, needs, probe, python)
            with suppress(OSError):  # a cache that cannot be written still serves
                os.utime(target)
        prune(environments, time.time())
    except OSError as error:
        raise EnvironmentNotBuilt(
            f"the environment of {requirements.name} cannot be built: {error}",
            cause="the file is not in the repository, or the cache folder cannot be written",
            remedy="check `requirements` in mlgate.yml; MLGATE_CACHE moves the cache elsewhere",
        ) from error
    return target / "bin" / "python"


def _build_into(
    target: Path,
    requirements: Path,
    cache: Path,
    needs: Needs,
    probe: str,
    version: str | None,
) -> None:
    """Build beside the target and rename, so that half an environment is never used."""
    from uv import find_uv_bin

    uv = find_uv_bin()
    new = Path(tempfile.mkdtemp(prefix="building-", dir=target.parent))
    python = str(new / "bin" / "python")
    venv = [uv, "venv", "--quiet", "--relocatable", "--no-project", "--allow-existing"]
    install = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python]
    asked = version or f"{sys.version_info.major}.{sys.version_info.minor}"

    def run(command: Sequence[str]) -> None:
        _run(command, requirements, cache, asked, download=version is not None)

    try:
        run([*venv, "--python", version or sys.executable, str(new)])
        listed = requirements.name
        if _lock_of(requirements):
            listed = str(new / "locked.txt")
            run([uv, *EXPORT, listed, "--python", python])
        for number, packages in enumerate(needs, start=1):
            run([*install, "--requirements", listed, *packages])
            try:
                run([python, "-I", "-c", probe])
                break
            except EnvironmentNotBuilt:
                if number == len(needs):
                    raise
        new.chmod(0o755)  # a model may run as another user
        shutil.rmtree(target, ignore_errors=True)
        new.rename(target)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def prune(environments: Path, now: float) -> None:
    """Remove environments that have not been used for long, but for some, and what builds left.

    Args:
        environments: Folder of environments; the time of each is that of its last use.
        now: Seconds since the epoch.
    """
    with suppress(OSError):
        times = {path: path.stat().st_mtime for path in environments.iterdir() if path.is_dir()}
        newest_first = sorted(times, key=lambda path: times[path], reverse=True)
        whole = [path for path in newest_first if "-" not in path.name]
        halves = [path for path in newest_first if "-" in path.name]
        for path in whole[KEPT:]:
            _retire(path, before=now - KEPT_SECONDS)
        for path in halves:
            if times[path] < now - KEPT_SECONDS:
                shutil.rmtree(path, ignore_errors=True)


def _retire(environment: Path, *, before: float) -> None:
    """Remove an environment that was last used before some time, unless somebody wants it now."""
    gone = environment.with_name(f"removing-{environment.name}")  # half of one is never used
    with suppress(OSError), _locked(environment.with_suffix(".lock"), wait=False):
        if environment.stat().st_mtime < before:
            environment.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)


def _lock_of(requirements: Path) -> Path | None:
    """The lock file that decides in place of a project's own words."""
    if requirements.name == LOCK:
        return requirements
    lock = requirements.with_name(LOCK)
    return lock if requirements.name == "pyproject.toml" and lock.is_file() else None


def _run(
    command: Sequence[str], requirements: Path, cache: Path, version: str, *, download: bool
) -> None:
    """Run a command without any right but to download, and to write to the cache.

    Packages without a wheel run their own code while they are built.

    Raises:
        EnvironmentNotBuilt: It failed.
    """
    folder = requirements.resolve().parent
    with ExitStack() as stack:
        isolation = isolate([sys.executable], same_user=True)
        stack.callback(isolation.close)
        process = isolation.start(
            command,
            cwd=folder,
            writable=[cache],
            hidden=git_folder(folder),
            variables=_for_uv(os.environ)
            | {
                "UV_CACHE_DIR": str(cache.resolve() / "uv"),
                "UV_PYTHON_INSTALL_DIR": str(cache.resolve() / "python"),
                "UV_PYTHON_DOWNLOADS": "automatic" if download else "never",
            },
            apart=False,
        )
        output = Output(process)
        stack.callback(output.close)
        stack.callback(stop, process)
        in_time = wait(process, output, BUILD_SECONDS)
    if in_time and process.returncode == 0:
        return
    ending = "failed" if process.returncode > 0 else name_ending(process.returncode).what
    if not in_time:
        ending = f"took longer than {BUILD_SECONDS} seconds"
    shown = f"`uv pip install --python {version} -r {requirements.name} {' '.join(NEEDS[0])}`"
    if _lock_of(requirements):
        shown = f"`uv sync --frozen --python {version}`"
    raise EnvironmentNotBuilt(
        f"the environment of {requirements.name} cannot be built: {Path(command[0]).name} "
        f"{ending}: {_told(output.text)}",
        cause=_why(output.text, version),
        remedy=f"{shown} shows the same error",
    )


def _told(output: str) -> str:
    """What a command said: uv's own words come first, and what a build raised at the end."""
    start, mark, rest = output.partition("error: ")
    text = one_line(rest if mark else start, len(output) + 1)
    return text if len(text) <= LONGEST_TOLD else f"{text[:300]} … {text[300 - LONGEST_TOLD :]}"


def _why(output: str, version: str) -> str:
    """The usual cause of what uv said."""
    if "Failed to build" in output:
        return (
            f"a package has no wheel for Python {version}, and building it needs what is not here: "
            "ask for a version that has one, or for another Python with `python`"
        )
    if "parse" in output or "Error parsing" in output:
        return "a line is not as pip reads it, or a file that is included is not in the repository"
    return (
        f"two requirements conflict, one has no version for Python {version}, or the package index "
        "cannot be reached"
    )


def _for_uv(variables: Mapping[str, str]) -> dict[str, str]:
    """Which package index to use and how to reach it; a password for an index is part of that."""
    kept = {
        name: value
        for name, value in variables.items()
        if name.upper() in _TRANSPORT
        or (name.startswith("UV_") and not any(word in name for word in ("TOKEN", "PUBLISH")))
    }
    as_pip = {ours: variables[pips] for pips, ours in _LIKE_PIP.items() if pips in variables}
    return as_pip | kept | {"UV_NO_PROGRESS": "1"}


def _read(requirements: Path) -> _Sources:
    """Everything that a requirements file says, with what it includes."""
    lock = _lock_of(requirements)
    if lock is not None or requirements.suffix == ".toml":
        files = filter(None, [lock, requirements.with_name("pyproject.toml")])
        texts_of = (_text(file) for file in files)
        return _Sources(texts=tuple(texts_of), local=())
    texts: dict[Path, str] = {}
    local: list[Path] = []
    waiting = [requirements.resolve()]
    while waiting:
        file = waiting.pop()
        if file in texts or (texts and not file.is_file()):  # uv will tell of the latter
            continue
        texts[file] = _text(file)
        for line in map(str.strip, texts[file].splitlines()):
            if found := _INCLUDE.match(line):
                if "://" not in found[1]:
                    waiting.append((file.parent / found[1]).resolve())
            elif found := _LOCAL.match(line):
                local.append((requirements.parent / _local_path(found)).resolve())
    return _Sources(texts=tuple(texts.values()), local=tuple(local))


def named_in(requirements: Path) -> Iterator[str]:
    """The files beside a requirements file that it is read with, as paths from its folder."""
    if requirements.name in _PROJECT:
        yield from _PROJECT
    elif requirements.is_file() and requirements.suffix not in _BINARY:
        for line in map(str.strip, _text(requirements).splitlines()):
            include, local = _INCLUDE.match(line), _LOCAL.match(line)
            if include and "://" not in include[1]:
                yield include[1]
            elif local and Path(name := _local_path(local)).suffix in _BINARY:
                yield name


def _local_path(found: re.Match[str]) -> str:
    return str(found[1] or found[2]).removeprefix("file:").partition("[")[0]


def _text(file: Path) -> str:
    with file.open(encoding="utf-8-sig", errors="replace") as stream:
        return stream.read(LONGEST_REQUIREMENTS)


def _digest(sources: _Sources, plan: Sequence[object]) -> str:
    """A name for an environment: equal where the environment would be."""
    local = {
        str(project): [
            [str(path), path.lstat().st_size, path.lstat().st_mtime_ns] for path in files
        ]
        for project in sources.local
        for files in [sorted(_project_files(project))]
    }
    python = [sys.version, platform.machine()]
    text = json.dumps([sources.texts, local, python, plan])
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:32]


def _project_files(project: Path) -> Iterator[Path]:
    """Files of a local project, or a wheel, that decide over what is installed."""
    if project.is_file():
        yield project
    for parent, folders, files in os.walk(project):
        folders[:] = [name for name in folders if not name.startswith((".", "__"))]
        yield from (Path(parent, name) for name in files)


@contextmanager
def _locked(file: Path, *, wait: bool = True) -> Iterator[None]:
    """Wait for other processes that build the same environment.

    Raises:
        BlockingIOError: There is one, and `wait` is off.
    """
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
