"""Nothing is loaded before somebody has looked into it."""

from dataclasses import dataclass, field
from pathlib import Path

from mlgate.artifacts.safety.imports import Policy
from mlgate.artifacts.safety.interface import Danger, Scan
from mlgate.artifacts.safety.scan import scan
from mlgate.errors import ArtifactBlocked


@dataclass(kw_only=True)
class Guard:
    """Looks into each file once, and again if it was changed."""

    _seen: dict[tuple[object, ...], Scan] = field(default_factory=dict)

    def scan(self, file: Path, policy: Policy) -> Scan:
        """What a look into a file yields."""
        if file.is_dir():  # whose files may change without it
            return scan(file, policy)
        found = file.stat()
        # Nobody but the system sets the time of the last change of a file's status.
        state = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        key = (file, policy, *state)
        if key not in self._seen:
            self._seen[key] = scan(file, policy)
        return self._seen[key]

    def require_safe(self, seen: Scan, shown: str) -> None:
        """Refuse a file that is not safe.

        Args:
            seen: The look into it.
            shown: What to call it.

        Raises:
            ArtifactBlocked: It is not safe.
        """
        if not seen.safe:
            raise ArtifactBlocked(
                f"{shown} was not loaded: {reason(seen)}",
                remedy=remedy(seen),
            )


def reason(seen: Scan) -> str:
    """Why a file is blocked, as a clause."""
    if not seen.dangers:
        return f"it cannot be read to its end: {seen.unreadable}"
    first = describe(seen.dangers[0])
    more = len(seen.dangers) - 1
    return f"{first} (and {more} more)" if more else first


def remedy(seen: Scan) -> str:
    """What to change so that a file is not blocked any more."""
    wanted = list(dict.fromkeys(danger.allow for danger in seen.dangers if danger.allow))
    if any(danger.subject.startswith("__main__.") for danger in seen.dangers):
        return (
            "move the class or function into a module of the repository, import it from there and "
            "train again"
        )
    if wanted and all(danger.allow for danger in seen.dangers) and seen.unreadable is None:
        shown = ", ".join(f"'{pattern}'" for pattern in wanted[:5])
        more = f" and {len(wanted) - 5} more" if len(wanted) > 5 else ""
        return (
            f"if it is yours or you trust it, write `{{type: artifact-safety, allow: [{shown}]}}`"
            f"{more} under `checks` of mlgate.yml"
        )
    if not seen.dangers:
        return "save the model again, with joblib or in another format that is listed in the docs"
    return "find out where the file comes from, and train the model again"


def describe(danger: Danger) -> str:
    """A danger as a clause: what is imported, where, and what is wrong with it."""
    where = f"({danger.opcode} at {danger.place.rstrip(': ')})"
    if danger.subject:
        return f"it uses {danger.subject} {where}, and {danger.why}"
    return f"{danger.why} {where}"
