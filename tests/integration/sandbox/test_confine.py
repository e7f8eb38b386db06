"""What a process gives up, and cannot have back."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mlgate.sandbox import confine
from mlgate.sandbox.isolation import all_but

TELL = """
import json, resource, subprocess, sys
status = open("/proc/self/status").read()
fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
limits = {
    name: resource.getrlimit(getattr(resource, name))
    for name in ("RLIMIT_DATA", "RLIMIT_CORE", "RLIMIT_FSIZE", "RLIMIT_NOFILE", "RLIMIT_NPROC")
}
oom = open("/proc/self/oom_score_adj").read().strip()
print(json.dumps({"limits": limits, "oom": oom, **{k: v.strip() for k, v in fields.items()}}))
"""


def told(tmp_path: Path, code: str = TELL, **rules: Any) -> Any:
    nothing: dict[str, Any] = {
        "memory": None,
        "processes": None,
        "writable": [],
        "readable": None,
        "network": True,
        "apart": False,
        "modes": True,
    }
    (tmp_path / "rules.json").write_text(json.dumps(nothing | rules))
    launcher = [sys.executable, "-I", "-B", confine.__file__, str(tmp_path / "rules.json")]
    seen = subprocess.run(
        [*launcher, sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False
    )
    assert seen.returncode == 0, seen.stderr
    return json.loads(seen.stdout)


def test_limits_hold_in_the_command(tmp_path: Path) -> None:
    limits = told(tmp_path, memory=300, processes=1000)["limits"]
    assert limits["RLIMIT_DATA"] == [300 << 20, 300 << 20]
    assert limits["RLIMIT_NPROC"] == [1000, 1000]
    assert limits["RLIMIT_CORE"] == [0, 0]
    assert 0 < limits["RLIMIT_FSIZE"][1] <= confine.LARGEST_FILE
    assert 0 < limits["RLIMIT_NOFILE"][1] <= confine.OPEN_FILES


def test_no_power_is_kept_and_none_can_be_had(tmp_path: Path) -> None:
    seen = told(tmp_path)
    assert seen["NoNewPrivs"] == "1"
    for kind in ("CapPrm", "CapEff", "CapInh", "CapAmb"):
        assert int(seen[kind], 16) & ~confine.CAP_DAC_OVERRIDE == 0


def test_the_kernel_takes_the_command_first_when_memory_runs_out(tmp_path: Path) -> None:
    assert told(tmp_path)["oom"] == "1000"


@pytest.mark.skipif(
    confine.landlock_version() < confine.OLDEST_LANDLOCK, reason="the kernel has no Landlock"
)
def test_only_what_the_rules_name_can_be_changed_or_read(tmp_path: Path) -> None:
    for name in ("mine", "yours"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    code = f"""
import json, os
def attempt(action, *arguments):
    try:
        action(*arguments)
    except OSError as error:
        return type(error).__name__
    return "done"
os.chdir({str(tmp_path)!r})
print(json.dumps({{
    name: [
        attempt(open, name + "/file"),
        attempt(os.truncate, name + "/file", 1),
        attempt(os.mkdir, name + "/folder"),
        attempt(os.rename, name + "/file", name + "/folder/file"),
    ] for name in ("mine", "yours")
}}))
"""
    readable = list(map(str, all_but(tmp_path)))
    seen = told(tmp_path, code, writable=[str(tmp_path / "mine")], readable=readable)
    assert seen["mine"] == ["done"] * 4
    read, truncated, made, _ = seen["yours"]
    assert read == made == "PermissionError"
    assert truncated == ("PermissionError" if confine.landlock_version() >= 3 else "done")
    assert (tmp_path / "yours" / "file").exists()


def test_a_rule_that_cannot_be_set_ends_the_process(tmp_path: Path) -> None:
    (tmp_path / "rules.json").write_text("{}")
    seen = subprocess.run(
        [sys.executable, confine.__file__, str(tmp_path / "rules.json"), "echo", "ran"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert seen.returncode != 0
    assert "ran" not in seen.stdout


SOCKETS = """
import json, socket
def attempt(*arguments):
    try:
        socket.socket(*arguments).close()
    except OSError as error:
        return type(error).__name__
    return "done"
