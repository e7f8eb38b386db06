"""Models that attack the machine and the run, as one file of a stranger's repository.

The attacks know more than a stranger would: `targets.json` beside this file names every secret,
file and service that they may go for. An attack that gets anywhere raises `BrokeOut` with what it
got; one that is kept from all of it answers like a sound model.
"""

# Attackers go the shortest way to a system call.
# ruff: noqa: PTH100, PTH101, PTH102, PTH112, PTH113, PTH115, PTH116, PTH118, PTH120, PTH123, PTH207, PTH208, SIM115, TRY002

import contextlib
import ctypes
import glob
import json
import mmap
import os
import pathlib
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import Any

import numpy as np

TARGETS = json.loads(pathlib.Path(__file__).with_name("targets.json").read_text())
SECRET = TARGETS["terces"][::-1]
LIBC = ctypes.CDLL(None, use_errno=True)


class BrokeOut(Exception):
    """An attack got somewhere."""


class Sound:
    """What every attack here pretends to be."""

    classes_: Any = ("no", "yes")
    feature_names_in_ = ("x", "z")

    def predict(self, rows):
        self.attack(rows)
        return np.where(rows["x"] > 0, "yes", "no")

    def predict_proba(self, rows):
        self.attack(rows)
        second = np.where(rows["x"] > 0, 0.9, 0.1)
        return np.column_stack([1 - second, second])

    def attack(self, rows):
        pass


def must_fail(what, *tries):
    """Raise if one of some actions succeeds: if it neither raises nor gives False or None."""
    got = []
    for action in tries:
        with contextlib.suppress(OSError, ProcessLookupError):
            if seen := action():
                got.append(str(seen))
    if got:
        raise BrokeOut(f"{what}: {got[:5]} of {len(tries)}")


def doing(action, *arguments):
    """An attempt at something that returns nothing."""

    def attempt():
        action(*arguments)
        return f"{action.__name__}{arguments}"

    return attempt


def read(path):
    """Whether a file holds the secret; what is read goes to the output, too, for the report."""
    content = pathlib.Path(path).read_bytes()
    if SECRET.encode() in content:
        print(content.decode(errors="replace"))
        return path
    return None


def write(path):
    pathlib.Path(path).open("a").close()
    with pathlib.Path(path).open("r+b") as file:
        file.write(b"written by a model")
    return path


