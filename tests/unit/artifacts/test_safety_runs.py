"""Runs of texts are taken at once, and seen as they are one by one."""

import pickle
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlgate.artifacts.safety import runs
from mlgate.artifacts.safety.imports import Policy
from mlgate.artifacts.safety.interface import Scan
from mlgate.artifacts.safety.scan import scan

HEAD = b"\x80\x04"


def short(text: bytes) -> bytes:
    return b"\x8c" + bytes([len(text)]) + text + b"\x94"


def look(folder: Path, content: bytes) -> Scan:
    file = folder / "model.pkl"
    file.write_bytes(content)
    return scan(file, Policy())


short_texts = st.text(st.characters(codec="utf-8"), max_size=60)


@settings(deadline=None)
@given(st.lists(short_texts, min_size=1, max_size=200), st.booleans())
def test_the_texts_of_a_run_are_those_that_were_written(texts: list[str], pairs: bool) -> None:
    number = b"K\x8c" if pairs else b""
    data = b"(" + b"".join(short(text.encode()) + number for text in texts) + b"u."
    found = (runs.PAIRS if pairs else runs.TEXTS).match(data, 1)
    assert found is not None
    assert found.end() == len(data) - 2
    assert runs.texts_of(data, 1, found.end(), pairs=pairs) == texts


def test_a_large_vocabulary_is_safe(tmp_path: Path) -> None:
    words = {f"wörd {i}" if i % 7 else f"word\n{i}": i for i in range(100_000)}
    assert look(tmp_path, pickle.dumps([words, list(words), dict.fromkeys(words, 0.5)])).safe


@pytest.mark.parametrize("value", [b"", b"K\1", b"M\1\1", b"J\1\1\1\1", b"G" + b"\1" * 8])
@pytest.mark.parametrize("before", [0, 3, 100, 5000])
def test_names_within_a_run_are_seen_when_they_are_imported(
    tmp_path: Path, value: bytes, before: int
) -> None:
    words = [b"word%d" % i for i in range(before)]
    run = b"".join(short(word) + value for word in [*words, b"posix", b"system", *words])
    get = b"".join(b"j" + struct.pack("<I", before + i) for i in range(2))
    seen = look(tmp_path, HEAD + b"(" + run + b"l0" + get + b"\x93.")
    assert [danger.subject for danger in seen.dangers] == ["posix.system"]


def test_what_follows_a_run_on_the_stack_is_imported(tmp_path: Path) -> None:
    run = b"".join(short(b"word%d" % i) for i in range(500))
    seen = look(tmp_path, HEAD + b"(" + run + short(b"posix") + short(b"system") + b"\x93l.")
    assert [danger.subject for danger in seen.dangers] == ["posix.system"]


@pytest.mark.parametrize("broken", [b"\xff", b"\x94", b"\xc3", b"ab\x94K1\x8c\1"])
def test_a_text_of_a_run_that_is_no_utf_8_is_not_readable(tmp_path: Path, broken: bytes) -> None:
    run = b"".join(short(b"word%d" % i) + b"K\1" for i in range(200))
    seen = look(tmp_path, HEAD + b"}(" + run + short(broken) + b"K\1" + run + b"u.")
    assert seen.unreadable is not None


def test_a_run_that_is_cut_off_is_not_readable(tmp_path: Path) -> None:
    whole = HEAD + b"}(" + b"".join(short(b"word%d" % i) + b"K\1" for i in range(200)) + b"u."
    assert look(tmp_path, whole).safe
    for end in range(len(whole) - 40, len(whole)):
        assert not look(tmp_path, whole[:end]).safe
