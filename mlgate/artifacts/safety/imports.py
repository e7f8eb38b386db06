"""Which imports a file of a model may have, and how they may be used."""

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from mlgate.artifacts.safety import names
from mlgate.artifacts.safety.sources import NOWHERE, Sources

PATTERN = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*(\.\*)?", re.ASCII)
"""A dotted name, perhaps with `.*` at its end."""


def problem_with(pattern: str) -> str | None:
    """Why an entry of `allow` is none; None for a good one."""
    if not PATTERN.fullmatch(pattern):
        return "a module or class of your own, such as `mypackage.transformers.*`"
    root = pattern.partition(".")[0]
    if root in sys.stdlib_module_names or root in names.WHY_ROOT or root == "__main__":
        return f"{root} is not your own: `allow` is for modules of your repository or packages"
    if pattern.partition(".")[2] in {"", "*"} and root in LIBRARIES:
        return f"{root} as a whole is not harmless: name the one class that is missing"
    return None


LIBRARIES = frozenset(
    {
        *("catboost", "joblib", "lightgbm", "numpy", "pandas", "pyarrow", "scipy", "skops"),
        *("sklearn", "torch", "xgboost"),
    }
)
"""Libraries that are large enough to hold something dangerous beside what models need."""

MAX_HOPS = 10
"""Modules of a team's own through which a name may be imported."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What is allowed."""

    allow: Sequence[str] = ()
    """Modules and names of a team's own, such as `mypackage.transformers.*`."""
    sources: Sources = NOWHERE
    """The repository's own modules."""
    torch: bool = False
    """Whether the file is an archive of torch's."""

    def is_own(self, module: str, name: str) -> bool:
        """Whether `allow` names it. A pattern with `*` never reaches into what a module imports."""
        full = f"{module}.{name}"
        for pattern in self.allow:
            if pattern == full:
                return True
            plain = name.isidentifier() and not name.startswith("__")
            if plain and pattern in (module, f"{module}.*"):
                return True
            if plain and pattern.endswith(".*") and fnmatchcase(module, pattern):
                return True
        return False

    def why_not(self, module: str, name: str) -> str | None:
        """Why a name may not be imported; None if it may."""
        root = module.partition(".")[0]
        if is_known(module, name) or (self.torch and _is_torch(module, name)):
            if self.sources.shadows(root) and not self.is_own(module, name):
                return f"the repository holds a module {root}, which is imported in its place"
            return None
        if self.is_own(module, name):
            return self._why_not_own(module, name)
        return self._reason(module, name)

    def _why_not_own(self, module: str, name: str) -> str | None:
        """A module of a team's own must define the name, or import it from where it may be from."""
        for _ in range(MAX_HOPS):
            origin = self.sources.origin(module, name)
            if origin is None:
                return None
            module, name = origin
            if not name:
                return f"it is the module {module}"
            if is_known(module, name):
                return None
            if not self.is_own(module, name):
                return f"it is {module}.{name}: {self._reason(module, name)}"
        return "it is imported from module to module"

    def _reason(self, module: str, name: str) -> str:
        full, root = f"{module}.{name}", module.partition(".")[0]
        if root == "__main__":
            return "it was defined in the training script itself"
        if self.sources.has(root):
            return "it is code of this repository"
        if full in names.WHY_EXACT:
            return names.WHY_EXACT[full]
        for pattern, why in names.WHY_NAME:
            if re.fullmatch(pattern, full) or re.fullmatch(pattern, name):
                return why
        if root in names.WHY_ROOT:
            return names.WHY_ROOT[root]
        if "." in name:
            return "it reaches through a module or class by a dotted name"
        if root in LIBRARIES:
            return f"no model needs it from {root}"
        return "it is not one of the libraries that models are made of"

    def would_allow(self, module: str, name: str) -> str | None:
        """The entry of `allow` for a name that may be a team's own; None for any other name."""
        pattern = f"{module}.{name}" if "." in name else f"{module}.*"
        root = module.partition(".")[0]
        if root in LIBRARIES and not self.sources.has(root):
            return None
        return None if problem_with(pattern) else pattern


def is_known(module: str, name: str) -> bool:
    """Whether models are made of it."""
    if name in names.EXACT.get(module, ()):
        return True
    if not name.isidentifier() or not name.isascii():
        return False
    if names.DISTRIBUTIONS.fullmatch(module):
        return names.DISTRIBUTION_NAME.fullmatch(name) is not None
    if names.SCIPY_SPECIAL.fullmatch(module) and name in names.SCIPY_SPECIAL_FUNCTIONS:
        return True
    if names.METRICS.fullmatch(module) and names.METRIC_NAME.fullmatch(name):
        return True
    if module.startswith("scipy.sparse.") and names.SPARSE_NAME.fullmatch(name):
        return True
    return (
        _within(module, names.CLASSES)
        and not _within(module, names.NOT_IN_CLASSES)
        and ".tests" not in module
        and name not in names.NOT_CLASS
        and names.CLASS_NAME.fullmatch(name) is not None
    )


def _within(module: str, packages: Iterable[str]) -> bool:
    return any(
        module.startswith(package) if package.endswith(".") else
        module == package or module.startswith(f"{package}.")
        for package in packages
    )  # fmt: skip


def _is_torch(module: str, name: str) -> bool:
    if module == "torch._utils":
        return name in {"_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_parameter"}
    if module == "torch.storage":
        return name in {"TypedStorage", "UntypedStorage"}
    if module == "torch":
        types = r"\w+Storage|Size|device|Tensor|(b?float|u?int|complex)\d+|bool"
        return re.fullmatch(types, name, re.ASCII) is not None
    return module.startswith("torch.nn.modules.") and name[:1].isupper() and name.isidentifier()
