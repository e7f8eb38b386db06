"""From what mlgate.yml names to a data set: a file, several files, a folder, an address."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mlgate.artifacts import formats
from mlgate.artifacts.interface import DataSet
from mlgate.artifacts.pointers import Pointers
from mlgate.config.location import shown
from mlgate.config.model import DataSpec
from mlgate.config.patterns import data_files, fixed_part, is_pattern, matching
from mlgate.errors import DataNotReadable
from mlgate.privacy import foreign
from mlgate.results import Side

if TYPE_CHECKING:
    from mlgate.artifacts.parts import Parts
    from mlgate.artifacts.remote import Objects


@dataclass(kw_only=True)
class Sources:
    """Opens what is named, and keeps copies of what is not in the work tree. A context manager."""

    head: Path
    """Root of the work tree."""
    environment: Mapping[str, str] = field(repr=False)
    """Endpoints and credentials of stores."""
    _found: dict[tuple[str, str | None], "Objects | DataNotReadable"] = field(default_factory=dict)
    _fetched: dict[str, tuple[Path, ...]] = field(default_factory=dict)
    _stack: ExitStack = field(default_factory=ExitStack)
    _scratch: Path | None = None

    def close(self) -> None:
        """Remove every copy."""
        self._stack.close()

    @property
    def pointers(self) -> Pointers:
        """Finds what DVC's and Git LFS's pointers stand for."""
        return Pointers(head=self.head, scratch=self.folder, environment=self.environment)

    def folder(self) -> Path:
        """A new folder that lasts as long as the run, readable for the models' user."""
        if self._scratch is None:
            made = tempfile.TemporaryDirectory(prefix="mlgate-", ignore_cleanup_errors=True)
            self._scratch = Path(self._stack.enter_context(made))
            self._scratch.chmod(0o755)
        new = Path(tempfile.mkdtemp(dir=self._scratch))
        new.chmod(0o755)
        return new

    def local(
        self, name: str, spec: DataSpec, side: Side, *, place: Path, root: Path, top: Path
    ) -> DataSet:
        """A data set of a work tree.

        Args:
            name: Its name.
            spec: What mlgate.yml says of it.
            side: Whose it is.
            place: Where `path` leads: a file, a folder, or a pattern.
            root: The folder that the side's paths start at.
            top: Root of the side's files.

        Raises:
            DataNotReadable: There is no such file, or it is empty, or only a pointer.
        """
        data = DataSet(
            name=name,
            spec=spec,
            side=side,
            path=None,
            read=partial(formats.read, format=spec.format),
            place=place,
            environment=self.environment,
        )
        several = self._several(spec, place, root, top)
        if several is None:
            return replace(data, path=self.pointers.real(place, top))
        base, names = several
        files = {name: base / name for name in names}
        if _one_format(spec, names) != "parquet":
            return replace(data, files=files)
        for file in files.values():
            formats.require_content(file)
        return replace(data, files=files, parts=_parts_of(spec.place, base, names))

    def remote(self, name: str, spec: DataSpec, side: Side) -> DataSet:
        """A data set of a store: Parquet is read there, all else is fetched.

        Raises:
            DataNotReadable: There is no such object, or the store does not answer or refuses.
        """
        objects = self._objects(spec.place, spec.format)
        data = DataSet(
            name=name,
            spec=spec,
            side=side,
            path=None,
            read=partial(formats.read, format=spec.format),
            remote=objects,
            environment=self.environment,
        )
        names = [path.partition("?")[0] for path in objects.paths]
        if _one_format(spec, names) == "parquet" and objects.in_place:
            return replace(data, parts=objects.parts())
        files = self._copies(spec.place, objects)
        if len(files) == 1:
            return replace(data, path=files[0])
        return replace(data, files=dict(zip(names, files, strict=True)))

    def remote_file(self, path: str) -> tuple[Path, str]:
        """A copy of one object, and what the store says of its version.

        Raises:
            DataNotReadable: There is no such object, or the store does not answer or refuses.
        """
        objects = self._objects(path, None)
        if len(objects.paths) > 1:
            raise DataNotReadable(f"{objects.remote.shown} stands for several files")
        return self._copies(path, objects)[0], objects.fingerprint

    def _objects(self, path: str, form: str | None) -> "Objects":
        from mlgate.artifacts.remote import find

        if (path, form) not in self._found:
            try:
                self._found[path, form] = find(path, self.environment, _suffixes(form))
            except DataNotReadable as error:  # the next check need not wait for it again
                self._found[path, form] = error
        found = self._found[path, form]
        if isinstance(found, DataNotReadable):
            raise found
        return found

    def _copies(self, path: str, objects: "Objects") -> tuple[Path, ...]:
        if path not in self._fetched:
            self._fetched[path] = objects.fetch(self.folder())
        return self._fetched[path]

    def _several(
        self, spec: DataSpec, place: Path, root: Path, top: Path
    ) -> tuple[Path, list[str]] | None:
        """A folder and the files in it that a pattern or folder means; None for a single file."""
        if place.is_file():
            return None
        pattern = place.relative_to(root).as_posix() if place.is_relative_to(root) else str(place)
        marked = is_pattern(spec.place)
        data = place.suffix.lower() in formats.SUFFIXES
        if not marked and not place.is_dir() and (data or not self.pointers.exists(place, top)):
            return None
        folder = root / fixed_part(pattern) if marked else place
        if marked and not self.pointers.exists(folder, top):
            raise _no_match(spec)
        there = self.pointers.real(folder, top)
        if there.is_file():
            return None
        below = {
            file.relative_to(there).as_posix().removesuffix(".dvc") for file in _files_in(there)
        }
        if marked:
            rest = pattern.removeprefix(fixed_part(pattern)).lstrip("/")
            names = matching(below, rest)
        else:
            names = data_files(below, "", _suffixes(spec.format))
        if not names:
            raise _no_match(spec)
        real = {name: self.pointers.real(there / name, top) for name in names}
        if there == folder and all(file == there / name for name, file in real.items()):
            prefix = folder.relative_to(root).as_posix() if folder.is_relative_to(root) else ""
            if not prefix or prefix == ".":
                return folder, names
            return root, [f"{prefix}/{name}" for name in names]
        mirror = self.folder()  # so that folders of partitions keep their names
        for name, file in real.items():
            link = mirror / name
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(file)
        return mirror, names


