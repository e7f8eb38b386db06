"""The places that mlgate runs in, one module each."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mlgate import registry

if TYPE_CHECKING:
    from mlgate.platforms.interface import Platform

PLATFORMS: Mapping[str, str] = {
    "github": "mlgate.platforms.github:GitHub",
    "local": "mlgate.platforms.local:Local",
}
"""Platforms by name, the particular ones first: `module:class`."""


def detect(environment: Mapping[str, str]) -> "Platform":
    """The platform that a process's variables tell of; `local` where they tell of none."""
    kinds: list[type[Platform]] = [registry.load(PLATFORMS, name) for name in PLATFORMS]
    found = next(kind for kind in kinds if kind.detect(environment))
    return found.from_environment(environment)
