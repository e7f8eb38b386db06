"""Modules of the repository, told by their files and source text, without importing them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

MAX_SOURCE = 4 << 20
"""Bytes of a module's source that are parsed."""


@dataclass(frozen=True)
class Sources:
    """The folders that a model's process would find modules of the repository in."""

    folders: tuple[Path, ...] = ()
    _shadowing: dict[str, bool] = field(default_factory=dict, compare=False, repr=False)
    _bindings: dict[str, dict[str, tuple[str, str]]] = field(
        default_factory=dict, compare=False, repr=False
    )

    @classmethod
    def around(cls, file: Path, root: Path) -> "Sources":
        """The folders around a model's file, up to the repository's root."""
        file, root = file.resolve(), root.resolve()
        inside = file.is_relative_to(root)
        near = [folder for folder in file.parents if folder.is_relative_to(root)] if inside else []
        places = [(folder, folder / "src") for folder in (near or [root])]
        return cls(tuple(place for pair in places for place in pair))

    def has(self, module: str) -> bool:
        """Whether there is a module or a folder of this name."""
        return module.isidentifier() and any(
            (folder / f"{module}.py").is_file() or (folder / module).is_dir()
            for folder in self.folders
        )

    def shadows(self, module: str) -> bool:
        """Whether a top-level module here would be imported instead of a library's."""
        if module not in self._shadowing:
            self._shadowing[module] = _shadows(self.folders, module)
        return self._shadowing[module]

    def origin(self, module: str, name: str) -> tuple[str, str] | None:
        """Where a module has a name from, if it imports it from somewhere else.

        Returns:
            A module and a name, an empty one for a module as a whole; None where the module defines
            the name itself, or has no source here.
        """
        if module not in self._bindings:
            bound = _bound(self.folders, module)
            self._bindings[module] = {here: (source, what) for here, source, what in bound}
        return self._bindings[module].get(name)


NOWHERE = Sources()


def _shadows(folders: tuple[Path, ...], module: str) -> bool:
    return module.isidentifier() and any(
        (folder / f"{module}.py").is_file()
        or (folder / module / "__init__.py").is_file()
        or any(folder.glob(f"{module}.*so"))
        for folder in folders
    )


def _bound(folders: tuple[Path, ...], module: str) -> Iterator[tuple[str, str, str]]:
    """The names that a module binds by importing: the name, from where, and what there."""
    found = _file(folders, module)
    if found is None:
        return
    try:
        tree = ast.parse(found.read_bytes()[:MAX_SOURCE])
    except (SyntaxError, ValueError, RecursionError, MemoryError, OSError):
        return
    package = module if found.name == "__init__.py" else module.rpartition(".")[0]
    for node in tree.body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.asname or alias.name.partition(".")[0], alias.name, ""
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - max(node.level - 1, 0)]
            near = ".".join(above) if node.level else ""
            source = ".".join(filter(None, (near, node.module)))
            for alias in node.names:
                yield alias.asname or alias.name, source, alias.name


def _file(folders: tuple[Path, ...], module: str) -> Path | None:
    parts = module.split(".")
    if not all(map(str.isidentifier, parts)):
        return None
    for folder in folders:
        place = folder.joinpath(*parts)
        for file in (place.with_name(f"{parts[-1]}.py"), place / "__init__.py"):
            if file.is_file():
                return file
    return None
