"""The real world of a session: git, the keeper, the clock."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence

from mmm_lang.git.errors import CommitRejected, OperationUnderWay, UnbornBranch
from mmm_lang.git.repository import Repository
from mmm_lang.git.snapshot import Snapshot
from mmm_lang.git.trees import mixed_tree
from mmm_lang.process.client import Keeper
from mmm_lang.process.model import Command, Ended
from mmm_lang.runtime.events import Base
from mmm_lang.runtime.world import CommitRefused

UNBORN = "a branch without a commit"
"""The branch of a snapshot whose HEAD is unborn: no branch can have this name."""


class GitTree:
    """A work tree in a real repository. ``folder`` is the session's: its index lies there.

    ``verify``: commits run the user's hooks. ``staged``: snapshots hold what the user has staged, too.
    """

    def __init__(
        self, repository: Repository, folder: str, session: str, *, verify: bool, staged: bool
    ) -> None:
        self._repository = repository
        self._index = os.path.join(folder, "index")
        self._session = session
        self._verify = verify
        self._staged = staged
        self._last_head = ""
        self._held: set[str] = set()

    @property
    def root(self) -> str:
        return self._repository.root

    def snapshot(self) -> Base:
        """HEAD, branch and whole tree. A step may leave HEAD on a branch without a commit: it counts as moved from
        the last commit, to no branch that could be expected."""
        try:
            taken = self._repository.snapshot(self._index)
        except UnbornBranch:
            if not self._last_head:
                raise
            return Base(self._last_head, self._repository.working_tree(self._index), UNBORN)
        self._last_head = taken.head
        staged = self._repository.staged_tree(self._index) if self._staged else None
        return Base(taken.head, taken.tree, taken.branch, staged)

    def changed(self, before: str, after: str, globs: Sequence[str] = ()) -> tuple[str, ...]:
        if before == after:
            return ()
        return tuple(change.path for change in self._repository.changed(before, after, globs))

    def present(self, before: str, after: str, globs: Sequence[str]) -> tuple[str, ...]:
        changes = self._repository.changed(before, after, globs)
        return tuple(change.path for change in changes if change.status != "D")

    def mixed(self, tree: str, source: str, paths: Sequence[str]) -> str:
        return mixed_tree(self._repository.git, tree, source, paths, f"{self._index}.mixed")

    def commits(self, base: str, tip: str) -> tuple[str, ...]:
        if base == tip:
            return ()
        return tuple(commit.sha for commit in self._repository.commits_between(base, tip))

    def descends(self, tip: str, base: str) -> bool:
        return tip == base or self._repository.is_ancestor(base, tip)

    def pushed(self, base: str, tip: str) -> bool:
        return base != tip and self._repository.pushed(base, tip)

    def commit(self, paths: Sequence[str], message: str) -> str:
        try:
            return self._repository.commit(paths, message, verify=self._verify)
        except CommitRejected as rejected:
            raise CommitRefused(str(rejected), rejected.output) from None
        except OperationUnderWay as under_way:
            raise CommitRefused(str(under_way), "") from None

    def keep(self, ref: str, work: Base, message: str) -> None:
        self._repository.rescue(ref, _snapshot(work), message)

    def hold(self, work: Base, what: str) -> None:
        self._held.add(what)
        self._repository.hold(self._held_ref(what), _snapshot(work))

    def release(self) -> None:
        """The session has ended: give up what ``hold`` holds."""
        for what in self._held:
            self._repository.release(self._held_ref(what))

    def clear_locks(self, since: float, until: float) -> None:
        # the time of a file may lie a tick of the system before that of the clock
        self._repository.clear_left_locks(since - 0.01, until)

    def restore(self, to: Base) -> None:
        self._repository.restore(_snapshot(to), self._index)

    def exists(self, path: str) -> bool:
        return os.path.lexists(path)

    def _held_ref(self, what: str) -> str:
        return f"refs/mmm/base/{self._session}/{what}"


class KeeperProcesses:
    """Processes under a keeper, which is started with the first of them. ``grace``: seconds from TERM to KILL."""

    def __init__(self, session: str, grace: float = 5.0) -> None:
        self._session = session
        self._grace = grace
        self._keeper: Keeper | None = None

    def run(self, command: Command, interrupted: Callable[[], int], watch: Callable[[], None]) -> Ended:
        if self._keeper is None:
            self._keeper = Keeper.start(self._session, self._grace)
        keeper = self._keeper
        run = keeper.launch(command)
        heeded = 0
        while True:
            ended = keeper.wait(run, until=lambda seen=heeded: interrupted() > seen, on_tick=watch)  # type: ignore[misc]  # mypy cannot infer a lambda's default
            if ended is not None:
                return ended
            heeded = interrupted()
            if heeded == 1:
                keeper.stop(run)
            else:
                keeper.kill(run)

    def close(self) -> None:
        """End the keeper and whatever still runs under it."""
        if self._keeper is not None:
            self._keeper.close()


def pauser(interrupted: Callable[[], bool]) -> Callable[[float], None]:
    """A wait that ends early when the session is interrupted."""

    def pause(seconds: float) -> None:
        until = time.monotonic() + seconds
        while not interrupted() and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))

    return pause


def _snapshot(base: Base) -> Snapshot:
    return Snapshot(base.head, base.branch, base.tree, base.staged)
