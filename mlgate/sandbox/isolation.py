"""How untrusted code is kept apart: a user, a folder, an environment and rights of its own.

The same for a model's process, for the repository's tests and for the build of an environment,
which runs the code of the packages that it installs.
"""

import json
import os
import pwd
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlgate.errors import CannotIsolate
from mlgate.sandbox import confine
from mlgate.sandbox.surroundings import devices, most_processes, private_files, remove
from mlgate.sandbox.text import one_line

PR_SET_DUMPABLE = 4
BECOME_ANOTHER = 1 << 6 | 1 << 7
"""CAP_SETGID and CAP_SETUID, which a container may lack."""

PASSED_ON = frozenset(
    {
        "PATH", "LANG", "LANGUAGE", "TZ", "CI",
        "LD_LIBRARY_PATH",  # where actions/setup-python keeps libpython
        "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS",
        "OMP_WAIT_POLICY", "NUMEXPR_NUM_THREADS", "NUMEXPR_MAX_THREADS", "LOKY_MAX_CPU_COUNT",
        "CUDA_VISIBLE_DEVICES",
    }
)  # fmt: skip
"""Variables that untrusted code gets; every other one may hold a secret."""

WAITING = {"OMP_WAIT_POLICY": "PASSIVE"}
"""What untrusted code gets unless the run says otherwise. OpenMP's threads spin while they wait for
each other. Where other work takes the processors, all of a turn is then spent on that: a model of
many small steps, such as boosted trees, takes 100 times as long, at random."""

KEY_FILES = (
    "GOOGLE_APPLICATION_CREDENTIALS", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE", "AZURE_FEDERATED_TOKEN_FILE",
)  # fmt: skip
"""Variables that name files with the credentials of data stores."""

PROBE = """
import importlib.util, os, sys
missing = [name for name in sys.argv[1].split() if importlib.util.find_spec(name) is None]
if missing:
    sys.exit("the package " + missing[0])
for path in sys.argv[2:]:
    try:
        os.listdir(path) if os.path.isdir(path) else open(path, "rb").close()
    except OSError:
        sys.exit(path)
"""
"""Run as the other user: names the first thing that it cannot reach."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """A user that owns nothing."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, kw_only=True)
class Isolation:
    """A place to run untrusted code in."""

    python: tuple[str, ...]
    """Command that starts the Python of the code's environment."""
    folder: Path
    """Private folder; what the code may write is below `scratch`."""
    account: Account | None
    """User that the code runs as; None for mlgate's own."""
    network: bool
    """Whether the code may reach the network."""
    how: str
    """How far the code is kept apart: what follows "models ran"."""

    @property
    def scratch(self) -> Path:
        """Folder that the code may write to."""
        return self.folder / "scratch"

    def script(self, source: Path, to: str | None = None) -> Path:
        """A copy of one of mlgate's files within reach of the code's user, whatever the umask."""
        return self._write(to or f"scripts/{source.name}", source.read_bytes())

    def _write(self, name: str, content: bytes) -> Path:
        file = self.folder / name
        try:
            file.parent.mkdir(exist_ok=True)
            file.parent.chmod(0o755)
            file.write_bytes(content)
            file.chmod(0o644)
        except OSError as error:
            raise no_folder(error) from error
        return file

    def give(self, folder: Path) -> None:
        """Make a folder and all that it holds the code's own."""
        if self.account is None:
            return
        os.chown(folder, self.account.uid, self.account.gid)
        for parent, folders, files in os.walk(folder):
            for name in (*folders, *files):
                path = Path(parent, name)
                os.chown(path, self.account.uid, self.account.gid, follow_symlinks=False)

    def start(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        memory: int | None = None,
        writable: Sequence[Path] = (),
        hidden: Path | None = None,
        variables: Mapping[str, str] | None = None,
        pass_fds: Sequence[int] = (),
        apart: bool = True,
    ) -> subprocess.Popen[bytes]:
        """Start a command without the rights that it does not need.

        Args:
            command: The program and its arguments.
            cwd: Where it starts.
            memory: MiB of memory that each of its processes may have; None for no limit.
            writable: Folders that it may change, beside its own.
            hidden: A file or folder whose content it must not read, such as `.git`.
            variables: Additions to its environment.
            pass_fds: File descriptors that it inherits, beside its output.
            apart: Whether it is code that answers questions and needs nothing else of the machine.
                A build or a test suite may begin sessions, change modes of files, use terminals,
                and read what a user keeps in his home.

        Returns:
            The process: leader of its own session, without input, its two outputs in one pipe.

        Raises:
            CannotIsolate: It cannot be started.
        """
        protect_this_process()
        secret = [Path("/dev"), *key_files(os.environ)]
        secret += [] if hidden is None else [hidden.resolve()]
        secret += private_files(os.environ) if apart else []
        own = (self.scratch, *devices(terminals=not apart), *writable)
        rules: confine.Rules = {
            "memory": memory,
            "processes": most_processes(another_user=self.account is not None),
            "writable": [str(path.resolve()) for path in own],
            "readable": list(map(str, all_but(*secret))),
            "network": self.network,
            "apart": apart,
            "modes": not apart or self.account is not None,
        }
        file = self._write("scripts/rules.json", json.dumps(rules).encode())
        launcher = self.script(Path(confine.__file__))
        try:
            return subprocess.Popen(
                [*self.python, "-I", "-B", str(launcher), str(file), *command],
                cwd=cwd,
                env=clean_environment(os.environ, self.scratch) | dict(variables or {}),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=pass_fds,
                umask=0o022,
                user=self.account.uid if self.account else None,
                group=self.account.gid if self.account else None,
                extra_groups=[] if self.account else None,
            )
        except OSError as error:
            raise CannotIsolate(
                f"{self.python[0]} cannot be started in {cwd.name}: {error.strerror}",
                cause="an environment in the cache was removed, or its interpreter was",
                remedy="remove mlgate's cache folder, so that environments are built again",
            ) from error

    def close(self) -> None:
        """Remove the private folder. End the process first."""
        remove(self.folder)


