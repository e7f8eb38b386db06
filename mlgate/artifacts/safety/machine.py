"""The pickle machine without its power: every opcode is followed, nothing is imported or called.

It keeps only what decides: the texts that name imports, small tuples and dicts, and which value
came from which call. All else is `DATA`. A file that Python's own unpickler might read otherwise
than this machine is not readable to it, and so never safe.
"""

import _compat_pickle
import re
from typing import Any

from mlgate.artifacts.safety import arrays, calls, names, opcodes, recorded, runs
from mlgate.artifacts.safety.calls import CHECKED, WRAPPER, Import, Made
from mlgate.artifacts.safety.imports import Policy
from mlgate.artifacts.safety.interface import Notes, Unreadable
from mlgate.artifacts.safety.opcodes import DATA, LARGEST_TUPLE, MANY_MEMOS
from mlgate.artifacts.safety.window import AHEAD, Window

DEEPEST_STACK = 10_000_000
LARGEST_DICT = 256
"""Items of a dict that are kept, besides those that decide."""
FLOATS = re.compile(rb"(?:G.{8})+", re.DOTALL)


class Placeholder:
    """What joblib writes instead of an array, before it got its state."""

    __slots__ = ()


LOOKED_AT = frozenset({Placeholder, tuple})
"""Types of values that are looked at when they come from the memo, beside imports."""
TRUTH = b"\x88\x89"


