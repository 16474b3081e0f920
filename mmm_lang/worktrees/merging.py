"""Merging the branch of a work tree into the one that it came from, or leaving everything as it was.

A clean merge is git's alone. Conflicts are given to an agent once, and what it made is judged by git and by the files,
never by its word. Then the playbook's own checks run. Whatever fails, the branch goes back to where it was, and what was
made is kept by a rescue reference. The record says what is under way, so that a merge that was killed is taken back by
the next command (``mending``).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

from attrs import evolve, frozen

from mmm_lang.figures import plural
from mmm_lang.git.call import named as listed
from mmm_lang.git.linked import branch_tip, commits_ahead
from mmm_lang.git.merging import Conflict, Merged, Refused, flaw, in_the_way
from mmm_lang.git.merging import merge as merge_by_git
from mmm_lang.git.preconditions import tracked_changes
from mmm_lang.git.repository import Repository
from mmm_lang.git.rescue import RESCUES
from mmm_lang.git.snapshot import Snapshot
from mmm_lang.runtime.lock import kept_still
from mmm_lang.worktrees.merge_place import CannotMerge, MergePlace, at_rest, find_place
from mmm_lang.worktrees.record import Merge, Merging, WorktreeRecord, changed_record, folder_of
from mmm_lang.worktrees.submodules import follow_merge
from mmm_lang.worktrees.trash import throw_away

HOLDS = "refs/mmm/base"
"""Below it is what sessions and merges keep from garbage collection as long as they need it."""
_SHOWN = 5


@frozen
class Ended:
    """How a session ended that helps with a merge: its id (``None``: it did not begin), and why it failed, if it did."""

    session: str | None
    reason: str | None = None


class Crew(Protocol):
    """Who runs sessions for a merge, in the work tree ``place``."""

    def resolve(self, record: WorktreeRecord, place: Repository) -> Ended | None:
        """Have an agent merge the branch, whose conflicts git cannot resolve; ``None``: no agent is wanted."""

    def check(self, record: WorktreeRecord, place: Repository) -> Ended | None:
        """Run what the playbook wants to hold after a merge; ``None``: it wants nothing."""

    def wait(self, busy: str, is_free: Callable[[], bool]) -> bool:
        """Wait for a session that runs where an item is to be merged, which ``busy`` says. False: not any longer."""


@frozen
class Done:
    """A merge that was made: the record as it is now, how many commits came in, and at which commit the origin is."""

    record: WorktreeRecord
    commits: int
    commit: str
    conflicts: tuple[Conflict, ...] = ()


def merge_worktree(
    repository: Repository, record: WorktreeRecord, crew: Crew, environ: Mapping[str, str]
) -> Done | None:
    """Merge one work tree's branch; ``None`` where it has no commit that its origin lacks.

    The caller holds ``record.alone``. Raises `CannotMerge` (`Busy` where a session runs in the work tree that the merge
    needs), ``RequirementsMissing`` where one began there in the middle of it, ``GitError`` and ``OSError``; all is as
    before then, or the record says what is left to be done.
    """
    tip = branch_tip(repository.git, record.name)
    if tip is None:
        raise CannotMerge(
            f"the branch `{record.name}` is gone", f"`mmm worktree clean {record.name}` forgets it"
        )
    place = find_place(repository, record, environ)
    try:
        assert record.origin is not None  # otherwise there would be no place
        commits = commits_ahead(repository.git, record.name, record.origin)
        if commits == 0:
            return None
        with _under_way(repository, record, place, tip) as attempt:
            return attempt.run(crew, commits)
    finally:
        if place.own:
            throw_away(repository.git, place.repository.root)


def index_path(common_dir: str, name: str) -> str:
    """The index file of ours with which the work tree is seen where ``name`` is merged."""
    return os.path.join(folder_of(common_dir), f"{name}.index")


def hold_ref(name: str) -> str:
    """Where the state before a merge is kept from garbage collection."""
    return f"{HOLDS}/{name}/merge"


@contextmanager
def _under_way(
    repository: Repository, record: WorktreeRecord, place: MergePlace, tip: str
) -> Iterator[_Attempt]:
    """The record says that a merge is under way, until it is made or taken back."""
    common, there = repository.common_dir, place.repository
    index = index_path(common, record.name)
    before = there.snapshot(index)
    there.hold(hold_ref(record.name), before)
    merging = Merging(time.time(), before.head, before.tree, tip, there.root, place.own)
    marked = changed_record(common, record, lambda now: evolve(now, merging=merging))
    attempt = _Attempt(there, marked, before, index, common)
    try:
        yield attempt
    except BaseException:
        if attempt.begun:  # otherwise what is there is of the user, or of a session that runs there now
            take_back(there, attempt.record, before, index)
        finish(repository, attempt.record)
        raise
    finish(repository, attempt.record)


def finish(repository: Repository, record: WorktreeRecord) -> None:
    """Let go of all that a merge needed which was made or taken back; last of all the record tells no more of it.

    Raises ``GitError`` and ``OSError``.
    """
    common = repository.common_dir

    def with_all(now: WorktreeRecord) -> WorktreeRecord:
        return evolve(now, helpers=tuple(dict.fromkeys((*now.helpers, *record.helpers))))

    repository.release(hold_ref(record.name))
    for session in changed_record(common, record, with_all).helpers:  # they never go on
        repository.release_below(f"{HOLDS}/{session}")
    _forget_index(index_path(common, record.name))
    changed_record(common, record, lambda now: evolve(now, merging=None))


def with_helper(record: WorktreeRecord, session: str) -> WorktreeRecord:
    """The record with one more session that helps with a merge."""
    return record if session in record.helpers else evolve(record, helpers=(*record.helpers, session))


def _forget_index(index: str) -> None:
    """Remove an index file of ours, and what lies beside it."""
    folder, name = os.path.split(index)
    for one in os.listdir(folder):
        if one == name or one.startswith(f"{name}."):
            os.unlink(os.path.join(folder, one))


def take_back(place: Repository, record: WorktreeRecord, before: Snapshot, index: str) -> str | None:
    """Put the origin's work tree back to where it was before a merge; the rescue reference of what was there, if any.

    Raises ``RequirementsMissing`` where a session runs there, and ``GitError``.
    """
    with kept_still(place.git_dir):
        now = place.snapshot(index)
        operation = place.operation_under_way()
        if (
            now.head == before.head
            and now.tree == before.tree
            and now.branch == before.branch
            and operation is None
            and not tracked_changes(place.git)  # the user's index is as it was, too
        ):
            return None
        ref = free_ref(place, record.name)
        place.rescue(ref, now, f"mmm: a merge of {record.name} that was taken back")
        place.restore(before, index)
        return ref


def free_ref(repository: Repository, name: str) -> str:
    """The next rescue reference for a work tree."""
    folder = f"{RESCUES}{name}"
    numbers = [ref.rpartition("/")[2] for ref in repository.refs_below(folder)]
    return f"{folder}/{1 + max((int(one) for one in numbers if one.isdecimal()), default=0)}"


class _Attempt:
    """One merge in its place. ``record`` is what the disk has of it at any moment; ``begun``: something was changed."""

    def __init__(
        self, place: Repository, record: WorktreeRecord, before: Snapshot, index: str, common: str
    ) -> None:
        self.record = record
        self.begun = False
        self._place = place
        self._before = before
        self._index = index
        self._common = common

    def run(self, crew: Crew, commits: int) -> Done:
        """Merge, have conflicts resolved, check. Raises `CannotMerge`."""
        conflicts = self._by_git()
        if conflicts:
            self._by_agent(crew, conflicts)
        self._check(crew)
        head = self._place.head()
        assert self.record.merging is not None
        if head.branch != self._before.branch:
            raise CannotMerge(f"a step of the checks left `{self._before.branch}`")
        done = Merge(time.time(), head.commit, self.record.merging.tip)
        self._note(lambda now: evolve(now, merged=done))
        return Done(evolve(self.record, merging=None), commits, head.commit, conflicts)

    def _by_git(self) -> tuple[Conflict, ...]:
        name = self.record.name
        message = f"Merge worktree {name} into {self._before.branch}"
        assert self.record.merging is not None
        unsaved = in_the_way(self._place.git, self._before.head, self.record.merging.tip)
        if unsaved:
            has = "is" if len(unsaved) == 1 else "are"
            raise CannotMerge(
                f"`{name}` brings files that are here and in no commit: {listed(unsaved)} {has} in the way",
                "move them away first; nothing was changed",
            )
        with at_rest(self._place, name):
            self.begun = True
            came = merge_by_git(self._place.git, name, message, verify=self.record.verify)
            if isinstance(came, Merged):
                self._follow(came.commit)
                return ()
            self._place.restore(self._before, self._index)
        if isinstance(came, Refused):
            raise CannotMerge(f"git does not merge `{name}`: {came.reason}", "nothing was changed")
        return came.files

    def _follow(self, head: str) -> None:
        """Have the submodules follow, which git's merge leaves where they were. Raises `CannotMerge`."""
        assert self.record.merging is not None
        if self.record.merging.own:
            return  # nobody works there
        left = follow_merge(self._place, head, self.record.path)
        if left:
            raise CannotMerge(
                f"`{self.record.name}` merges, but not its submodules: {'; '.join(left)}",
                "see to them here, or push their commits, and merge it again; everything is as before",
            )

    def _by_agent(self, crew: Crew, conflicts: tuple[Conflict, ...]) -> None:
        name, origin = self.record.name, self._before.branch
        told = f"{plural(len(conflicts), 'file')} of `{name}` and `{origin}` {_contradict(conflicts)}: {_told(conflicts)}"
        ended = crew.resolve(self.record, self._place)
        if ended is None:
            raise CannotMerge(told, f"merge it by hand: `git merge {name}`; everything is as before")
        self._helped(ended)
        assert self.record.merging is not None
        fault = ended.reason
        if fault is None:
            paths = [conflict.path for conflict in conflicts]
            head = self._place.head()
            if head.branch != origin:
                fault = f"the agent left `{origin}`"
            else:
                fault = flaw(self._place.git, self._before.head, self.record.merging.tip, head.commit, paths)
            fault = fault and f"the agent's merge is no good: {fault}"
        if fault is not None:
            raise CannotMerge(
                f"{told}; {fault}",
                f"merge it by hand: `git merge {name}`; everything is as before",
            )

    def _check(self, crew: Crew) -> None:
        ended = crew.check(self.record, self._place)
        if ended is None:
            return
        self._helped(ended)
        if ended.reason is not None:
            raise CannotMerge(
                f"`{self.record.name}` merges, but then the playbook's checks fail: {ended.reason}",
                "the merge was taken back; `mmm rescue ls` lists what was made",
            )

    def _helped(self, ended: Ended) -> None:
        session = ended.session
        if session is not None:
            self._note(lambda now: with_helper(now, session))

    def _note(self, change: Callable[[WorktreeRecord], WorktreeRecord]) -> None:
        self.record = changed_record(self._common, self.record, change)


def _contradict(conflicts: tuple[Conflict, ...]) -> str:
    return "conflicts" if len(conflicts) == 1 else "conflict"


def _told(conflicts: tuple[Conflict, ...]) -> str:
    shown = [f"{listed((one.path,))} ({one.why})" for one in conflicts[:_SHOWN]]
    more = len(conflicts) - _SHOWN
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")
