"""The pinned program is fetched once, and nothing else is taken for it. No network: a registry of the test's own."""

from __future__ import annotations

import base64
import hashlib
import io
import socket
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.e2e import binary
from tests.e2e.binary import VERSION, OutOfReach, claude, platform_name


def package(content: bytes) -> bytes:
    """A tarball as the registry has it."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo("package/claude")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


PACKAGE = package(b"#!/bin/sh\necho hello\n")


class Registry(BaseHTTPRequestHandler):
    asked: list[str]
    status = 200

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(self.status)
        self.send_header("content-length", str(len(PACKAGE)))
        self.end_headers()
        self.wfile.write(PACKAGE)

    def log_message(self, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Registry]]:
    """A registry that has the package, whose hash is the pinned one; an empty cache."""
    handler = type("Handler", (Registry,), {"asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(binary, "registry", lambda: f"http://127.0.0.1:{server.server_port}")
    pinned = base64.b64encode(hashlib.sha512(PACKAGE).digest()).decode()
    monkeypatch.setattr(binary, "INTEGRITY", {platform_name(): pinned})
    yield handler
    server.shutdown()
    thread.join()
    server.server_close()


def test_it_is_fetched_once_by_however_many(registry: type[Registry]) -> None:
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(claude())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    name = f"claude-code-{platform_name()}"
    assert registry.asked == [f"/@anthropic-ai/{name}/-/{name}-{VERSION}.tgz"]
    assert len(set(found)) == 1
    assert found[0].read_bytes() == b"#!/bin/sh\necho hello\n"
    assert found[0].stat().st_mode & 0o777 == 0o755
    assert sorted(path.name for path in found[0].parent.iterdir()) == ["claude", "lock"]


def test_something_else_is_refused(registry: type[Registry], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binary, "INTEGRITY", {platform_name(): "x"})
    with pytest.raises(AssertionError, match="not what is pinned"):
        claude()
    assert not list(binary.cache().rglob("claude"))


def test_a_registry_without_it_fails_the_tests(registry: type[Registry]) -> None:
    registry.status = 404
    with pytest.raises(pytest.fail.Exception, match="HTTP 404"):
        claude()


def test_a_registry_that_is_ill_or_away_skips_them(
    registry: type[Registry], monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.status = 503
    with pytest.raises(OutOfReach, match="HTTP 503"):
        claude()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setattr(binary, "registry", lambda: f"http://127.0.0.1:{port}")
    with pytest.raises(OutOfReach, match="cannot be reached"):
        claude()


def test_another_platform_skips_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binary, "platform_name", lambda: "plan9-mips")
    with pytest.raises(OutOfReach, match="pinned for plan9-mips"):
        claude()
