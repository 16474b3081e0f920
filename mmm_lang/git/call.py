"""One way to call git: a clean environment, known settings, NUL-separated bytes, patience with locks.

Variables that would point git at another repository or index (``GIT_DIR``, ``GIT_INDEX_FILE``, …: mmm may
itself run inside a hook) are taken out of the environment of every call. Identity, dates, credentials and
``GIT_CONFIG_GLOBAL`` and friends are the user's and stay.
"""

from __future__ import annotations

import contextlib
import glob
import os
import random
import re
import time
from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen

from mmm_lang.git.errors import GitFailed, GitMissing, Locked
from mmm_lang.git.holders import Holder, gits_at
from mmm_lang.process.errors import NotStarted, ProgramNotFound
from mmm_lang.process.short import Completed, run_short
from mmm_lang.process.sweep import VARIABLE, joined, of_git

# `git rev-parse --local-env-vars`, and those that change how pathspecs and refs are read.
_REDIRECTIONS = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_ATTR_SOURCE",
        "GIT_COMMON_DIR",
        "GIT_CONFIG",
        "GIT_CONFIG_PARAMETERS",
        "GIT_DIFF_OPTS",
        "GIT_DIR",
        "GIT_EXTERNAL_DIFF",
        "GIT_GLOB_PATHSPECS",
        "GIT_GRAFT_FILE",
        "GIT_ICASE_PATHSPECS",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_INTERNAL_SUPER_PREFIX",
        "GIT_LITERAL_PATHSPECS",
        "GIT_NAMESPACE",
        "GIT_NOGLOB_PATHSPECS",
        "GIT_NO_REPLACE_OBJECTS",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_QUARANTINE_PATH",
        "GIT_REFLOG_ACTION",
        "GIT_REPLACE_REF_BASE",
        "GIT_SHALLOW_FILE",
        "GIT_WORK_TREE",
    }
)

_ALWAYS = ("maintenance.auto=false", "gc.auto=0", "submodule.recurse=false")
_FSYNC_SINCE = (2, 36)
_FSYNC = "core.fsync=committed,reference"

# An index of our own: written whole, and its stat data trusted only as far as git's own defaults go, so
# that no change of a step is overlooked. The user's guards for people (safecrlf) have no say in it.
_OWN_INDEX = (
    "core.fsmonitor=false",
    "core.splitIndex=false",
    "index.sparse=false",
    "core.trustctime=true",
    "core.checkStat=default",
    "core.ignoreStat=false",
    "core.safecrlf=false",
    "advice.addEmbeddedRepo=false",
)

_NAMED = 5
_RELEASED = 4
"""How many times in a row a lock may be gone when we look, before it is not about the lock."""
_LOCK = re.compile(rb"'([^'\n]*\.lock)'")
_HALF_MADE = re.compile(rb"worktrees/[^/\n]+/commondir")
"""What a git names that met a work tree in the moment in which another git makes it: that file is there and empty."""
_PAUSES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
"""Seconds after which such a git is run again: the moment is short."""


def environment() -> dict[str, str]:
    """The caller's environment without what would redirect git, and never asking at a terminal."""
    env = without_redirections(os.environ)
    env["GIT_TERMINAL_PROMPT"] = "0"
    return env


def without_redirections(environ: Mapping[str, str]) -> dict[str, str]:
    """An environment in which git works where it is started, whatever hook or script mmm itself runs in."""
    return {name: value for name, value in environ.items() if name not in _REDIRECTIONS}


