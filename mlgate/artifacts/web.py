"""Files of a web server, read by ranges, as a pyarrow file system.

No credential is sent: none from the environment, none from `.netrc`. From https nothing leads back
to http.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import requests
from pyarrow import NativeFile, PythonFile
from pyarrow.fs import FileInfo, FileSelector, FileSystemHandler, FileType, PyFileSystem
from requests.auth import AuthBase

from mlgate.config.location import Remote

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

CONNECT_SECONDS, READ_SECONDS = 5.0, 20.0
"""Less than `stores.ANSWER_SECONDS` together: no thread waits in Python when the process ends."""


def web_files(remote: Remote, environment: Mapping[str, str]) -> "FileSystem":
    """A file system over the server of an address; its paths are what follows `https://`."""
    return PyFileSystem(WebFiles(scheme=remote.scheme, environment=environment))


class _NoAuth(AuthBase):
    """Keeps requests from looking into `.netrc`."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


@dataclass(frozen=True)
class WebFile:
    """What a server says of a file."""

    size: int | None
    ranges: bool
    """Whether it sends parts of the file."""
    etag: str | None
    modified: str | None

    @property
    def version(self) -> str | None:
        """The file's version, as far as the server names one."""
        if self.etag:
            return f"etag {self.etag[:100]}"
        return f"last-modified {self.modified[:100]}" if self.modified else None


@dataclass(eq=False)
class WebFiles(FileSystemHandler):  # type: ignore[misc]  # pyarrow ships no types
    """Reads; lists nothing and writes nothing."""

    scheme: str
    environment: Mapping[str, str] = field(repr=False)

    def __post_init__(self) -> None:
        """Open no connection yet."""
        self._session = requests.Session()
        self._session.auth = _NoAuth()
        self._session.headers["Accept-Encoding"] = "identity"  # ranges are of the file itself
        if self.scheme == "https":
            del self._session.adapters["http://"]  # a redirect to http is an error
        self._known: dict[str, WebFile] = {}

    def about(self, path: str) -> WebFile:
        """What the server says of a file, asked for once.

        Raises:
            OSError: It does not answer, or refuses.
        """
        if path not in self._known:
            with self.get(path, {"Range": "bytes=0-0"}) as answer:
                total = answer.headers.get("Content-Range", "").rpartition("/")[2]
                ranges = answer.status_code == 206 and total.isdigit()
                size = total if ranges else answer.headers.get("Content-Length", "")
                self._known[path] = WebFile(
                    size=int(size) if size.isdigit() else None,
                    ranges=ranges,
                    etag=answer.headers.get("ETag"),
                    modified=answer.headers.get("Last-Modified"),
                )
        return self._known[path]

    def get(self, path: str, headers: Mapping[str, str]) -> requests.Response:
        """A file or a part of it; the caller reads and closes the answer.

        Raises:
            OSError: There is no answer, or it is a refusal.
        """
        answer = self._session.get(
            f"{self.scheme}://{path}",
            headers=dict(headers),
            stream=True,
            timeout=(CONNECT_SECONDS, READ_SECONDS),
        )
        if answer.status_code in {404, 410}:
            answer.close()
            raise FileNotFoundError(f"the server answers {answer.status_code}")
        if answer.status_code not in {200, 206}:
            answer.close()
            raise OSError(f"the server answers {answer.status_code} {answer.reason}")
        return answer

    def get_type_name(self) -> str:
        """A name, which Arrow asks for."""
        return "mlgate-web"

    def normalize_path(self, path: str) -> str:
        """A path is what it is."""
        return path

    def get_file_info(self, paths: Sequence[str]) -> list[FileInfo]:
        """Size of each file; of type `NotFound` where there is none."""
        found = []
        for path in paths:
            try:
                found.append(FileInfo(path, FileType.File, size=self.about(path).size))
            except FileNotFoundError:
                found.append(FileInfo(path, FileType.NotFound))
        return found

    def get_file_info_selector(self, selector: FileSelector) -> list[FileInfo]:
        """Nothing: a web server lists no files."""
        del selector
        return []

    def open_input_file(self, path: str) -> NativeFile:
        """A file that may be read at any place."""
        return PythonFile(_Ranges(self, path, self.about(path)), mode="r")

    def open_input_stream(self, path: str) -> NativeFile:
        """A file from its start."""
        return PythonFile(_Whole(self.get(path, {})), mode="r")

    def _refuse(self, *_: Any) -> Any:
        raise OSError("files of a web server are only read")

    copy_file = create_dir = delete_dir = delete_dir_contents = delete_file = _refuse
    delete_root_dir_contents = move = open_append_stream = open_output_stream = _refuse


class _Ranges(io.RawIOBase):
    """Each read is a request for a range of the version that was seen first."""

    def __init__(self, files: WebFiles, path: str, about: WebFile) -> None:
        super().__init__()
        self._files, self._path, self._about = files, path, about
        self._size = about.size or 0
        self._place = 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        self._place = start + offset
        return self._place

    def read(self, size: int = -1) -> bytes:
        end = self._size if size < 0 else min(self._size, self._place + size)
        if end <= self._place:
            return b""
        headers = {"Range": f"bytes={self._place}-{end - 1}"}
        if self._about.etag and not self._about.etag.startswith("W/"):
            headers["If-Match"] = self._about.etag
        with self._files.get(self._path, headers) as answer:
            content = b"" if answer.status_code != 206 else answer.content
        if len(content) != end - self._place:
            raise OSError("the server did not send the part of the file that was asked for")
        self._place = end
        return content


class _Whole(io.RawIOBase):
    """An answer's content, from its start to its end."""

    def __init__(self, answer: requests.Response) -> None:
        super().__init__()
        self._answer = answer

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        content: bytes = self._answer.raw.read(None if size < 0 else size)
        return content

    def close(self) -> None:
        self._answer.close()
        super().close()
