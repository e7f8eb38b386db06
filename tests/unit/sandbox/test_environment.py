from pathlib import Path

from mlgate.sandbox.environment import _for_uv, _read


def test_uv_learns_the_index_and_no_token() -> None:
    seen = _for_uv(
        {
            "UV_INDEX_INTERNAL_PASSWORD": "index",
            "PIP_INDEX_URL": "https://pip.example",
            "https_proxy": "proxy",
            "SSL_CERT_FILE": "certificates",
            "UV_PUBLISH_TOKEN": "secret",
            "UV_PUBLISH_PASSWORD": "secret",
            "UV_GITHUB_TOKEN": "secret",
            "GITHUB_TOKEN": "secret",
            "PIP_INDEX_PASSWORD": "secret",
        }
    )
    assert seen["UV_INDEX_INTERNAL_PASSWORD"] == "index"
    assert seen["UV_INDEX_URL"] == "https://pip.example"
    assert seen["https_proxy"] == "proxy"
    assert seen["SSL_CERT_FILE"] == "certificates"
    assert "secret" not in seen.values()


def test_what_uv_is_told_itself_wins_over_pips() -> None:
    seen = _for_uv({"PIP_INDEX_URL": "https://pip.example", "UV_INDEX_URL": "https://uv.example"})
    assert seen["UV_INDEX_URL"] == "https://uv.example"


def test_everything_that_a_requirements_file_names_is_found(tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text(
        "numpy>=2  # a comment\n"
        "-r more.txt\n"
        "--constraint=pins.txt\n"
        "-c https://example.com/pins.txt\n"
        "-r /dev/zero\n"
        "-r missing.txt\n"
        "-e ./lib[extra]\n"
        "tool @ file:../tool\n"
        "other @ https://example.com/other.whl\n"
        "--find-links ./wheels\n"
        "./wheels/a-1-py3-none-any.whl\n"
    )
    (tmp_path / "more.txt").write_text("-r requirements.txt\n.\n")
    (tmp_path / "pins.txt").write_text("numpy==2.1\n")
    sources = _read(file)
    assert sorted(sources.texts[1:]) == ["-r requirements.txt\n.\n", "numpy==2.1\n"]
    names = ["lib", "../tool", "wheels/a-1-py3-none-any.whl", "."]
    assert set(sources.local) == {(tmp_path / name).resolve() for name in names}
