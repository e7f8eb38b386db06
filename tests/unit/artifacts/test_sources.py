"""Several files, folders and patterns; Parquet in place; both sides."""

import hashlib
import json
import os
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlgate.artifacts.access import Artifacts
from mlgate.artifacts.base import open_base
from mlgate.artifacts.git import SMALL
from mlgate.artifacts.interface import Workspace
from mlgate.artifacts.remote import find
from mlgate.config.location import parse, shown
from mlgate.config.patterns import data_files, fixed_part, matching
from mlgate.engines.duckdb_engine import answer
from mlgate.engines.suite import ExpectationSpec, Suite
from mlgate.engines.validation import Modules, validate
from mlgate.errors import BaselineNotFound, DataNotReadable, NoBaseline
from tests.support import make_config, make_inputs
from tests.unit.artifacts.test_git import Git
from tests.web_server import WebServer


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def table(start: int, rows: int) -> pd.DataFrame:
    numbers = np.arange(start, start + rows)
    return pd.DataFrame({"n": numbers, "word": [f"w{i}" for i in numbers], "x": numbers / 2})


def suite(*expectations: tuple[str, dict[str, object]]) -> Suite:
    specs = tuple(ExpectationSpec(type=kind, kwargs=kwargs) for kind, kwargs in expectations)
    return Suite(name="s", expectations=specs)


def only_record(inputs):
    (record,) = inputs.records()
    return record


# Patterns


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("data/*.csv", ["data/a.csv", "data/b.csv"]),
        ("data/[!a].csv", ["data/b.csv"]),
        ("data/?.csv", ["data/a.csv", "data/b.csv"]),
        ("data/**/*.csv", ["data/a.csv", "data/b.csv", "data/deep/er/c.csv"]),
        ("**/c.csv", ["data/deep/er/c.csv"]),
        ("data/*/*.csv", []),
        ("data/[.csv", []),
    ],
)
def test_a_pattern_means_what_it_means_in_a_shell(pattern, names):
    there = ["data/b.csv", "data/a.csv", "data/.hidden.csv", "data/deep/er/c.csv", "other/a.csvx"]
    assert matching(there, pattern) == names


def test_the_fixed_part_ends_before_the_first_mark():
    assert fixed_part("a/b/c*/d") == "a/b"
    assert fixed_part("*.csv") == ""
    assert fixed_part("a/b.csv") == "a/b.csv"


def test_what_spark_leaves_beside_the_data_is_no_data():
    names = [
        "t/_SUCCESS",
        "t/_temporary/0.parquet",
        "t/.x.parquet",
        "t/b.parquet",
        "t/y=1/a.parquet",
    ]
    assert data_files(names, "t", (".parquet",)) == ["t/b.parquet", "t/y=1/a.parquet"]


# Local files


def test_a_pattern_is_one_table_in_the_order_of_the_names(root):
    for part, start in ((2, 4), (1, 0)):
        table(start, 4).to_parquet(root / f"part-{part}.parquet")
    with make_inputs(root, data={"d": "part-*.parquet"}) as inputs:
        data = inputs.data("d")
        assert data.frame["n"].tolist() == list(range(8))
        record = only_record(inputs)
    digests = "".join(
        f"{hashlib.sha256((root / name).read_bytes()).hexdigest()}  {name}\n"
        for name in ("part-1.parquet", "part-2.parquet")
    )
    assert record.sha256 == hashlib.sha256(digests.encode()).hexdigest()
    assert (record.path, record.rows, record.fingerprint) == ("part-*.parquet", 8, None)


def test_csv_files_of_a_pattern_are_one_table(root):
    table(0, 2).to_csv(root / "a.csv", index=False)
    table(2, 3).to_csv(root / "b.csv", index=False)
    with make_inputs(root, data={"d": "*.csv"}) as inputs:
        frame = inputs.data("d").frame
    assert frame["n"].tolist() == [0, 1, 2, 3, 4]
    assert frame.index.tolist() == [0, 1, 2, 3, 4]


def test_folders_of_a_partition_become_columns(root):
    for year in (2023, 2024):
        folder = root / "sales" / f"year={year}"
        folder.mkdir(parents=True)
        table(0, 2).to_parquet(folder / "0.parquet")
    (root / "sales" / "_SUCCESS").touch()
    with make_inputs(root, data={"d": "sales"}) as inputs:
        frame = inputs.data("d").frame
    as_pandas = pd.read_parquet(root / "sales")
    pd.testing.assert_frame_equal(frame, as_pandas)
    assert frame["year"].tolist() == [2023, 2023, 2024, 2024]


