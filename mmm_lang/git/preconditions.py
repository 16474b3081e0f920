"""What has to hold before a session may work in a repository; each broken one is a sentence with a next step."""

from __future__ import annotations

import os
from collections.abc import Iterator

from mmm_lang.figures import plural
from mmm_lang.git.call import Git, named
from mmm_lang.git.locks import held_lock
from mmm_lang.git.problem import Problem
from mmm_lang.git.signing import signing_problem

# Marks in the git folder, the thing they mean, and how to end it. A rebase stops with other marks in place
# too (CHERRY_PICK_HEAD), so it comes before them.
_OPERATIONS = (
    ("rebase-merge", "rebase", "`git rebase --continue` or `git rebase --abort`"),
    ("rebase-apply/applying", "`git am`", "`git am --continue` or `git am --abort`"),
    ("rebase-apply", "rebase", "`git rebase --continue` or `git rebase --abort`"),
    ("MERGE_HEAD", "merge", "`git commit` or `git merge --abort`"),
    ("CHERRY_PICK_HEAD", "cherry-pick", "`git cherry-pick --continue` or `git cherry-pick --abort`"),
    ("REVERT_HEAD", "revert", "`git revert --continue` or `git revert --abort`"),
    ("sequencer", "cherry-pick or revert", "`git cherry-pick --continue` or `git cherry-pick --abort`"),
    ("BISECT_LOG", "bisect", "`git bisect reset`"),
)

BESIDE_CHANGES = (
    "commit or stash them; or run with `--worktree`, beside them, or with `--allow-dirty`: they stay yours"
)
"""What to do about uncommitted changes of tracked files."""


def preconditions(git: Git, allow_dirty: bool) -> tuple[Problem, ...]:
    """All that stands against a session here. ``allow_dirty`` lets uncommitted changes of tracked files pass."""
    return tuple(_problems(git, allow_dirty))


def operation_under_way(git: Git) -> Problem | None:
    """The merge, rebase, cherry-pick, revert, bisect or ``git am`` that was begun and not ended, if any."""
    for mark, name, ways in _OPERATIONS:
        if os.path.exists(os.path.join(git.git_dir, mark)):
            return Problem(f"a {name} is under way in `{git.root}`", f"finish or give it up first: {ways}")
    return None


def _problems(git: Git, allow_dirty: bool) -> Iterator[Problem]:
    unborn, tracked, conflicts = _status(git)
    if unborn:
        yield Problem(
            f"the repository `{git.root}` has no commit yet, so there is nothing to go back to",
            "make a first one: `git add -A && git commit -m 'First commit'`",
        )
    if _is_sparse(git):
        yield Problem(
            f"`{git.root}` is a sparse checkout, and what lies outside of it could not be put back",
            "check everything out with `git sparse-checkout disable`, or clone it anew",
        )
    operation = operation_under_way(git)
    if operation is not None:
        yield operation
    if conflicts and operation is None:
        files = f"{plural(len(conflicts), 'file')} in `{git.root}`"
        yield Problem(
            f"{files} {_verb(conflicts)} unresolved conflicts: {named(conflicts)}",
            "resolve them and commit",
        )
    if tracked and not allow_dirty and not unborn:
        files = f"{plural(len(tracked), 'tracked file')} in `{git.root}`"
        yield Problem(
            f"{files} {_verb(tracked)} uncommitted changes: {named(tracked)}",
            BESIDE_CHANGES,
        )
    locked = held_lock(git)
    if locked is not None:
        yield locked
    strangers = tuple(_identity(git))
    yield from strangers
    unsigned = None if unborn or strangers else signing_problem(git)
    if unsigned is not None:
        yield unsigned


def _is_sparse(git: Git) -> bool:
    asked = git.ask("config", "--type=bool", "--get", "core.sparseCheckout")
    return asked.exit_code == 0 and asked.stdout.strip() == b"true"


def _status(git: Git) -> tuple[bool, list[str], list[str]]:
    """Whether HEAD is unborn, the tracked files with changes (staged or not), and those with conflicts."""
    arguments = (
        "--porcelain=v2",
        "--branch",
        "-z",
        "--untracked-files=no",
        "--ignore-submodules=dirty",
        "--no-renames",
    )
    unborn = False
    tracked: list[str] = []
    conflicts: list[str] = []
    for entry in git.read("status", *arguments).split(b"\0"):
        kind = entry[:2]
        if entry == b"# branch.oid (initial)":
            unborn = True
        elif kind == b"1 ":
            tracked.append(os.fsdecode(entry.split(b" ", 8)[8]))
        elif kind == b"u ":
            conflicts.append(os.fsdecode(entry.split(b" ", 10)[10]))
    return unborn, tracked, conflicts


def _identity(git: Git) -> Iterator[Problem]:
    """Git would make an identity up from the host's name; a commit deserves the user's own."""
    for variable in ("GIT_COMMITTER_IDENT", "GIT_AUTHOR_IDENT"):
        if git.ask("-c", "user.useConfigOnly=true", "var", variable).exit_code != 0:
            yield Problem(
                "git does not know who you are: `user.name` or `user.email` is not set",
                'run `git config user.name "Your Name"` and `git config user.email you@example.com`',
            )
            return


def _verb(paths: list[str]) -> str:
    return "has" if len(paths) == 1 else "have"


def obstacles(git: Git) -> Iterator[Problem]:
    """What stands against putting files back here: an unfinished operation, conflicts, a sparse checkout."""
    if _is_sparse(git):
        yield Problem(
            f"`{git.root}` is a sparse checkout, and what lies outside of it could not be put back",
            "check everything out with `git sparse-checkout disable`",
        )
    operation = operation_under_way(git)
    if operation is not None:
        yield operation
    _, _, conflicts = _status(git)
    if conflicts and operation is None:
        yield Problem(
            f"there are unresolved conflicts in `{git.root}`: {named(conflicts)}", "resolve them and commit"
        )


def tracked_changes(git: Git) -> tuple[str, ...]:
    """The tracked files with uncommitted changes, staged or not, and those with conflicts."""
    _, tracked, conflicts = _status(git)
    return (*tracked, *conflicts)
