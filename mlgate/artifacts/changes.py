"""What a pull request changed of that on which a metric depends: model, data, requirements, code.

Told by content, from the objects of base's commit and the files of the work tree: it needs neither
an index nor history, so that it is the same for a runner's shallow clone and for a work tree with
uncommitted changes.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final, Literal

from mlgate.artifacts.git import Blob, Repository
from mlgate.artifacts.interface import sha256
from mlgate.config.location import is_remote, shown
from mlgate.config.model import Config
from mlgate.config.patterns import fixed_part, is_pattern, matching
from mlgate.errors import MlgateError
from mlgate.results import ArtifactRecord, Revision

CODE: Final = (".py", ".ipynb", ".sql", ".r")
"""What names of files with code end in."""
LEFT_OUT: Final = frozenset({"__pycache__", "node_modules", "site-packages"})
"""Folders that hold no code of the repository, beside hidden ones and virtual environments."""
MOST_FILES: Final = 20_000
"""Files with code beyond which they are not compared."""
MOST_NAMES: Final = 4
"""Names of one kind that a sentence lists."""
POINTER: Final = b"version https://git-lfs"

State = Literal["changed", "new", "removed", "same", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Tree:
    """Base's commit, and the work tree that is compared with it."""

    root: Path
    blobs: Mapping[str, Blob]
    """The files of base's commit, by their paths from the root."""
    repository: Repository
    tracked: frozenset[str]
    """The files of head's commit."""

    def state(self, path: str) -> State:
        """How a file of the work tree differs from base's; a folder, by any of its files."""
        file, blob = self.root / path, self.blobs.get(path)
        if file.is_dir():
            return self._of_several(path, "")
        there = file.is_file()
        if blob is None and f"{path}.dvc" in self.blobs:  # DVC keeps the file's digest in git
            return self.state(f"{path}.dvc")
        if blob is None:  # what git keeps on neither side may have been made by a build
            return "new" if there and path in self.tracked else "unknown"
        if not there:
            return "removed"
        return "same" if self._is_same(file, blob) else "changed"

    def matching(self, path: str) -> State:
        """The same for a pattern: by any of the files that it means on either side."""
        return self._of_several(fixed_part(path), path)

    def _of_several(self, folder: str, pattern: str) -> State:
        prefix = f"{folder}/" if folder else ""
        found = self.root.glob(pattern) if pattern else (self.root / folder).rglob("*")
        here = {file.relative_to(self.root).as_posix() for file in found if file.is_file()}
        names = here | {name for name in self.blobs if name.startswith(prefix)}
        if pattern:
            names = set(matching(names, pattern))
        states = {self.state(name) for name in names}
        if not states:
            return "unknown"
        return next(iter(states)) if len(states) == 1 else "changed"

    def _is_same(self, file: Path, blob: Blob) -> bool:
        if blob.size < 1024 and file.stat().st_size != blob.size:
            return self._is_pointed_to(file, blob)
        if file.stat().st_size != blob.size:
            return False
        return _object_id(file, len(blob.id)) == blob.id

    def _is_pointed_to(self, file: Path, blob: Blob) -> bool:
        """Whether a file is what base's pointer of Git LFS stands for."""
        text = self.repository.content(blob.id)
        if not text.startswith(POINTER):
            return False
        return f"oid sha256:{sha256(file)}".encode() in text.split(b"\n")


@dataclass(kw_only=True)
class Found:
    """What one kind of thing came to."""

    changed: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def note(self, name: str, state: State) -> None:
        """Sort a name by its state."""
        word = {"new": f"{name} (new)", "removed": f"{name} (removed)"}.get(state, name)
        group = {"same": self.same, "unknown": self.unknown}.get(state, self.changed)
        if word not in group:
            group.append(word)


def since_base(
    config: Config,
    base: Revision,
    root: Path,
    repository: Repository,
    records: Sequence[ArtifactRecord],
    requirements: Path | None = None,
) -> str:
    """What changed since base, and what did not, in one sentence.

    Args:
        config: Head's configuration.
        base: The commit that head is compared with.
        root: Head's work tree.
        repository: Where base's commit is.
        records: The files that the run has read, with their digests.
        requirements: Requirements file of models that name none.
    """
    assert base.commit is not None  # noqa: S101  # a base is a commit
    try:
        blobs = repository.blobs(base.commit)
        tracked = repository.names("HEAD", "")
        tree = Tree(root=root, blobs=blobs, repository=repository, tracked=frozenset(tracked))
        parts = list(_kinds(config, tree, _digests(records), requirements))
        cut = repository.is_shallow() and not repository.merge_base("HEAD", base.commit)
    except (MlgateError, OSError) as error:
        why = error.what if isinstance(error, MlgateError) else error.strerror
        return f"what changed since base is not known: {why}"
    text = "; ".join(_sentence(parts))
    if cut:
        text += " (the clone is shallow: changes that base's branch made alone may be among them)"
    return text


