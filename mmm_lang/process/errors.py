"""What can go wrong when a process is started, told as sentences."""

from __future__ import annotations


class ProcessError(Exception):
    """Base of everything that this room raises on purpose. ``str()`` of it is a sentence for people."""


class ProgramNotFound(ProcessError):
    """``run_short``: there is no such program on PATH (or at that path)."""

    def __init__(self, program: str) -> None:
        super().__init__(f"`{program}` was not found: install it, or add its folder to PATH")
        self.program = program


class NotStarted(ProcessError):
    """``run_short``: the system refused to start the program (its folder, its permissions, its length)."""

    def __init__(self, program: str, reason: str) -> None:
        super().__init__(f"`{program}` could not be started: {reason}")
        self.program = program
        self.reason = reason


class TimedOut(ProcessError):
    """``run_short``: the program ran longer than ``timeout`` seconds and was killed with its process group.

    ``stdout`` and ``stderr`` are what it had written until then.
    """

    def __init__(self, argv: tuple[str, ...], timeout: float, stdout: bytes, stderr: bytes) -> None:
        super().__init__(f"`{argv[0]}` did not end within {timeout:g} s and was stopped")
        self.argv = argv
        self.timeout = timeout
        self.stdout = stdout
        self.stderr = stderr


class KeeperDied(ProcessError):
    """The keeper is gone, and how a command ended is not recorded.

    ``details`` is the traceback where the keeper itself failed, else empty.
    """

    def __init__(self, sentence: str, details: str = "") -> None:
        super().__init__(sentence)
        self.details = details


class FolderTaken(ProcessError):
    """A command was to write into a folder that holds the record or the output of another."""

    def __init__(self, folder: str, name: str) -> None:
        super().__init__(f"`{folder}` holds `{name}` of an earlier command: each needs a folder of its own")
        self.folder = folder


class RecordDamaged(ProcessError):
    """An ``rc`` file is not what a keeper writes."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"the record `{path}` cannot be read: {reason}")
        self.path = path
