"""The work trees of a repository: which there are, a new one on a branch of its own, and one less."""

from __future__ import annotations

import os

from attrs import frozen

from mmm_lang.git.call import Git, reason
from mmm_lang.git.errors import GitError

_NUL_SINCE = (2, 36)
_BEING_MADE = "initializing"
"""Why git itself has a work tree locked; it stays so where that git was killed."""


@frozen
class LinkedTree:
    """A work tree as git knows it. ``path`` is absolute; ``branch`` is ``None`` where HEAD is on none.

    ``main`` is the first of the repository (for a bare one: its folder). ``locked``: by `git worktree lock`, and not by
    the git that makes it, which holds a lock of its own until it is done.
    """

    path: str
    branch: str | None
    main: bool
    locked: bool = False
    bare: bool = False


def work_trees(git: Git) -> tuple[LinkedTree, ...]:
    """All work trees of the repository, the main one first; those whose folder is gone are still among them."""
    nul = git.version >= _NUL_SINCE
    output = git.read("worktree", "list", "--porcelain", *(("-z",) if nul else ()))
    end = b"\0" if nul else b"\n"
    blocks = [block for block in output.split(end + end) if block.strip(end)]
    return tuple(_tree(block.strip(end).split(end), main=number == 0) for number, block in enumerate(blocks))


def _tree(lines: list[bytes], *, main: bool) -> LinkedTree:
    facts = {name: os.fsdecode(value) for name, _, value in (line.partition(b" ") for line in lines)}
    branch = facts.get(b"branch")
    return LinkedTree(
        path=os.path.realpath(facts[b"worktree"]),
        branch=None if branch is None else branch.removeprefix("refs/heads/"),
        main=main,
        locked=facts.get(b"locked", _BEING_MADE) != _BEING_MADE,
        bare=b"bare" in facts,
    )


def add_on_new_branch(git: Git, path: str, branch: str, commit: str) -> None:
    """A new work tree at ``path`` (an empty folder, or none yet) on a new branch at ``commit``. Raises `GitError`."""
    if branch_tip(git, branch) is not None:
        raise GitError(f"there is a branch `{branch}` already")
    # not `-b`: git makes the branch first, and where it then has to be run again, it would find that in its way
    put_on_branch(git, path, branch, commit)


def add_on_branch(git: Git, path: str, branch: str) -> None:
    """A new work tree at ``path`` on a branch that is there, and checked out nowhere. Raises `GitError`."""
    git.write("worktree", "add", "--quiet", path, branch)


def put_on_branch(git: Git, path: str, branch: str, commit: str) -> None:
    """A new work tree at ``path`` on a branch that is made at ``commit``, or put there where it is elsewhere.

    Raises `GitError`, also where the branch is checked out in another work tree.
    """
    git.write("worktree", "add", "--quiet", "--no-track", "-B", branch, path, commit)


def switch_to(git: Git, branch: str, commit: str) -> None:
    """Put a work tree without changes on a branch, which is made at ``commit``, or put there where it is elsewhere.

    Ignored files stay, but for those that are tracked at ``commit``; untracked ones go. Raises `GitError`.
    """
    git.write("switch", "--quiet", "--no-track", "--force-create", branch, commit)
    git.write("clean", "--quiet", "-ffd")


def remove_tree(git: Git, path: str) -> None:
    """Remove a work tree and all that is in it, or what git remembers of one that is gone; fine where neither is.

    Raises `GitError`, also where `git worktree lock` protects it.
    """
    known = next((tree for tree in work_trees(git) if tree.path == os.path.realpath(path)), None)
    if known is None:
        return
    force = ("--force",) if known.locked else ("--force", "--force")
    done = git.attempt("worktree", "remove", *force, path, own={"LC_ALL": "C"})
    if done.exit_code != 0:
        raise GitError(f"the work tree `{path}` cannot be removed: {reason(done.stderr)}")


def find_again(git: Git, path: str) -> bool:
    """Make a work tree and a repository that was moved know each other again; whether that was needed and done."""
    place = os.path.join(path, ".git")
    try:
        with open(place, "rb") as file:
            said = os.fsdecode(file.read()).strip().removeprefix("gitdir: ")
    except OSError:
        return False
    if os.path.isdir(os.path.join(path, said)):
        return False
    name = os.path.basename(said)
    if not os.path.isdir(os.path.join(git.common_dir, "worktrees", name)):
        return False
    return git.attempt("worktree", "repair", path, own={"LC_ALL": "C"}).exit_code == 0


def owner_of(path: str) -> str | None:
    """The git folder of the repository that a linked work tree belongs to, absolute; ``None`` where none is there."""
    try:
        with open(os.path.join(path, ".git"), "rb") as file:
            own = os.path.join(path, os.fsdecode(file.read()).strip().removeprefix("gitdir: "))
    except OSError:
        return None
    return os.path.realpath(os.path.join(own, "..", "..")) if os.path.isdir(own) else None


def branch_tip(git: Git, branch: str) -> str | None:
    """The commit that a local branch is at; ``None`` where there is no such branch."""
    done = git.ask("rev-parse", "-q", "--verify", f"refs/heads/{branch}^{{commit}}")
    return os.fsdecode(done.stdout).strip() if done.exit_code == 0 else None


def delete_branch(git: Git, branch: str, tip: str) -> None:
    """Delete a branch that is at ``tip``, and its settings. Raises `GitError` where it is elsewhere by now."""
    git.write("update-ref", "-d", f"refs/heads/{branch}", tip)
    git.attempt("config", "--remove-section", f"branch.{branch}", own={"LC_ALL": "C"})


def commits_ahead(git: Git, branch: str, target: str) -> int:
    """How many commits of a branch another one does not have."""
    return int(git.read("rev-list", "--count", f"refs/heads/{branch}", f"^refs/heads/{target}", "--"))


def commits_only_there(git: Git, branch: str) -> int:
    """How many commits of a branch no other branch, tag or remote has: what goes with it."""
    others = ("--not", f"--exclude={branch}", "--branches", "--tags", "--remotes")
    return int(git.read("rev-list", "--count", f"refs/heads/{branch}", *others, "--"))


def uncommitted(git: Git) -> tuple[str, ...]:
    """Files with uncommitted changes, untracked ones too; ignored ones do not count."""
    options = ("--porcelain", "-z", "--untracked-files=normal", "--no-renames")
    return tuple(os.fsdecode(entry[3:]) for entry in git.read("status", *options).split(b"\0") if entry)