def system_call(number, *arguments):
    result = LIBC.syscall(number, *map(ctypes.c_long, arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return f"system call {number}: {result}"


def processes():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


# What it can read


class ReadsTheEnvironment(Sound):
    def attack(self, rows):
        everything = repr(dict(os.environ)) + pathlib.Path("/proc/self/cmdline").read_text()
        print(everything)
        names = [n for n in os.environ if n.startswith(("GITHUB_", "INPUT_", "ACTIONS_", "AWS_"))]
        if SECRET in everything or names:
            raise BrokeOut(f"the environment holds {names}")


class ReadsTheTokenByName(Sound):
    def attack(self, rows):
        names = ("GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN", "INPUT_GITHUB-TOKEN", "AWS_SECRET_KEY")
        must_fail("tokens", *(lambda name=name: os.environ.get(name) for name in names))


class ReadsTheParentsEnvironment(Sound):
    def attack(self, rows):
        parent = f"/proc/{os.getppid()}"
        must_fail(
            "its parent",
            lambda: read(f"{parent}/environ"),
            lambda: len(pathlib.Path(f"{parent}/environ").read_bytes()),
            lambda: open(f"{parent}/mem", "rb"),
            lambda: os.readlink(f"{parent}/fd/0"),
            lambda: os.listdir(f"{parent}/cwd"),
            lambda: os.readlink(f"{parent}/exe"),
        )


class ReadsEveryEnvironment(Sound):
    def attack(self, rows):
        others = [pid for pid in processes() if pid != os.getpid()]
        must_fail(
            f"{len(others)} processes",
            *(lambda pid=pid: read(f"/proc/{pid}/environ") for pid in others),
            *(lambda pid=pid: read(f"/proc/{pid}/cmdline") for pid in others),
        )


class ReadsTheCheckoutsToken(Sound):
    def attack(self, rows):
        files = [*glob.glob(".git/**", recursive=True), ".git/config", ".git/HEAD"]
        must_fail("git", *(lambda path=path: open(path) for path in files if os.path.isfile(path)),
                  lambda: read(".git/config"))  # fmt: skip


class ReadsHome(Sound):
    def attack(self, rows):
        must_fail("home", *(lambda path=path: read(path) for path in TARGETS["secret_files"]))


class ReadsThroughLinks(Sound):
    """Neither a link nor another name of the same file leads around."""

    def attack(self, rows):
        def follow(path, number):
            link = pathlib.Path.home() / f"link-{number}"
            link.symlink_to(path)
            return read(link)

        def rename(path, number):
            other = pathlib.Path.home() / f"name-{number}"
            os.link(path, other)
            return read(other)

        secret = [os.path.abspath(".git/config"), *TARGETS["secret_files"]]
        must_fail(
            "links",
            *(lambda p=p, n=n: follow(p, n) for n, p in enumerate(secret)),
            *(lambda p=p, n=n: rename(p, n) for n, p in enumerate(secret)),
            *(lambda p=p: read(f"/proc/self/root{p}") for p in secret),
        )


class ReadsDevices(Sound):
    def attack(self, rows):
        devices = [*glob.glob("/dev/vd*"), *glob.glob("/dev/sd*"), *glob.glob("/dev/nvme*"),
                   *glob.glob("/dev/loop*"), *glob.glob("/dev/pts/[0-9]*"), "/dev/mem", "/dev/kmsg",
                   "/dev/tty", "/dev/ptmx"]  # fmt: skip
        must_fail(
            "devices",
            *(lambda d=d: os.open(d, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK) for d in devices),
            *(lambda d=d: os.open(d, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK) for d in devices),
        )


# What it can change


class WritesCommandFiles(Sound):
    def attack(self, rows):
        must_fail("commands", *(lambda path=path: write(path) for path in TARGETS["command_files"]))


class WritesTheResult(Sound):
    def attack(self, rows):
        files = [os.path.join(TARGETS["reports"], name) for name in ("result.json", "report.md")]
        must_fail("results", *(lambda path=path: write(path) for path in files),
                  doing(os.mkdir, os.path.join(TARGETS["reports"], "new")))  # fmt: skip


class WritesTheWorkTree(Sound):
    def attack(self, rows):
        files = ["mlgate.yml", "test.csv", "hostile.py", "models/sound.joblib", "sitecustomize.py",
                 "numpy.py", ".git/hooks/post-checkout"]  # fmt: skip
        must_fail(
            "the work tree",
            *(lambda path=path: write(path) for path in files),
            *(doing(os.truncate, path, 0) for path in files),
            *(doing(os.unlink, path) for path in files),
            doing(os.rename, "test.csv", "other.csv"),
            doing(os.link, "test.csv", "other.csv"),
        )


class TakesPermissionsAway(Sound):
    """A file that cannot be read any more breaks every later check."""

    def attack(self, rows):
        for path in ("test.csv", "mlgate.yml", ".", *TARGETS["secret_files"]):
            with contextlib.suppress(OSError):
                before = os.stat(path).st_mode
                os.chmod(path, 0)
                descriptor = os.open(path, os.O_RDONLY)
                os.fchmod(descriptor, 0)
                if os.stat(path).st_mode != before:
                    raise BrokeOut(f"{path} has lost its permissions")


class WritesToOtherModels(Sound):
    def attack(self, rows):
        own = os.environ["TMPDIR"]
        top = os.path.dirname(os.path.dirname(os.path.dirname(own)))
        others = [path for path in glob.glob(f"{top}/mlgate-*/**", recursive=True)
                  if not path.startswith(os.path.dirname(own))]  # fmt: skip
        files = [path for path in others if os.path.isfile(path)]
        folders = [path for path in others if os.path.isdir(path)]
        must_fail(
            f"{len(others)} files of others",
            *(lambda path=path: write(path) for path in files),
            *(lambda path=path: write(os.path.join(path, "planted")) for path in folders),
            *(doing(os.rename, path, path + "-") for path in folders),
        )


class WritesToItsInterpreter(Sound):
    def attack(self, rows):
        files = [os.path.join(os.path.dirname(np.__file__), "planted.py"), np.__file__,
                 os.path.join(sys.prefix, "planted.pth"), sys.argv[0]]  # fmt: skip
        must_fail("the interpreter", *(lambda path=path: write(path) for path in files))


# Whom it can reach


class ConnectsByTcp(Sound):
    def attack(self, rows):
        host, port = TARGETS["tcp"]
        must_fail(
            "TCP",
            lambda: socket.create_connection((host, port), timeout=2),
            lambda: socket.create_connection(("::1", port), timeout=2),
            lambda: socket.create_server(("127.0.0.1", 0)),
        )


class AsksADnsServer(Sound):
    """The way out that firewalls forget."""

    def attack(self, rows):
        def ask(family, kind, protocol=0):
            sock = socket.socket(family, kind, protocol)
            return sock.sendto(b"secret.example.org", tuple(TARGETS["udp"]))

        must_fail(
            "UDP",
            lambda: ask(socket.AF_INET, socket.SOCK_DGRAM),
            lambda: ask(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP),
            lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW),
            lambda: socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM),
            lambda: socket.socket(38, socket.SOCK_SEQPACKET),  # the kernel's cryptography
        )
        with contextlib.suppress(OSError):
            socket.getaddrinfo("secret.example.org", 80)


