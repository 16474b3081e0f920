"""Putting work back that was set aside, into the work tree and uncommitted, over nothing that would be lost."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence

from attrs import frozen

from mmm_lang.diagnostics.similar import nearest
from mmm_lang.figures import plural
from mmm_lang.git.call import named
from mmm_lang.git.changes import Change
from mmm_lang.git.placing import in_the_way, place_files
from mmm_lang.git.preconditions import obstacles
from mmm_lang.git.repository import Repository
from mmm_lang.git.rescue import new_branch
from mmm_lang.git.trees import mixed_tree
from mmm_lang.runtime.leftovers import left_behind
from mmm_lang.runtime.lock import kept_still
from mmm_lang.sessions.rescued import Rescued


class CannotApply(Exception):
    """Why work was not put back. ``help`` says what to do; nothing has been changed."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.help = help


@frozen
class Applied:
    """``written`` were put back, ``same`` were so already; paths relative to the root of the work tree."""

    written: tuple[Change, ...]
    same: tuple[str, ...]


def apply(repository: Repository, work: Rescued, paths: Sequence[str]) -> Applied:
    """Make the files that this work changed as it had them: all, or ``paths`` and what lies below them.

    HEAD and the index stay as they are. A file that has changed since the work began is never overwritten: then nothing
    is done at all. Raises `CannotApply`, ``GitError``, and ``RequirementsMissing`` where a session runs here, or the
    agent of one that was killed: what is put back would become its work.
    """
    wanted = _chosen(work, paths)
    left_behind(repository)
    with (
        kept_still(repository.git_dir),
        tempfile.TemporaryDirectory(prefix="mmm-") as scratch,
    ):
        for problem in obstacles(repository.git):
            raise CannotApply(problem.message, problem.help)
        index = os.path.join(scratch, "index")
        now = repository.snapshot(index)
        different = {change.path: change for change in repository.changed(now.tree, work.sha)}
        since = {change.path for change in repository.changed(now.tree, work.base)}
        ours = [different[path] for path in wanted if path in different]
        chosen = [one.path for one in ours]
        tree = mixed_tree(repository.git, now.tree, work.sha, chosen, f"{index}.mixed")
        lost = [path for path in chosen if path in since]
        lost += in_the_way(repository.git, now.tree, tree, chosen)
        if lost:
            raise CannotApply(
                f"{plural(len(lost), 'file')} here {_have(lost)} changed since this work was set aside, or "
                f"{_stand(lost)} in its way: {named(lost)}",
                f"commit or move them and name the others, or get all of it on a branch to merge: "
                f"`mmm rescue apply {work.name} --branch NAME`",
            )
        if ours:
            place_files(repository.git, now.tree, tree, index)
    return Applied(tuple(ours), tuple(path for path in wanted if path not in different))


def branch_at(repository: Repository, work: Rescued, name: str) -> str:
    """Make a branch at this work; the commit that it is at. Without uncommitted files that is the last commit that was
    taken back, else a commit on top of it which holds the files too. Raises ``GitError``."""
    commit = work.sha
    if not work.uncommitted:
        commit = os.fsdecode(repository.git.read("rev-parse", f"{work.sha}^")).strip()
    new_branch(repository.git, name, commit)
    return commit


def _chosen(work: Rescued, paths: Sequence[str]) -> list[str]:
    """The paths of the work that were asked for. Raises `CannotApply` for one that it does not hold."""
    held = [change.path for change in work.changes]
    if not paths:
        return held
    chosen: set[str] = set()
    for path in paths:
        plain = os.path.normpath(path) if path else path
        below = {one for one in held if plain in (one, ".") or one.startswith(f"{plain}/")}
        if not below:
            guess = nearest(plain, held)
            advice = f"write `{guess}`" if guess else f"`mmm rescue show {work.name}` lists what it holds"
            raise CannotApply(f"{work.ref} has no change of `{path}`", advice)
        chosen |= below
    return [path for path in held if path in chosen]


def _have(paths: Sequence[str]) -> str:
    return "has" if len(paths) == 1 else "have"


def _stand(paths: Sequence[str]) -> str:
    return "stands" if len(paths) == 1 else "stand"
