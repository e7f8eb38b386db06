"""The same data from S3, Azure and Google: the same verdict and counts, and no credential shown."""

import json
import re
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.e2e.clouds.servers import STORES, Cloud, free_port, gate

pytestmark = pytest.mark.e2e

ROWS = 20_000
CONFIG = """\
version: 1
data:
  d: {path: "PATH", role: train}
checks:
  - type: expectations
    data: d
    suite:
      - {type: expect_column_values_to_not_be_null, kwargs: {column: c3}}
      - type: expect_column_values_to_be_between
        kwargs: {column: c7, min_value: -3, max_value: 3}
      - type: expect_column_median_to_be_between
        kwargs: {column: c7, min_value: -1, max_value: 1}
      - {type: expect_table_row_count_to_equal, kwargs: {value: 20000}}
  - {type: integrity, data: d}
"""


def wide() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    return pd.DataFrame({f"c{i}": rng.normal(size=ROWS) for i in range(20)})


def as_bytes(frame: pd.DataFrame, form: str = "parquet") -> bytes:
    if form == "csv":
        return frame.to_csv(index=False).encode()
    sink = BytesIO()
    frame.to_parquet(sink)
    return sink.getvalue()


@pytest.fixture(scope="module", params=sorted(STORES))
def cloud(request, tmp_path_factory) -> Iterator[Cloud]:
    with STORES[request.param](tmp_path_factory.mktemp(request.param)) as running:
        frame = wide()
        running.put(
            {
                "whole/wide.parquet": as_bytes(frame),
                "whole/wide.csv": as_bytes(frame, "csv"),
                "parts/year=2023/0.parquet": as_bytes(frame[: ROWS // 2]),
                "parts/year=2024/0.parquet": as_bytes(frame[ROWS // 2 :]),
                "parts/_SUCCESS": b"x",
            }
        )
        yield running


def run(folder: Path, path: str, variables):
    folder.mkdir(exist_ok=True)
    (folder / "mlgate.yml").write_text(CONFIG.replace("PATH", path))
    done = gate(folder, variables)
    files = {file.name: file.read_text() for file in (folder / ".mlgate").iterdir()}
    return (
        done,
        json.loads(files["result.json"]),
        "".join([done.stdout, done.stderr, *files.values()]),
    )


def seen(result):
    """What must not depend on where the data are."""
    return (
        result["verdict"]["outcome"],
        result["verdict"]["exit_code"],
        [
            (check["id"], check["outcome"], check["rows"], [
                (f["id"], f["outcome"], f["observed"], f["message"]) for f in check["findings"]
            ])
            for check in result["checks"]
        ],
    )  # fmt: skip


@pytest.fixture(scope="module")
def locally(tmp_path_factory):
    folder = tmp_path_factory.mktemp("local")
    (folder / "wide.parquet").write_bytes(as_bytes(wide()))
    (folder / "wide.csv").write_bytes(as_bytes(wide(), "csv"))
    return {name: seen(run(folder, name, {})[1]) for name in ("wide.parquet", "wide.csv")}


@pytest.mark.parametrize("name", ["wide.parquet", "wide.csv"])
def test_the_verdict_and_the_counts_are_those_of_the_local_file(cloud, locally, tmp_path, name):
    done, result, output = run(tmp_path, f"{cloud.address}whole/{name}", cloud.variables)
    assert seen(result) == locally[name]
    assert done.returncode == result["verdict"]["exit_code"] == 1  # normal values beyond 3
    (record,) = result["artifacts"]
    assert record["rows"] == ROWS
    assert record["fingerprint"]
    assert not any(secret in output for secret in cloud.secrets)


@pytest.mark.parametrize("path", ["parts", "parts/*/*.parquet"])
def test_a_folder_and_a_pattern_are_one_table(cloud, locally, tmp_path, path):
    _, result, output = run(tmp_path, f"{cloud.address}{path}", cloud.variables)
    expectations = [check for check in seen(result)[2] if check[0] == "expectations"]
    assert expectations == [
        check for check in locally["wide.parquet"][2] if check[0] == "expectations"
    ]
    assert result["artifacts"][0]["fingerprint"].startswith("2 files, ")
    assert not any(secret in output for secret in cloud.secrets)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("whole/none.parquet", "no such file"),
        ("whole/none-*.parquet", "no such file"),
    ],
)
def test_what_is_not_there_is_errored(cloud, tmp_path, path, message):
    done, result, output = run(tmp_path, f"{cloud.address}{path}", cloud.variables)
    assert done.returncode == 4
    assert {check["outcome"] for check in result["checks"]} == {"errored"}
    assert all(message in check["reason"] for check in result["checks"])
    assert not any(secret in output for secret in cloud.secrets)


def test_a_bucket_that_is_not_there_is_named(cloud, tmp_path):
    address = cloud.address.replace("gate-data", "no-such-bucket")
    done, result, _ = run(tmp_path, f"{address}x.parquet", cloud.variables)
    assert done.returncode == 4
    assert "no bucket or container no-such-bucket" in result["checks"][0]["reason"]


def test_an_endpoint_that_nobody_listens_at_is_errored_within_half_a_minute(cloud, tmp_path):
    port = f"127.0.0.1:{free_port()}"
    variables = dict(cloud.variables)
    for name, value in variables.items():
        if "127.0.0.1:" in value:
            start, _, rest = value.partition("127.0.0.1:")
            variables[name] = f"{start}{port}{rest.lstrip('0123456789')}"
    start = time.monotonic()
    done, result, output = run(tmp_path, f"{cloud.address}whole/wide.parquet", variables)
    assert done.returncode == 4
    assert "cannot be reached" in result["checks"][0]["reason"]
    assert not any(secret in output for secret in cloud.secrets)
    assert time.monotonic() - start < 60  # two checks ask, and Python starts


def test_a_credential_that_is_refused_is_errored_and_not_shown(cloud, tmp_path):
    if cloud.refused is None:
        pytest.skip("the stand-ins of S3 and Google take any key")
    done, result, output = run(tmp_path, f"{cloud.address}whole/wide.parquet", cloud.refused)
    assert done.returncode == 4
    assert "may not be read" in result["checks"][0]["reason"]
    assert {*cloud.refused} & {*re.findall(r"[A-Z_]{10,}", result["checks"][0]["reason"])}
    assert not any(secret in output for secret in cloud.secrets)