class AsksTheDockerSocket(Sound):
    """Whoever may talk to it, or to the user's session bus, is outside at once."""

    def attack(self, rows):
        def connect(address):
            sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            sock.settimeout(2)
            sock.connect(address)
            sock.sendall(b"GET /info HTTP/1.0\r\n\r\n")
            return address

        must_fail("Unix sockets", *(lambda a=a: connect(a) for a in TARGETS["unix_sockets"]))


class MakesSocketsWithoutTheCall(Sound):
    """io_uring, and the other numberings of system calls."""

    def attack(self, rows):
        parameters = ctypes.create_string_buffer(120)
        must_fail(
            "other ways to a socket",
            lambda: system_call(425, 1, ctypes.addressof(parameters)),
            lambda: system_call(0x40000000 + 41, 2, 1, 0),
        )


def look_into(others):
    """Attempts at the memory and the files of other processes."""
    content = ctypes.create_string_buffer(64)
    ours = (ctypes.c_size_t * 2)(ctypes.addressof(content), 64)
    theirs = (ctypes.c_size_t * 2)(id(None), 64)

    def copy(pid):
        if LIBC.process_vm_readv(pid, ours, 1, theirs, 1, 0) < 0:
            bad_address = 14  # it is asked for only where the process may be read
            return ctypes.get_errno() == bad_address and f"the memory of {pid}"
        return f"the memory of {pid}"

    def attach(pid):
        seize, detach = 0x4206, 17
        if LIBC.ptrace(seize, pid, None, None) < 0:
            return None
        LIBC.ptrace(detach, pid, None, None)
        return f"{pid} is traced"

    def take(pid):
        descriptor = LIBC.syscall(438, os.pidfd_open(pid), 1, 0)  # pidfd_getfd(2)
        return descriptor >= 0 and f"a file of {pid}"

    must_fail(
        f"{len(others)} processes",
        *(lambda pid=pid: copy(pid) for pid in others),
        *(lambda pid=pid: attach(pid) for pid in others),
        *(lambda pid=pid: take(pid) for pid in others),
        *(lambda pid=pid: open(f"/proc/{pid}/mem", "rb") for pid in others),
        *(lambda pid=pid: read(f"/proc/{pid}/environ") for pid in others),
        *(lambda pid=pid: os.readlink(f"/proc/{pid}/fd/0") for pid in others),
        *(lambda pid=pid: os.listdir(f"/proc/{pid}/map_files") for pid in others),
    )


