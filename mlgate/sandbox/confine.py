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
ALLOWED, REFUSED, IGNORED = 0x7FFF0000, 0x00050000 | errno.EACCES, 0x00050000
"""What a filter answers. An ignored call does nothing, and its caller is told that it worked."""
OTHER_NUMBERING = 0x40000000
"""From here on x86_64 numbers system calls once more, for 32-bit pointers."""
MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""Machines that a filter can be written for, and their numbers."""
CALLS = {
    "socket": (41, 198),
    "connect": (42, 203),
    "setsid": (112, 157),
    "setpgid": (109, 154),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "pidfd_send_signal": (424, 424),
    "io_uring_setup": (425, 425),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "fchmodat2": (452, 452),
}
"""Numbers of system calls on the machines above, in their order."""
LEAVING = ("setsid", "setpgid")
MODES = ("chmod", "fchmod", "fchmodat", "fchmodat2")
LOOKING_INTO_OTHERS = (
    *("ptrace", "process_vm_readv", "process_vm_writev", "pidfd_open", "pidfd_getfd"),
    *("pidfd_send_signal", "add_key", "request_key", "keyctl"),
)
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
    """Whether it may reach the network, and services of this machine."""
    apart: bool
    """Whether it is kept in its process group, where one signal ends all of it, and from looking
    into other processes and the user's keys."""
    modes: bool
    """Whether it may change the modes of files. Landlock has no rule for that."""


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
    if calls_can_be_filtered():
        filter_calls(rules)


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


def calls_can_be_filtered() -> bool:
    """Whether the kernel filters system calls, and this machine's numbers of them are known."""
    known = sys.platform == "linux" and platform.machine() in MACHINES
    return known and LIBC.prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0


def filter_calls(rules: Rules) -> None:
    """Refuse, or ignore, the system calls that the rules do not grant.

    Without a network it makes no socket that leaves the process's machine, loopback included, and
    connects to no service of the machine either: the Docker daemon's socket or the user's session
    bus would start programs outside for it. A namespace would need a right that containers do not
    give, and would leave the sockets that are files.

    Sessions and process groups are not refused but ignored: programs begin one as a habit.
    """
    refused: list[str] = []
    ignored: list[str] = []
    if not rules["network"]:
        refused += ["connect", "io_uring_setup"]  # io_uring makes sockets without socket(2)
    if rules["apart"]:
        refused += LOOKING_INTO_OTHERS
        ignored += LEAVING
    if not rules["modes"]:
        ignored += MODES
    steps = [
        (LOAD, 0, 0, MACHINE),
        *_unless(MACHINES[platform.machine()], REFUSED),  # other numberings of the same kernel
        (LOAD, 0, 0, NUMBER),
        (JUMP_IF_AT_LEAST, 0, 1, OTHER_NUMBERING),
        (ANSWER, 0, 0, REFUSED),
    ]
    for names, answer in ((refused, REFUSED), (ignored, IGNORED)):
        for number in filter(None, map(_number, names)):
            steps += [(JUMP_IF_EQUAL, 0, 1, number), (ANSWER, 0, 0, answer)]
    if not rules["network"]:
        steps += [
            (JUMP_IF_EQUAL, 0, 4, _number("socket") or 0),
            (LOAD, 0, 0, FIRST_ARGUMENT),
            (JUMP_IF_EQUAL, 2, 0, AF_UNIX),
            (JUMP_IF_EQUAL, 1, 0, AF_NETLINK),
            (ANSWER, 0, 0, REFUSED),
        ]
    steps.append((ANSWER, 0, 0, ALLOWED))
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    program = struct.pack("@HP", len(steps), ctypes.addressof(code))
    _call("prctl", PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0)


def _unless(value: int, answer: int) -> list[tuple[int, int, int, int]]:
    return [(JUMP_IF_EQUAL, 1, 0, value), (ANSWER, 0, 0, answer)]


def _number(call: str) -> int | None:
    """A system call's number on this machine; None where it has no such call."""
    return dict(zip(MACHINES, CALLS[call], strict=True))[platform.machine()]


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