def call_git(
    args: Iterable[str],
    *,
    cwd: str,
    settings: Iterable[str] = (),
    env: dict[str, str],
    stdin: bytes | None = None,
    timeout: float | None = None,
) -> Completed:
    """Run git, whatever it answers. ``settings`` are ``name=value`` pairs. Raises `GitMissing`.

    It is run again where it died of a work tree that another git was just making.
    """
    argv = ["git"]
    for setting in (*_ALWAYS, *settings):
        argv += ("-c", setting)
    argv += args
    try:
        for pause in _PAUSES:
            done = run_short(argv, cwd=cwd, env=env, stdin=stdin, timeout=timeout)
            if done.exit_code == 0 or not _HALF_MADE.search(done.stderr):
                return done
            time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311  no secret
        return run_short(argv, cwd=cwd, env=env, stdin=stdin, timeout=timeout)
    except ProgramNotFound as error:
        raise GitMissing("there is no `git` on PATH; install git 2.30 or newer") from error
    except NotStarted as error:
        raise GitFailed(str(error), 128, error.reason) from error


def reason(output: bytes) -> str:
    """The line of git's stderr that says why, without its ``fatal:``."""
    lines = [line.strip() for line in os.fsdecode(output).splitlines() if line.strip()]
    for line in lines:
        if line.startswith("fatal: "):
            return line.removeprefix("fatal: ")
    return lines[-1].removeprefix("error: ") if lines else "git said nothing"


def split_nul(output: bytes) -> list[str]:
    """The fields of a ``-z`` output, each decoded as a file name."""
    return [os.fsdecode(part) for part in output.split(b"\0") if part]


def join_nul(paths: Iterable[str]) -> bytes:
    """Paths as git reads them with ``-z``: each ended by NUL."""
    return b"".join(os.fsencode(path) + b"\0" for path in paths)


def named(paths: Sequence[str]) -> str:
    """Up to five paths for a message, on one line: what a terminal would obey or cannot show is escaped."""
    shown = ", ".join(f"`{_printable(path)}`" for path in paths[:_NAMED])
    return shown + (f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else "")


def _printable(path: str) -> str:
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in path)


def held(lock: str) -> str:
    """What to say of a lock file: its path, and its age if it is still there."""
    try:
        return f"locked by `{lock}`, {max(0, time.time() - os.lstat(lock).st_mtime):.0f} s old"
    except OSError:
        return f"locked by `{lock}`"


def whose(holders: Sequence[Holder] | None) -> str:
    """Who may hold a lock, and what to do about it."""
    if holders is None:
        return (
            "another git works in this repository, or one was killed there; "
            "wait for it, or delete the file if no git is running"
        )
    if not holders:
        return (
            "no git is running in this repository, so one was probably killed there; "
            "delete the file, unless an editor or another machine works here"
        )
    first = f"`{holders[0].command}` (process {holders[0].pid})"
    others = f" and {len(holders) - 1} more" if len(holders) > 1 else ""
    return f"{first}{others} may hold it; wait for that, or end it"


