"""The real world of a session: git, the keeper, the clock."""

from __future__ import annotations

import errno
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from attrs import evolve

from mmm_lang.git.call import named
from mmm_lang.git.changes import Change
from mmm_lang.git.contents import Written, written, written_by
from mmm_lang.git.errors import CommitRejected, OperationUnderWay, UnbornBranch, Unrecordable
from mmm_lang.git.repository import Repository
from mmm_lang.git.rescue import free_ref
from mmm_lang.git.snapshot import Snapshot
from mmm_lang.git.space import is_full
from mmm_lang.git.trees import mixed_tree
from mmm_lang.process.client import Keeper
from mmm_lang.process.errors import KeeperDied, RecordDamaged
from mmm_lang.process.identity import Identity, boot, is_running, signal_to
from mmm_lang.process.model import Command, Ended
from mmm_lang.process.records import read_ended
from mmm_lang.process.survivor import attend, dismiss
from mmm_lang.process.sweep import end_marked, of_git
from mmm_lang.runtime.events import Base, KeeperStarted
from mmm_lang.runtime.world import CommitRefused, Kept

UNBORN = "a branch without a commit"
"""The branch of a snapshot whose HEAD is unborn: no branch can have this name."""

_HOOKS = 3600.0
"""Seconds that the hooks of one commit may take: a test suite may run there, and nobody sees one that waits forever."""

_GOOD_FOR = 0.5
"""Seconds for which a look at the work tree holds while nothing of ours runs."""

