"""Great Expectations' arithmetic on suite parameters: `lo * 0.5`, `now() - timedelta(days=1)`.

The grammar, the functions and their roundings are those of `SuiteParameterParser` of version 1.24;
a differential test holds that. Nothing of an expression is ever run as code, and unlike there a
name without a value is an error even where it reads like a date (`may`), a power that would take
minutes is refused, and an expression may stand in parentheses as a whole.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

MAX_LENGTH: Final = 500
"""Characters of an expression."""
MAX_DEPTH: Final = 50
"""Parentheses within parentheses."""
MAX_BITS: Final = 4096
"""Size of a whole number that an expression may yield."""
MAX_DIGITS: Final = 400
"""Digits before the point that `round` may drop."""

_TOKEN: Final = re.compile(
    r"[ \t\r\n]*(?:"
    r"(?P<number>(?:\d+|\.\d+)(?:\.\d+)?(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[A-Za-z][A-Za-z0-9_$]*)"
    r"|(?P<mark>[-+*/^(),=])"
    r"|(?P<end>\Z))"
)
_KEYWORD: Final = re.compile(r"[ \t\r\n]*([A-Za-z_]+)[ \t\r\n]*=")
_SPACE: Final = " \t\r\n"
NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_$]*")
"""What a parameter may be called."""
_CONSTANTS: Final = {"E": math.e, "PI": math.pi}


def _sign(number: float) -> int:
    return -1 if number < -1e-12 else 1 if number > 1e-12 else 0


def _round(number: Any, ndigits: int | None = None) -> Any:
    if ndigits is not None and ndigits < -MAX_DIGITS:
        raise ValueError("no number has so many digits")
    return round(number, ndigits)


FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "abs": abs,
    "cos": math.cos,
    "datetime": datetime,
    "exp": math.exp,
    "now": datetime.now,
    "round": _round,
    "sgn": _sign,
    "sin": math.sin,
    "tan": math.tan,
    "timedelta": timedelta,
    "trunc": int,
}


class NoValue(Exception):
    """An expression names something that has no value."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class NotAnExpression(Exception):
    """An expression does not parse, or cannot be computed; the message says why."""


def evaluate(text: str, values: Mapping[str, Any]) -> Any:
    """Compute an expression.

    Args:
        text: A name, which stands for any value; or arithmetic, for numbers and times.
        values: The values of the names.

    Returns:
        The value; a time as text (ISO 8601), as Great Expectations hands it to an expectation.

    Raises:
        NoValue: A name has none.
        NotAnExpression: It does not parse, does not compute, or is no number.
    """
    name = _canonical(text.strip(_SPACE))
    if NAME.fullmatch(name) and name in values:
        return values[name]
    if len(text) > MAX_LENGTH:
        raise NotAnExpression(f"is longer than {MAX_LENGTH} characters")
    parser = _Parser(text, values)
    try:
        result = parser.whole()
    except (ArithmeticError, TypeError, ValueError) as error:
        raise NotAnExpression(f"cannot be computed: {str(error)[:200]}") from error
    return _plain(result)


def _plain(result: Any) -> Any:
    if isinstance(result, datetime):
        return result.isoformat()
    if isinstance(result, bool) or not isinstance(result, int | float) or math.isnan(result):
        raise NotAnExpression(f"is no number and no time, but {str(result)[:100]}")
    return result