def test_a_pattern_over_partitions_has_their_columns(root):
    for year in (2023, 2024):
        (root / f"year={year}").mkdir()
        table(0, 1).to_parquet(root / f"year={year}" / "0.parquet")
    with make_inputs(root, data={"d": "year=*/*.parquet"}) as inputs:
        assert inputs.data("d").frame["year"].tolist() == [2023, 2024]


def test_a_column_that_one_file_lacks_is_null_there_and_numbers_widen(root):
    pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}).to_parquet(root / "1.parquet")
    pd.DataFrame({"a": [0.5, None]}).to_parquet(root / "2.parquet")
    with make_inputs(root, data={"d": "*.parquet"}) as inputs:
        frame = inputs.data("d").frame
        seen = answer(
            inputs.data("d"), suite(("expect_column_values_to_not_be_null", {"column": "b"}))
        )
    assert frame["a"].tolist()[:3] == [1, 2, 0.5]
    assert frame["b"].isna().sum() == 2
    assert seen.results[0].unexpected_count == 2


def test_files_whose_types_do_not_go_together_are_an_error(root):
    pd.DataFrame({"a": [1]}).to_parquet(root / "1.parquet")
    pd.DataFrame({"a": ["x"]}).to_parquet(root / "2.parquet")
    with (
        make_inputs(root, data={"d": "*.parquet"}) as inputs,
        pytest.raises(DataNotReadable, match=r"do not go together.* a "),
    ):
        _ = inputs.data("d").frame


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("none-*.parquet", "no file matches none-"),
        ("none/*.parquet", "no file matches none/"),
        ("empty", "no data file in the folder"),
        ("mixed.*", "not all of one format"),
        ("broken-*.parquet", "cannot be read as parquet"),
        ("hollow-*.parquet", "is empty"),
    ],
)
def test_what_cannot_be_a_table_is_an_error(root, path, message):
    (root / "empty").mkdir()
    table(0, 1).to_parquet(root / "mixed.parquet")
    (root / "mixed.csv").write_text("a\n1\n")
    (root / "broken-1.parquet").write_bytes(b"PAR1 nothing")
    (root / "hollow-1.parquet").touch()
    with (
        make_inputs(root, data={"d": path}) as inputs,
        pytest.raises(DataNotReadable, match=message),
    ):
        _ = inputs.data("d").frame


def test_a_file_whose_name_has_a_mark_is_that_file(root):
    table(0, 3).to_csv(root / "a[1].csv", index=False)
    table(0, 9).to_csv(root / "a1.csv", index=False)
    with make_inputs(root, data={"d": "a[1].csv"}) as inputs:
        assert len(inputs.data("d").frame) == 3


def test_the_rows_of_a_file_read_in_place_are_recorded(root):
    table(0, 7).to_parquet(root / "d.parquet")
    with make_inputs(root, data={"d": "d.parquet"}) as inputs:
        exists = suite(("expect_column_to_exist", {"column": "n"}))
        validate("auto", inputs.data("d"), exists, Modules(files={}, root=root, seconds=1))
        assert "frame" not in vars(inputs.data("d"))
        assert only_record(inputs).rows == 7


def test_duckdb_says_the_same_of_parts_as_of_one_file(root):
    whole = pd.DataFrame(
        {
            "i": [1, 2, None, 4], "s": ["a", None, "c", "d"], "b": [True, False, True, None],
            "t": pd.to_datetime(["2024-01-01"] * 4),
            "f": np.array([1, np.nan, 3, 4], dtype=np.float32),
        }
    )  # fmt: skip
    whole.to_parquet(root / "whole.parquet")
    for part in (0, 1):
        whole.iloc[2 * part : 2 * part + 2].reset_index(drop=True).to_parquet(
            root / f"p{part}.parquet"
        )
    asked = suite(
        ("expect_column_values_to_not_be_null", {"column": "i"}),
        ("expect_column_values_to_be_between", {"column": "i", "min_value": 2}),
        ("expect_column_values_to_be_in_set", {"column": "s", "value_set": ["a", "c"]}),
        ("expect_column_values_to_not_be_null", {"column": "b"}),
        ("expect_column_values_to_not_be_null", {"column": "t"}),
        ("expect_column_max_to_be_between", {"column": "i", "max_value": 3}),
        ("expect_table_row_count_to_equal", {"value": 4}),
    )
    with make_inputs(root, data={"whole": "whole.parquet", "parts": "p?.parquet"}) as inputs:
        one, parts = (answer(inputs.data(name), asked) for name in ("whole", "parts"))
    assert parts.rows == one.rows == 4
    assert parts.results == one.results
    assert len(parts.results) == 7


# The base side


