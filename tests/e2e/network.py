"""Commands that are run alone with a test's API: in a network of their own where the system lets them."""

from __future__ import annotations

import socket
import sys
import threading
from pathlib import Path

from attrs import define, field

from tests.e2e.api import Api


@define(eq=False)
class Network:
    """Wraps commands so that all they can reach is ``api``. ``folder``: a short path for a socket."""

    api: Api
    folder: Path
    seen: list[str] = field(factory=list)
    """For each command that was run, `alone` or `among others`."""
    _threads: list[threading.Thread] = field(factory=list)
    _door: socket.socket = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(self._path))
        self._door.listen()
        thread = threading.Thread(target=self._welcome)
        thread.start()
        self._threads.append(thread)

    @property
    def _path(self) -> Path:
        return self.folder / "door"

    def command(self, argv: list[str]) -> list[str]:
        """The command that runs ``argv`` alone with the API."""
        return [sys.executable, "-I", "-S", str(Path(__file__).with_name("alone.py")), str(self._path), *argv]

    def _welcome(self) -> None:
        """Serve on every socket that is handed over."""
        while True:
            connection, _ = self._door.accept()
            with connection:
                said, descriptors, _, _ = socket.recv_fds(connection, 64, 1)
                if said == b"close":
                    return
                self.seen.append(said.decode())
                self.api.serve(socket.socket(fileno=descriptors[0]))
                connection.sendall(b".")

    def close(self) -> None:
        with socket.socket(socket.AF_UNIX) as last:
            last.connect(str(self._path))
            last.sendall(b"close")
        for thread in self._threads:
            thread.join()
        self._door.close()
        self.api.close()
