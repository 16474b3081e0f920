"""Taking a session's commits back: the branch, the files and the index as they were when it began.

Only what its commits changed is touched. Everything is in a rescue ref before, and a record in the session's folder says
what is under way, so that an undo that was killed is finished by the next one.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from attrs import evolve, frozen

from mmm_lang.figures import plural
from mmm_lang.git.call import named
from mmm_lang.git.history import Commit, pushed_commits
from mmm_lang.git.ignore import ignored_by_rules_of
from mmm_lang.git.placing import in_the_way, place_files
from mmm_lang.git.preconditions import obstacles, tracked_changes
from mmm_lang.git.repository import Repository
from mmm_lang.git.rescue import RESCUES, free_ref
from mmm_lang.git.snapshot import Head, Snapshot
from mmm_lang.git.trees import mixed_tree
from mmm_lang.git.worktree_index import session_excludes
from mmm_lang.runtime.events import Base
from mmm_lang.runtime.lock import kept_still
from mmm_lang.runtime.undone import Undone, write_undone
from mmm_lang.sessions.record import Record, version_sentence
from mmm_lang.sessions.story import Story

_NAMED = 3


class CannotUndo(Exception):
    """Why a session's commits stay. ``help`` says what to do; nothing has been changed."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.help = help


def undo(repository: Repository, record: Record, clock: Callable[[], float]) -> Undone:
    """Take the session's commits back, and say so in its folder.

    Raises `CannotUndo`, ``RequirementsMissing`` where a session runs in this work tree, and ``GitError`` or ``OSError``
    where the world gives way; asking again then finishes it.
    """
    story = record.story
    _refuse_by_record(record, story)
    with kept_still(repository.git_dir), _scratch(record.folder) as index:
        for problem in obstacles(repository.git):
            raise CannotUndo(problem.message, problem.help)
        head = repository.head()
        base = _base(repository, record, story, head)
        begun = record.undone
        if begun is not None and head.commit in (begun.from_, begun.to):
            plan = _plan(repository, record, base, begun.from_, index)
            if plan.now.tree != plan.to.tree:  # somebody may have worked here since it was cut off
                repository.rescue(free_ref(repository.git, record.id), plan.now, _message(record.id))
            return _put_back(repository, record, plan, begun, index)
        commits = _commits(repository, record, story, base, head)
        plan = _plan(repository, record, base, head.commit, index)
        ref = free_ref(repository.git, record.id)
        repository.rescue(ref, plan.now, _message(record.id))
        undone = Undone(clock(), head.commit, base.head, base.branch, ref, len(commits), done=False)
        write_undone(record.folder, undone)
        return _put_back(repository, record, plan, undone, index)


def _refuse_by_record(record: Record, story: Story) -> None:
    """Refuse where the session's own folder forbids it."""
    if record.version is not None:
        raise CannotUndo(f"session {record.id} cannot be read: {version_sentence(record)}")
    if record.damage is not None:
        raise CannotUndo(
            f"the journal of session {record.id} is damaged, so nobody can say which commits are its own: "
            f"{record.damage}",
            f"find them with `git log --grep 'Mmm-Session: {record.id}'` and take them back with `git revert`",
        )
    if record.standing(story.state) == "undone":
        raise CannotUndo(f"the commits of session {record.id} were taken back already", _shown(record))
    if record.running:
        raise CannotUndo(f"session {record.id} runs now", "wait for its end, or stop it with Ctrl-C")
    if record.kept:
        raise CannotUndo(
            f"session {record.id} died, and its agent call goes on",
            f"wait for its end, or take it over: `mmm resume {record.id}`",
        )


def _shown(record: Record) -> str:
    rescue = record.undone.rescue if record.undone is not None else ""
    return f"`mmm rescue show {rescue.removeprefix(RESCUES)}` shows them"


def _base(repository: Repository, record: Record, story: Story, head: Head) -> Base:
    """What the session began with. Raises `CannotUndo` where that is gone, or HEAD is on another branch."""
    assert story.started is not None  # a session has a first event, and it could be read
    base = story.started.base
    if head.branch != base.branch:
        worked, here = _branch(base.branch), _branch(head.branch)
        go = f"git switch {base.branch}" if base.branch else f"git switch --detach {head.commit[:10]}"
        raise CannotUndo(
            f"session {record.id} worked on {worked}, and {here} is checked out here",
            f"go there first: `{go}`",
        )
    if repository.git.ask("cat-file", "-e", f"{base.tree}^{{tree}}").exit_code != 0:
        raise CannotUndo(
            f"the files that session {record.id} began with are no longer in the repository: git has collected them",
            f"`git reset --keep {base.head[:10]}` takes its commits off the branch; name them with `git branch` before",
        )
    return base