class LooksIntoProcesses(Sound):
    def attack(self, rows):
        look_into([pid for pid in processes() if pid > 1 and pid != os.getpid()][-200:])


class LooksIntoOtherModels(Sound):
    """Those that it is compared with run as the same user."""

    def attack(self, rows):
        def is_model(pid):
            with contextlib.suppress(OSError):
                return b"scripts/worker.py" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
            return False

        others = [pid for pid in processes() if pid != os.getpid() and is_model(pid)]
        if not others:
            raise BrokeOut("there is nobody to look into")
        look_into([*others, os.getppid()])


class KillsAllItCan(Sound):
    """Everything but what it has started itself."""

    def attack(self, rows):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        kill = signal.SIGKILL if TARGETS["deadly"] else 0
        parent = os.getppid()
        must_fail(
            "signals",
            doing(os.kill, parent, kill),
            doing(os.kill, parent, signal.SIGSTOP if TARGETS["deadly"] else 0),
            doing(os.kill, TARGETS["bystander"], kill),
            doing(os.killpg, os.getpgid(parent), kill),
        )
        with contextlib.suppress(OSError):
            os.kill(-1, kill)


class BecomesRoot(Sound):
    def attack(self, rows):
        def run(*command):
            done = subprocess.run(command, check=False, capture_output=True, timeout=20)
            return done.returncode == 0 and command

        must_fail(
            "root",
            doing(os.setuid, 0 if os.getuid() else 1),
            doing(os.setgroups, [0]),
            doing(os.chroot, "/"),
            doing(os.mknod, f"{os.environ['TMPDIR']}/disk", 0o60666, os.makedev(8, 0)),
            lambda: run("sudo", "-n", "true"),
            lambda: run("mount", "-t", "tmpfs", "none", "/mnt"),
            lambda: run("unshare", "-r", "-m", "mount", "-t", "tmpfs", "none", "/mnt"),
        )


class RaisesItsLimits(Sound):
    def attack(self, rows):
        def raise_limit(which):
            hard = resource.getrlimit(which)[1]
            if hard == resource.RLIM_INFINITY:
                return f"limit {which} is none"
            resource.setrlimit(which, (hard + 1, hard + 1))
            return f"limit {which} was raised"

        def attempt(which):
            try:
                return raise_limit(which)
            except ValueError:
                return None

        limits = (
            resource.RLIMIT_DATA,
            resource.RLIMIT_FSIZE,
            resource.RLIMIT_NOFILE,
            resource.RLIMIT_CORE,
        )
        must_fail("limits", *(lambda which=which: attempt(which) for which in limits),
                  lambda: LIBC.prctl(22, 1, 0, 0, 0) == 0)  # fmt: skip


# What outlives it


def daemon(seconds=600):
    """Leave the session twice, close everything, and live on."""
    if os.fork():
        return
    with contextlib.suppress(OSError):
        os.setsid()
    if os.fork():
        os._exit(0)
    with contextlib.suppress(OSError):
        os.setpgid(0, 0)
    os.closerange(0, 256)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for path in [*TARGETS["command_files"], os.path.join(TARGETS["reports"], "result.json")]:
            with contextlib.suppress(OSError):
                write(path)
        time.sleep(0.05)
    os._exit(0)


class LeavesADaemon(Sound):
    def attack(self, rows):
        daemon()


class LeavesADaemonAndExits(Sound):
    def attack(self, rows):
        daemon()
        print("gone")
        sys.stdout.flush()
        os._exit(0)


class StartsPrograms(Sound):
    def attack(self, rows):
        for session in (True, False):
            subprocess.Popen(
                ["sleep", TARGETS["seconds"]],
                start_new_session=session,
                env={},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )


class Forks(Sound):
    """A bomb of some size: each of its processes leaves for a session of its own."""

    def attack(self, rows):
        for _ in range(7):
            with contextlib.suppress(BlockingIOError):
                os.fork()
                with contextlib.suppress(OSError):
                    os.setsid()
        if os.getpid() != self.first:
            os.closerange(0, 256)
            time.sleep(600)
            os._exit(0)

    @property
    def first(self):
        return FIRST


