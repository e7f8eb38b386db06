"""git, as far as a baseline needs it. Nothing here changes the work tree or a branch."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from mlgate.errors import BaselineNotFound, GitFailed

SMALL = 1 << 20
"""Bytes: files up to here are copied with the commit's tree, larger ones when asked for."""

_PLACES = ("remotes/origin", "heads")
_ENVIRONMENT = {
    *("PATH", "HOME", "LANG", "LC_ALL", "SSH_AUTH_SOCK", "GIT_SSH_COMMAND"),
    *("GIT_SSL_CAINFO", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy"),
}


def git_environment(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables that git may see: where it is found, and how it reaches a server."""
    return {key: value for key, value in variables.items() if key in _ENVIRONMENT}


@dataclass(frozen=True, kw_only=True)
class Blob:
    """A file of a commit."""

    id: str
    """Its object id: a digest of its content."""
    size: int
    """Bytes."""


@dataclass(frozen=True, kw_only=True)
class Repository:
    """A git repository."""

    root: Path
    """Root of the work tree."""
    git_dir: Path | None = None
    """The repository itself, where it is not `root/.git`."""
    environment: Mapping[str, str] = field(repr=False)
    """The whole environment of git: `git_environment`, and perhaps a credential for one fetch."""

    def toplevel(self) -> Path | None:
        """The root of the work tree that `root` lies in; None outside of git."""
        found = self._git("rev-parse", "--show-toplevel", check=False)
        return Path(found.removesuffix("\n")) if found else None

    def commit(self, revision: str) -> str | None:
        """The full id of a commit; None where this repository does not have it."""
        name = f"{revision}^{{commit}}"
        found = self._git("rev-parse", "--verify", "--quiet", "--end-of-options", name, check=False)
        return found.strip() or None

    def parents(self, commit: str) -> tuple[str, ...]:
        """The parents that a commit names, also those that a shallow clone does not have."""
        header = self._git("cat-file", "commit", commit).partition("\n\n")[0]
        lines = [line.split(" ", 1) for line in header.splitlines()]
        return tuple(value for key, value in lines if key == "parent")

    def branch(self) -> str | None:
        """The branch that is checked out; None on a detached head."""
        return self._git("symbolic-ref", "--quiet", "--short", "HEAD", check=False).strip() or None

    def is_modified(self) -> bool:
        """Whether tracked files of the work tree differ from the commit."""
        if self.git_dir:
            return False  # a repository beside the work tree has no index to compare with
        return bool(self._git("status", "--porcelain", "--untracked-files=no").strip())

    def is_shallow(self) -> bool:
        """Whether history was cut off by a shallow clone."""
        return self._git("rev-parse", "--is-shallow-repository").strip() == "true"

    def merge_base(self, one: str, other: str) -> str | None:
        """The best common ancestor; None where there is none, or history does not reach it."""
        if one == other:
            return one
        return self._git("merge-base", one, other, check=False).strip() or None

    def default_branch(self) -> str | None:
        """The branch that others are merged into, as a revision: the remote's, main or master."""
        places = ("remotes/origin/HEAD", *(f"{p}/{n}" for p in _PLACES for n in ("main", "master")))
        references = [f"refs/{place}" for place in places]
        lines = self._git("for-each-ref", "--format=%(refname) %(symref)", *references).splitlines()
        there = dict(line.split(" ") for line in lines)
        found = next((name for name in references if name in there), None)
        if found is None:
            return None
        return (there[found] or found).removeprefix("refs/remotes/").removeprefix("refs/heads/")

    def fetch(self, *what: str, source: str = "origin", depth: int | None = 1) -> bool:
        """Bring commits or branches here; False where the source does not give them.

        Args:
            what: Commit ids or refspecs.
            source: Remote or URL.
            depth: How many commits deep; None for all of the history.
        """
        reach = [f"--depth={depth}"] if depth else (["--unshallow"] if self.is_shallow() else [])
        options = [
            "--quiet",
            "--no-tags",
            "--no-recurse-submodules",
            "--no-write-fetch-head",
            *reach,
        ]
        command = self._command("fetch", *options, "--end-of-options", source, *what)
        return self._run(command, timeout=600).returncode == 0

    def path(self, name: str) -> str:
        """Where a part of the repository, such as `objects`, lies; relative to `root`."""
        return self._git("rev-parse", "--git-path", name).removesuffix("\n")

    def references(self) -> dict[str, str]:
        """Every branch, tag and remote branch, with the object that it names."""
        lines = self._git("for-each-ref", "--format=%(objectname) %(refname)").splitlines()
        return {name: commit for commit, name in (line.split(" ", 1) for line in lines)}

    def set_references(self, references: Mapping[str, str]) -> None:
        """Point references to objects; `HEAD` is detached."""
        lines = [f"update {name}\0{commit}\0\0" for name, commit in references.items()]
        arguments = ("update-ref", "--no-deref", "--stdin", "-z")
        done = self._run(self._command(*arguments), stdin="".join(lines).encode())
        if done.returncode != 0:
            raise GitFailed(f"git update-ref failed: {_tail(done.stderr)}")

    def initialise(self, *, borrow_from: Path, shallow: Path) -> None:
        """Make the bare repository `git_dir`, which reads the objects of another one.

        Args:
            borrow_from: The other one's folder of objects.
            shallow: Its file that says where history was cut off, if there is one.
        """
        assert self.git_dir is not None  # noqa: S101  # what would it make?
        done = self._run(["git", "init", "--quiet", "--bare", "--template=", str(self.git_dir)])
        if done.returncode != 0:
            raise GitFailed(f"git init failed: {_tail(done.stderr)}")
        alternates = self.git_dir / "objects" / "info" / "alternates"
        alternates.parent.mkdir(exist_ok=True)
        alternates.write_text(f"{borrow_from}\n")
        if shallow.is_file():
            (self.git_dir / "shallow").write_bytes(shallow.read_bytes())

    def extract(self, commit: str, to: Path) -> None:
        """Copy the small files of a commit into a folder.

        Symbolic links that lead out of the tree, and submodules, are left out.
        """
        blobs = []
        for entry in self._git("ls-tree", "-r", "-z", "-l", "--full-tree", commit).split("\0")[:-1]:
            description, _, path = entry.partition("\t")
            mode, kind, blob, size = description.split()
            if kind == "blob" and int(size) <= SMALL:
                blobs.append((mode, blob, path))
        contents = self._contents([blob for _, blob, _ in blobs])
        for (mode, _, path), content in zip(blobs, contents, strict=True):
            _write(to, path, mode, content)

    def extract_file(self, commit: str, path: str, to: Path) -> bool:
        """Copy one file of a commit to its place in a folder; False where the commit has none."""
        if (to / path).exists():
            return True
        entry = self._git("ls-tree", "-z", "--full-tree", commit, "--", path, check=False)
        mode, kind, blob = (entry.split("\t")[0].split() or ["", "", ""])[:3]
        if kind != "blob":
            return False
        _write(to, path, mode, self._contents([blob])[0])
        return True

    def names(self, commit: str, path: str) -> tuple[str, ...]:
        """The files of a commit at or below a path; an empty path is the whole tree."""
        where = ["--", f":(literal){path}"] if path not in {"", "."} else []
        arguments = ("ls-tree", "-r", "-z", "--full-tree", "--name-only", commit, *where)
        return tuple(self._git(*arguments, check=False).split("\0")[:-1])

    def blobs(self, commit: str) -> dict[str, Blob]:
        """The files of a commit by their paths, without their contents; links are left out."""
        found = {}
        for entry in self._git("ls-tree", "-r", "-z", "-l", "--full-tree", commit).split("\0")[:-1]:
            description, _, path = entry.partition("\t")
            mode, kind, blob, size = description.split()
            if kind == "blob" and mode != "120000":
                found[path] = Blob(id=blob, size=int(size))
        return found

    def content(self, blob: str) -> bytes:
        """The content of a blob."""
        return self._contents([blob])[0]

    def _contents(self, blobs: Sequence[str]) -> list[bytes]:
        """The contents of blobs, in order, from one process."""
        command = self._command("cat-file", "--batch")
        answer = self._run(command, stdin="".join(f"{blob}\n" for blob in blobs).encode())
        contents, position = [], 0
        for blob in blobs:
            end = answer.stdout.find(b"\n", position)
            header = answer.stdout[position:end].split()
            if end < 0 or len(header) != 3:
                raise BaselineNotFound(
                    f"git does not have the content of object {blob[:7]}",
                    cause="the clone is partial, or was damaged",
                    remedy="check out with `fetch-depth: 0` and without `filter`",
                )
            size = int(header[2])
            contents.append(answer.stdout[end + 1 : end + 1 + size])
            position = end + 1 + size + 1
        return contents

    def _git(self, *arguments: str, check: bool = True) -> str:
        """Output of a git command; an empty string where it failed and `check` is off."""
        done = self._run(self._command(*arguments))
        if done.returncode == 0:
            return done.stdout.decode("utf-8", "surrogateescape")
        if not check:
            return ""
        raise GitFailed(f"git {arguments[0]} failed: {_tail(done.stderr)}")

    def _command(self, *arguments: str) -> list[str]:
        # The repository's configuration may come from a stranger: it starts no program.
        where = [f"--git-dir={self.git_dir}"] if self.git_dir else ["-C", str(self.root)]
        safe = ["safe.directory=*", "core.fsmonitor=false", "core.hooksPath=/dev/null",
                "protocol.ext.allow=never", "gc.auto=0", "maintenance.auto=false"]  # fmt: skip
        settings = [part for setting in safe for part in ("-c", setting)]
        return ["git", "--no-pager", *settings, *where, *arguments]

    def _run(
        self, command: Sequence[str], *, stdin: bytes = b"", timeout: float = 120
    ) -> subprocess.CompletedProcess[bytes]:
        environment = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", **self.environment}
        try:
            return subprocess.run(
                command,
                input=stdin,
                capture_output=True,
                check=False,
                env=environment,
                timeout=timeout,
            )
        except FileNotFoundError as error:
            raise GitFailed(
                "git is not installed", remedy="install git: the baseline is read from it"
            ) from error
        except subprocess.TimeoutExpired as error:
            raise GitFailed(f"git did not answer within {timeout:.0f} s") from error


def _tail(output: bytes) -> str:
    return output.decode("utf-8", "replace").strip()[-300:]


def _write(folder: Path, path: str, mode: str, content: bytes) -> None:
    """Write one file of a tree; refuses every path that leaves the folder."""
    place = PurePosixPath(path)
    if place.is_absolute() or ".." in place.parts:
        return
    file = folder / place
    file.parent.mkdir(parents=True, exist_ok=True)
    if mode == "120000":
        target = os.fsdecode(content)
        inside = (file.parent / target).resolve().is_relative_to(folder.resolve())
        if inside and not PurePosixPath(target).is_absolute():
            file.symlink_to(target)
        return
    if not file.parent.resolve().is_relative_to(folder.resolve()):
        return  # a parent is a symbolic link that leads out
    file.write_bytes(content)
    file.chmod(0o755 if mode == "100755" else 0o644)
