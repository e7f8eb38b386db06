"""What each opcode of a pickle does to a machine, but for those that its loop does itself."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from mlgate.artifacts.safety.calls import Import, Made
from mlgate.artifacts.safety.interface import Unreadable

if TYPE_CHECKING:
    from mlgate.artifacts.safety.machine import Machine

LONGEST_TEXT = 4096
"""Bytes of a text that is kept: a name or a template. Longer ones are `DATA`."""
LONGEST_LINE = 1 << 16
LONGEST_NUMBER = 1 << 10
LARGEST_TUPLE = 64
MANY_MEMOS = 1_000_000
"""Memos from which on only texts that may name a module are kept."""
HIGHEST_PROTOCOL = 5


class _Data:
    """The one value of everything that does not matter."""

    __slots__ = ()


DATA = _Data()


class Handler(NamedTuple):
    """An opcode."""

    name: str
    follow: Callable[["Machine"], object]
    """Returns True at the end of the pickle."""


def _number(machine: "Machine", width: int) -> int:
    return int.from_bytes(machine.window.take(width), "little")


def _line(machine: "Machine") -> str:
    line = machine.window.line(LONGEST_LINE)
    if line is None:
        raise Unreadable("it has a line that is too long")
    return line.decode("utf-8")


def _proto(machine: "Machine") -> None:
    machine.protocol = _number(machine, 1)
    if machine.protocol > HIGHEST_PROTOCOL or machine.at != machine.start:
        raise Unreadable("its protocol is unknown")


def _frame(machine: "Machine") -> None:
    size = _number(machine, 8)
    if machine.window.position < machine.frame_end:
        raise Unreadable("its frames overlap")
    machine.frame_end = machine.window.position + size


def _stop(machine: "Machine") -> bool:
    machine.stack.pop()
    return True


def _push(value: object) -> Callable[["Machine"], None]:
    return lambda machine: machine.stack.append(value)


def _text(width: int, encoding: str) -> Callable[["Machine"], None]:
    def follow(machine: "Machine") -> None:
        size = _number(machine, width)
        if size > LONGEST_TEXT:
            machine.keep(size)
        else:
            text = machine.window.take(size).decode(encoding, "surrogatepass")
            machine.stack.append(text)

    return follow


def _bytes(width: int) -> Callable[["Machine"], None]:
    def follow(machine: "Machine") -> None:
        machine.keep(_number(machine, width))

    return follow


def _long(width: int) -> Callable[["Machine"], None]:
    def follow(machine: "Machine") -> None:
        size = _number(machine, width)
        if size > LONGEST_NUMBER:
            raise Unreadable("it has a number of thousands of digits")
        machine.stack.append(int.from_bytes(machine.window.take(size), "little", signed=True))

    return follow


def _whole_line(machine: "Machine") -> None:
    line = _line(machine)
    if len(line) > LONGEST_NUMBER:
        raise Unreadable("it has a number of thousands of digits")
    machine.stack.append(int(line.removesuffix("L"), 0))


def _int_line(machine: "Machine") -> None:
    line = _line(machine)
    if line in ("00", "01"):
        machine.stack.append(line == "01")
    elif len(line) > LONGEST_NUMBER:
        raise Unreadable("it has a number of thousands of digits")
    else:
        machine.stack.append(int(line, 0))


def _float_line(machine: "Machine") -> None:
    float(_line(machine))
    machine.stack.append(DATA)


def _unicode_line(machine: "Machine") -> None:
    line = machine.window.line(LONGEST_TEXT)
    machine.stack.append(DATA if line is None else line.decode("raw-unicode-escape"))


def _string_line(machine: "Machine") -> None:
    line = machine.window.line(LONGEST_TEXT)
    if line is None:
        machine.stack.append(DATA)
        return
    line = line.strip()
    if len(line) < 2 or line[:1] not in (b'"', b"'") or line[-1:] != line[:1]:
        raise Unreadable("it has a text without quotes")
    machine.stack.append(line[1:-1].decode("unicode-escape"))


def _pop(machine: "Machine") -> None:
    if machine.stack:
        machine.stack.pop()
    else:
        machine.pop_mark()


def _pop_mark(machine: "Machine") -> None:
    machine.pop_mark()


def _dup(machine: "Machine") -> None:
    value = machine.stack[-1]
    if not isinstance(value, str | int | dict | None | _Data):
        raise Unreadable("it doubles a value that matters")
    machine.stack.append(value)


def _collected(machine: "Machine") -> None:
    machine.pop_mark()
    machine.stack.append(DATA)


def _as_tuple(machine: "Machine", items: list[Any]) -> None:
    kept = len(items) <= LARGEST_TUPLE or any(isinstance(item, Import) for item in items)
    machine.stack.append(tuple(items) if kept else DATA)


def _tuple(machine: "Machine") -> None:
    _as_tuple(machine, machine.pop_mark())


def _dict(machine: "Machine") -> None:
    items = machine.pop_mark()
    machine.stack.append({})
    machine.set_items(items)


def _append(machine: "Machine") -> None:
    machine.stack.pop()
    machine.grown()


def _appends(machine: "Machine") -> None:
    machine.pop_mark()
    machine.grown()


def _set_item(machine: "Machine") -> None:
    value, key = machine.stack.pop(), machine.stack.pop()
    machine.set_items([key, value])


def _set_items(machine: "Machine") -> None:
    machine.set_items(machine.pop_mark())


def _global(machine: "Machine") -> None:
    module, name = _line(machine), _line(machine)
    machine.push_import(module, name)


def _stack_global(machine: "Machine") -> None:
    name, module = machine.stack.pop(), machine.stack.pop()
    machine.push_import(module, name)


def _inst(machine: "Machine") -> None:
    _global(machine)
    kind = machine.stack.pop()
    args = tuple(machine.pop_mark())
    machine.stack.append(machine.call(kind, args))


def _obj(machine: "Machine") -> None:
    kind, *args = machine.pop_mark()
    machine.stack.append(machine.call(kind, tuple(args)))


def _reduce(machine: "Machine") -> None:
    args = machine.stack.pop()
    machine.stack[-1] = machine.call(machine.stack[-1], args)


def _newobj(machine: "Machine") -> None:
    args = machine.stack.pop()
    machine.stack[-1] = machine.make(machine.stack[-1], args)


def _newobj_ex(machine: "Machine") -> None:
    named, args = machine.stack.pop(), machine.stack.pop()
    machine.stack[-1] = machine.make(machine.stack[-1], args if named == {} else DATA)


def _extension(width: int) -> Callable[["Machine"], None]:
    def follow(machine: "Machine") -> None:
        machine.window.skip(width)
        machine.note("", "it imports a name by a number of copyreg's extension registry")
        machine.stack.append(Made(None))

    return follow


def _persistent(machine: "Machine") -> None:
    machine.stack.pop()
    machine.push_persistent()


def _persistent_line(machine: "Machine") -> None:
    _line(machine)
    machine.push_persistent()


def _buffer(machine: "Machine") -> None:
    machine.note("", "it needs buffers that are not in the file")
    machine.stack.append(DATA)


def _read_only(machine: "Machine") -> None:
    machine.stack[-1]  # Python fails on an empty stack, too


_BY_CODE: dict[bytes, Handler] = {
    b"\x80": Handler("PROTO", _proto),
    b"\x95": Handler("FRAME", _frame),
    b".": Handler("STOP", _stop),
    b"0": Handler("POP", _pop),
    b"1": Handler("POP_MARK", _pop_mark),
    b"2": Handler("DUP", _dup),
    b"F": Handler("FLOAT", _float_line),
    b"I": Handler("INT", _int_line),
    b"L": Handler("LONG", _whole_line),
    b"\x8a": Handler("LONG1", _long(1)),
    b"\x8b": Handler("LONG4", _long(4)),
    b"S": Handler("STRING", _string_line),
    b"T": Handler("BINSTRING", _text(4, "latin-1")),
    b"U": Handler("SHORT_BINSTRING", _text(1, "latin-1")),
    b"V": Handler("UNICODE", _unicode_line),
    b"X": Handler("BINUNICODE", _text(4, "utf-8")),
    b"\x8d": Handler("BINUNICODE8", _text(8, "utf-8")),
    b"B": Handler("BINBYTES", _bytes(4)),
    b"C": Handler("SHORT_BINBYTES", _bytes(1)),
    b"\x8e": Handler("BINBYTES8", _bytes(8)),
    b"\x96": Handler("BYTEARRAY8", _bytes(8)),
    b"]": Handler("EMPTY_LIST", _push(DATA)),
    b")": Handler("EMPTY_TUPLE", _push(())),
    b"}": Handler("EMPTY_DICT", lambda machine: machine.stack.append({})),
    b"\x8f": Handler("EMPTY_SET", _push(DATA)),
    b"l": Handler("LIST", _collected),
    b"t": Handler("TUPLE", _tuple),
    b"d": Handler("DICT", _dict),
    b"\x91": Handler("FROZENSET", _collected),
    b"a": Handler("APPEND", _append),
    b"e": Handler("APPENDS", _appends),
    b"\x90": Handler("ADDITEMS", _appends),
    b"s": Handler("SETITEM", _set_item),
    b"u": Handler("SETITEMS", _set_items),
    b"g": Handler("GET", lambda machine: machine.get(int(_line(machine)))),
    b"p": Handler("PUT", lambda machine: machine.put(int(_line(machine)), machine.stack[-1])),
    b"r": Handler(
        "LONG_BINPUT", lambda machine: machine.put(_number(machine, 4), machine.stack[-1])
    ),
    b"c": Handler("GLOBAL", _global),
    b"\x93": Handler("STACK_GLOBAL", _stack_global),
    b"i": Handler("INST", _inst),
    b"o": Handler("OBJ", _obj),
    b"R": Handler("REDUCE", _reduce),
    b"\x81": Handler("NEWOBJ", _newobj),
    b"\x92": Handler("NEWOBJ_EX", _newobj_ex),
    b"b": Handler("BUILD", lambda machine: machine.build()),
    b"\x82": Handler("EXT1", _extension(1)),
    b"\x83": Handler("EXT2", _extension(2)),
    b"\x84": Handler("EXT4", _extension(4)),
    b"P": Handler("PERSID", _persistent_line),
    b"Q": Handler("BINPERSID", _persistent),
    b"\x97": Handler("NEXT_BUFFER", _buffer),
    b"\x98": Handler("READONLY_BUFFER", _read_only),
}

IN_LOOP = b"\x8c\x94KMJGhjqN(\x85\x86\x87\x88\x89"
"""Opcodes that the machine's loop does itself, always."""

HANDLERS: list[Handler | None] = [_BY_CODE.get(bytes([code])) for code in range(256)]
"""By the byte of the opcode."""


def is_opcode(code: int) -> bool:
    """Whether a byte is an opcode of a pickle."""
    return HANDLERS[code] is not None or code in IN_LOOP
