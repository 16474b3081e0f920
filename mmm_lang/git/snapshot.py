"""A snapshot: where HEAD is, and a tree of everything in the work tree that is not ignored.

The tree is what ``git add -A`` would record, so conversions that the user's settings ask for apply (``autocrlf``,
``eol``, ``filter``, ``ident``): a file comes back from a snapshot as a checkout would write it. Of modes git
keeps the executable bit only. Empty folders, devices, pipes and sockets are not recorded; a repository inside the
work tree is recorded as the commit that it is at, and one without a commit not at all. A folder that may not be entered
is passed over, as git itself does.
"""

from __future__ import annotations

import os
import stat

from attrs import frozen

from mmm_lang.git.call import Git, named, reason, split_nul
from mmm_lang.git.errors import UnbornBranch, Unrecordable
from mmm_lang.git.ignore import write_ignore
from mmm_lang.git.worktree_index import begin_session_index, copy_user_index, forget, with_own_lock


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
    if os.path.isdir(os.path.join(git.root, ".mmm")):
        write_ignore(git.root)
    return with_own_lock(index, lambda: _working_tree(git, index))


def staged_tree(git: Git, scratch: str) -> str | None:
    """The tree of the user's index; ``None`` where there is none, or one with conflicts.

    ``scratch`` is a path for a copy: to write a tree, git wants to write the index too.
    """
    if not copy_user_index(git, scratch):
        return None
    done = with_own_lock(scratch, lambda: git.attempt("write-tree", index=scratch))
    return os.fsdecode(done.stdout).strip() if done.exit_code == 0 else None


def _working_tree(git: Git, index: str) -> str:
    if not os.path.exists(index):
        begin_session_index(git, index)
    if git.attempt("add", "-A", index=index).exit_code != 0:
        _add_what_can_be(git, index)
    return os.fsdecode(git.write("write-tree", index=index)).strip()


def _add_what_can_be(git: Git, index: str) -> None:
    """Record all that git can record; what may be left over is a repository without a commit, or a pipe."""
    done = git.attempt("add", "-A", "--ignore-errors", index=index, own={"LC_ALL": "C"})
    left = split_nul(git.read("ls-files", "-z", "-m", "-o", "--exclude-standard", index=index))
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
        )


def _mode(path: str) -> int:
    """The type and permissions of what is at a path itself; 0 where there is nothing."""
    try:
        return os.lstat(path).st_mode
    except OSError:
        return 0


def _is_special(mode: int) -> bool:
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or stat.S_ISCHR(mode) or stat.S_ISBLK(mode)
