"""How the names that a pickle imports may be used: rules for single functions and classes."""

import re

from mlgate.artifacts.safety import names
from mlgate.artifacts.safety.imports import is_known


class Import:
    """A name that a pickle imports, as a value of the machine."""

    __slots__ = ("full", "has_rules", "module", "name", "own")

    def __init__(self, module: str, name: str, *, own: bool = False) -> None:
        self.module = module
        self.name = name
        self.full = f"{module}.{name}"
        self.own = own
        """Whether a team's `allow` names it."""
        self.has_rules = (
            self.full in CHECKED
            or self.full == WRAPPER
            or self.full in _READS_A_FILE
            or names.DISTRIBUTIONS.fullmatch(module) is not None
            or _is_text_vectorizer(self)
        )
        """Whether it is judged by what is done with it, so that it may not be handed on."""


class Made:
    """What a call in a pickle gives, as a value of the machine."""

    __slots__ = ("args", "of", "state")

    def __init__(self, of: Import | None, args: object = None) -> None:
        self.of = of
        self.args = args
        """What it was called with: a tuple, where that is known."""
        self.state: object = None
        """What BUILD gave it last."""


WRAPPER = "joblib.numpy_pickle.NumpyArrayWrapper"
"""Instances of this class stand for arrays whose bytes follow in the file."""

COPYREG = frozenset({"copyreg._reconstructor", "copyreg.__newobj__", "copyreg.__newobj_ex__"})
"""Functions that make an instance of the class that they are given first."""

CHECKED = frozenset(
    {
        "builtins.getattr",
        "builtins.type",
        "_codecs.encode",
        "numpy._core._ufunc_reconstruct",
        "numpy.core._ufunc_reconstruct",
    }
)
"""Functions that are judged by what they are called with, and may not be handed on."""

SENSITIVE = frozenset({"__class__", "_parse_arg_template", "input"})
"""Keys of a state that are looked at, however large the state is."""

_READS_A_FILE = frozenset({"xgboost.core.Booster", "lightgbm.basic.Booster"})
"""Classes that read a file if they are called with arguments."""

_TEMPLATE = re.compile(
    r"\ndef _parse_args\(self, ([\w, =.*+-]*)\):\n"
    r"    return \(([\w, ]*)\), ([\w, ]*)\n"
    r"\n"
    r"def _parse_args_rvs\(self, ([\w, =.*+-]*)\):\n"
    r"    return self\._argcheck_rvs\(([\w, ]*), size=size\)\n"
    r"\n"
    r"def _parse_args_stats\(self, ([\w, =.*+-]*), moments='mv'\):\n"
    r"    return \(([\w, ]*)\), ([\w, ]*), moments\n",
    re.ASCII,
)
"""What scipy.stats runs as code to restore a distribution: names and numbers, and no call."""


def why_not_called(of: Import, args: object) -> str | None:
    """Why a function or class may not be called like this; None if it may.

    Args:
        of: What is called. Whether it may be imported is asked elsewhere.
        args: A tuple of values, where they are known.
    """
    if not of.has_rules:
        return None
    if of.full in CHECKED:
        return _why_not_checked(of.full, args if isinstance(args, tuple) else ())
    if of.full == WRAPPER:
        return "a place-holder of joblib's is restored, not called"
    if names.DISTRIBUTIONS.fullmatch(of.module):
        return "a distribution is restored, not called"
    return why_not_made(of, args)


def why_not_made(of: Import, args: object) -> str | None:
    """Why a class may not be made an instance of; None if it may."""
    if of.full in CHECKED:
        return names.WHY_EXACT.get(of.full, "it is no class that a model needs")
    if of.full in _READS_A_FILE and args != ():
        return "called with arguments it reads a file"
    return None


def _why_not_checked(full: str, args: tuple[object, ...]) -> str | None:
    match full, args:
        case ("builtins.type", (None,)) | ("_codecs.encode", (_, "latin1" | "latin-1")):
            return None
        case "builtins.type", (Import(full="builtins.Ellipsis" | "builtins.NotImplemented"),):
            return None
        case "builtins.getattr", (Import(full="zoneinfo.ZoneInfo"), "_unpickle"):
            return None
        case "builtins.getattr", (Import(full="builtins.str"), str(name)):
            if name in names.STR_METHODS:
                return None
        case "builtins.getattr", (Import(own=True), str(name)):
            if name.isidentifier() and not name.startswith("_"):
                return None
        case "builtins.getattr", (Made(of=Import(module=module)), str(name)):
            if names.DISTRIBUTIONS.fullmatch(module) and name in names.DISTRIBUTION_METHODS:
                return None
        case _, (str(module), str(name)) if full.endswith("_ufunc_reconstruct"):
            if module.startswith(("numpy", "scipy")) and is_known(module, name):
                return None
    return names.WHY_EXACT[full]


def why_not_restored(of: Import | None, state: object) -> str | None:
    """Why an instance may not be given a state; None if it may.

    Args:
        of: The instance's class or the function that made it, where that is known.
        state: What BUILD gives it.
    """
    if isinstance(state, tuple) and len(state) == 2 and state[0] is None:
        slots = state[1]
        if isinstance(slots, Made) or (isinstance(slots, dict) and "__class__" in slots):
            return "its state may change its class"
    if of is None or not of.has_rules:
        return None
    known = state if isinstance(state, dict) else {}
    if names.DISTRIBUTIONS.fullmatch(of.module):
        template = known.get("_parse_arg_template")
        if not isinstance(template, str) or not _TEMPLATE.fullmatch(template):
            return "its state holds text that scipy runs as code"
    is_open = isinstance(state, dict) and known.get("input", "content") == "content"
    if _is_text_vectorizer(of) and not is_open:
        return "it reads the files whose names it is given"
    return None


def _is_text_vectorizer(of: Import) -> bool:
    return of.module == "sklearn.feature_extraction.text" and of.name.endswith("Vectorizer")


def holds_rules(value: object) -> bool:
    """Whether a tuple holds a name with rules."""
    return isinstance(value, tuple) and any(
        isinstance(one, Import) and one.has_rules for one in value
    )


def is_zone(value: object) -> bool:
    """Whether it is the method by which a time zone is restored from its name."""
    return (
        isinstance(value, Made)
        and value.of is not None
        and value.of.full == "builtins.getattr"
        and isinstance(value.args, tuple)
        and value.args[1:] == ("_unpickle",)
    )
