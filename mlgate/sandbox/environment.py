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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from mlgate.errors import EnvironmentNotBuilt
from mlgate.sandbox.ending import Output, name_ending, stop, wait
from mlgate.sandbox.isolation import git_folder, isolate
from mlgate.sandbox.text import last_line

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

BUILD_SECONDS = 1800
"""Time for downloading and building everything that the requirements name."""

Needs = Sequence[Sequence[str]]

_INCLUDE = re.compile(r"^(?:-r|-c|--requirements?|--constraints?)[ =]?\s*(\S+)")
_LOCAL = re.compile(r"^(?:-e|--editable)[ =]?\s*(\S+)|^(?:.*@\s*)?(file:\S+|[./~]\S*)")

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
    packages = " ".join(NEEDS[0])
    raise EnvironmentNotBuilt(
        f"the environment of {requirements.name} cannot be built: {Path(command[0]).name} "
        f"{ending}: {last_line(output.text, 1500)}",
        cause=f"two requirements conflict, one has no version for Python {version}, or the "
        "package index cannot be reached",
        remedy=f"`uv pip install --python {version} -r {requirements.name} {packages}` shows the "
        "same error",
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
                path = (found[1] or found[2]).removeprefix("file:").partition("[")[0]
                local.append((requirements.parent / path).resolve())
    return _Sources(texts=tuple(texts.values()), local=tuple(local))


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
def _locked(file: Path) -> Iterator[None]:
    """Wait for other processes that build the same environment."""
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