@contextmanager
def sides(git: Git, base: str, specs: dict[str, str], to: Path):
    """The work tree against a commit of its repository."""
    opened = open_base(git.repository(), base, config="mlgate.yml", check_types={}, to=to)
    config = make_config(specs)
    with Artifacts(
        config=config,
        head=Workspace(side="head", root=git.root, commit=None),
        open_base=lambda: replace(opened, config=config),
        cache=to,
    ) as inputs:
        yield inputs


def parquet(start: int, rows: int) -> bytes:
    sink = BytesIO()
    table(start, rows).to_parquet(sink)
    return sink.getvalue()


def test_base_has_the_files_of_its_commit_under_a_pattern_and_in_a_folder(tmp_path):
    git = Git(tmp_path / "repo")
    for number in (0, 1):
        (git.root / f"d{number}").mkdir()
        (git.root / f"d{number}" / "p.parquet").write_bytes(parquet(0, number + 1))
    (git.root / "d1" / "large.parquet").write_bytes(parquet(0, 120_000))
    assert (git.root / "d1" / "large.parquet").stat().st_size > SMALL
    commit = git.commit()
    (git.root / "d1" / "new.parquet").write_bytes(parquet(0, 5))
    specs = {"pattern": "d*/*.parquet", "folder": "d1"}
    with sides(git, commit, specs, tmp_path / "base") as inputs:
        assert len(inputs.data("pattern", "base").frame) == 120_003
        assert len(inputs.data("pattern").frame) == 120_008
        assert len(inputs.data("folder", "base").frame) == 120_002
        assert inputs.data("folder").identity != inputs.data("folder", "base").identity


def test_a_pattern_that_base_has_no_file_for_is_not_found(tmp_path):
    git = Git(tmp_path / "repo")
    commit = git.commit(other="x")
    (git.root / "a.csv").write_text("a\n1\n")
    with (
        sides(git, commit, {"d": "*.csv"}, tmp_path / "base") as inputs,
        pytest.raises(BaselineNotFound, match="does not hold it"),
    ):
        inputs.data("d", "base")


# Addresses


def test_parquet_of_a_web_server_is_read_in_part(root):
    rng = np.random.default_rng(1)
    wide = pd.DataFrame({f"c{i}": rng.normal(size=20_000) for i in range(20)})
    wide.to_parquet(root / "wide.parquet", row_group_size=5_000)
    size = (root / "wide.parquet").stat().st_size
    asked = suite(
        ("expect_column_values_to_be_between", {"column": "c3", "min_value": -9, "max_value": 9}),
        ("expect_column_values_to_be_unique", {"column": "c7"}),
        ("expect_column_median_to_be_between", {"column": "c3", "min_value": -1, "max_value": 1}),
        ("expect_table_row_count_to_equal", {"value": 20_000}),
    )
    with WebServer(root) as server:
        with make_inputs(root, data={"d": f"{server.url}/wide.parquet"}) as inputs:
            seen = answer(inputs.data("d"), asked)
            record = only_record(inputs)
        sent = server.sent
    assert not seen.refusals
    assert all(result.success for result in seen.results.values())
    assert sent < size / 4
    assert (record.sha256, record.rows) == (None, 20_000)
    assert record.fingerprint == f'etag "{size}", {size} bytes'


def test_without_ranges_a_file_is_fetched_once(root):
    table(0, 5).to_parquet(root / "t.parquet")
    table(0, 6).to_csv(root / "t.csv", index=False)
    with WebServer(root, ranges=False) as server:
        specs = {"p": f"{server.url}/t.parquet", "c": f"{server.url}/t.csv?v=1"}
        with make_inputs(root, data=specs) as inputs:
            assert len(inputs.data("p").frame) == 5
            assert len(inputs.data("c").frame) == 6
            assert [record.rows for record in inputs.records()] == [6, 5]
            digest = hashlib.sha256((root / "t.csv").read_bytes()).hexdigest()
            assert inputs.records()[0].sha256 == digest
            assert inputs.records()[0].path == f"{server.url}/t.csv"


def test_both_sides_of_one_address_are_the_same_data(root, tmp_path):
    table(0, 5).to_parquet(root / "t.parquet")
    with WebServer(root) as server:
        specs = {"d": f"{server.url}/t.parquet"}
        with make_inputs(root, data=specs, base_root=tmp_path) as inputs:
            assert inputs.data("d").identity == inputs.data("d", "base").identity


def test_base_has_no_version_of_an_address_that_it_does_not_name(root, tmp_path):
    with (
        make_inputs(
            root, data={"d": "https://example.org/t.csv"}, base_root=tmp_path, base_data={}
        ) as inputs,
        pytest.raises(NoBaseline, match="no data set d"),
    ):
        inputs.data("d", "base")


