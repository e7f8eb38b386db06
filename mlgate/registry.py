"""Registries: explicit tables from a name to `module:attribute`, imported when an entry is used."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any


def load(table: Mapping[str, str], name: str) -> Any:
    """The object that a table registers under a name.

    Raises:
        KeyError: The table has no such name.
    """
    module, _, attribute = table[name].partition(":")
    return getattr(import_module(module), attribute)
