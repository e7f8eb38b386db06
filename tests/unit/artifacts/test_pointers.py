"""DVC's and Git LFS's pointers: their content where it is here, and an error where it is not."""

import hashlib
import json

import pandas as pd
import pytest

from mlgate.errors import DataNotReadable
from tests.support import make_inputs
from tests.web_server import WebServer

CSV = b"a,b\n1,x\n2,y\n"


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / ".dvc").mkdir()
    return folder


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def track(pointer, digest):
    pointer.parent.mkdir(parents=True, exist_ok=True)
    pointer.write_text(f"outs:\n- md5: {digest}\n  size: 1\n  path: {pointer.stem}\n")


def put(folder, content, *, digest=None, layout="files/md5/"):
    digest = digest or md5(content)
    place = folder / f"{layout}{digest[:2]}/{digest[2:]}"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    return digest


@pytest.mark.parametrize("layout", ["files/md5/", ""])
def test_a_file_in_dvcs_cache_is_read_from_there(root, layout):
    track(root / "d.csv.dvc", put(root / ".dvc" / "cache", CSV, layout=layout))
    with make_inputs(root, data={"d": "d.csv"}) as inputs:
        assert inputs.data("d").frame["a"].tolist() == [1, 2]
        (record,) = inputs.records()
        assert record.sha256 == hashlib.sha256(CSV).hexdigest()
        assert not (root / "d.csv").exists()


def test_the_digest_of_a_text_in_an_old_cache_is_that_of_unix(root):
    windows = CSV.replace(b"\n", b"\r\n")
    track(root / "d.csv.dvc", put(root / ".dvc" / "cache", windows, digest=md5(CSV), layout=""))
    with make_inputs(root, data={"d": "d.csv"}) as inputs:
        assert len(inputs.data("d").frame) == 2


def test_content_with_another_digest_is_refused(root):
    track(root / "d.csv.dvc", put(root / ".dvc" / "cache", b"a\nforged\n", digest=md5(CSV)))
    with (
        make_inputs(root, data={"d": "d.csv"}) as inputs,
        pytest.raises(DataNotReadable, match="not what its pointer names"),
    ):
        inputs.data("d")


def test_what_is_nowhere_is_an_error_that_says_what_to_run(root):
    track(root / "d.csv.dvc", md5(CSV))
    with (
        make_inputs(root, data={"d": "d.csv"}) as inputs,
        pytest.raises(DataNotReadable) as caught,
    ):
        inputs.data("d")
    assert "dvc pull d.csv.dvc" in caught.value.remedy


def test_a_digest_that_is_a_path_leads_nowhere(root):
    (root / "secret").write_text("a\n1\n")
    track(root / "d.csv.dvc", "../../../secret")
    with make_inputs(root, data={"d": "d.csv"}) as inputs, pytest.raises(DataNotReadable):
        inputs.data("d")


def folder_of_two(root):
    cache = root / ".dvc" / "cache"
    listing = []
    for number in (0, 1):
        place = root / "part"
        pd.DataFrame({"n": [number]}).to_parquet(place)
        digest = put(cache, place.read_bytes())
        listing.append({"md5": digest, "relpath": f"year={number}/0.parquet"})
        place.unlink()
    listing.append({"md5": listing[0]["md5"], "relpath": "../escaped.parquet"})
    manifest = json.dumps(listing).encode()
    track(root / "data.dvc", put(cache, manifest, digest=f"{md5(manifest)}.dir"))


@pytest.mark.parametrize("path", ["data", "data/*/*.parquet", "data/year=*/0.parquet"])
def test_a_folder_that_dvc_tracks_is_read_with_its_partitions(root, path):
    folder_of_two(root)
    with make_inputs(root, data={"d": path}) as inputs:
        frame = inputs.data("d").frame
        assert frame["n"].tolist() == [0, 1]
        assert frame["year"].tolist() == [0, 1]


