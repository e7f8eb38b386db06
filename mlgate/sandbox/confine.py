"""Gives up rights, then becomes the command that it is given.

Run as `python -I -B confine.py RULES COMMAND…` by the interpreter of the untrusted process, and so
in need of the standard library only. What is given up here cannot be had back by the command or by
anything that it starts. RULES is a JSON file with the fields of `Rules`. A step that fails ends the
process: nothing untrusted runs with rights that it was to lose. The one exception is Landlock,
which some kernels lack; `landlock_version` tells beforehand.

Sources: prctl(2), seccomp(2), capabilities(7), getrlimit(2), landlock(7),
proc_pid_oom_score_adj(5).
"""

import contextlib
import ctypes
import errno
import json
import os
import platform
import resource
import struct
import sys
from pathlib import Path
from typing import TypedDict

PR_GET_SECCOMP, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 21, 22, 38

SECCOMP_MODE_FILTER = 2
LOAD, JUMP_IF_EQUAL, JUMP_IF_AT_LEAST, ANSWER = 0x20, 0x15, 0x35, 0x06
"""Instructions of a filter: BPF_LD|BPF_W|BPF_ABS, BPF_JMP|BPF_JEQ|BPF_K, BPF_JMP|BPF_JGE|BPF_K,
BPF_RET|BPF_K."""
NUMBER, MACHINE, FIRST_ARGUMENT = 0, 4, 16
"""Offsets in `struct seccomp_data`; both machines below are little-endian."""
ALLOWED, REFUSED = 0x7FFF0000, 0x00050000 | errno.EACCES
SOCKET = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
"""By machine: its number, and that of socket(2)."""
IO_URING_SETUP = 425
OTHER_NUMBERING = 0x40000000
"""From here on x86_64 numbers system calls once more, for 32-bit pointers."""
AF_UNIX, AF_NETLINK = 1, 16
"""Families of sockets that stay on the machine; getifaddrs(3) and others ask the kernel by one."""

LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446
OLDEST_LANDLOCK = 2
"""Version 1 forbids every rename between folders."""
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = (1 << bit for bit in range(4))
CHANGE_FOLDER = sum(1 << bit for bit in range(4, 13))
"""To remove entries from a folder, and to make any kind of entry."""
RENAME_BETWEEN_FOLDERS = 1 << 13
TRUNCATE = 1 << 14
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE
"""Rights that a rule on a single file may hold."""
SCOPE_ABSTRACT_SOCKETS, SCOPE_SIGNALS = 1, 2

CAPABILITY_VERSION = 0x20080522
CAP_DAC_OVERRIDE = 1 << 1
"""To read what belongs to other users: root keeps it, for a work tree is seldom root's own."""

MIB = 1 << 20
LARGEST_FILE = 4096 * MIB
OPEN_FILES = 4096

LIBC = ctypes.CDLL(None, use_errno=True)


class Rules(TypedDict):
    """What the command may use."""

    memory: int | None
    """MiB of memory of its own that each process may have."""
    processes: int | None
    """Processes and threads that its user may have."""
    writable: list[str]
    """Folders that it may change."""
    readable: list[str] | None
    """Files and folders that it may read; None for all."""
    network: bool
    """Whether it may reach the network; where it may not, `network_can_be_cut` must hold."""


def confine(rules: Rules) -> None:
    """Give up everything that the rules do not grant."""
    limit_resources(rules["memory"], rules["processes"])
    if sys.platform != "linux":
        return  # what follows is Linux's; how far that goes, `isolation` says
    volunteer_for_out_of_memory()
    _call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)  # takes the power of sudo
    if landlock_version() >= OLDEST_LANDLOCK:
        restrict_files(rules["writable"], rules["readable"])
    drop_capabilities()
    if not rules["network"]:
        cut_network()


def limit_resources(memory: int | None, processes: int | None) -> None:
    """Set limits that hold for this process and each of its children.

    Memory is limited by RLIMIT_DATA: it counts private writable memory, which is what arrays and
    heaps are made of. RLIMIT_AS counts address space as well, and thread stacks, allocator arenas,
    mapped files and CUDA reserve many times what they use: a limit with room for that would limit
    nothing.
    """
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, LARGEST_FILE)
    _limit(resource.RLIMIT_NOFILE, OPEN_FILES)
    if memory is not None:
        _limit(resource.RLIMIT_DATA, memory * MIB)
    if processes is not None:
        _limit(resource.RLIMIT_NPROC, processes)


