import re
import warnings

import duckdb
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mlgate.engines.duckdb_regex import read_pattern
from mlgate.engines.duckdb_sql import NotNative

ATOMS = st.sampled_from(
    [
        "a", "b", "1", ".", r"\d", r"\w", "[ab]", "[^a]", "[a-c1-]", r"\.", "(?:ab)", "(a|b)", "-",
        " ", "é", r"\s", r"\b", "(?=a)", "(?!b)", "^", "$", "|", "[[:digit:]]", "(?i)", r"\pL",
        r"\x61", "]", "{", "}", "#", "&&", "[a&&b]", "[a--b]", "[[a]",
    ]
)  # fmt: skip
QUANTIFIERS = st.sampled_from(["", "", "", "*", "+", "?", "{2}", "{1,2}", "{,2}", "*?", "++"])
PATTERNS = st.lists(st.tuples(ATOMS, QUANTIFIERS).map("".join), max_size=5).map("".join)
TEXTS = st.lists(st.text("ab1c.- \né٣&#{}[]\x0b", max_size=5), min_size=1, max_size=6)


@given(pattern=PATTERNS, texts=TEXTS)
def test_a_pattern_that_is_decided_here_finds_what_pandas_finds(pattern, texts):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            read = read_pattern(pattern)
            wanted = pd.Series(texts, dtype="str").str.contains(pattern).tolist()
        except NotNative:
            assume(False)
    assert [bool(read.search.search(text)) for text in texts] == wanted
    if read.re2 is not None and (all(map(str.isascii, texts)) or not read.ascii_only):
        query = "SELECT list_transform($1, lambda x: regexp_matches(x, $2))"
        (found,) = duckdb.execute(query, [texts, read.re2]).fetchall()[0]
        assert found == wanted


@pytest.mark.parametrize(
    "pattern", ["^[a-z]+$", r"^\d{4}-\d{2}$", "a|b", r"^[^@ ]+@[^@ ]+\.[a-z]{2,3}$", r"cost \$"]
)
def test_an_ordinary_pattern_needs_no_python(pattern):
    assert read_pattern(pattern).re2 is not None


@pytest.mark.parametrize("pattern", [r"\s", r"\bA", "(?=a)a", r"(a)\1", "a$|b"])
def test_what_re2_has_otherwise_is_python_s(pattern):
    assert read_pattern(pattern).re2 is None


@pytest.mark.parametrize(
    "pattern",
    ["(?i)a", "[[:alpha:]]", r"\pL", "(", "a**", r"\x61", "(?P<x>a)", r"a\Z", None, 1, "a" * 2000],
)
def test_what_pandas_may_read_otherwise_is_left_alone(pattern):
    with pytest.raises(NotNative):
        read_pattern(pattern)


@pytest.mark.parametrize(("pattern", "re2"), [("a$", r"a\n?\z"), (r"a\$", r"a\$"), ("$", r"\n?\z")])
def test_the_end_is_python_s(pattern, re2):
    assert read_pattern(pattern).re2 == re2
    assert re.search("a$", "a\n")
