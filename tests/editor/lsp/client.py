"""A language client for tests: a real server process, real pipes, every message as it goes over the wire."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading

from tests.cli.processes import environment

PATIENCE = 60
"""Seconds to wait for a message: only a broken server lets them pass."""

SERVER = (sys.executable, "-m", "mmm_lang", "lsp", "--stdio")


class ResponseError(Exception):
    """The server refused a request; ``code`` and ``str()`` are its own."""

    def __init__(self, error):
        super().__init__(error["message"])
        self.code = error["code"]


class Client:
    """Speaks to one server. Requests of the server are answered with ``null`` and kept in ``asked``."""

    def __init__(self, cwd, command=SERVER, **env):
        self.process = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment(
                **{"CLAUDE_CONFIG_DIR": str(cwd / "no-home"), "XDG_CACHE_HOME": str(cwd / "cache"), **env}
            ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.cwd = cwd
        self.asked = []
        self.versions = {}
        self.errors = b""
        self._number = 0
        self._incoming = queue.Queue()
        self._notifications = []
        self._threads = [threading.Thread(target=self._read), threading.Thread(target=self._read_errors)]
        for thread in self._threads:
            thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None and not self.process.stdin.closed:
            self.process.stdin.close()
        self.process.wait(PATIENCE)
        for thread in self._threads:
            thread.join()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            stream.close()

    # --- messages ---

    def send(self, message):
        self.send_bytes(json.dumps({"jsonrpc": "2.0", **message}).encode())

    def send_bytes(self, body):
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def notify(self, method, params):
        self.send({"method": method, "params": params})

    def request(self, method, params=None):
        """The result of a request; raises `ResponseError`."""
        self._number += 1
        number = self._number
        self.send({"id": number, "method": method, **({"params": params} if params is not None else {})})
        while True:
            message = self._next()
            if message.get("id") == number and "method" not in message:
                if "error" in message:
                    raise ResponseError(message["error"])
                return message["result"]

    def notification(self, method, holds=lambda params: True):
        """The parameters of the next notification of that method for which ``holds``; earlier ones are dropped."""
        while True:
            while self._notifications:
                message = self._notifications.pop(0)
                if message["method"] == method and holds(message["params"]):
                    return message["params"]
            self._next()

    def pending(self, method):
        """How many notifications of a method have come that nobody has asked for."""
        return sum(message["method"] == method for message in self._notifications)

    def _next(self):
        message = self._incoming.get(timeout=PATIENCE)
        assert message is not None, f"the server has gone: {self.errors.decode()}"
        if "method" in message and "id" in message:
            self.asked.append(message)
            self.send({"id": message["id"], "result": None})
        elif "method" in message:
            self._notifications.append(message)
        return message

    def _read(self):
        stream = self.process.stdout
        while True:
            length = 0
            while line := stream.readline().strip():
                name, _, value = line.partition(b":")
                if name == b"Content-Length":
                    length = int(value)
            if not length:
                self._incoming.put(None)
                return
            self._incoming.put(json.loads(stream.read(length)))

    def _read_errors(self):
        for line in self.process.stderr:
            self.errors += line

    # --- what every test says ---

    def initialize(self, **capabilities):
        result = self.request(
            "initialize",
            {"processId": None, "rootUri": self.cwd.as_uri(), "capabilities": capabilities},
        )
        self.notify("initialized", {})
        return result["capabilities"]

    def open(self, text, name="a.mmm.yml", language="yaml"):
        """Open a file and return its URI."""
        uri = (self.cwd / name).as_uri()
        self.versions[uri] = 1
        document = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})
        return uri

    def change(self, uri, text):
        """Send a new version and return its number."""
        self.versions[uri] += 1
        self.notify(
            "textDocument/didChange",
            {"textDocument": {"uri": uri, "version": self.versions[uri]}, "contentChanges": [{"text": text}]},
        )
        return self.versions[uri]

    def diagnostics(self, uri, version):
        """What was published about a version."""
        params = self.notification(
            "textDocument/publishDiagnostics",
            lambda params: params["uri"] == uri and params.get("version") == version,
        )
        return params["diagnostics"]

    def ask(self, uri, feature, line=None, character=None, **more):
        """A request about a document, at a position where one is given."""
        position = {} if line is None else {"position": {"line": line, "character": character}}
        return self.request(f"textDocument/{feature}", {"textDocument": {"uri": uri}, **position, **more})

    def leave(self):
        """Say good-bye; the exit code of the server."""
        self.request("shutdown")
        self.notify("exit", None)
        return self.process.wait(PATIENCE)