def _suffixes(form: str | None) -> tuple[str, ...]:
    """What the data files of a folder end in: of a format, or Parquet's."""
    return tuple(suffix for suffix, of in formats.SUFFIXES.items() if of == (form or "parquet"))


def _files_in(folder: Path) -> Iterator[Path]:
    """Every file below a folder; links to folders are not followed."""
    for parent, _, names in os.walk(folder):
        for name in names:
            if (file := Path(parent, name)).is_file():
                yield file


def _one_format(spec: DataSpec, names: list[str]) -> str | None:
    """The format of several files; None where a single file's name does not tell.

    Raises:
        DataNotReadable: They are of different formats.
    """
    found = {spec.format or formats.SUFFIXES.get(Path(name).suffix.lower()) for name in names}
    if len(found) > 1 or (None in found and len(names) > 1):
        raise DataNotReadable(
            f"the files of {shown(spec.place)} are not all of one format",
            remedy="name files of one format, as in `data/*.parquet`",
        )
    return found.pop()


def _no_match(spec: DataSpec) -> DataNotReadable:
    what = "no file matches" if is_pattern(spec.place) else "there is no data file in the folder"
    return DataNotReadable(
        f"{what} {spec.place}",
        cause="the path in mlgate.yml is mistyped, or the files are not in the repository",
        remedy="paths start at the folder of mlgate.yml; files of another format than Parquet in a "
        "folder need `format`",
    )


def _parts_of(path: str, base: Path, names: list[str]) -> "Parts":
    from pyarrow import fs

    from mlgate.artifacts.parts import Parts

    return Parts(
        shown=path,
        filesystem=fs.SubTreeFileSystem(str(base), fs.LocalFileSystem()),
        paths=names,
        explained=partial(_explained, path),
    )


@contextmanager
def _explained(path: str) -> Iterator[None]:
    """Turn what Arrow raises for a damaged file into an error with a remedy."""
    import pyarrow as pa

    try:
        yield
    except (OSError, ValueError, pa.ArrowException) as error:
        raise DataNotReadable(
            f"{path} cannot be read as parquet: {foreign(str(error)[:300])}",
            cause="a file is truncated, damaged, or of another format than its name says",
            remedy="open it with pandas to see the same error, then write it again",
        ) from error