FIRST = os.getpid()


class RunsOnInAThread(Sound):
    def attack(self, rows):
        threading.Thread(target=time.sleep, args=(600,)).start()


class HidesFilesDeep(Sound):
    """Thousands of folders in each other, the last of them closed, for whoever cleans up."""

    def attack(self, rows):
        here = os.environ["TMPDIR"]
        os.chdir(here)
        for _ in range(3000):
            os.mkdir("deep")
            os.chdir("deep")
        os.mkdir("closed", 0o000)
        os.chdir(here)
        os.mkdir("shut", 0o700)
        pathlib.Path("shut/file").write_text("x")
        os.chmod("shut", 0)
        os.mkdir("read-only", 0o500)


# How it ends


class SleepsInPredict(Sound):
    def attack(self, rows):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(600)


class SleepsWhileItLoads(Sound):
    def __setstate__(self, state):
        time.sleep(600)


class StopsItself(Sound):
    def attack(self, rows):
        os.kill(os.getpid(), signal.SIGSTOP)


class Crashes(Sound):
    def attack(self, rows):
        ctypes.string_at(0)


class CrashesWhileItLoads(Sound):
    def __setstate__(self, state):
        ctypes.string_at(0)


class Aborts(Sound):
    def attack(self, rows):
        os.abort()


class KillsItself(Sound):
    def attack(self, rows):
        os.kill(os.getpid(), signal.SIGKILL)


class LeavesEarly(Sound):
    def attack(self, rows):
        os._exit(0)


class LeavesWhileItLoads(Sound):
    def __setstate__(self, state):
        os._exit(0)


class ExitsWithZero(Sound):
    def attack(self, rows):
        sys.exit(0)


class Interrupts(Sound):
    def attack(self, rows):
        raise KeyboardInterrupt


class RaisesTheBaseOfAll(Sound):
    def attack(self, rows):
        raise BaseException("nothing catches me")


class RaisesWithoutWords(Sound):
    def attack(self, rows):
        class Mute(BaseException):
            def __str__(self):
                raise SystemExit(0)

            __repr__ = __str__

        raise Mute


class RaisesANovel(Sound):
    def attack(self, rows):
        raise ValueError(
            "@everyone <img src=x onerror=alert(1)> | [x](http://x) \x1b[31m\ud800" * 100_000
        )


class TakesMemory(Sound):
    def attack(self, rows):
        np.ones(1 << 31, dtype=np.uint8)


class TakesMemoryByPieces(Sound):
    def attack(self, rows):
        pieces = []
        while True:
            pieces.append(bytearray(10_000_000))


class FillsTheDisk(Sound):
    def attack(self, rows):
        with open(os.path.join(os.environ["TMPDIR"], "large"), "wb") as file:
            os.truncate(file.fileno(), 5 << 30)


class TakesSharedMemory(Sound):
    """Memory that belongs to several processes is nobody's, and no limit of a process counts it."""

    def attack(self, rows):
        size = 8 << 30
        shared = mmap.mmap(-1, size)
        for place in range(0, size, 4096):
            shared[place] = 1


class FillsTheDiskWithFiles(Sound):
    def attack(self, rows):
        for number in range(100_000):
            with open(os.path.join(os.environ["TMPDIR"], str(number)), "wb") as file:
                file.write(bytes(10_000_000))


class FillsSharedFolder(Sound):
    def attack(self, rows):
        with open("/dev/shm/large", "wb") as file:
            while True:
                file.write(bytes(1_000_000))


class OpensFiles(Sound):
    def attack(self, rows):
        kept = []
        while True:
            kept.append(open("/dev/null"))


# What it prints


class PrintsWithoutEnd(Sound):
    def attack(self, rows):
        while True:
            os.write(1, b"y" * 65536)


class PrintsALot(Sound):
    def attack(self, rows):
        for _ in range(1000):
            os.write(1, b"x" * 30_000 + b"\n")
            os.write(2, b"y" * 30_000 + b"\n")