families = {"inet": socket.AF_INET, "inet6": socket.AF_INET6, "packet": socket.AF_PACKET}
seen = {name: attempt(family, socket.SOCK_STREAM) for name, family in families.items()}
seen["unix"] = attempt(socket.AF_UNIX, socket.SOCK_STREAM)
seen["netlink"] = attempt(socket.AF_NETLINK, socket.SOCK_RAW)
left, right = socket.socketpair()
left.send(b"x")
seen["pair"] = right.recv(1).decode()
import multiprocessing
context = multiprocessing.get_context("fork")
ours, theirs = context.Pipe()
child = context.Process(target=lambda: theirs.send(attempt(socket.AF_INET, socket.SOCK_STREAM)))
child.start()
seen["child"] = ours.recv()
child.join()
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
seen["io_uring"] = libc.syscall(425, 1, ctypes.create_string_buffer(120))
print(json.dumps(seen))
"""


@pytest.mark.skipif(
    not confine.calls_can_be_filtered(), reason="the kernel filters no system calls"
)
def test_a_command_without_network_opens_no_socket_that_leaves_the_machine(tmp_path: Path) -> None:
    seen = told(tmp_path, SOCKETS, network=False)
    for family in ("inet", "inet6", "packet", "child"):
        assert seen[family] == "PermissionError"
    assert seen["io_uring"] == -1
    assert (seen["unix"], seen["netlink"], seen["pair"]) == ("done", "done", "x")


def test_a_command_with_network_opens_sockets(tmp_path: Path) -> None:
    assert told(tmp_path, SOCKETS)["inet"] == "done"


@pytest.mark.skipif(
    not confine.calls_can_be_filtered(), reason="the kernel filters no system calls"
)
def test_the_filter_cannot_be_taken_off_again(tmp_path: Path) -> None:
    code = """
import ctypes, json
libc = ctypes.CDLL(None, use_errno=True)
print(json.dumps([libc.prctl(21, 0, 0, 0, 0), libc.prctl(22, 0, 0, 0, 0)]))
"""
    assert told(tmp_path, code, network=False) == [2, -1]


FILTERED = """
import ctypes, json, os, socket, subprocess, sys
libc = ctypes.CDLL(None, use_errno=True)
def attempt(action, *arguments):
    try:
        return action(*arguments)
    except OSError as error:
        return type(error).__name__
def session(**more):
    code = "import os, sys; sys.stdout.write(str(os.getpgrp()))"
    command = [sys.executable, "-c", code]
    return int(subprocess.run(command, capture_output=True, check=True, **more).stdout)
listening = socket.socket(socket.AF_UNIX)
listening.bind(sys.argv[-1] + "/socket")
listening.listen()
def connect():
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(sys.argv[-1] + "/socket")
        return "connected"
with open(sys.argv[-1] + "/file", "w") as file:
    os.fchmod(file.fileno(), 0o600)
os.chmod(sys.argv[-1] + "/file", 0o600)
print(json.dumps({
    "own": os.getpgrp(),
    "child": session(),
    "child of a new session": session(start_new_session=True),
    "child of a new group": session(process_group=0),
    "ptrace": libc.ptrace(0x4206, os.getppid(), None, None),
    "pidfd": attempt(os.pidfd_open, os.getpid()) if hasattr(os, "pidfd_open") else None,
    "connect": attempt(connect),
    "mode": os.stat(sys.argv[-1] + "/file").st_mode & 0o777,
}))
"""


@pytest.mark.skipif(
    not confine.calls_can_be_filtered(), reason="the kernel filters no system calls"
)
def test_what_is_kept_apart_stays_in_its_group_and_looks_into_nobody(tmp_path: Path) -> None:
    code = FILTERED.replace("sys.argv[-1]", repr(str(tmp_path)))
    seen = told(tmp_path, code, apart=True, writable=[str(tmp_path)])
    assert seen["own"] == seen["child"]
    assert seen["own"] == seen["child of a new session"] == seen["child of a new group"]
    assert seen["ptrace"] == -1
    assert seen["pidfd"] == "PermissionError"
    assert (seen["connect"], seen["mode"]) == ("connected", 0o600)


@pytest.mark.skipif(
    not confine.calls_can_be_filtered(), reason="the kernel filters no system calls"
)
def test_each_rule_of_the_filter_stands_alone(tmp_path: Path) -> None:
    code = FILTERED.replace("sys.argv[-1]", repr(str(tmp_path)))
    seen = told(tmp_path, code, network=False, writable=[str(tmp_path)])
    assert seen["connect"] == "PermissionError"
    assert seen["own"] == seen["child"] != seen["child of a new session"]
    assert seen["mode"] == 0o600
    (tmp_path / "socket").unlink()
    (tmp_path / "file").unlink()
    seen = told(tmp_path, code, modes=False, writable=[str(tmp_path)])
    assert (seen["connect"], seen["mode"]) == ("connected", 0o644)


@pytest.mark.parametrize("machine", confine.MACHINES)
def test_every_call_has_a_number_or_none_on_each_machine(
    machine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.machine", lambda: machine)
    names = [*confine.LEAVING, *confine.LOOKING_INTO_OTHERS, *confine.MODES, "socket", "connect"]
    numbers = {name: confine._number(name) for name in names}
    assert [name for name, number in numbers.items() if number is None] in ([], ["chmod"])
    assert len({*numbers.values()}) == len(names)