@pytest.mark.parametrize(
    ("name", "message"),
    [("none.csv", "no such file"), ("denied.csv", "may not be read"), ("broken.csv", "500")],
)
def test_what_a_web_server_refuses_is_an_error(root, name, message):
    with (
        WebServer(root, answers={"/denied.csv": 403, "/broken.csv": 500}) as server,
        make_inputs(root, data={"d": f"{server.url}/{name}?page=secretish"}) as inputs,
        pytest.raises(DataNotReadable, match=message) as caught,
    ):
        inputs.data("d")
    assert "secretish" not in caught.value.explain()
    assert caught.value.remedy


def test_nobody_listening_is_an_error_within_seconds(root):
    with WebServer(root) as server:
        url = server.url
    with (
        make_inputs(root, data={"d": f"{url}/t.csv?page=secretish"}) as inputs,
        pytest.raises(DataNotReadable, match="cannot be reached") as caught,
    ):
        inputs.data("d")
    assert "secretish" not in caught.value.explain()


def test_an_empty_file_of_a_web_server_is_an_error(root):
    (root / "t.csv").touch()
    with (
        WebServer(root) as server,
        make_inputs(root, data={"d": f"{server.url}/t.csv?page=secretish"}) as inputs,
        pytest.raises(DataNotReadable, match="empty") as caught,
    ):
        _ = inputs.data("d").frame
    assert "secretish" not in caught.value.explain()


def test_a_server_that_refused_is_not_asked_by_the_next_check(root):
    with WebServer(root) as server:
        with make_inputs(root, data={"d": f"{server.url}/none.csv"}) as inputs:
            for _ in range(3):
                with pytest.raises(DataNotReadable, match="no such file"):
                    inputs.data("d")
        assert len(server.requests) == 1


def test_no_credential_is_sent_to_a_web_server(root, tmp_path, monkeypatch):
    table(0, 1).to_csv(root / "t.csv", index=False)
    with WebServer(root) as server, make_inputs(root, data={"d": f"{server.url}/t.csv"}) as inputs:
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login somebody password secretword\n")
        monkeypatch.setenv("NETRC", str(netrc))
        assert len(inputs.data("d").frame) == 1
        assert server.requests
        assert not any("Authorization" in headers for headers in server.requests)


def test_a_folder_is_no_suite(root):
    (root / "suites").mkdir()
    with make_inputs(root) as inputs, pytest.raises(DataNotReadable, match="directory"):
        inputs.file("suites", role="suite")


def test_a_suite_may_come_from_a_web_server(root):
    (root / "suite.json").write_text(json.dumps({"name": "s", "expectations": []}))
    with WebServer(root) as server, make_inputs(root) as inputs:
        file = inputs.file(f"{server.url}/suite.json", role="suite")
        assert json.loads(file.read_text())["name"] == "s"
        assert only_record(inputs).role == "suite"


def test_a_redirect_that_leads_to_a_file_that_changed_is_no_mixture(root):
    table(0, 50_000).to_parquet(root / "t.parquet")
    with (
        WebServer(root) as server,
        make_inputs(root, data={"d": f"{server.url}/t.parquet"}) as inputs,
    ):
        data = inputs.data("d")
        _ = data.parts and data.parts.rows
        table(0, 60_000).to_parquet(root / "t.parquet")
        with pytest.raises(DataNotReadable):
            _ = data.frame


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("https://user:secretword@example.org/a.csv", "carries a credential"),
        ("https://example.org/a.csv?X-Amz-Signature=secretword", "carries a credential"),
        ("https://acc.blob.core.windows.net/c/a.csv?sv=1&sig=secretword", "carries a credential"),
        ("s3://key:secretword@bucket/a.csv", "carries a credential"),
        ("s3://bucket", "needs a bucket and a key"),
        ("ftp://example.org/a.csv", "not one of"),
        ("http://example.org/a.csv", "this machine alone"),
        ("https://example.org/*.csv", "lists no files"),
    ],
)
def test_an_address_with_a_credential_or_of_another_kind_is_refused(address, message):
    with pytest.raises(ValueError, match=message) as caught:
        parse(address)
    assert "secretword" not in str(caught.value)
    assert "secretword" not in shown(address)
    with pytest.raises(DataNotReadable) as refused:
        find(address, {}, ())
    assert "secretword" not in refused.value.explain()


def test_no_variable_of_this_machine_is_kept_in_a_representation(root):
    with make_inputs(root) as inputs:
        assert os.environ["PATH"] not in repr(inputs)
