"""A program that starts another one as on a kernel without Landlock."""

import json
import struct
from typing import Final

from mlgate.sandbox import confine

_STEPS = [
    (confine.LOAD, 0, 0, confine.NUMBER),
    (confine.JUMP_IF_EQUAL, 0, 1, confine.LANDLOCK_CREATE_RULESET),
    (confine.ANSWER, 0, 0, 0x00050000 | 38),  # no such system call
    (confine.ANSWER, 0, 0, confine.ALLOWED),
]
_CODE = b"".join(struct.pack("=HBBI", *step) for step in _STEPS)

WITHOUT_LANDLOCK: Final = f"""
import ctypes, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
code = ctypes.create_string_buffer(bytes({json.dumps(list(_CODE))}))
program = struct.pack("@HP", {len(_STEPS)}, ctypes.addressof(code))
assert libc.prctl({confine.PR_SET_NO_NEW_PRIVS}, 1, 0, 0, 0) == 0
assert libc.prctl({confine.PR_SET_SECCOMP}, {confine.SECCOMP_MODE_FILTER}, program, 0, 0) == 0
os.execvp(sys.argv[1], sys.argv[1:])
"""
"""To be run with `python -c`, with a command as its arguments."""