class Machine:
    """One pickle."""

    def __init__(
        self, window: Window, notes: Notes, policy: Policy, *, place: str, joblib: bool
    ) -> None:
        """Nothing is read yet.

        Args:
            window: Stands at the start of the pickle.
            notes: Gets what is found.
            policy: What may be imported.
            place: What stands before an offset in a danger: the path inside of archives.
            joblib: Whether raw arrays may follow their place-holders, as joblib writes them.
        """
        self.window = window
        self.stack: list[Any] = []
        """Values since the last mark."""
        self.below: list[list[Any]] = []
        """The stacks below each mark."""
        self.protocol = 0
        self.frame_end = 0
        """Position up to which the current frame goes."""
        self.start = window.position
        self.at = 0
        """Position of the opcode that is being followed."""
        self.arrays = 0
        """Raw arrays in the stream."""
        self._notes = notes
        self._policy = policy
        self._place = place
        self._joblib = joblib
        self._opcode = ""
        self._memo: list[Any] = []
        self._more_memo: dict[int, Any] = {}
        self._pending: Placeholder | None = None
        self._uses: dict[str, int] = {}
        """References to the names with rules of their own that nothing has used up."""
        self._seen: dict[str, tuple[int, str]] = {}
        """Where and by which opcode each of them was imported first."""

    def run(self) -> None:
        """Follow the pickle to its end.

        Raises:
            Unreadable: It does not end, or is not well formed.
            Enough: There are too many dangers.
        """
        try:
            self._run()
        except (IndexError, ValueError, OverflowError) as error:
            raise Unreadable(f"after byte {self.at:,} it is no pickle") from error

    def _run(self) -> None:
        """The loop. What is frequent is done here, without a call."""
        window, memo, more = self.window, self._memo, self._more_memo
        window.ensure()
        data, i = window.data, window.at
        counted, soft = i, _soft(window)
        tried = 0  # index up to which no run of texts is
        handlers, to_next = opcodes.HANDLERS, runs.TO_NEXT
        while True:
            if i >= soft:
                self._count(i - counted)
                window.at = i
                window.fill()
                data, i = window.data, window.at
                counted, soft, tried = i, _soft(window), 0
            stack = self.stack
            code = data[i]
            i += 1
            if code == 0x8C:  # SHORT_BINUNICODE
                begin = i - 1
                size = data[i]
                i += 1 + size
                text: Any = data[i - size : i].decode("utf-8", "surrogatepass")
                if data[i] == 0x94 and not more:  # MEMOIZE nearly always follows
                    i += 1
                    follows = data[i]
                    if i > tried and data[i + to_next[follows]] == 0x8C:  # and then such a text
                        pairs = follows != 0x8C
                        run = (runs.PAIRS if pairs else runs.TEXTS).match(data, begin)
                        tried = i if run is None else run.end()
                        if tried - begin >= runs.LEAST:
                            texts = runs.texts_of(data, begin, tried, pairs=pairs)
                            memo += texts if len(memo) < MANY_MEMOS else _with_dots(texts)
                            stack += runs.with_numbers(texts, DATA) if pairs else texts
                            i = tried
                            continue
                    memo.append(text if len(memo) < MANY_MEMOS or "." in text else DATA)
                stack.append(text)
            elif code == 0x94:  # MEMOIZE
                if more:
                    self.put(len(memo) + len(more), stack[-1])
                else:
                    memo.append(stack[-1])
            elif code == 0x4B:  # BININT1
                stack.append(data[i])
                i += 1
            elif code in (0x68, 0x6A):  # BINGET, LONG_BINGET
                begin, width = i, 1 if code == 0x68 else 4
                i += width
                index = int.from_bytes(data[begin:i], "little")
                value = memo[index] if index < len(memo) else None
                kind = type(value)
                if value is None or (value.has_rules if kind is Import else kind in LOOKED_AT):
                    self.at = window.base + begin - 1
                    self.get(index)
                else:
                    stack.append(value)
            elif code == 0x85:  # TUPLE1
                stack[-1] = (stack[-1],)
            elif code == 0x86:  # TUPLE2
                last = stack.pop()
                stack[-1] = (stack[-1], last)
            elif code == 0x87:  # TUPLE3
                last, middle = stack.pop(), stack.pop()
                stack[-1] = (stack[-1], middle, last)
            elif code == 0x43 and data[i] <= recorded.TAIL:  # SHORT_BINBYTES, too short for a model
                i += 1 + data[i]
                stack.append(DATA)
            elif code == 0x28:  # MARK
                self.below.append(stack)
                self.stack = []
            elif code == 0x74 and len(stack) <= LARGEST_TUPLE:  # TUPLE
                self.stack = self.below.pop()
                self.stack.append(tuple(stack))
            elif code == 0x4D:  # BININT2
                stack.append(data[i] | data[i + 1] << 8)
                i += 2
            elif code == 0x4A:  # BININT
                stack.append(int.from_bytes(data[i : i + 4], "little", signed=True))
                i += 4
            elif code == 0x47:  # BINFLOAT, often many in a row
                found = FLOATS.match(data, i - 1)
                if found is None:
                    raise IndexError
                stack += [DATA] * ((found.end() - i + 1) // 9)
                i = found.end()
            elif code == 0x71:  # BINPUT
                if data[i] == len(memo) and not more:
                    memo.append(stack[-1])
                else:
                    self.put(data[i], stack[-1])
                i += 1
            elif code == 0x4E:  # NONE
                stack.append(None)
            elif code in TRUTH:  # NEWTRUE, NEWFALSE
                stack.append(code == 0x88)
            else:
                window.at, self.at = i, window.base + i - 1
                handler = handlers[code]
                if handler is None:
                    raise Unreadable(f"at byte {self.at:,} it is no pickle")
                self._opcode = handler.name
                ended = handler.follow(self)
                if window.data is data and not ended:
                    counted += window.at - i  # what the handler moved over was data
                    i = window.at
                    continue
                self._count(i - counted)
                data, i = window.data, window.at
                counted, soft, tried = i, _soft(window), 0
                if ended:
                    self._end()
                    return

    def _count(self, size: int) -> None:
        self._notes.opcodes_left -= size
        if self._notes.opcodes_left < 0 or len(self.stack) + len(self.below) > DEEPEST_STACK:
            raise Unreadable("it has more opcodes than are ever looked at")

    def _end(self) -> None:
        if self.window.position < self.frame_end:
            raise Unreadable("its last frame is not finished")
        if self._pending or self._uses.pop(WRAPPER, 0):
            raise Unreadable("it uses a place-holder of joblib's in an unknown way")
        for full, uses in self._uses.items():
            if uses:
                self.at, self._opcode = self._seen[full]
                self.note(full, names.WHY_EXACT.get(full, "it is handed on, and not called"))

    def note(self, subject: str, why: str, *, allow: str | None = None) -> None:
        """Remember a danger of the current opcode."""
        place = f"{self._place}byte {self.at:,}"
        self._notes.note(place, self._opcode, subject, why, allow=allow)

    # Values

    def pop_mark(self) -> list[Any]:
        """The values since the last mark."""
        items = self.stack
        self.stack = self.below.pop()
        return items

    def put(self, index: int, value: Any) -> None:
        """Memorise a value."""
        if index < 0:
            raise Unreadable("it has a memo below zero")
        if index < len(self._memo):
            self._memo[index] = value
        elif index == len(self._memo) and index not in self._more_memo:
            self._memo.append(value)
        else:
            self._more_memo[index] = value

    def get(self, index: int) -> None:
        """Push a value that was memorised."""
        if 0 <= index < len(self._memo):
            value = self._memo[index]
        elif index in self._more_memo:
            value = self._more_memo[index]
        else:
            raise Unreadable(f"at byte {self.at:,} it refers to a value that it does not have")
        if isinstance(value, Import):
            self._use(value)
        elif isinstance(value, Placeholder) or calls.holds_rules(value):
            raise Unreadable("it uses arguments more than once that need a look at each use")
        self.stack.append(value)

    def set_items(self, items: list[Any]) -> None:
        """Keys and values that go into the dict on top."""
        target = self.stack[-1]
        if type(target) is dict and (len(target) < LARGEST_DICT or not _are_plain(items[::2])):
            for key, value in zip(items[::2], items[1::2], strict=True):
                if type(key) is str:
                    if len(target) < LARGEST_DICT or key in calls.SENSITIVE:
                        target[key] = value
                elif isinstance(key, Made | type(DATA)):  # it may be equal to any text
                    target.update(dict.fromkeys(calls.SENSITIVE, Made(None)))
        self.grown()

    def grown(self) -> None:
        """Items were put into the value on top."""
        target = self.stack[-1]
        if isinstance(target, Import):
            self.note(target.full, "it puts items into an imported object")
        elif isinstance(target, Placeholder):
            raise Unreadable("it uses a place-holder of joblib's in an unknown way")

    def keep(self, size: int) -> None:
        """Move over bytes or a text, and push a value for them; they may be a booster."""
        recorded.in_payload(self.window, size, self._notes)
        self.stack.append(DATA)

    # Imports and calls

    def push_import(self, module: object, name: object) -> None:
        """Push what a module has under a name."""
        if not isinstance(module, str) or not isinstance(name, str):
            self.note("", "it imports a name that is computed when the file is loaded")
            self.stack.append(Made(None))
            return
        if self.protocol < 3:
            if (module, name) in _compat_pickle.NAME_MAPPING:
                module, name = _compat_pickle.NAME_MAPPING[module, name]
            elif module in _compat_pickle.IMPORT_MAPPING:
                module = _compat_pickle.IMPORT_MAPPING[module]
        value = Import(module, name, own=self._policy.is_own(module, name))
        full = value.full
        self._notes.imports.add(full)
        recorded.in_import(module, self._notes)
        self._use(value)
        if full == WRAPPER:
            if not self._joblib:
                self.note(full, "it has no place in a pickle that joblib does not read")
        elif full not in CHECKED and (why := self._policy.why_not(module, name)):
            self.note(full, why, allow=self._policy.would_allow(module, name))
        self.stack.append(value)

    def push_persistent(self) -> None:
        """Push what the reader of the file knows by an id."""
        if not self._policy.torch:
            self.note("", "it refers to an object outside of the file by a persistent id")
        self.stack.append(Made(None))

    def _use(self, value: Import, change: int = 1) -> None:
        if value.has_rules:
            self._uses[value.full] = self._uses.get(value.full, 0) + change
            self._seen.setdefault(value.full, (self.at, self._opcode))

    def call(self, of: Any, args: Any) -> Any:
        """What a call gives."""
        if not isinstance(of, Import):
            if not calls.is_zone(of):
                self.note("", "it calls what another call gave")
            return Made(None)
        self._use(of, -1)
        if of.full in calls.COPYREG:
            return self._restore(of.full, args)
        if why := calls.why_not_called(of, args):
            self.note(of.full, why)
        recorded.in_call(of, args, self._notes)
        return Made(of, args)

    def _restore(self, full: str, args: Any) -> Any:
        """What copyreg's helpers make."""
        if not isinstance(args, tuple) or not args:
            self.note(full, "it is called with arguments that are computed")
            return Made(None)
        if full != "copyreg._reconstructor":
            return self.make(args[0], args[1:] if full.endswith("__newobj__") else DATA)
        base = args[1] if len(args) == 3 else None
        if not isinstance(base, Import) or base.module not in ("builtins", "collections"):
            self.note(full, "it starts another class than Python's own")
        return self.make(args[0], ())

    def make(self, kind: Any, args: Any) -> Any:
        """An instance of a class, whose `__init__` is not called."""
        if not isinstance(kind, Import):
            self.note("", "it makes an instance of what another call gave")
            return Made(None)
        self._use(kind, -1)
        if kind.full == WRAPPER:
            if self._pending or not self._joblib:
                raise Unreadable("it uses a place-holder of joblib's in an unknown way")
            self._pending = Placeholder()
            return self._pending
        if why := calls.why_not_made(kind, args):
            self.note(kind.full, why)
        return Made(kind, args)

    def build(self) -> None:
        """Give the value below the top its state."""
        state = self.stack.pop()
        target = self.stack[-1]
        if isinstance(target, Placeholder):
            self.stack[-1] = DATA
            self._pending = None
            self._read_array(state)
        elif isinstance(target, Import):
            self.note(target.full, "it changes attributes of an imported class or module")
        elif isinstance(target, Made):
            if why := calls.why_not_restored(target.of, state):
                self.note(target.of.full if target.of else "", why)
            target.state = state
            recorded.in_state(state, self._notes)

    def _read_array(self, state: Any) -> None:
        """Move over the bytes that joblib wrote after a place-holder."""
        if self.window.position < self.frame_end:
            raise Unreadable("an array begins within a frame")
        size, is_padded = arrays.stored_bytes(state)
        self.arrays += 1
        if size is None:
            Machine(self.window, self._notes, self._policy, place=self._place, joblib=False).run()
            return
        if is_padded:
            self.window.skip(self.window.take(1)[0])
        self.window.skip(size)


def _with_dots(texts: list[str]) -> list[Any]:
    """What is kept of so many texts: those that may name a module."""
    if "." not in "".join(texts):
        return [DATA] * len(texts)
    return [text if "." in text else DATA for text in texts]


def _are_plain(keys: list[Any]) -> bool:
    """Whether all keys are texts that decide nothing, as in a large vocabulary."""
    return set(map(type, keys)) == {str} and calls.SENSITIVE.isdisjoint(keys)


def _soft(window: Window) -> int:
    """Index in `data` from which on more must be read first."""
    return len(window.data) + 1 if window.ended else len(window.data) - AHEAD // 2