_REMEMBERED = 64
"""How many differences between trees are kept in memory, of which the latest are asked for again and again."""


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
        self._seen: tuple[float, Base] | None = None
        self._held: dict[str, Base] = {}
        self._changes: dict[tuple[str, str, tuple[str, ...]], tuple[Change, ...]] = {}
        self._settings = repository.settings()
        self._notes: dict[str, None] = {}

    @property
    def root(self) -> str:
        return self._repository.root

    def belongs_to(self, keeper: KeeperStarted) -> None:
        """From here on each git carries the mark of this keeper, which ends it where mmm is killed."""
        self._repository = Repository(evolve(self._repository.git, mark=keeper.mark))

    def snapshot(self) -> Base:
        """HEAD, branch and whole tree. A step may leave HEAD on a branch without a commit: it counts as moved from
        the last commit, to no branch that could be expected. A moment after the last look, and with nothing run since,
        that look is good enough."""
        if self._seen is not None and time.monotonic() - self._seen[0] < _GOOD_FOR:
            return self._seen[1]
        try:
            taken = self._repository.snapshot(self._index)
        except UnbornBranch:
            if not self._last_head:
                raise
            return Base(self._last_head, self._repository.working_tree(self._index), UNBORN)
        except Unrecordable:
            if not self._last_head:
                raise  # nothing has run yet, and the files are the user's to mend
            head = self._repository.head()
            taken = Snapshot(head.commit, head.branch, self._repository.working_tree(self._index))
        self._last_head = taken.head
        staged = self._repository.staged_tree(self._index) if self._staged else None
        seen = Base(taken.head, taken.tree, taken.branch, staged)
        self._seen = (time.monotonic(), seen)
        return seen

    def changed(self, before: str, after: str, globs: Sequence[str] = ()) -> tuple[str, ...]:
        if before == after:
            return ()
        return tuple(change.path for change in self._compared(before, after, globs))

    def present(self, before: str, after: str, globs: Sequence[str]) -> tuple[str, ...]:
        changes = self._compared(before, after, globs)
        return tuple(change.path for change in changes if change.status != "D")

    def _compared(self, before: str, after: str, globs: Sequence[str]) -> tuple[Change, ...]:
        """What differs; trees and commits never change, so it is found out once."""
        question = (before, after, tuple(globs))
        if question not in self._changes:
            while len(self._changes) >= _REMEMBERED:
                del self._changes[next(iter(self._changes))]
            self._changes[question] = self._repository.changed(before, after, globs)
        return self._changes[question]

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

    def written(self, before: str, after: str, suspect: Callable[[bytes], bool]) -> tuple[Written, ...]:
        return written(self._repository.git, before, after, suspect)

    def written_by(
        self, commits: Sequence[str], base: str, suspect: Callable[[bytes], bool]
    ) -> tuple[Written, ...]:
        return written_by(self._repository.git, commits, base, suspect)

    def commit(self, paths: Sequence[str], message: str) -> str:
        self._seen = None
        try:
            self._note_repositories(paths)
            return self._repository.commit(paths, message, verify=self._verify, timeout=_HOOKS)
        except CommitRejected as rejected:
            if is_full(self._repository.common_dir, rejected.output):  # nothing that a handler could repair
                full = errno.ENOSPC
                raise OSError(full, os.strerror(full), self._repository.common_dir) from None
            raise CommitRefused(str(rejected), rejected.output) from None
        except OperationUnderWay as under_way:
            raise CommitRefused(str(under_way), "") from None

    def under_way(self) -> str | None:
        problem = self._repository.operation_under_way()
        return None if problem is None else f"{problem.message}; {problem.help}"

    def _note_repositories(self, paths: Sequence[str]) -> None:
        for path in self._repository.undeclared_repositories("HEAD", paths):
            self._note(
                f"`{path}` is a repository of its own that a step made, and was not committed: "
                "declare it with `git submodule add`, ignore it, or delete its `.git`"
            )

    def _note(self, sentence: str) -> None:
        self._notes[sentence] = None

    def keep(self, ref: str, work: Base, message: str) -> None:
        self._repository.rescue(ref, _snapshot(work), message)

    def kept(self, ref: str) -> Kept | None:
        found = self._repository.kept(ref)
        return None if found is None else Kept(found.head, found.tree, found.message)

    def carries(self, base: str, tip: str, trailers: Mapping[str, str]) -> bool:
        wanted = trailers.items()
        made = self._repository.commits_between(base, tip)
        return any(wanted <= dict(commit.trailers).items() for commit in made)

    def settle(self, before: str, after: str) -> None:
        self._seen = None
        if before != after:
            self._repository.settle(before, after)

    def hold(self, work: Base, what: str) -> None:
        if any(_objects(work) <= _objects(other) for other in self._held.values()) and what not in self._held:
            return
        self._held[what] = work
        self._repository.hold(self._held_ref(what), _snapshot(work))

    def release(self) -> None:
        """The session has ended: give up what ``hold`` holds, except files of the user's that are gone otherwise."""
        self._keep_users_files()
        self._repository.release_below(f"refs/mmm/base/{self._session}")

    def _keep_users_files(self) -> None:
        """What was uncommitted when the session began, and no longer is as it was, stays under a rescue ref."""
        start = self._repository.held(self._held_ref("session"))
        theirs = set() if start is None else set(self.changed(start.head, start.tree))
        if start is None or not theirs:
            return
        lost = sorted(theirs & set(self.changed(start.tree, self._repository.working_tree(self._index))))
        if not lost:
            return
        ref = free_ref(self._repository.git, self._session)
        self._repository.rescue(ref, start, f"mmm: uncommitted files as session {self._session} found them")
        self._note(
            f"steps changed what you had not committed, {named(lost)}; as it was before, it is kept in {ref}"
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know of the repository when the session has ended, a sentence each."""
        return tuple(self._notes)

    def clear_locks(self, since: float, until: float) -> None:
        self._seen = None
        # the time of a file may lie a tick of the system before that of the clock
        self._repository.clear_left_locks(since - 0.01, until)
        if self._repository.mend_settings(self._settings):
            self._note(
                f"a step changed git's settings so that git no longer opened `{self.root}`; they were put back"
            )
        if self._repository.mend_index():
            self._note("a step destroyed git's index; it was made anew from the last commit")
        self._settings = self._repository.settings()

    def restore(self, to: Base) -> None:
        self._seen = None
        for sentence in self._repository.restore(_snapshot(to), self._index):
            self._note(sentence)

    def exists(self, path: str) -> bool:
        return os.path.lexists(path)

    def break_off(self) -> None:
        if (mark := self._repository.git.mark) is not None:
            end_marked(of_git(mark))

    def _held_ref(self, what: str) -> str:
        return f"refs/mmm/base/{self._session}/{what}"


class KeeperProcesses:
    """Processes under a keeper, which is started with the first of them. ``grace``: seconds from TERM to KILL.

    ``announce`` is told of the keeper before it runs anything.
    """

    def __init__(
        self,
        session: str,
        announce: Callable[[KeeperStarted], None] = lambda keeper: None,
        grace: float = 5.0,
    ) -> None:
        self._session = session
        self._announce = announce
        self._grace = grace
        self._keeper: Keeper | None = None

    def run(self, command: Command, interrupted: Callable[[], int], watch: Callable[[], None]) -> Ended:
        if self._keeper is None:
            self._keeper = Keeper.start(self._session, self._grace)
            if (who := self._keeper.identity) is not None:
                self._announce(KeeperStarted(who.pid, who.start, who.boot, self._keeper.mark))
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

    def recorded(self, folder: str) -> Ended | None:
        try:
            return read_ended(folder)
        except RecordDamaged:
            return None  # nobody knows how it ended

    def began(self, keeper: KeeperStarted | None, folder: str) -> bool:
        if os.path.lexists(os.path.join(folder, "log")):  # a keeper makes it first
            return True
        # a machine that lost its power may have forgotten it
        return keeper is not None and keeper.boot != boot()

    def lives(self, keeper: KeeperStarted) -> bool:
        return is_running(_identity(keeper))

    def attend(
        self, keeper: KeeperStarted, folder: str, interrupted: Callable[[], int], watch: Callable[[], None]
    ) -> Ended | None:
        heeded = 0
        with suppress(KeeperDied, RecordDamaged):
            while True:
                ended = attend(
                    _identity(keeper),
                    folder,
                    until=lambda seen=heeded: interrupted() > seen,  # type: ignore[misc]  # as above
                    on_tick=watch,
                )
                if ended is not None:
                    return ended
                heeded = interrupted()
                if heeded == 1:
                    signal_to(_identity(keeper), signal.SIGTERM)  # it gives what it runs its own grace
                else:
                    end_marked(keeper.mark)
        return None

    def dismiss(self, keeper: KeeperStarted) -> None:
        dismiss(_identity(keeper), keeper.mark)

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


def _identity(keeper: KeeperStarted) -> Identity:
    return Identity(keeper.pid, keeper.start, keeper.boot)


def _snapshot(base: Base) -> Snapshot:
    return Snapshot(base.head, base.branch, base.tree, base.staged)


def _objects(base: Base) -> set[str]:
    return {name for name in (base.head, base.tree, base.staged) if name is not None}
