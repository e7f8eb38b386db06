"""Frames to and from a worker, over two pipes, with a deadline.

A frame is a prefix (length of the header, length of the body), a JSON header and a body of raw
bytes. Everything that arrives was written by a stranger: lengths are bounded before memory is
taken, and nothing of it is trusted here.
"""

import contextlib
import fcntl
import json
import os
import selectors
import struct
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlgate.sandbox.ending import TICK, Output

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

PREFIX = struct.Struct("!IQ")
LARGEST_HEADER = 8 << 20
PIPE_SIZE = 1 << 20


class TookTooLong(Exception):
    """The deadline passed before the answer was complete."""


class Ended(Exception):
    """The process is no more."""


class Garbled(Exception):
    """What arrived is no answer; the message completes the sentence "it …"."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A frame from the worker."""

    header: dict[str, Any]
    body: "npt.NDArray[np.uint8]"


class Channel:
    """The parent's ends of a worker's pipes."""

    def __init__(self) -> None:
        self._their_requests, self._requests = os.pipe()
        self._answers, self._their_answers = os.pipe()
        for ours in (self._requests, self._answers):
            os.set_blocking(ours, False)
            with contextlib.suppress(OSError):  # the user's share of pipe memory may be spent
                fcntl.fcntl(ours, fcntl.F_SETPIPE_SZ, PIPE_SIZE)
        self._asked = 0

    @property
    def theirs(self) -> tuple[int, int]:
        """The worker's ends: it reads requests from the first, and writes answers to the second."""
        return self._their_requests, self._their_answers

    def close_theirs(self) -> None:
        """Close the worker's ends here, once it has inherited them."""
        os.close(self._their_requests)
        os.close(self._their_answers)

    def close(self) -> None:
        """Close our ends: an idle worker leaves by itself."""
        os.close(self._requests)
        os.close(self._answers)

    def ask(
        self,
        process: subprocess.Popen[bytes],
        output: Output,
        header: dict[str, Any],
        body: Sequence[memoryview] = (),
        *,
        largest: int,
        seconds: float,
    ) -> Answer:
        """Send a request and wait for its answer, reading what the process prints meanwhile.

        Args:
            process: The worker.
            output: What it prints.
            header: The request.
            body: Bytes that go with it.
            largest: Bytes that the answer's body may have.
            seconds: Time for all of it.

        Raises:
            TookTooLong: No answer in time.
            Ended: The worker ended before it answered.
            Garbled: It did not answer in frames.
        """
        self._asked += 1
        text = json.dumps(header | {"id": self._asked}).encode()
        prefix = PREFIX.pack(len(text), sum(part.nbytes for part in body))
        sending = [memoryview(prefix), memoryview(text), *(part.cast("B") for part in body)]
        arriving = _Arriving(largest)
        deadline = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self._requests, selectors.EVENT_WRITE)
            selector.register(self._answers, selectors.EVENT_READ)
            if output.open:
                selector.register(output, selectors.EVENT_READ)
            while not arriving.complete:
                ended = process.poll() is not None
                left = deadline - time.monotonic()
                ready = {key.fd for key, _ in selector.select(max(0.0, min(TICK, left)))}
                if output.fileno() in ready:
                    output.read()
                    if not output.open:
                        selector.unregister(output)
                if self._requests in ready and not _send(self._requests, sending):
                    selector.unregister(self._requests)
                if self._answers in ready and not arriving.read(self._answers):
                    raise _hung_up(process)
                if ended and self._answers not in ready:
                    raise Ended
                if left <= 0:
                    raise TookTooLong
        if sending:
            raise Garbled("answered before it had read the question")
        return arriving.answer(self._asked)


class _Arriving:
    """A frame that arrives piece by piece."""

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._parts: list[npt.NDArray[np.uint8]] = [_empty(PREFIX.size)]
        self._missing = self._parts[0].data
        self.complete = False

    def read(self, pipe: int) -> bool:
        """Take what is there. False when the other end is closed."""
        with contextlib.suppress(BlockingIOError):
            count = os.readv(pipe, [self._missing])
            if count == 0:
                return False
            self._missing = self._missing[count:]
            self._go_on()
        return True

    def answer(self, number: int) -> Answer:
        """The complete frame."""
        _, text, body = self._parts
        try:
            header = json.loads(text.tobytes())
        except (ValueError, RecursionError) as error:
            raise Garbled("answered with something that is no JSON") from error
        if not isinstance(header, dict) or header.get("id") != number:
            raise Garbled("answered another question than was asked")
        return Answer(header=header, body=body)

    def _go_on(self) -> None:
        while not self.complete and not self._missing:
            if len(self._parts) == 3:  # prefix, header, body
                self.complete = True
                return
            lengths = PREFIX.unpack(self._parts[0].tobytes())
            for length, most in zip(lengths, (LARGEST_HEADER, self._largest), strict=True):
                if length > most:
                    raise Garbled(f"announced an answer of {length:,} bytes; {most:,} are allowed")
            self._parts.append(_empty(lengths[len(self._parts) - 1]))
            self._missing = self._parts[-1].data


def _empty(size: int) -> "npt.NDArray[np.uint8]":
    import numpy as np

    return np.empty(size, dtype=np.uint8)  # unlike bytearray, takes memory only as it is filled


def _send(pipe: int, sending: list[memoryview]) -> bool:
    """Send what the pipe takes. False when all is sent, or nobody reads."""
    try:
        count = os.writev(pipe, sending[:16])
    except BlockingIOError:
        return True
    except BrokenPipeError:  # its end, or its answer, tells more
        return False
    while sending and count >= len(sending[0]):
        count -= len(sending.pop(0))
    if sending:
        sending[0] = sending[0][count:]
    return bool(sending)


def _hung_up(process: subprocess.Popen[bytes]) -> Exception:
    """Why the pipe of answers is closed: mostly because the process is about to end."""
    try:
        process.wait(timeout=2)
    except subprocess.TimeoutExpired:
        return Garbled("closed its connection to mlgate, and runs on")
    return Ended()