@frozen
class Git:
    """Git at one work tree. All paths absolute; ``version`` is (major, minor); ``patience`` with locks in seconds.

    ``sight`` are settings for work with an index of ours: how its files are seen (`exact`). ``mark`` is the session's, by
    which its keeper ends a git that outlives mmm.
    """

    root: str
    git_dir: str
    common_dir: str
    version: tuple[int, int]
    patience: float = 10.0
    sight: tuple[str, ...] = ()
    mark: str | None = None

    @property
    def places(self) -> tuple[str, ...]:
        """Where a git works that may hold a lock of this work tree."""
        return (self.root, self.git_dir, self.common_dir)

    @property
    def shared_places(self) -> tuple[str, ...]:
        """Where a git works that may hold a lock of what all work trees of the repository share."""
        found = [os.path.dirname(self.common_dir)] if os.path.basename(self.common_dir) == ".git" else []
        for link in glob.glob(os.path.join(glob.escape(self.common_dir), "worktrees", "*", "gitdir")):
            with contextlib.suppress(OSError), open(link, "rb") as file:
                found.append(os.path.dirname(os.path.realpath(os.fsdecode(file.read().rstrip(b"\n")))))
        return tuple(dict.fromkeys((*self.places, *found)))

    def ask(self, *args: str, stdin: bytes | None = None, index: str | None = None) -> Completed:
        """Run a reading command, whatever it answers. No optional lock is taken; messages are English."""
        env = self._environment(index)
        env.update(LC_ALL="C", GIT_OPTIONAL_LOCKS="0")
        return call_git(args, cwd=self.root, settings=self._settings(index), env=env, stdin=stdin)

    def read(self, *args: str, stdin: bytes | None = None, index: str | None = None) -> bytes:
        """The stdout of a reading command. Raises `GitFailed` where git does."""
        return self._checked(args, self.ask(*args, stdin=stdin, index=index))

    def attempt(
        self,
        *args: str,
        stdin: bytes | None = None,
        index: str | None = None,
        settings: tuple[str, ...] = (),
        own: dict[str, str] | None = None,
        timeout: float | None = None,
    ) -> Completed:
        """Run a writing command, whatever it answers, once nobody else holds the lock it needs.

        ``index`` is an index file of ours that takes the place of the user's; ``own`` are environment variables.
        Raises `Locked` where a lock is still held after ``patience``.
        """
        env = self._environment(index) | (own or {})
        all_settings = (*self._settings(index), *self._durable(), *settings)
        deadline = time.monotonic() + self.patience
        pause, released = 0.02, 0
        while True:
            done = call_git(args, cwd=self.root, settings=all_settings, env=env, stdin=stdin, timeout=timeout)
            lock = (
                None if done.exit_code == 0 else self._lock_named_in(done.stderr, env.get("GIT_INDEX_FILE"))
            )
            if lock is None:
                return done
            # One that was released meanwhile can be taken now. One that still cannot be, though nobody holds it, is in
            # git's message for another reason: a full disk, a folder that may not be written to.
            released = 0 if os.path.lexists(lock) else released + 1
            if released > _RELEASED:
                return done
            if time.monotonic() >= deadline:
                raise Locked(self._locked_sentence(lock), lock)
            # Those who wait for the same lock shall not come back all at once.
            time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311  no secret
            pause = min(2 * pause, 0.25)

    def write(self, *args: str, stdin: bytes | None = None, index: str | None = None) -> bytes:
        """The stdout of a writing command. Raises `Locked`, and `GitFailed` where git fails."""
        return self._checked(args, self.attempt(*args, stdin=stdin, index=index, own={"LC_ALL": "C"}))

    def _environment(self, index: str | None) -> dict[str, str]:
        env = environment()
        if index is not None:
            env["GIT_INDEX_FILE"] = index
        if self.mark is not None:
            env[VARIABLE] = joined(env.get(VARIABLE), of_git(self.mark))
        return env

    def _settings(self, index: str | None) -> tuple[str, ...]:
        return () if index is None else (*_OWN_INDEX, *self.sight)

    def _durable(self) -> tuple[str, ...]:
        return (_FSYNC,) if self.version >= _FSYNC_SINCE else ()

    def _checked(self, args: tuple[str, ...], done: Completed) -> bytes:
        if done.exit_code != 0:
            said = os.fsdecode(done.stderr)
            message = f"`git {args[0]}` failed in `{self.root}`: {reason(done.stderr)}"
            raise GitFailed(message, done.exit_code, said)
        return done.stdout

    def _lock_named_in(self, stderr: bytes, index: str | None) -> str | None:
        """The lock file that git could not take. The path tells, since the words around it are translated."""
        places = tuple(os.path.join(place, "") for place in (self.git_dir, self.common_dir))
        for match in _LOCK.finditer(stderr):
            path = os.path.join(self.root, os.fsdecode(match[1]))
            path = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
            if path.startswith(places) or (index is not None and path == os.path.realpath(index) + ".lock"):
                return path
        return None

    def _locked_sentence(self, lock: str) -> str:
        return f"git is {held(lock)}, still after {self.patience:g} s: {whose(gits_at(self.places))}"
