"""A snapshot: where HEAD is, and a tree of everything in the work tree that is not ignored.

The tree is what ``git add -A`` would record, so conversions that the user's settings ask for apply (``autocrlf``,
``eol``, ``filter``, ``ident``): a file comes back from a snapshot as a checkout would write it. Of modes git
keeps the executable bit only. Empty folders, devices, pipes and sockets are not recorded; a repository inside the
work tree is recorded as the commit that it is at, and one without a commit not at all. A folder that may not be entered
is passed over, as git itself does.
"""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Iterable

from attrs import evolve, frozen

from mmm_lang.git.call import Git, named, reason, split_nul
from mmm_lang.git.errors import GitFailed, UnbornBranch, Unrecordable
from mmm_lang.git.ignore import write_ignore
from mmm_lang.git.known_index import begin_with_kept_index, keep_index
from mmm_lang.git.worktree_index import (
    begin_session_index,
    copy_user_index,
    exact,
    forget,
    keep_excludes,
    stage_raw,
    with_own_lock,
)

_FAILED = re.compile(rb"clean filter '([^'\n]*)' failed")
_FILTERS = 8
"""How many filters a step may have broken at once, before files are recorded past git's own ways."""


@frozen
class Head:
    """Where HEAD is: a commit, and the short name of the branch (``None``: detached)."""

    commit: str
    branch: str | None


@frozen
class Snapshot:
    """A state to come back to: HEAD's commit and branch, and the tree of the working state.

    ``staged`` is the tree of the user's index where it is to come back too; ``None`` means as HEAD has it.
    """

    head: str
    branch: str | None
    tree: str
    staged: str | None = None


def read_head(git: Git) -> Head:
    """Raises `UnbornBranch` where there is no commit yet."""
    done = git.ask("rev-parse", "HEAD^{commit}", "--symbolic-full-name", "HEAD")
    lines = os.fsdecode(done.stdout).split("\n")
    if done.exit_code != 0:
        name = os.fsdecode(git.ask("symbolic-ref", "-q", "--short", "HEAD").stdout).strip() or "HEAD"
        raise UnbornBranch(f"`{name}` in `{git.root}` has no commit yet; make a first commit")
    commit, ref = lines[0], lines[1]
    return Head(commit, ref.removeprefix("refs/heads/") if ref.startswith("refs/heads/") else None)


def working_tree(git: Git, index: str) -> str:
    """The tree of the whole working state, recorded with the index file ``index`` of ours.

    Raises `Unrecordable` where git cannot record a file.
    """
    return _tree_of(exact(git), index)


def _tree_of(git: Git, index: str) -> str:
    if os.path.isdir(os.path.join(git.root, ".mmm")):
        write_ignore(git.root, os.path.join(git.common_dir, "mmm"))
    return with_own_lock(index, lambda: _working_tree(git, index))


@frozen
class Recorded:
    """A tree of the working state; ``git`` does not stumble over what it could not record.

    ``raw``: paths in it that git will call changed, whatever they hold.
    """

    tree: str
    git: Git
    raw: tuple[str, ...] = ()


def working_tree_as_it_is(git: Git, index: str) -> Recorded:
    """Like `working_tree`, past what a step did to its files: filters that fail, and files it made unreadable.

    Where a filter fails its files are recorded as they are; unreadable ones are made readable. Raises `Unrecordable`
    where that may not be.
    """
    past = exact(git)
    for _ in range(_FILTERS):
        try:
            return Recorded(_tree_of(past, index), past)
        except Unrecordable as error:
            lost = error
        if not _make_readable(git.root, lost) and not lost.filters:
            break
        past = without_filters(past, lost.filters)
    with_own_lock(index, lambda: stage_raw(past, lost.paths, index))
    return Recorded(_write_tree(past, index), past, lost.paths)


def _make_readable(root: str, lost: Unrecordable) -> bool:
    """Whether there was a file to be made readable, and it could be. Raises ``lost`` where one is another user's."""
    made = False
    for path in lost.paths:
        full = os.path.join(root, path)
        if not os.path.islink(full) and not os.access(full, os.R_OK):
            try:
                os.chmod(full, os.lstat(full).st_mode | stat.S_IRUSR)
            except PermissionError:
                raise lost from None
            made = True
    return made


def failed_filters(output: bytes) -> tuple[str, ...]:
    """The filters that git says have failed."""
    return tuple(os.fsdecode(name) for name in _FAILED.findall(output))


def without_filters(git: Git, filters: Iterable[str]) -> Git:
    """The same git, which takes content as it is where one of ``filters`` would have changed it."""
    off = [f"filter.{name}.{key}" for name in filters for key in ("clean=", "process=", "required=false")]
    return evolve(git, sight=(*git.sight, *off))


def staged_tree(git: Git, scratch: str) -> str | None:
    """The tree of the user's index; ``None`` where there is none, or one with conflicts.

    ``scratch`` is a path for a copy: to write a tree, git wants to write the index too.
    """
    if not copy_user_index(git, scratch):
        return None
    done = with_own_lock(scratch, lambda: git.attempt("write-tree", index=scratch))
    return os.fsdecode(done.stdout).strip() if done.exit_code == 0 else None


def _working_tree(git: Git, index: str) -> str:
    began, fresh = time.monotonic(), not os.path.exists(index)
    if fresh:
        keep_excludes(git, index)
        if not begin_with_kept_index(git, index):
            begin_session_index(git, index)
    _add_all(git, index)
    try:
        tree = _write_tree(git, index)
        if fresh:
            keep_index(git, index, time.monotonic() - began)
        return tree
    except GitFailed:
        # Somebody's `git gc --prune=now` took objects that only our index names: they are made anew from the files.
        begin_session_index(git, index)
        _add_all(git, index)
        return _write_tree(git, index)


def _write_tree(git: Git, index: str) -> str:
    return os.fsdecode(git.write("write-tree", index=index)).strip()


def _add_all(git: Git, index: str) -> None:
    if git.attempt("add", "-A", index=index).exit_code != 0:
        _add_what_can_be(git, index)


def _add_what_can_be(git: Git, index: str) -> None:
    """Record all that git can record; what may be left over is a repository without a commit, or a pipe."""
    done = git.attempt("add", "-A", "--ignore-errors", index=index, own={"LC_ALL": "C"})
    drivers = os.fsdecode(git.ask("config", "--name-only", "--get-regexp", r"^filter\.").stdout).split()
    blind = without_filters(git, {name.split(".", 1)[1].rpartition(".")[0] for name in drivers})
    left = split_nul(blind.read("ls-files", "-z", "-m", "-o", "--exclude-standard", index=index))
    modes = {path: _mode(os.path.join(git.root, path)) for path in left}
    replaced = [path for path, mode in modes.items() if _is_special(mode)]
    if replaced:
        forget(git, replaced, index)
    lost = tuple(path for path, mode in modes.items() if stat.S_ISREG(mode) or stat.S_ISLNK(mode))
    if lost:
        raise Unrecordable(
            f"git cannot record {named(lost)} in `{git.root}`, so the work tree cannot be kept safe: "
            f"{reason(done.stderr)}; mend that, or name the file in `.gitignore`",
            lost,
            failed_filters(done.stderr),
        )


def _mode(path: str) -> int:
    """The type and permissions of what is at a path itself; 0 where there is nothing."""
    try:
        return os.lstat(path).st_mode
    except OSError:
        return 0


def _is_special(mode: int) -> bool:
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or stat.S_ISCHR(mode) or stat.S_ISBLK(mode)
