"""Why a model's exception is usually raised, and what to change."""

import errno
from collections.abc import Mapping
from typing import Any

from mlgate.sandbox import confine
from mlgate.sandbox.surroundings import MOST_PROCESSES
from mlgate.sandbox.text import one_line

_LIMITS = {
    errno.EFBIG: f"a file of it reached the limit of {confine.LARGEST_FILE // confine.MIB} MiB",
    errno.EMFILE: f"it has as many files open as it may have: {confine.OPEN_FILES:,}",
    errno.ENOSPC: "the disk that its temporary folder lies on is full",
    errno.EDQUOT: "its user's share of the disk is used up",
    errno.EAGAIN: f"it has as many processes and threads as it may have: {MOST_PROCESSES:,}",
}


def reason(
    error: Mapping[str, Any],
    *,
    doing: str,
    memory: int,
    network: bool,
    key: str,
    suspicion: tuple[str, str] | None = None,
) -> tuple[str, str]:
    """Cause and remedy of an exception.

    Args:
        error: What the worker says of it. A stranger may have written that.
        doing: What was asked of the model, such as `loading`.
        memory: Its limit of memory in MiB.
        network: Whether it has the network.
        key: Its name in mlgate.yml.
        suspicion: What is known to be odd about it, and what to do about that.
    """
    if error.get("memory"):
        return (
            f"it needs more memory than its limit of {memory} MiB",
            setting(key, "memory", str(2 * memory)),
        )
    number = error.get("errno")
    if isinstance(number, int) and number in _LIMITS:
        return _LIMITS[number], "let it take less: close files, end processes, write less"
    module = str(error.get("module") or "")
    if module and not (suspicion and "." in module):  # else a part of a library moved
        package = one_line(module.partition(".")[0], 100)
        return (
            f"the package or module {package} is not in the model's environment",
            f"add it to the model's `requirements`, or commit {package}.py to the repository",
        )
    if error.get("type") == "PermissionError" and not network:
        return (
            "a model has no network, no services, and no folder to write to but its own",
            setting(key, "network", "true") + ", if that is what it needs",
        )
    if doing == "loading" and "__main__" in one_line(error.get("message")):
        return (
            "its class or function was defined in the training script itself",
            "move it into a module of the repository, import it from there, and train again",
        )
    if suspicion:
        return suspicion
    if doing == "loading":
        return (
            "the file is truncated, is no joblib or pickle file, or comes from other versions",
            "save the model again, or pin the versions that it was made with in `requirements`",
        )
    return (
        "the model does not accept these columns or values",
        "call the same method on these rows where the model was trained",
    )


def setting(key: str, name: str, value: str) -> str:
    """The words that tell to change one setting of a model."""
    return f"raise it in mlgate.yml: `models: {{{key}: {{{name}: {value}}}}}`"