def test_a_file_of_a_folder_that_dvc_tracks_is_found(root):
    folder_of_two(root)
    with make_inputs(root, data={"d": "data/year=1/0.parquet"}) as inputs:
        assert inputs.data("d").frame["n"].tolist() == [1]


def test_pointers_under_a_pattern_are_resolved_one_by_one(root):
    for number in (0, 1):
        place = root / f"p{number}.parquet"
        pd.DataFrame({"n": [number]}).to_parquet(place)
        if number:
            track(root / "p1.parquet.dvc", put(root / ".dvc" / "cache", place.read_bytes()))
            place.unlink()
    with make_inputs(root, data={"d": "p*.parquet"}) as inputs:
        assert inputs.data("d").frame["n"].tolist() == [0, 1]


def test_a_remote_of_dvc_on_a_web_server_is_read(root, tmp_path):
    track(root / "d.csv.dvc", put(tmp_path / "remote" / "store", CSV))
    with WebServer(tmp_path / "remote") as server:
        (root / ".dvc" / "config").write_text(
            f"[core]\n    remote = main\n['remote \"main\"']\n    url = {server.url}/store\n"
        )
        with make_inputs(root, data={"d": "d.csv"}) as inputs:
            assert len(inputs.data("d").frame) == 2
            assert inputs.records()[0].path == "d.csv"


def test_a_remote_that_only_dvc_reads_is_left_to_dvc(root):
    track(root / "d.csv.dvc", md5(CSV))
    (root / ".dvc" / "config").write_text("['remote \"a\"']\n    url = ssh://host/store\n")
    with (
        make_inputs(root, data={"d": "d.csv"}) as inputs,
        pytest.raises(DataNotReadable, match="only its DVC pointer"),
    ):
        inputs.data("d")


def test_a_remote_of_dvc_that_is_a_folder_is_read(root, tmp_path):
    track(root / "d.csv.dvc", put(tmp_path / "store", CSV))
    (root / ".dvc" / "config").write_text("['remote \"a\"']\n    url = ../../store\n")
    with make_inputs(root, data={"d": "d.csv"}) as inputs:
        assert len(inputs.data("d").frame) == 2


def test_base_reads_its_pointer_from_the_cache_of_the_work_tree(root, tmp_path):
    other = b"a\n7\n"
    base = tmp_path / "base"
    (base / ".dvc").mkdir(parents=True)
    track(root / "d.csv.dvc", put(root / ".dvc" / "cache", CSV))
    track(base / "d.csv.dvc", put(root / ".dvc" / "cache", other))
    with make_inputs(root, data={"d": "d.csv"}, base_root=base) as inputs:
        assert inputs.data("d").frame["a"].tolist() == [1, 2]
        assert inputs.data("d", "base").frame["a"].tolist() == [7]


def lfs_pointer(content: bytes) -> tuple[str, str]:
    oid = hashlib.sha256(content).hexdigest()
    text = f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(content)}\n"
    return oid, text


def test_an_object_of_git_lfs_is_read_where_it_is_here(root):
    oid, text = lfs_pointer(CSV)
    (root / "d.csv").write_text(text)
    stored = root / ".git" / "lfs" / "objects" / oid[:2] / oid[2:4] / oid
    stored.parent.mkdir(parents=True)
    with (
        make_inputs(root, data={"d": "d.csv"}) as inputs,
        pytest.raises(DataNotReadable, match="Git LFS pointer"),
    ):
        inputs.data("d")
    stored.write_bytes(CSV)
    with make_inputs(root, data={"d": "d.csv"}) as inputs:
        assert inputs.data("d").frame["a"].tolist() == [1, 2]
    stored.write_bytes(CSV + b"3,z\n")
    with (
        make_inputs(root, data={"d": "d.csv"}) as inputs,
        pytest.raises(DataNotReadable, match="not what its pointer names"),
    ):
        inputs.data("d")
