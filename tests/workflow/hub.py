"""A hub on loopback, for the real client: one repository at one commit, open or gated, honest or not."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

REPOSITORY = "owner/small-model"
REVISION = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """What the hub has, and what it was asked.

    Attributes
    ----------
    files
        Path in the repository -> bytes.
    token
        The token that opens the repository; empty for everyone.
    forged
        Paths of files that are handed out with a byte changed.
    asked
        The requests so far, as ``GET /path``.
    """

    files: dict[str, bytes]
    token: str = ""
    forged: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def tree(self) -> list[dict[str, object]]:
        """List the files as the hub's API does: safetensors in large-file storage, the others in git."""
        return [self._entry(path, content) for path, content in self.files.items()]

    def _entry(self, path: str, content: bytes) -> dict[str, object]:
        entry: dict[str, object] = {"type": "file", "path": path, "size": len(content), "oid": git_digest(content)}
        if path.endswith(".safetensors"):
            entry["lfs"] = {"oid": sha256(content), "size": len(content), "pointerSize": 134}
        return entry


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def git_digest(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


@contextmanager
def serve(hub: Hub) -> Iterator[Hub]:
    """Serve a hub on a free port until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            hub.asked.append(f"{self.command} {path}")
            if hub.token and self.headers["Authorization"] != f"Bearer {hub.token}":
                self.answer(401, b"{}", {"X-Error-Code": "GatedRepo"})
            elif path == f"/api/models/{REPOSITORY}/tree/{REVISION}":
                self.answer(200, json.dumps(hub.tree()).encode(), {"Content-Type": "application/json"})
            elif path.startswith(f"/{REPOSITORY}/resolve/{REVISION}/"):
                self.hand_out(path.rsplit(f"{REVISION}/", 1)[1])
            elif REPOSITORY in path:
                self.answer(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
            else:
                self.answer(401, b"{}", {"X-Error-Code": "RepoNotFound"})

        def hand_out(self, name: str) -> None:
            content = hub.files[name]
            etag = sha256(content) if name.endswith(".safetensors") else git_digest(content)
            if name in hub.forged:
                content = bytes([content[0] ^ 1]) + content[1:]
            self.answer(200, content, {"ETag": f'"{etag}"', "X-Repo-Commit": REVISION})

        def answer(self, status: int, content: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
