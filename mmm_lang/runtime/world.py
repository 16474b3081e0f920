"""What a session needs of the world, handed in: time, ids, the work tree, processes, agents.

The driver knows only these protocols. ``runtime.real`` has the real ones; a test can hand in others and run a whole
session in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from attrs import frozen

from mmm_lang.agents.model import Agent
from mmm_lang.git.contents import Written
from mmm_lang.process.model import Command, Ended
from mmm_lang.runtime.events import Base, KeeperStarted


class CommitRefused(Exception):
    """git would not make the commit: a hook, signing, a merge under way. ``output`` is what it printed."""

    def __init__(self, message: str, output: str) -> None:
        super().__init__(message)
        self.output = output


@frozen
class Kept:
    """What a rescue ref keeps: the commit that it stands on, the whole tree, and the message it was made with."""

    head: str
    tree: str
    message: str


class WorkTree(Protocol):
    """The one work tree that a session changes. Trees and commits are object names; paths are relative."""

    @property
    def root(self) -> str: ...

    def snapshot(self) -> Base:
        """HEAD, branch, and the tree of everything that is there, uncommitted and untracked files too."""

    def changed(self, before: str, after: str, globs: Sequence[str] = ()) -> tuple[str, ...]:
        """Paths that differ between two trees (or commits), those that match ``globs`` only, if any are given."""

    def present(self, before: str, after: str, globs: Sequence[str]) -> tuple[str, ...]:
        """Like ``changed``, but only paths that ``after`` has: added or changed, not deleted."""

    def mixed(self, tree: str, source: str, paths: Sequence[str]) -> str:
        """A tree like ``tree`` whose ``paths`` are as in ``source`` (absent where they are absent there)."""

    def commits(self, base: str, tip: str) -> tuple[str, ...]:
        """The commits of ``base..tip``, oldest first."""

    def descends(self, tip: str, base: str) -> bool:
        """Whether ``tip`` is ``base`` or comes after it."""

    def pushed(self, base: str, tip: str) -> bool:
        """Whether a commit of ``base..tip`` is on a remote branch, as far as is known here."""

    def written(self, before: str, after: str, suspect: Callable[[bytes], bool]) -> tuple[Written, ...]:
        """Files that differ between two trees, as ``after`` has them, those only whose content is ``suspect``."""

    def written_by(
        self, commits: Sequence[str], base: str, suspect: Callable[[bytes], bool]
    ) -> tuple[Written, ...]:
        """The same for what each of these commits wrote (oldest first, all after ``base``), and for their messages."""

    def commit(self, paths: Sequence[str], message: str) -> str:
        """Commit these paths as they are; HEAD where nothing is left to commit. Raises `CommitRefused`."""

    def under_way(self) -> str | None:
        """The merge, rebase and the like that was begun and not ended, as a sentence; nothing can be committed then."""

    def keep(self, ref: str, work: Base, message: str) -> None:
        """Make ``ref`` hold the commits and the whole tree of ``work``."""

    def kept(self, ref: str) -> Kept | None:
        """What ``keep`` made ``ref`` hold; ``None`` where there is no such ref."""

    def carries(self, base: str, tip: str, trailers: Mapping[str, str]) -> bool:
        """Whether a commit of ``base..tip`` has all these trailers."""

    def settle(self, before: str, after: str) -> None:
        """Finish a ``commit`` from ``before`` to ``after`` that was cut off before it was all done; else nothing."""

    def hold(self, work: Base, what: str) -> None:
        """Keep the objects of ``work`` from garbage collection until the session ends; the last of each ``what``."""

    def clear_locks(self, since: float, until: float) -> None:
        """A program that ran between these times (UNIX seconds) has ended: remove the lock files that a git of it left
        which was killed, and believe no earlier look at the files."""

    def restore(self, to: Base) -> None:
        """Make HEAD, branch and every path that differs as in ``to``."""

    def exists(self, path: str) -> bool:
        """Whether an absolute path is there."""

    def break_off(self) -> None:
        """Called from another thread: end what git does now for this session, as far as that can be found."""


def changed_since(tree: WorkTree, before: Base, now: Base) -> set[str]:
    """Paths whose content, or whose committed content, is not what it was ``before``."""
    return {*tree.changed(before.tree, now.tree), *tree.changed(before.head, now.head)}


class Processes(Protocol):
    """Runs one command to its end."""

    def run(self, command: Command, interrupted: Callable[[], int], watch: Callable[[], None]) -> Ended:
        """Run it. ``interrupted()`` counts the signals to stop so far: at one the command is asked to end, at two it
        is killed; ``watch`` is called now and then meanwhile. Raises ``KeeperDied``."""

    def recorded(self, folder: str) -> Ended | None:
        """The end of the command of ``folder``, whoever ran it; ``None`` where none is on record."""

    def began(self, keeper: KeeperStarted | None, folder: str) -> bool:
        """Whether the command of ``folder`` may have been started; ``keeper`` is the last that was announced."""

    def lives(self, keeper: KeeperStarted) -> bool:
        """Whether the keeper of an earlier part of the session still runs."""

    def attend(
        self, keeper: KeeperStarted, folder: str, interrupted: Callable[[], int], watch: Callable[[], None]
    ) -> Ended | None:
        """As ``run``, for a command that runs under such a keeper; ``None``: the keeper is gone, and no end on record."""

    def dismiss(self, keeper: KeeperStarted) -> None:
        """End such a keeper, and whatever is left of what it ran."""


@frozen
class World:
    """``clock`` is UNIX seconds, ``elapsed`` seconds since the session began by a clock that nobody sets.

    ``pause(seconds)`` waits, and returns early when the session is interrupted.
    """

    tree: WorkTree
    processes: Processes
    clock: Callable[[], float]
    elapsed: Callable[[], float]
    pause: Callable[[float], None]
    new_id: Callable[[], str]
    environ: Mapping[str, str]
    agent: Callable[[str], Agent]
    """The agent of a name."""
    ask: Callable[[str, str], bool | None] = lambda step, question: None
    """A person's answer to a question about a step (its key); ``None``: nobody is there to be asked."""
