"""Which way an option is stricter: stated beside the option, in its type.

    min: Annotated[float | None, HIGHER] = None

Base's mlgate.yml is compared with head's by these (`policy_diff`). An option without a direction
that changes is shown as changed, which is neither looser nor stricter.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal

Unset = Literal["loosest", "strictest", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Direction:
    """How two values of an option compare."""

    stricter: Literal["higher", "lower", "more", "fewer", "first", "neither", "elsewhere"]
    """`higher` and `lower`: of numbers, and of yes and no. `more` and `fewer`: entries of a list or
    mapping. `first`: of `words`. `neither`: it may decide something, and nobody can tell which way.
    `elsewhere`: it decides nothing, or its content is compared by other means."""
    unset: Unset = "loosest"
    """What null and `false` are, where the others are numbers; for lists, what an empty one is."""
    words: tuple[str, ...] = ()
    """All values, the strictest first."""
    subject: bool = False
    """Whether it says what is tested, not how: a change is shown and never blocks."""
    hidden: bool = False
    """Whether its value must not be shown."""


HIGHER: Final = Direction(stricter="higher")
LOWER: Final = Direction(stricter="lower")
MORE: Final = Direction(stricter="more")
FEWER: Final = Direction(stricter="fewer")
NEITHER: Final = Direction(stricter="neither")
ELSEWHERE: Final = Direction(stricter="elsewhere")
SUBJECT: Final = Direction(stricter="neither", subject=True)

Verdict = Literal["looser", "stricter", "same", "changed"]


def ranked(*words: str) -> Direction:
    """The direction of an option with a few words, the strictest first."""
    return Direction(stricter="first", words=words)


def compare(direction: Direction, base: object, head: object) -> Verdict:
    """How head's value of a single option differs from base's."""
    if same(base, head):
        return "same"
    before, after = _rank(direction, base), _rank(direction, head)
    if before is None or after is None:
        return "changed"
    if before == after:  # null and false are one
        return "same"
    return "stricter" if after > before else "looser"


def same(base: object, head: object) -> bool:
    """Whether two values are one, whatever their spelling: 1 and 1.0 are, 1 and true are not."""
    if isinstance(base, bool) or isinstance(head, bool):
        return base is head
    if isinstance(base, dict) and isinstance(head, dict):
        return base.keys() == head.keys() and all(same(base[key], head[key]) for key in base)
    if isinstance(base, list | tuple) and isinstance(head, list | tuple):
        pairs = zip(base, head, strict=False)
        return len(base) == len(head) and all(same(*pair) for pair in pairs)
    return base == head


def _rank(direction: Direction, value: object) -> float | None:
    """A number that is larger for a stricter value; None where that cannot be told."""
    if direction.stricter == "first":
        return -direction.words.index(value) if value in direction.words else None
    if direction.stricter not in {"higher", "lower"}:
        return None
    sign = 1 if direction.stricter == "higher" else -1
    if value is True:
        return sign
    if value is None or value is False:
        return {"loosest": -math.inf, "strictest": math.inf, "unknown": None}[direction.unset]
    return sign * float(value) if isinstance(value, int | float) else None