def _sentence(parts: Sequence[tuple[str, Found]]) -> Iterator[str]:
    changed = [_listed(kind, found.changed) for kind, found in parts if found.changed]
    same = [_listed(kind, found.same) for kind, found in parts if found.same]
    unknown = [_listed(kind, found.unknown) for kind, found in parts if found.unknown]
    if changed:
        yield f"changed since base: {', '.join(changed)}"
    else:
        yield "nothing changed since base of what a metric depends on"
    if same:
        yield f"not changed: {', '.join(same)}"
    if unknown:
        yield f"not known: {', '.join(unknown)}"


def _listed(kind: str, names: Sequence[str]) -> str:
    named = [*names[:MOST_NAMES]]
    if len(names) > MOST_NAMES:
        named.append(f"{len(names) - MOST_NAMES} more")
    return f"{kind} {', '.join(named)}".strip()


def _kinds(
    config: Config,
    tree: Tree,
    digests: Mapping[tuple[str, str], State],
    requirements: Path | None,
) -> Iterator[tuple[str, Found]]:
    """Models, data, requirements, mlgate.yml and code, each with what it came to."""

    def path_of(name: str) -> str:
        return os.path.normpath(PurePosixPath(config.directory) / name)

    models = Found()
    needed = [] if requirements is None else [os.path.relpath(requirements, tree.root)]
    for name, model in config.models.items():
        if model.requirements:
            needed.append(path_of(model.requirements))
        if is_remote(model.path) or ":" in model.path:
            continue  # a service, or code
        state = digests.get(("model", name)) or tree.state(path_of(model.path))
        models.note(path_of(model.path), state)
    yield "the model file", models
    data = Found()
    for name, spec in config.data.items():
        state = digests.get(("data", name)) or _of_data(tree, spec.path, path_of)
        local = spec.path is not None and not is_remote(spec.path)
        data.note(path_of(spec.place) if local else shown(spec.place), state)
    yield "the data", data
    wanted = Found()
    for path in dict.fromkeys(needed):
        wanted.note(path, tree.state(path))
    yield "the requirements", wanted
    own = Found()
    own.note(config.file, tree.state(config.file))
    of_base = (name for wanted in config.includes for name in matching(tree.blobs, wanted))
    for name in sorted({*config.included, *of_base}):
        state = tree.state(name)
        own.note(name, "new" if state == "unknown" else state)  # not committed yet, but in use
    yield "", own
    yield "", _code(tree)


def _of_data(tree: Tree, path: str | None, path_of: Callable[[str], str]) -> State:
    if path is None or is_remote(path):
        return "unknown"
    inside = path_of(path)
    return tree.matching(inside) if is_pattern(inside) else tree.state(inside)


def _code(tree: Tree) -> Found:
    """Files with code, counted."""
    here = set(_code_files(tree.root))
    names = here | {name for name in tree.blobs if _is_code(name)}
    found = Found()
    if not names:
        return found
    if len(names) > MOST_FILES:
        found.unknown.append(f"code (more than {MOST_FILES:,} files)")
        return found
    changed = [name for name in sorted(names) if tree.state(name) != "same"]  # new ones, too
    group = found.changed if changed else found.same
    listed = f": {', '.join(changed[:MOST_NAMES])}" if changed else ""
    more = " …" if len(changed) > MOST_NAMES else ""
    group.append(f"code ({len(changed):,} of {len(names):,} files{listed}{more})")
    return found


def code_digest(root: Path) -> str | None:
    """A digest of the files with code of a work tree, by their names and contents.

    None where there are too many to look at, or one cannot be read.
    """
    names = sorted(_code_files(root))
    if len(names) > MOST_FILES:
        return None
    try:
        lines = "".join(f"{sha256(root / name)}  {name}\n" for name in names)
    except OSError:
        return None
    return hashlib.sha256(lines.encode("utf-8", "surrogateescape")).hexdigest()


def _is_code(name: str) -> bool:
    parts = name.split("/")
    hidden = any(part.startswith(".") or part in LEFT_OUT for part in parts[:-1])
    return name.lower().endswith(CODE) and not hidden


def _code_files(root: Path) -> Iterator[str]:
    for folder, folders, files in os.walk(root):
        below = [name for name in folders if not name.startswith(".") and name not in LEFT_OUT]
        folders[:] = [n for n in below if not Path(folder, n, "pyvenv.cfg").exists()]
        for name in files:
            if name.lower().endswith(CODE):
                yield Path(folder, name).relative_to(root).as_posix()


def _digests(records: Iterable[ArtifactRecord]) -> dict[tuple[str, str], State]:
    """Models and data of which the run has seen both sides, told by their digests."""
    sides: dict[tuple[str, str], dict[str, str]] = {}
    for record in records:
        told = record.sha256 or record.fingerprint
        if told is not None:
            sides.setdefault((record.role, record.name), {})[record.version] = told
    return {
        key: "same" if seen["head"] == seen["base"] else "changed"
        for key, seen in sides.items()
        if seen.keys() == {"head", "base"}
    }


def _object_id(file: Path, length: int) -> str:
    """What git would call the content of a file."""
    kind = hashlib.sha256 if length == 64 else hashlib.sha1
    digest = kind(f"blob {file.stat().st_size}\0".encode(), usedforsecurity=False)
    with file.open("rb") as content:
        while chunk := content.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
