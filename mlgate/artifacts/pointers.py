"""Stand-ins for files that are kept outside of git: DVC's and Git LFS's.

Where the content is on this machine, or in a DVC remote that can be read without DVC, it is used;
its digest must be the one that the pointer names.
"""

import configparser
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final

import yaml

from mlgate.artifacts.formats import LFS_POINTER, require_content
from mlgate.config.location import is_remote, parse
from mlgate.errors import DataNotReadable
from mlgate.sandbox.isolation import git_folder

_MD5: Final = re.compile(r"[0-9a-f]{32}(\.dir)?")
_LFS_OID: Final = re.compile(rb"^oid sha256:([0-9a-f]{64})$", re.MULTILINE)
_MOST: Final = 1 << 20
"""Bytes of a pointer file or of DVC's configuration."""


@dataclass(frozen=True, kw_only=True)
class Pointers:
    """Finds the content behind pointers."""

    head: Path
    """Root of the work tree, where DVC's and LFS's caches are; base's copy has none."""
    scratch: Callable[[], Path]
    """Makes a new folder for what is found."""
    environment: Mapping[str, str] = field(repr=False)
    """Endpoints and credentials of DVC's remote."""

    def real(self, file: Path, root: Path) -> Path:
        """A file itself: its own place, or where its content was found.

        Args:
            file: The file, or folder, as mlgate.yml names it.
            root: Root of its side's files.

        Raises:
            DataNotReadable: It is missing or empty, or only a pointer is here, whose content cannot
                be had or is not what the pointer says.
        """
        if file.is_dir():
            return file
        if file.exists():
            return self._from_lfs(file) or _checked(file)
        return self._from_dvc(file, root) or _checked(file)

    def exists(self, file: Path, root: Path) -> bool:
        """Whether a file is there, or a pointer to it."""
        return file.exists() or next(_dvc_files(file, root), None) is not None

    def _from_lfs(self, file: Path) -> Path | None:
        with file.open("rb") as opened:
            start = opened.read(1024)
        found = _LFS_OID.search(start) if start.startswith(LFS_POINTER) else None
        git = git_folder(self.head)
        if found is None or git is None:
            return None
        oid = found[1].decode()
        stored = git / "lfs" / "objects" / oid[:2] / oid[2:4] / oid
        if not os.access(stored, os.R_OK):
            return None  # the error says how to fetch it
        _require_digest(stored, "sha256", oid, file.name)
        return self._placed(stored, file.name)

    def _from_dvc(self, file: Path, root: Path) -> Path | None:
        for pointer, below in _dvc_files(file, root):
            digest = _dvc_digest(pointer)
            if digest is None:
                continue
            store = self._store(pointer, root)
            if not digest.endswith(".dir"):
                found = None if below else store.get(digest, file.name)
                return None if found is None else self._placed(found, file.name)
            listing = store.get(digest, pointer.name)
            return None if listing is None else self._folder(listing, below, file.name, store)
        return None

    def _folder(self, listing: Path, below: str, name: str, store: "_Store") -> Path | None:
        """A file of a folder that DVC tracks as one, or all of it."""
        try:
            entries = [(str(e["relpath"]), str(e["md5"])) for e in json.loads(listing.read_bytes())]
        except (ValueError, KeyError, TypeError) as error:
            raise DataNotReadable(f"DVC's list of the folder of {name} is damaged") from error
        wanted = [
            (p, m) for p, m in entries if not below or p == below or p.startswith(f"{below}/")
        ]
        target = self.scratch() / name
        for path, digest in wanted:
            place = PurePosixPath(path)
            if place.is_absolute() or ".." in place.parts or not _MD5.fullmatch(digest):
                continue
            found = store.get(digest, place.name)
            if found is None:
                return None
            rest = path.removeprefix(below).strip("/")
            _place(found, target / rest if rest else target)
        return target if target.exists() else None

    def _store(self, pointer: Path, root: Path) -> "_Store":
        """Where DVC keeps what the files of a folder point to: its project's cache and remote."""
        below = [*pointer.relative_to(root).parents]
        project = next((p for p in below if (root / p / ".dvc").is_dir()), Path())
        return _Store(
            cache=self.head / project / ".dvc" / "cache",
            remote=_dvc_remote(root / project),
            scratch=self.scratch,
            environment=self.environment,
        )

    def _placed(self, content: Path, name: str) -> Path:
        place = self.scratch() / name
        _place(content, place)
        return place


