"""Start a program in a session and process group of its own, or say in a sentence why it cannot be."""

from __future__ import annotations

import errno
import os
import signal

# What Python or the keeper ignores, or what somebody above us may have: a program expects the system's defaults.
_RESTORED = (
    signal.SIGHUP,
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGTERM,
    signal.SIGPIPE,
    signal.SIGCHLD,
    signal.SIGXFSZ,
    signal.SIGTSTP,
    signal.SIGTTIN,
    signal.SIGTTOU,
)


class Refused(Exception):
    """The program cannot be started; ``str()`` of it is the reason, a sentence fragment."""


def spawn(argv: list[str], env: dict[str, str], cwd: str, descriptors: list[int]) -> int:
    """Start ``argv`` and return its pid, which is its process group and session too.

    The program is looked up on PATH of *its* environment. ``descriptors`` are its 0, 1
    and 2; it inherits no other.
    The keeper goes into ``cwd`` for the moment of the start (it has one thread), and back to ``/``: it must not hold a
    folder that somebody wants to remove.

    Raises ``Refused``.
    """
    if not argv or not argv[0]:
        raise Refused("no program was named")
    try:
        os.chdir(cwd)
    except (OSError, ValueError) as error:
        raise Refused(f"the folder {quoted(cwd)} to run in cannot be entered: {words(error)}") from error
    try:
        actions = [(os.POSIX_SPAWN_DUP2, given, wanted) for wanted, given in enumerate(descriptors)]
        return _first_that_starts(argv, env, actions)
    except ValueError as error:  # a NUL in an argument, a `=` in the name of a variable
        raise Refused(f"{quoted(argv[0])} cannot be started: {error}") from error
    finally:
        os.chdir("/")


def quoted(text: str) -> str:
    """A name in backticks, fit to be shown: cut where it is absurdly long, no NUL and nothing undecodable in it."""
    text = text.replace("\0", "\\0").encode("utf-8", "backslashreplace").decode()
    return f"`{text}`" if len(text) <= 200 else f"`{text[:100]}…` ({len(text)} characters)"


def words(error: Exception) -> str:
    """The system's words for an error, as a part of a sentence."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text[:1].lower() + text[1:]


def _first_that_starts(argv: list[str], env: dict[str, str], actions: list[tuple[int, int, int]]) -> int:
    """Try the places where a shell would look, in their order, as it would: one that may not be run is passed by."""
    refusal: Refused | None = None
    for path in _places(argv[0], env):
        try:
            return _posix_spawn(path, argv, env, actions)
        except OSError as error:
            reason = Refused(_reason(path, argv, env, error))
            if error.errno not in (errno.EACCES, errno.ENOENT):
                raise reason from error
            refusal = refusal or reason
    raise refusal or Refused(f"{quoted(argv[0])} was not found on PATH")


def _posix_spawn(path: str, argv: list[str], env: dict[str, str], actions: list[tuple[int, int, int]]) -> int:
    try:
        return os.posix_spawn(
            path, argv, env, file_actions=actions, setsid=True, setsigmask=(), setsigdef=_RESTORED
        )
    except NotImplementedError:  # a C library without it: a group of its own will do
        return os.posix_spawn(
            path, argv, env, file_actions=actions, setpgroup=0, setsigmask=(), setsigdef=_RESTORED
        )


def _places(program: str, env: dict[str, str]) -> list[str]:
    """Only what is there: an attempt costs as much as a process."""
    if "/" in program:
        return [program]
    folders = env.get("PATH", os.defpath).split(":")
    return [path for folder in folders if os.path.exists(path := os.path.join(folder or ".", program))]


def _reason(path: str, argv: list[str], env: dict[str, str], error: OSError) -> str:
    if error.errno == errno.ENOENT and not os.path.exists(path):
        return f"{quoted(path)} does not exist"
    if error.errno == errno.ENOENT:
        return f"{quoted(path)} names an interpreter in its first line that does not exist"
    if error.errno == errno.EACCES:
        return f"{quoted(path)} is a folder" if os.path.isdir(path) else f"{quoted(path)} is not executable"
    if error.errno == errno.ENOEXEC:
        return f"{quoted(path)} is neither a program of this system nor a script with a `#!` line"
    if error.errno == errno.E2BIG:
        longest = max(len(os.fsencode(each)) for each in argv)
        total = sum(len(os.fsencode(each)) + 1 for each in [*argv, *env, *env.values()])
        return (
            f"its arguments and environment are too long for the system"
            f" ({total} bytes, the longest argument {longest} bytes)"
        )
    return f"{quoted(path)} cannot be started: {words(error)}"
