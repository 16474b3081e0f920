"""A repository at a work tree: the door to this room."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable

from attrs import frozen

from mmm_lang.git import commit as committing
from mmm_lang.git import history, rescue, rollback, snapshot
from mmm_lang.git.call import Git, call_git, environment, reason
from mmm_lang.git.changes import Change, changed
from mmm_lang.git.damage import Settings, mend_index, mend_settings, read_settings
from mmm_lang.git.errors import GitMissing, NotARepository
from mmm_lang.git.history import Commit
from mmm_lang.git.ignore import write_ignore
from mmm_lang.git.inside import undeclared_repositories
from mmm_lang.git.locks import clear_left_locks, clear_locks_of_refs
from mmm_lang.git.preconditions import operation_under_way, preconditions
from mmm_lang.git.problem import Problem
from mmm_lang.git.rescue import Kept, Rescue
from mmm_lang.git.snapshot import Head, Snapshot

OLDEST = (2, 30)


def git_version(cwd: str = "/") -> tuple[int, int]:
    """Major and minor version of the ``git`` on PATH. Raises `GitMissing`."""
    done = call_git(("--version",), cwd=cwd, env=environment())
    match = re.match(rb"git version (\d+)\.(\d+)", done.stdout)
    if done.exit_code != 0 or match is None:
        raise GitMissing(
            f"`git --version` does not answer as git does: {reason(done.stderr)}; install git 2.30 or newer"
        )
    return int(match[1]), int(match[2])


@frozen
class Repository:
    """A work tree and its repository. Paths given to its methods are relative to ``root``, with ``/``."""

    git: Git

    @property
    def root(self) -> str:
        """The real path of the top of the work tree."""
        return self.git.root

    @property
    def git_dir(self) -> str:
        """The git folder of this work tree, absolute (a linked work tree has its own)."""
        return self.git.git_dir

    @property
    def common_dir(self) -> str:
        """The git folder that all work trees of the repository share, absolute."""
        return self.git.common_dir

    @classmethod
    def find(cls, path: str) -> Repository:
        """The repository around ``path``, a folder anywhere in a work tree.

        Raises `NotARepository` (not a folder, no repository, a bare one, inside ``.git``) and `GitMissing` (none, or
        one older than 2.30).
        """
        if not os.path.isdir(path):
            what = "is a file, not a folder" if os.path.exists(path) else "does not exist"
            raise NotARepository(f"`{path}` {what}; name a folder inside a git repository")
        version = git_version(path)
        if version < OLDEST:
            raise GitMissing(f"git {version[0]}.{version[1]} is too old; install git 2.30 or newer")
        root = _ask_place(path, "--show-toplevel")
        git_dir = _ask_place(path, "--absolute-git-dir")
        common = os.path.join(path, _ask_place(path, "--git-common-dir"))
        return cls(Git(os.path.realpath(root), os.path.realpath(git_dir), os.path.realpath(common), version))

    def head(self) -> Head:
        """Where HEAD is. Raises `UnbornBranch` where there is no commit."""
        return snapshot.read_head(self.git)

    def is_ancestor(self, ancestor: str, descendant: str) -> bool:
        """Whether ``ancestor`` is reachable from ``descendant`` (or is it)."""
        return history.is_ancestor(self.git, ancestor, descendant)

    def commits_between(self, base: str, tip: str) -> tuple[Commit, ...]:
        """The commits of ``base..tip``, oldest first."""
        return history.commits_between(self.git, base, tip)

    def pushed(self, base: str, tip: str) -> bool:
        """Whether any commit of ``base..tip`` is on a remote, as far as is known here."""
        return history.pushed(self.git, base, tip)

    def preconditions(self, allow_dirty: bool) -> tuple[Problem, ...]:
        """What stands against a session here; empty where nothing does."""
        return preconditions(self.git, allow_dirty)

    def write_ignore(self) -> None:
        """Write ``.mmm/.gitignore`` if there is none."""
        write_ignore(self.root, os.path.join(self.common_dir, "mmm"))

    def snapshot(self, index: str) -> Snapshot:
        """HEAD, and the whole working state as a tree. ``index`` is the path of the session's own index file.

        The user's index is not touched. Raises `UnbornBranch` and `Unrecordable`.
        """
        index = _real(index)
        head = self.head()
        return Snapshot(head.commit, head.branch, snapshot.working_tree(self.git, index))

    def working_tree(self, index: str) -> str:
        """Only the tree of the working state, past everything that a step can have done to its files.

        For where HEAD may be in no state to be part of a snapshot: a file that a filter fails on is in as plain bytes,
        an unreadable one is made readable.
        """
        return snapshot.working_tree_as_it_is(self.git, _real(index)).tree

    def staged_tree(self, index: str) -> str | None:
        """The tree of the user's index (for `Snapshot.staged`), ``None`` in conflict. ``index``: the session's."""
        return snapshot.staged_tree(self.git, _real(index) + ".staged")

    def changed(self, before: str, after: str, globs: Iterable[str] = ()) -> tuple[Change, ...]:
        """What differs between two trees (or commits), kept to ``globs`` if there are any."""
        return changed(self.git, before, after, globs)

    def commit(
        self, paths: Iterable[str], message: str, *, verify: bool = True, timeout: float | None = None
    ) -> str:
        """Commit exactly ``paths`` as they are in the work tree; the new id, or HEAD's where they equal HEAD.

        Raises `CommitRejected`, `OperationUnderWay`, `HeadMoved`.
        """
        return committing.commit(self.git, paths, message, verify=verify, timeout=timeout)

    def settle(self, before: str, after: str) -> None:
        """Finish a `commit` that was killed between the commit and the user's index."""
        committing.settle(self.git, before, after)

    def rescue(self, ref: str, snapshot: Snapshot, message: str) -> str:
        """Keep ``snapshot`` under ``ref`` below ``refs/mmm/rescue/``. Raises `RefExists`."""
        return rescue.rescue(self.git, ref, snapshot, message)

    def kept(self, ref: str) -> Kept | None:
        """What a rescue ref keeps; ``None`` where there is none."""
        return rescue.kept(self.git, ref)

    def list_rescues(self) -> tuple[Rescue, ...]:
        """The rescue refs, oldest first."""
        return rescue.list_rescues(self.git)

    def hold(self, ref: str, snapshot: Snapshot) -> None:
        """Keep ``snapshot`` from garbage collection by refs below ``ref`` (in ``refs/mmm/``), in place of another."""
        rescue.hold(self.git, ref, snapshot)

    def release(self, *refs: str) -> None:
        """Give up what `hold` holds under these refs."""
        rescue.release(self.git, *refs)

    def restore(self, to: Snapshot, index: str) -> tuple[str, ...]:
        """Make HEAD, branch, working state and the user's index equal to ``to``; again after a kill is fine.

        A sentence for each submodule that could not be put back without loss.
        """
        return rollback.restore(self.git, to, _real(index))

    def undeclared_repositories(self, head: str, paths: Iterable[str]) -> tuple[str, ...]:
        """Those of ``paths`` that are repositories of their own and no submodules; `commit` leaves them out."""
        return undeclared_repositories(self.git, head, paths)

    def held(self, ref: str) -> Snapshot | None:
        """What `hold` holds under ``ref``, without a branch; ``None`` where there is nothing."""
        return rescue.held(self.git, ref)

    def operation_under_way(self) -> Problem | None:
        """The merge, rebase and the like that was begun and not ended."""
        return operation_under_way(self.git)

    def refs_below(self, folder: str) -> tuple[str, ...]:
        """The refs in a folder such as ``refs/mmm/rescue/SESSION``, by name."""
        return rescue.refs_below(self.git, folder)

    def release_below(self, folder: str) -> None:
        """Give up all that `hold` holds in a folder of refs below ``refs/mmm/base/``."""
        rescue.release_below(self.git, folder)

    def settings(self) -> Settings:
        """The repository's own settings as they are now, for `mend_settings`."""
        return read_settings(self.git)

    def mend_settings(self, saved: Settings) -> bool:
        """Put ``saved`` back where git no longer opens the work tree with the present ones; whether it did."""
        return mend_settings(self.git, saved)

    def mend_index(self) -> bool:
        """Make the user's index anew from HEAD where it is gone or no index; whether that was so."""
        return mend_index(self.git)

    def clear_left_locks(self, since: float, until: float) -> tuple[str, ...]:
        """Remove lock files that a killed git of a step left between two times (seconds since 1970); which."""
        return clear_left_locks(self.git, since, until)

    def clear_locks_of_refs(self, refs: Iterable[str]) -> tuple[str, ...]:
        """Remove locks of refs that only gits of mmm take, whenever they were made, where no git works here; which."""
        return clear_locks_of_refs(self.git, refs)


def _real(index: str) -> str:
    return os.path.realpath(index)


def _ask_place(path: str, question: str) -> str:
    """One answer of ``git rev-parse`` (asked one by one: a path may have a line end in it)."""
    done = call_git(("rev-parse", question), cwd=path, env=environment() | {"LC_ALL": "C"})
    if done.exit_code == 0:
        return os.fsdecode(done.stdout).removesuffix("\n")
    if b"must be run in a work tree" in done.stderr:
        raise NotARepository(
            f"`{path}` has no files checked out (a bare repository, or inside `.git`); go to a work tree"
        )
    if b"not a git repository" in done.stderr:
        raise NotARepository(
            f"`{path}` is not inside a git repository; run `git init` there, or name another folder"
        )
    if b"dubious ownership" in done.stderr:
        named = re.search(rb"repository at '([^\n]*)'", done.stderr)
        top = os.fsdecode(named[1]) if named else path
        raise NotARepository(
            f"the repository at `{top}` belongs to another user, and git does not open it; if you trust what is in it, "
            f"run `git config --global --add safe.directory {shlex.quote(top)}`"
        )
    raise NotARepository(f"git does not open the repository at `{path}`: {os.fsdecode(done.stderr).strip()}")