def isolate(
    python: Sequence[str],
    *,
    reads: Sequence[Path] = (),
    packages: Sequence[str] = (),
    same_user: bool = False,
    network: bool = True,
) -> Isolation:
    """Make a place for untrusted code: as another user where that is possible.

    Args:
        python: Command that starts the Python of the code's environment.
        reads: What the code must be able to read.
        packages: What it must be able to import.
        same_user: Never take another user: the code is to write what mlgate owns.
        network: Whether the code may reach the network; it can be kept from it on Linux only.

    Raises:
        CannotIsolate: A private folder cannot be made.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix="mlgate-"))
        for name in ("scripts", "scratch", "scratch/home", "scratch/tmp"):
            (folder / name).mkdir()
    except OSError as error:
        raise no_folder(error) from error
    reason = "only root can start them as another"
    account = None if same_user else unprivileged_user()
    if account is not None:
        folder.chmod(0o755)
        other = Isolation(
            python=tuple(python),
            folder=folder,
            account=account,
            network=network,
            how=f"as another user ({account.name}){_rights(network=network)}",
        )
        obstacle = _obstacle(other, reads, packages)
        if obstacle is None:
            other.give(other.scratch)
            return other
        reason = obstacle
        folder.chmod(0o700)
    elif os.geteuid() == 0:
        reason = "root may not become mlgate or nobody here"
    return Isolation(
        python=tuple(python),
        folder=folder,
        account=None,
        network=network,
        how=f"as mlgate's own user, because {reason}{_rights(network=network)}",
    )


def no_folder(error: OSError) -> CannotIsolate:
    """The error for a private folder that cannot be made or filled."""
    return CannotIsolate(
        f"no private folder can be made in {tempfile.gettempdir()}: {error.strerror}",
        cause="the disk is full, or the folder is read-only",
        remedy="free some space, or point TMPDIR at a folder that mlgate can write to",
    )


def protect_this_process() -> None:
    """Close this process's memory and environment to other processes of the same user."""
    if sys.platform == "linux":
        confine.LIBC.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def unprivileged_user() -> Account | None:
    """The user for untrusted code where this process may choose one: `mlgate`, else `nobody`."""
    if os.geteuid() != 0 or confine.capabilities() & BECOME_ANOTHER != BECOME_ANOTHER:
        return None
    for name in ("mlgate", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
    return None


def clean_environment(variables: Mapping[str, str], scratch: Path) -> dict[str, str]:
    """An environment without secrets; home and temporary files are below the folder `scratch`."""
    kept = {
        name: value
        for name, value in variables.items()
        if name in PASSED_ON or name.startswith("LC_")
    }
    own = {"HOME": str(scratch / "home"), "TMPDIR": str(scratch / "tmp")}
    return {"PATH": os.defpath, "LANG": "C.UTF-8"} | WAITING | kept | own


def git_folder(folder: Path) -> Path | None:
    """The `.git` of the work tree that holds a folder: a checkout leaves its token in there."""
    candidates = (parent / ".git" for parent in (folder, *folder.parents))
    found = next(filter(os.path.lexists, candidates), None)
    if found is None or not found.is_file():
        return found
    # A linked work tree or a submodule: the file names a folder inside of the real one.
    target = found.read_bytes()[:4096].decode(errors="replace").removeprefix("gitdir:").strip()
    real = (found.parent / target).resolve()
    return next((path for path in (real, *real.parents) if path.name == ".git"), real)


def key_files(variables: Mapping[str, str]) -> Iterator[Path]:
    """Files with credentials of data stores, which the code of a repository must not read."""
    for name in KEY_FILES:
        if variables.get(name) and Path(variables[name]).exists():
            yield Path(variables[name]).resolve()


def all_but(*hidden: Path) -> Iterator[Path]:
    """Every file and folder, as few as possible, that neither is nor holds one of the paths.

    Symbolic links are left out: what they lead to is granted, or not, under its own name.
    """
    hidden = tuple({path.resolve() for path in hidden if path.exists()})
    folders = {parent for path in hidden for parent in path.parents}
    way = {*hidden, *folders}
    for folder in sorted(folders):
        if any(folder.is_relative_to(path) for path in hidden):
            continue
        try:
            entries = list(os.scandir(folder))
        except PermissionError:  # what cannot be listed is not granted
            continue
        for entry in entries:
            if Path(entry.path) not in way and not entry.is_symlink():
                yield Path(entry.path)


def _rights(*, network: bool) -> str:
    files = "could write only to folders of their own"
    if confine.landlock_version() < confine.OLDEST_LANDLOCK:
        files = "had that user's access to files, for this kernel has no Landlock"
    if network:
        reach = "was not cut"
    elif confine.calls_can_be_filtered():
        reach = "was cut"
    else:
        reach = "could not be cut here"
    return f"; they {files}; their network {reach}"


def _obstacle(isolation: Isolation, reads: Sequence[Path], packages: Sequence[str]) -> str | None:
    """Why the code cannot run as another user; None where it can."""
    assert isolation.account is not None  # noqa: S101  # the caller chose one
    name = isolation.account.name
    names = [str(path) for path in (isolation.folder / "scripts", *reads)]
    try:
        probe = subprocess.run(
            [*isolation.python, "-I", "-B", "-c", PROBE, " ".join(packages), *names],
            cwd="/",
            env=clean_environment({}, isolation.scratch),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
            user=isolation.account.uid,
            group=isolation.account.gid,
            extra_groups=[],
        )
    except OSError:
        return f"{name} cannot reach the interpreter {isolation.python[0]}"
    except subprocess.TimeoutExpired:
        return f"{name} cannot start Python within a minute"
    if probe.returncode == 0:
        return None
    return f"{name} cannot reach {one_line(probe.stderr.decode(errors='replace'))}"
