"""What of the Spark engine needs no Spark; tests/e2e/engines has the rest."""

from pathlib import Path

import pytest

from mlgate.artifacts import formats
from mlgate.artifacts.interface import DataSet
from mlgate.config.model import DataSpec
from mlgate.engines.gx_spark import _place, _words


def data_at(path: str, folder: Path) -> DataSet:
    return DataSet(
        name="data",
        spec=DataSpec(path=path),
        side="head",
        path=folder / path,
        read=formats.read,
    )


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("s3://bucket/a.parquet", "s3a://bucket/a.parquet"),
        ("s3://bucket/part-*.parquet", "s3a://bucket/part-*.parquet"),
        ("gs://bucket/folder", "gs://bucket/folder"),
    ],
)
def test_a_url_is_passed_on(tmp_path, path, place):
    assert _place(data_at(path, tmp_path)) == place


def test_a_local_path_has_a_scheme_and_its_pattern_is_kept(tmp_path):
    assert _place(data_at("part-*.csv", tmp_path)) == f"file://{tmp_path}/part-*.csv"


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(tmp_path):
    (tmp_path / "a[1]*.csv").write_text("a\n1\n")
    assert _place(data_at("a[1]*.csv", tmp_path)) == rf"file://{tmp_path}/a\[1\]\*.csv"


def test_an_error_of_java_is_given_by_its_own_first_line():
    error = (
        "An error occurred while calling o1.parquet.\n"
        ": java.io.IOException: s3a://key:secret@bucket is gone\n\tat a.b.c(D.java:1)"
    )
    assert _words(error) == "java.io.IOException: s3a://bucket is gone"