def _branch(name: str | None) -> str:
    return "a detached HEAD" if name is None else f"branch `{name}`"


def _commits(
    repository: Repository, record: Record, story: Story, base: Base, head: Head
) -> tuple[Commit, ...]:
    """The commits to take back. Raises `CannotUndo` where they are not the last, have left this machine, or are gone."""
    where = _branch(base.branch)
    if not repository.is_ancestor(base.head, head.commit):
        raise CannotUndo(
            f"{where} no longer contains the commit that session {record.id} began with ({base.head[:10]}): its history "
            "was rewritten since",
            f"`git log --grep 'Mmm-Session: {record.id}'` shows which of its commits are left",
        )
    commits = repository.commits_between(base.head, head.commit)
    journalled = {commit for run in story.runs() for commit in run.commits}
    own = [one for one in commits if one.sha in journalled or one.trailer("Mmm-Session") == record.id]
    if not own:
        raise CannotUndo(f"session {record.id} has no commits on {where}, so there is nothing to take back")
    others = [one for one in commits if one not in own]
    if others:
        raise CannotUndo(
            f"{plural(len(others), 'commit')} on {where} that session {record.id} did not make would go too: "
            f"{_listed(others)}",
            "`git revert` takes single commits back",
        )
    pushed = set(pushed_commits(repository.git, base.head, head.commit))
    if pushed:
        out = [one for one in commits if one.sha in pushed]
        raise CannotUndo(
            f"{plural(len(out), 'commit')} of session {record.id} {'was' if len(out) == 1 else 'were'} pushed: "
            f"{_listed(out)}",
            "others may have them; `git revert` takes them back in the open",
        )
    changes = tracked_changes(repository.git)
    if changes:
        raise CannotUndo(
            f"{plural(len(changes), 'tracked file')} in `{repository.root}` "
            f"{'has' if len(changes) == 1 else 'have'} uncommitted changes: {named(changes)}",
            "commit or stash them first",
        )
    return commits


def _listed(commits: Sequence[Commit]) -> str:
    shown = ", ".join(f"{one.sha[:10]} ({one.subject})" for one in commits[:_NAMED])
    return shown + (f" and {len(commits) - _NAMED} more" if len(commits) > _NAMED else "")


@frozen
class _Plan:
    """From which state to which: what the commits changed is as it was, all else is as it is now."""

    now: Snapshot
    to: Snapshot


def _plan(repository: Repository, record: Record, base: Base, tip: str, index: str) -> _Plan:
    """What an undo will do to the files. Raises `CannotUndo` where something of the user's own would be lost."""
    git, scratch = repository.git, f"{index}.mixed"
    now = repository.snapshot(index)
    paths = _touched(repository, record, base, tip)
    tree = mixed_tree(git, now.tree, base.tree, paths, scratch)
    lost = in_the_way(git, now.tree, tree, paths)
    if lost:
        raise CannotUndo(
            f"{plural(len(lost), 'file')} in `{repository.root}` {'is' if len(lost) == 1 else 'are'} where others "
            f"have to come back: {named(lost)}",
            "move them away first",
        )
    staged = None if base.staged is None else mixed_tree(git, base.head, base.staged, paths, scratch)
    return _Plan(now, Snapshot(base.head, base.branch, tree, staged))


def _touched(repository: Repository, record: Record, base: Base, tip: str) -> list[str]:
    """The files that the commits changed, but for those that they only took in: what was ignored when the session began
    may have been there all along, and stays."""
    paths = [change.path for change in repository.changed(base.head, tip)]
    new = {change.path for change in repository.changed(base.tree, tip) if change.status == "A"}
    excludes = session_excludes(os.path.join(record.folder, "index"))
    ignored = ignored_by_rules_of(
        repository.git, base.tree, [path for path in paths if path in new], excludes
    )
    return [path for path in paths if path not in ignored]


def _put_back(repository: Repository, record: Record, plan: _Plan, undone: Undone, index: str) -> Undone:
    """Files first, then HEAD and the user's index."""
    place_files(repository.git, plan.now.tree, plan.to.tree, index)
    # A file that only a rule of these commits had ignored has come to light by now: it stays where it is.
    repository.restore(evolve(plan.to, tree=repository.working_tree(index)), index)
    undone = evolve(undone, done=True)
    write_undone(record.folder, undone)
    return undone


def _message(session: str) -> str:
    return f"mmm: work of `undo` in session {session}"


@contextmanager
def _scratch(folder: str) -> Iterator[str]:
    """The path of an index file for the time of an undo."""
    with tempfile.TemporaryDirectory(prefix="undo-", dir=folder) as scratch:
        yield os.path.join(scratch, "index")