def volunteer_for_out_of_memory() -> None:
    """Be the first that the kernel kills when memory runs out: mlgate must live to tell of it."""
    with contextlib.suppress(OSError):  # no /proc, or one that is read-only
        Path("/proc/self/oom_score_adj").write_text("1000")


def landlock_version() -> int:
    """Version of Landlock; 0 where the kernel has none, or the container forbids it."""
    if sys.platform != "linux":
        return 0
    version: int = LIBC.syscall(LANDLOCK_CREATE_RULESET, None, 0, 1)
    return max(0, version)


def restrict_files(writable: list[str], readable: list[str] | None) -> None:
    """Allow changes below some folders only, and reading of some files only.

    Once it is inside a Landlock domain, a process can neither trace processes outside of it nor
    read their `/proc/<pid>/environ` and memory, even with the same user, and (version 6) not send
    them signals.
    """
    version = landlock_version()
    change = WRITE_FILE | CHANGE_FOLDER | RENAME_BETWEEN_FOLDERS
    if version >= 3:
        change |= TRUNCATE
    handled = change if readable is None else change | READ_FILE
    attributes = [handled]
    if version >= 6:
        attributes += [0, SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS]
    packed = struct.pack(f"={len(attributes)}Q", *attributes)
    ruleset = _call("syscall", LANDLOCK_CREATE_RULESET, packed, len(packed), 0)
    for path in writable:
        _allow(ruleset, path, handled)
    for path in readable or ():
        _allow(ruleset, path, READ_FILE)
    _call("syscall", LANDLOCK_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def network_can_be_cut() -> bool:
    """Whether the kernel filters system calls, and this machine's numbers of them are known."""
    known = sys.platform == "linux" and platform.machine() in SOCKET
    return known and LIBC.prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0


def cut_network() -> None:
    """Refuse every socket that leaves the process's machine, loopback included.

    A namespace would need a right that containers do not give. io_uring is refused because it makes
    sockets without socket(2), and so are the other numberings of system calls that one kernel has.
    """
    machine, socket = SOCKET[platform.machine()]
    steps = [
        (LOAD, 0, 0, MACHINE),
        (JUMP_IF_EQUAL, 0, 7, machine),
        (LOAD, 0, 0, NUMBER),
        (JUMP_IF_AT_LEAST, 5, 0, OTHER_NUMBERING),
        (JUMP_IF_EQUAL, 4, 0, IO_URING_SETUP),
        (JUMP_IF_EQUAL, 0, 4, socket),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (JUMP_IF_EQUAL, 2, 0, AF_UNIX),
        (JUMP_IF_EQUAL, 1, 0, AF_NETLINK),
        (ANSWER, 0, 0, REFUSED),
        (ANSWER, 0, 0, ALLOWED),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    program = struct.pack("@HP", len(steps), ctypes.addressof(code))
    _call("prctl", PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0)


def capabilities() -> int:
    """The first 32 of root's powers that this process has, one bit each."""
    data = ctypes.create_string_buffer(struct.calcsize("=6I"))
    _call("capget", _capability_header(), data)
    effective, *_ = struct.unpack("=6I", data.raw)
    return int(effective)


def drop_capabilities() -> None:
    """Keep none of root's powers but to read any file; nothing happens for other users."""
    kept = capabilities() & CAP_DAC_OVERRIDE
    _call("capset", _capability_header(), struct.pack("=6I", kept, kept, 0, 0, 0, 0))


def _capability_header() -> "ctypes.Array[ctypes.c_char]":
    return ctypes.create_string_buffer(struct.pack("=Ii", CAPABILITY_VERSION, 0))


def _limit(which: int, most: int) -> None:
    _, hard = resource.getrlimit(which)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(which, (most, most))


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # gone, or out of reach: what cannot be opened needs no rule
        return
    if not Path(path).is_dir():
        rights &= OF_FILES
    _call("syscall", LANDLOCK_ADD_RULE, ruleset, 1, struct.pack("=Qi", rights, opened), 0)
    os.close(opened)


def _call(name: str, *arguments: object) -> int:
    result: int = getattr(LIBC, name)(*arguments)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


if __name__ == "__main__":
    confine(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606  # the command is mlgate's own
