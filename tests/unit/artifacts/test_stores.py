"""What stores refuse, and where credentials may go."""

import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from mlgate.artifacts.remote import find
from mlgate.artifacts.stores import open_store, scrubbed
from mlgate.config.location import parse
from mlgate.errors import DataNotReadable

SECRET = "aVerySecretKey+ThatNobody/MaySee0123456789"
S3 = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": "r"}
AZURE = {"AZURE_STORAGE_ACCOUNT": "ours", "AZURE_STORAGE_KEY": "a2V5"}


@pytest.fixture
def refusing():
    """A server that refuses everything."""

    class Refuse(BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.send_response(403)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_HEAD  # noqa: N815

        def log_message(self, format, *arguments):  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Refuse)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("key", ["data/a.parquet", "data/*.parquet"])
def test_what_s3_denies_is_an_error_that_names_the_variables(refusing, key):
    with pytest.raises(DataNotReadable, match="may not be read") as caught:
        find(f"s3://bucket/{key}", S3 | {"AWS_ENDPOINT_URL": refusing}, (".parquet",))
    assert "AWS_ACCESS_KEY_ID" in caught.value.remedy
    assert SECRET not in caught.value.explain()


@pytest.mark.parametrize(
    ("address", "variables"),
    [
        ("s3://b/a.csv", S3 | {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}),
        ("s3://b/a.csv", S3 | {"AWS_ENDPOINT_URL": "http://no-such-host.invalid"}),
        ("gs://b/a.csv", {"STORAGE_EMULATOR_HOST": "127.0.0.1:1"}),
        ("az://c/a.csv", {"AZURE_STORAGE_CONNECTION_STRING": (
            "AccountName=a;AccountKey=a2V5;BlobEndpoint=http://127.0.0.1:1/a")}),
        ("https://no-such-host.invalid/a.csv", {}),
    ],
)  # fmt: skip
def test_a_server_that_does_not_answer_is_an_error_within_seconds(address, variables):
    start = time.monotonic()
    with pytest.raises(DataNotReadable, match="cannot be reached") as caught:
        find(address, variables, ())
    assert caught.value.remedy
    assert time.monotonic() - start < 30


def test_azure_without_an_account_says_which_variables_to_set():
    with pytest.raises(DataNotReadable, match="no storage account") as caught:
        find("az://c/a.csv", {}, ())
    assert "AZURE_STORAGE_CONNECTION_STRING" in caught.value.remedy


@pytest.mark.parametrize(
    "address",
    [
        "abfss://c@theirs.dfs.core.windows.net/a.csv",
        "abfss://c@ours.dfs.example.org/a.csv",
    ],
)
def test_credentials_of_azure_go_to_their_own_account_and_to_azure_alone(address):
    with pytest.raises(DataNotReadable, match=r"another storage account|none of Azure's"):
        open_store(parse(address), AZURE)


@pytest.mark.parametrize(
    "said",
    [
        f"signature with {SECRET} is wrong",
        "https://host/key?sig=abcdef&se=2030",
        "Max retries exceeded with url: /a.csv?page=abcdef (Caused by)",
        "https://user:word1234@host/key",
        "Bearer " + "a1B2" * 20,
        "AccountKey c2VjcmV0c2VjcmV0 does not fit",
    ],
)
def test_what_an_sdk_says_is_scrubbed(said):
    variables = {
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AZURE_STORAGE_CONNECTION_STRING": "AccountName=a;AccountKey=c2VjcmV0c2VjcmV0",
    }
    text = scrubbed(said, variables)
    for secret in (SECRET, "abcdef", "word1234", "a1B2a1B2", "c2VjcmV0"):
        assert secret not in text
    assert "\n" not in scrubbed("a\nb", {})


def test_what_an_sdk_says_is_short():
    assert len(scrubbed("word " * 1000, {})) <= 200