COMMANDS = (
    "::set-output name=verdict::passed\n::add-mask::a\n::stop-commands::x\n::error::planted\n"
    "::set-env name=PATH::/tmp\n##[set-output name=verdict]passed\n##[add-matcher]x\n"
    "\r::warning::planted\n%0A::notice::planted"
)


class PrintsCommands(Sound):
    def attack(self, rows):
        os.write(1, COMMANDS.encode())
        os.write(2, COMMANDS.encode())
        os._exit(0)


class RaisesCommands(Sound):
    def attack(self, rows):
        raise ValueError(COMMANDS)


# What it answers


class Answers(Sound):
    """Answers what it is told to."""

    def answer(self, rows):
        raise NotImplementedError

    def predict(self, rows):
        return self.answer(rows)

    predict_proba = predict


class TwoColumns(Answers):
    def answer(self, rows):
        return np.zeros((len(rows), 2))


class OneColumn(Answers):
    def answer(self, rows):
        return np.full((len(rows), 1), 0.5)


class TooManyRows(Answers):
    def answer(self, rows):
        return ["yes"] * (len(rows) + 1)


class TooFewRows(Answers):
    def answer(self, rows):
        return ["yes"] * (len(rows) - 1)


class AMillionRows(Answers):
    def answer(self, rows):
        return np.zeros(1_000_000)


class Nothing(Answers):
    def answer(self, rows):
        return None


class AnEmptyList(Answers):
    def answer(self, rows):
        return []


