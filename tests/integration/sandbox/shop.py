"""Models for the tests. Copied into a workspace, from where a worker imports it."""

import ctypes
import os
import pickle
import signal
import socket
import sys
import time
import warnings
from pathlib import Path

import numpy as np


class Double:
    """A sound model."""

    def predict(self, rows):
        return rows["x"] * 2


class Echo:
    """Answers with what it sees: the types and values of each row, as text."""

    def predict(self, rows):
        head = f"{list(map(str, rows.dtypes))} {list(rows.columns)}"
        return [
            f"{head} {[(type(value).__name__, repr(value)) for value in row]}"
            for row in rows.itertuples(index=False, name=None)
        ]


class Categories:
    """Answers with the categories of its first column."""

    def predict(self, rows):
        kind = rows.dtypes.iloc[0]
        return [f"{list(kind.categories)} {kind.ordered}"] * len(rows)


class Answering:
    """Answers with one of some values, chosen by the rows that it sees."""

    def __init__(self, answers, classes=None):
        self.answers = answers
        if classes is not None:
            self.classes_ = classes

    def predict(self, rows):
        return self.answers[rows["x"].iloc[0]]

    predict_proba = predict


class Connects:
    """Asks a service on this machine, whose port is what it was made with."""

    def __init__(self, port):
        self.port = port

    def predict(self, rows):
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            return [float(connection.recv(1))] * len(rows)


class Raises:
    def predict(self, rows):
        raise ValueError(f"no {len(rows)} rows today\nsecond line \x1b[31m")


class RaisesOnce:
    calls = 0

    def predict(self, rows):
        self.calls += 1
        if self.calls == 1:
            raise ValueError("the first time never works")
        return rows["x"]


class CannotSayWhy:
    def predict(self, rows):
        class Silent(Exception):
            def __str__(self):
                raise RuntimeError

        raise Silent


class Exits:
    def predict(self, rows):
        sys.exit("enough")


class Leaves:
    def predict(self, rows):
        print("last words")
        os._exit(0)


class LeavesAChild:
    """Ends, while a child of it keeps all pipes open."""

    def predict(self, rows):
        if os.fork() == 0:
            time.sleep(600)
        os._exit(0)


class HasAChild:
    def predict(self, rows):
        child = os.fork()
        if child == 0:
            time.sleep(600)
        return [child] * len(rows)


class Sleeps:
    def predict(self, rows):
        time.sleep(600)


class Crashes:
    def predict(self, rows):
        ctypes.string_at(0)


class Kills:
    def predict(self, rows):
        os.kill(os.getpid(), signal.SIGKILL)


class KillsItsParent:
    def predict(self, rows):
        os.kill(os.getppid(), signal.SIGKILL)


class Prints:
    """Prints to every output there is, megabytes of it."""

    def predict(self, rows):
        warnings.warn("a warning", stacklevel=1)
        for _ in range(200):
            print("x" * 10_000)
            print("y" * 10_000, file=sys.stderr)
        os.write(1, b'{"id": 2, "type": "int64"}\n')
        return rows["x"]


class Reads:
    def predict(self, rows):
        return [repr(sys.stdin.read())] * len(rows)


class TakesMemory:
    def predict(self, rows):
        return np.ones(1 << 31, dtype=np.uint8)


class HangsUp:
    def predict(self, rows):
        os.closerange(3, 4096)
        time.sleep(600)


class Floods:
    """Announces an answer of an exabyte."""

    def predict(self, rows):
        os.write(int(sys.argv[2]), (10).to_bytes(4) + (1 << 60).to_bytes(8))
        time.sleep(600)


class Babbles:
    """Writes no frames into the pipe of answers."""

    def predict(self, rows):
        os.write(int(sys.argv[2]), (4).to_bytes(4) + (0).to_bytes(8) + b"\xff{}[")
        time.sleep(600)


class AnswersAnother:
    """Answers a question that was not asked."""

    def predict(self, rows):
        text = b'{"id": 77, "type": "int64", "shape": [2], "buffers": [16]}'
        os.write(int(sys.argv[2]), len(text).to_bytes(4) + (16).to_bytes(8) + text + bytes(16))
        time.sleep(600)


class Lies:
    """Announces three values and sends half of one."""

    def predict(self, rows):
        text = b'{"id": 2, "type": "int64", "shape": [3], "buffers": [4]}'
        os.write(int(sys.argv[2]), len(text).to_bytes(4) + (4).to_bytes(8) + text + bytes(4))
        time.sleep(600)


class Looks:
    """Answers with all that it can find out about some files."""

    def __init__(self, paths):
        self.paths = paths

    def predict(self, rows):
        return [self.look(path) for path in rows["path"]]

    def look(self, path):
        if path == "environment":
            return repr(dict(os.environ))
        try:
            return Path(path.format(parent=os.getppid())).read_bytes().decode(errors="replace")
        except OSError as error:
            return f"refused: {error.strerror}"


class Writes:
    """Answers whether it can write to some files."""

    def predict(self, rows):
        return [self.write(path) for path in rows["path"]]

    def write(self, path):
        try:
            Path(path).expanduser().write_text("written by a model")
        except OSError as error:
            return f"refused: {error.strerror}"
        return "written"


class Who:
    def predict(self, rows):
        return [os.getuid()] * len(rows)


class NotAModel:
    pass


def save(model, file):
    """Pickle as a training script does, which imports `shop` from its repository."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(pickle.dumps(model))
