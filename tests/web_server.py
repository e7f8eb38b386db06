"""A web server over a folder, with ranges, that counts what it sends."""

import re
import threading
from collections.abc import Mapping
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self


class WebServer:
    """Runs inside of a `with` block."""

    def __init__(
        self, root: Path, *, ranges: bool = True, answers: Mapping[str, int] | None = None
    ) -> None:
        self.root, self.ranges, self.answers = root, ranges, answers or {}
        self.sent = 0
        """Bytes of content that were sent."""
        self.requests: list[Mapping[str, str]] = []
        """Headers of every request."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, owner: WebServer, *arguments: object) -> None:
        self.owner = owner
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self.owner.requests.append(dict(self.headers.items()))
        path = self.path.partition("?")[0]
        file = self.owner.root / path.lstrip("/")
        refusal = self.owner.answers.get(path, 0 if file.is_file() else 404)
        if refusal:
            self._answer(refusal, b"", {})
            return
        content = file.read_bytes()
        etag = f'"{len(content)}"'
        if self.headers.get("If-Match", etag) != etag:
            self._answer(412, b"", {})
            return
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if wanted and self.owner.ranges:
            first, last = int(wanted[1]), min(int(wanted[2]), len(content) - 1)
            shown = f"bytes {first}-{last}/{len(content)}"
            part = content[first : last + 1]
            self._answer(206, part, {"Content-Range": shown, "ETag": etag})
        else:
            self._answer(200, content, {"ETag": etag})

    def _answer(self, code: int, content: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(code)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.owner.sent += len(content)
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        pass