class Nulls(Answers):
    def answer(self, rows):
        return ["yes", None] * (len(rows) // 2)


class NotANumber(Answers):
    def answer(self, rows):
        return np.where(rows["x"] > 0, 1.0, np.nan)


class Infinite(Answers):
    def answer(self, rows):
        return np.column_stack([np.full(len(rows), -np.inf), np.full(len(rows), np.inf)])


class DoNotSumToOne(Answers):
    def answer(self, rows):
        return np.full((len(rows), 2), 0.9)


class BelowZero(Answers):
    def answer(self, rows):
        return np.column_stack([np.full(len(rows), 1.5), np.full(len(rows), -0.5)])


class MixedTypes(Answers):
    def answer(self, rows):
        return np.array(["yes", 1] * (len(rows) // 2), dtype=object)


class Objects(Answers):
    def answer(self, rows):
        return np.array([object()] * len(rows), dtype=object)


class Dates(Answers):
    def answer(self, rows):
        return np.array(["2026-01-01"] * len(rows), dtype="datetime64[D]")


class LongTexts(Answers):
    def answer(self, rows):
        return ["x" * 100_000] * len(rows)


class GigabytesOfText(Answers):
    def answer(self, rows):
        return ["x" * 20_000_000] * len(rows)


class OtherOrder(Sound):
    """No attack: classes may come in any order, and their probabilities in the same."""

    classes_ = ("yes", "no")

    def predict_proba(self, rows):
        return super().predict_proba(rows)[:, ::-1]


class SwappedProbabilities(Sound):
    """Its probabilities are of its classes in another order than it says."""

    def predict_proba(self, rows):
        return super().predict_proba(rows)[:, ::-1]


class NoSuchClasses(Sound):
    classes_ = ("good", "bad")


class ClassesTwice(Sound):
    classes_ = ("yes", "yes")


class ClassesThatAreNoNumbers(Sound):
    def __init__(self):
        self.classes_ = [float("nan"), float("nan")]


class ManyClasses(Sound):
    def __init__(self):
        self.classes_ = list(range(3_000_000))


class OddClasses(Sound):
    classes_ = ("yes", "no\ud800")


class ChangesTheRows(Sound):
    def attack(self, rows):
        rows["x"] = 0.0
        rows.drop(rows.index[1:], inplace=True)


class ChangesTheRowsOnce(Sound):
    """What it does to its own copy changes nothing for anybody else."""

    def predict(self, rows):
        answer = super().predict(rows)
        rows.loc[:, "x"] = -rows["x"]
        rows["label"] = "yes"
        return answer


class Alternates(Sound):
    """Another answer to a question each time that it is asked."""

    def __init__(self):
        self.calls = {}

    def predict(self, rows):
        question = tuple(rows["x"])
        self.calls[question] = self.calls.get(question, 0) + 1
        return np.where((rows["x"] > 0) == (self.calls[question] % 2 == 1), "yes", "no")


# What it says in mlgate's protocol


def frame(header, body=b"", length=None, size=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (
        (len(text) if length is None else length).to_bytes(4)
        + (len(body) if size is None else size).to_bytes(8)
        + text
        + body
    )


class Speaks(Sound):
    """Writes into the pipe of answers itself."""

    def words(self, rows):
        raise NotImplementedError

    def attack(self, rows):
        data = memoryview(self.words(len(rows)))
        while data:
            data = data[os.write(int(sys.argv[2]), data) :]
        time.sleep(600)


class Babbles(Speaks):
    def words(self, rows):
        return frame(b"\xff{}[")


class SpeaksNoObject(Speaks):
    def words(self, rows):
        return frame(b"[[" * 500_000)


class AnnouncesAnExabyte(Speaks):
    def words(self, rows):
        return frame(b"{}", size=1 << 60)


class AnnouncesALongHeader(Speaks):
    def words(self, rows):
        return frame(b"{}", length=(1 << 32) - 1)


class AnswersAnother(Speaks):
    def words(self, rows):
        header = {"id": 77, "type": "int64", "shape": [rows], "buffers": [8 * rows]}
        return frame(header, bytes(8 * rows))


class LiesAboutItsSize(Speaks):
    def words(self, rows):
        return frame({"id": 2, "type": "int64", "shape": [rows], "buffers": [4]}, bytes(4))


class LiesAboutItsShape(Speaks):
    def words(self, rows):
        shape = [10**30, 10**30]
        return frame({"id": 2, "type": "double", "shape": shape, "buffers": [8]}, bytes(8))


class NamesNoType(Speaks):
    def words(self, rows):
        return frame({"id": 2, "type": "pickle", "shape": [rows], "buffers": [8]}, bytes(8))


class PointsOutside(Speaks):
    """Text whose offsets lead outside of the answer."""

    def words(self, rows):
        offsets = np.arange(rows + 1, dtype="<i8") * (1 << 40)
        header = {"id": 2, "type": "large_string", "shape": [rows], "buffers": [offsets.nbytes, 1]}
        return frame(header, offsets.tobytes() + b"x")


class IsNoUtf8(Speaks):
    def words(self, rows):
        offsets = np.arange(rows + 1, dtype="<i8")
        text = b"\xff" * rows
        sizes = [offsets.nbytes, len(text)]
        header = {"id": 2, "type": "large_string", "shape": [rows], "buffers": sizes}
        return frame(header, offsets.tobytes() + text)


class Drips(Speaks):
    """One byte at a time, so that something always arrives."""

    def attack(self, rows):
        for byte in frame({"id": 2}, bytes(600)):
            os.write(int(sys.argv[2]), bytes([byte]))
            time.sleep(0.1)


class HangsUp(Sound):
    def attack(self, rows):
        os.closerange(3, 4096)
        time.sleep(600)


class ReportsAnOddError(Speaks):
    def words(self, rows):
        return frame(
            {"id": 2, "error": {"type": ["x"], "message": {"a": "\ud800"}, "where": 10**300}}
        )


class TakesOverTheWorker(Sound):
    """Changes the code that speaks for it, so that it has no time and no memory to tell of."""

    def attack(self, rows):
        worker: Any = sys.modules["__main__"]
        send = worker.send

        def lie(answers, header, parts):
            if "seconds" in header:
                header["seconds"] = 10**400
            if "peak_bytes" in header:
                header["peak_bytes"] = 10**400
            send(answers, header, parts)

        worker.send = lie


class TakesOverArrow(Sound):
    def attack(self, rows):
        import pyarrow as pa

        pa.array = lambda values, **_: [b"nonsense"]


def __getattr__(name):
    """`hostile:Name_` is an instance of the class `Name`."""
    if name.endswith("_") and not name.startswith("_"):
        return globals()[name[:-1]]()
    raise AttributeError(name)
