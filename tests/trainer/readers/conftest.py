"""Folders of tiny images in the layouts that readers know, and a bucket that anyone may read."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlparse
from xml.sax.saxutils import escape

import numpy as np
import pytest
import tifffile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path


_PAGE = (
    '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    "<Name>bucket</Name><KeyCount>{count}</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>{entries}"
    "</ListBucketResult>"
)
_ENTRY = (
    "<Contents><Key>{key}</Key><LastModified>2020-11-05T00:00:00.000Z</LastModified><ETag>&quot;e&quot;</ETag>"
    "<Size>{size}</Size><StorageClass>STANDARD</StorageClass></Contents>"
)


@pytest.fixture
def touch(tmp_path: Path) -> Callable[..., None]:
    """Write tiny images of one channel; each holds the number of its place in the call."""

    def write(*names: str) -> None:
        for value, name in enumerate(names):
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            tifffile.imwrite(path, np.full((4, 5), value, np.uint16))

    return write


@pytest.fixture
def serve() -> Callable[[Path], AbstractContextManager[tuple[str, list[str]]]]:
    """Serve the folders below a place as buckets: enough of S3 to list below a prefix and to fetch."""
    return _served_bucket


@contextmanager
def _served_bucket(root: Path) -> Iterator[tuple[str, list[str]]]:
    """Serve the folders of `root` as buckets; give the endpoint, and the requests as they come."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def _answer(self, *, body: bool) -> None:
            url = urlparse(self.path)
            asked.append(f"{self.command} {unquote(self.path)}")
            assert "Authorization" not in self.headers, "nobody signs a request"
            bucket, _, key = unquote(url.path).lstrip("/").partition("/")
            if "list-type" in url.query:
                self._send(200, self._listing(bucket, parse_qs(url.query).get("prefix", [""])[0]), body)
            elif (root / bucket / key).is_file():
                self._send(200, (root / bucket / key).read_bytes(), body)
            else:
                self._send(404, b"<Error><Code>NoSuchKey</Code></Error>", body)

        def _listing(self, bucket: str, prefix: str) -> bytes:
            files = sorted(path for path in (root / bucket).rglob("*") if path.is_file())
            keys = {path.relative_to(root / bucket).as_posix(): path.stat().st_size for path in files}
            entries = [_ENTRY.format(key=escape(k), size=s) for k, s in keys.items() if k.startswith(prefix)]
            return _PAGE.format(count=len(entries), entries="".join(entries)).encode()

        def _send(self, status: int, content: bytes, body: bool) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("ETag", '"e"')
            self.send_header("Last-Modified", "Thu, 05 Nov 2020 00:00:00 GMT")
            self.end_headers()
            if body:
                self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
