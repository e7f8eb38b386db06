import signal

import pytest

from mlgate.sandbox.ending import name_ending


@pytest.mark.parametrize(
    ("status", "what", "cause"),
    [
        (0, "ended its own process (exit status 0)", "os._exit"),
        (3, "ended its own process (exit status 3)", "sys.exit"),
        (-signal.SIGKILL, "was killed (SIGKILL)", "memory"),
        (-signal.SIGSEGV, "crashed (SIGSEGV)", "native code"),
        (-signal.SIGABRT, "crashed (SIGABRT)", "the limit of 512 MiB"),
        (-signal.SIGRTMIN, "crashed (SIGRTMIN)", "native code"),
        (-63, "crashed (signal 63)", "native code"),
    ],
)
def test_each_end_has_its_own_words(status: int, what: str, cause: str) -> None:
    ending = name_ending(status, memory=512)
    assert ending.what == what
    assert cause in ending.cause
    assert ending.remedy
