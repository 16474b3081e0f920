"""What the commands about sessions share: the repository, the session that is meant, and what is said where they fail."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Callable

from mmm_lang.cli.failure import UsageFailure
from mmm_lang.cli.terminal import is_terminal, silence, write_message
from mmm_lang.diagnostics.display import visible
from mmm_lang.git.errors import GitError, GitMissing, NotARepository
from mmm_lang.git.repository import Repository
from mmm_lang.report.wording import printable
from mmm_lang.sessions.folders import NoSuchSession, SessionFolder, session_folders, session_named
from mmm_lang.sessions.record import Record, read_record
from mmm_lang.sessions.running import running_sessions

EXIT_DONE, EXIT_FAILED, EXIT_USAGE = 0, 1, 2


def configure_path(parser: argparse.ArgumentParser) -> None:
    """Add ``--path``."""
    parser.add_argument(
        "-p", "--path", metavar="DIR", default=".", help="the repository (a folder inside it is fine)"
    )


def configure_format(parser: argparse.ArgumentParser) -> None:
    """Add ``--format``."""
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def repository_of(arguments: argparse.Namespace) -> Repository:
    """The repository around ``--path``. Raises `UsageFailure`."""
    try:
        return Repository.find(os.path.expanduser(arguments.path))
    except (NotARepository, GitMissing) as error:
        raise UsageFailure(str(error)) from None


def folders_of(repository: Repository) -> tuple[SessionFolder, ...]:
    """All sessions, the newest first. Raises `UsageFailure` where they may not be looked at."""
    try:
        return session_folders(repository.common_dir)
    except OSError as error:
        raise UsageFailure(f"`{error.filename}` cannot be read: {_strerror(error)}") from None


def records_of(repository: Repository) -> tuple[Record, ...]:
    """All sessions, read; the newest first."""
    running = running_sessions(repository.common_dir)
    return tuple(read_record(folder, running) for folder in folders_of(repository))


def record_of(repository: Repository, name: str | None) -> Record:
    """The session of that name, by default the last. Raises `UsageFailure`."""
    folders = folders_of(repository)
    if name is None and not folders:
        raise UsageFailure("there is no session: nothing has run in this repository yet")
    try:
        folder = folders[0] if name is None else session_named(name, folders)
    except NoSuchSession as error:
        raise UsageFailure(str(error)) from None
    return read_record(folder, running_sessions(repository.common_dir))


def columns() -> int | None:
    """How many columns the reader's window has; ``None`` where no window is at the other end."""
    return shutil.get_terminal_size().columns if is_terminal(sys.stdout) else None


def refused(message: str, help: str = "") -> int:
    """Say why nothing was done, and what to do; the exit code."""
    write_message(f"error: {visible(message)}")
    if help:
        write_message(f"  help: {visible(help)}")
    return EXIT_USAGE


def guarded(work: Callable[[], int]) -> int:
    """Do what changes something; where the world gives way, say so. The exit code."""
    from mmm_lang.runtime.requirements import RequirementsMissing

    try:
        return work()
    except RequirementsMissing as error:
        for problem in error.problems:
            refused(problem.message, problem.help)
        return EXIT_USAGE
    except GitError as error:
        write_message(f"error: {visible(str(error))}")
    except BrokenPipeError:
        raise
    except OSError as error:
        place = f"`{error.filename}`: " if error.filename else ""
        write_message(f"error: {visible(place)}{_strerror(error)}")
    return EXIT_FAILED


def write_bytes(content: bytes) -> None:
    """Write to standard output what programs printed: to a pipe or file as it is, to a terminal made harmless.

    Raises `UsageFailure` where the system refuses.
    """
    stream = sys.stdout
    if stream is None:
        return
    if is_terminal(stream):
        text = content.decode("utf-8", "replace")
        content = "\n".join(printable(_last_word(line)) for line in text.split("\n")).encode(
            stream.encoding or "utf-8", "backslashreplace"
        )
    try:
        stream.flush()
        stream.buffer.write(content)
        stream.buffer.flush()
    except BrokenPipeError:
        silence(stream)
        raise
    except OSError as error:
        silence(stream)
        raise UsageFailure(
            f"standard output cannot be written ({_strerror(error)}); make room or send it elsewhere"
        ) from None


def _last_word(line: str) -> str:
    """A carriage return starts a line anew (progress bars)."""
    return line.rstrip("\r").rpartition("\r")[2]


def _strerror(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