@dataclass(frozen=True, kw_only=True)
class _Store:
    """DVC's content by its MD5."""

    cache: Path
    remote: str | None
    scratch: Callable[[], Path]
    environment: Mapping[str, str] = field(repr=False)

    def get(self, digest: str, name: str) -> Path | None:
        """The content with a digest, verified; None where it is nowhere.

        Raises:
            DataNotReadable: What is there has another digest, or the remote refuses.
        """
        places = [f"files/md5/{digest[:2]}/{digest[2:]}", f"{digest[:2]}/{digest[2:]}"]
        for place in places:  # since DVC 3, and before
            if (self.cache / place).is_file():
                _require_digest(self.cache / place, "md5", digest, name)
                return self.cache / place
        for place in places if self.remote else ():
            if (fetched := self._fetched(f"{self.remote}/{place}")) is not None:
                _require_digest(fetched, "md5", digest, name)
                return fetched
        return None

    def _fetched(self, place: str) -> Path | None:
        if not is_remote(place):
            return Path(place) if Path(place).is_file() else None
        from mlgate.artifacts.remote import find

        try:
            parse(place)
        except ValueError:  # such as ssh://, which DVC reads and mlgate does not
            return None
        try:
            return find(place, self.environment, ()).fetch(self.scratch())[0]
        except DataNotReadable as error:
            if "there is no such file" in error.what:
                return None
            raise


def _dvc_files(file: Path, root: Path) -> Iterator[tuple[Path, str]]:
    """The pointers that may stand for a file: its own, then those of the folders above it.

    Yields:
        A pointer, and the file's path below what it points to.
    """
    for place in (file, *file.parents):
        if place == root or not place.is_relative_to(root):
            return
        pointer = place.with_name(f"{place.name}.dvc")
        if pointer.is_file():
            below = file.relative_to(place).as_posix()
            yield pointer, "" if below == "." else below


def _dvc_digest(pointer: Path) -> str | None:
    """The MD5 of what a `.dvc` file points to; None where it says none."""
    try:
        if pointer.stat().st_size > _MOST:
            return None
        content: Any = yaml.safe_load(pointer.read_bytes())
        digest = str(content["outs"][0]["md5"])
    except (OSError, yaml.YAMLError, KeyError, IndexError, TypeError):
        return None
    return digest if _MD5.fullmatch(digest) else None


def _dvc_remote(project: Path) -> str | None:
    """Address or folder of a DVC project's default remote."""
    config = configparser.ConfigParser(interpolation=None)
    with suppress(OSError, configparser.Error, UnicodeDecodeError):
        text = (project / ".dvc" / "config").read_text(encoding="utf-8")[:_MOST]
        config.read_string("\n".join(map(str.strip, text.splitlines())))
    remotes = {
        section.strip("'\"").removeprefix("remote").strip().strip("'\""): config[section]
        for section in config.sections()
        if section.strip("'\"").startswith("remote")
    }
    default = config.get("core", "remote", fallback="")
    chosen = remotes.get(default) or (next(iter(remotes.values())) if len(remotes) == 1 else None)
    url = (
        (chosen["url"] if chosen and "url" in chosen else "")
        .rstrip("/")
        .replace("azure://", "az://", 1)
    )
    if not url or is_remote(url):
        return url or None
    return str(project / ".dvc" / url)  # relative to the configuration file, or absolute


def _require_digest(file: Path, kind: str, expected: str, name: str) -> None:
    """Make sure that content is what a pointer names."""
    with file.open("rb") as opened:
        digests = {hashlib.file_digest(opened, lambda: _digest(kind)).hexdigest()}
        if kind == "md5" and expected.removesuffix(".dir") not in digests:
            opened.seek(0)  # before version 3, DVC took texts with the line ends of Unix
            unix = _digest(kind)
            for line in opened:
                unix.update(line.replace(b"\r\n", b"\n"))
            digests.add(unix.hexdigest())
    if expected.removesuffix(".dir") not in digests:
        raise DataNotReadable(
            f"{name}: the content that was found is not what its pointer names",
            cause="the cache or the remote was damaged or changed",
            remedy="remove the object from the cache and fetch it again",
        )


def _digest(kind: str) -> Any:
    return hashlib.new(kind, usedforsecurity=False)


def _place(content: Path, place: Path) -> None:
    """Content under its own name, readable for the models' user."""
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(content, place)
    for folder in place.parents:
        if folder.name.startswith("mlgate-"):
            break
        folder.chmod(0o755)
    place.chmod(0o644)


def _checked(file: Path) -> Path:
    require_content(file)
    return file