class _Parser:
    """A recursive descent that computes on the way.

    `^` groups from the right, and a sign belongs to what follows it: `-2 ^ 2` is 4.
    """

    def __init__(self, text: str, values: Mapping[str, Any]) -> None:
        self.text = text
        self.values = values
        self.position = 0
        self.depth = 0
        self.start = 0
        self._next()

    def whole(self) -> Any:
        """The value of the text."""
        if self.kind == "name" and self._is_last():
            raise NoValue(self.part)
        if self.kind == "number" and self._is_last():
            raise NotAnExpression("is a number; write it as the value itself")
        result = self._sum()
        if self.kind != "end":
            raise self._unexpected()
        return result

    def _sum(self) -> Any:
        result = self._product()
        while self.part in {"+", "-"}:
            sign = self._take()
            right = self._product()
            result = result + right if sign == "+" else result - right
        return result

    def _product(self) -> Any:
        result = self._power()
        while self.part in {"*", "/"}:
            sign = self._take()
            right = self._power()
            result = _product(result, right) if sign == "*" else result / right
        return result

    def _power(self) -> Any:
        base = self._atom()
        if self.part != "^":
            return base
        self._take()
        return _power(base, self._power())

    def _atom(self) -> Any:
        negations = 0
        plus = False
        while self.part in {"+", "-"}:
            plus = plus or self.part == "+"
            negations += not plus  # Great Expectations stops counting signs at a plus
            self._take()
        result = self._bare()
        for _ in range(negations):
            result = -result
        return result

    def _bare(self) -> Any:
        if self.kind == "number":
            return _number(self._take())
        if self.kind == "name":
            name = self._take()
            return self._call(name) if self.part == "(" else self._value(name)
        if self.part == "(":
            self._take()
            return self._closed(self._sum)
        raise self._unexpected()

    def _value(self, name: str) -> Any:
        name = _canonical(name)
        if name in self.values:
            return _read(name, self.values[name])
        if name in _CONSTANTS:
            return _CONSTANTS[name]
        raise NoValue(name)

    def _call(self, name: str) -> Any:
        if name not in FUNCTIONS:
            raise NotAnExpression(f"calls {name[:50]!r}; there are {', '.join(sorted(FUNCTIONS))}")
        self._take()
        if self.part == ")":
            self._take()
            return FUNCTIONS[name]()
        if _KEYWORD.match(self.text, self.start):
            named = dict(self._closed(lambda: self._listed(self._keyword)))
            return FUNCTIONS[name](**named)
        return FUNCTIONS[name](*self._closed(lambda: self._listed(self._sum)))

    def _keyword(self) -> tuple[str, Any]:
        match = _KEYWORD.match(self.text, self.start)
        if match is None:
            raise self._unexpected()
        self.position = match.end()
        self._next()
        return match[1], self._sum()

    def _listed(self, item: Callable[[], Any]) -> Sequence[Any]:
        items = [item()]
        while self.part == ",":
            self._take()
            items.append(item())
        return items

    def _closed(self, inner: Callable[[], Any]) -> Any:
        """What stands in parentheses, the first of which was taken."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise NotAnExpression("is nested too deeply")
        result = inner()
        if self.part != ")":
            raise self._unexpected()
        self._take()
        self.depth -= 1
        return result

    def _is_last(self) -> bool:
        return not self.text[self.position :].strip(_SPACE)

    def _take(self) -> str:
        part = self.part
        self._next()
        return part

    def _next(self) -> None:
        match = _TOKEN.match(self.text, self.position)
        if match is None:
            raise self._unexpected()
        self.kind = match.lastgroup or ""
        self.part = match[self.kind]
        self.start = match.start(self.kind)
        self.position = match.end()

    def _unexpected(self) -> NotAnExpression:
        rest = self.text[self.start :].strip()[:20]
        return NotAnExpression(f"does not parse at {rest!r}" if rest else "ends too early")


def _canonical(name: str) -> str:
    """A name as it is looked up: constants are read in any case."""
    return name.upper() if name.upper() in _CONSTANTS else name


def _number(text: str) -> Any:
    try:
        return int(text)
    except ValueError:
        return float(text)


def _read(name: str, given: Any) -> Any:
    """A value within an expression: a number, or the time that its text tells."""
    if isinstance(given, int | float) and not isinstance(given, bool):
        return given
    text = str(given)
    for read in (int, float, _time):
        try:
            return read(text)
        except (ValueError, OverflowError):
            continue
    raise NotAnExpression(f"needs a number or a time, and {name[:100]!r} is {text[:50]!r}")


def _time(text: str) -> datetime:
    from dateutil.parser import parse  # type: ignore[import-untyped]

    found: datetime = parse(text)
    return found


def _product(left: Any, right: Any) -> Any:
    sizes = [x.bit_length() for x in (left, right) if isinstance(x, int)]
    if len(sizes) == 2 and sum(sizes) > MAX_BITS:
        raise NotAnExpression("would be a number of too many digits")
    return left * right


def _power(base: Any, exponent: Any) -> Any:
    whole = isinstance(base, int) and isinstance(exponent, int)
    if whole and base.bit_length() * abs(exponent) > MAX_BITS:
        raise NotAnExpression("would be a number of too many digits")
    return base**exponent
