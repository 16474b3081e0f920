"""Rescue refs: commits outside all branches that keep work which is about to be set aside."""

from __future__ import annotations

import os

from attrs import frozen

from mmm_lang.git.call import Git
from mmm_lang.git.errors import GitError, RefExists
from mmm_lang.git.snapshot import Snapshot

RESCUES = "refs/mmm/rescue/"

# Bookkeeping, not authorship; and it has to work where a step broke the user's settings.
_MMM = {
    f"GIT_{role}_{field}": value
    for role in ("AUTHOR", "COMMITTER")
    for field, value in (("NAME", "mmm"), ("EMAIL", "mmm@localhost"))
}


@frozen
class Rescue:
    """Work that was set aside: its ref, the commit, its subject, and when (seconds since 1970)."""

    ref: str
    sha: str
    subject: str
    at: int


def rescue(git: Git, ref: str, snapshot: Snapshot, message: str) -> str:
    """Keep ``snapshot`` as a commit on its head, under ``ref`` below ``refs/mmm/rescue/``; the commit's id.

    Raises `RefExists` rather than ever overwrite one.
    """
    _check(ref, RESCUES)
    sha = _keep(git, snapshot, message)
    done = git.attempt("update-ref", ref, sha, "0" * len(sha), own={"LC_ALL": "C"})
    if done.exit_code != 0:
        if git.ask("rev-parse", "-q", "--verify", ref).exit_code == 0:
            raise RefExists(f"`{ref}` keeps other work already; choose another name")
        raise GitError(f"`{ref}` cannot be made in `{git.root}`: {os.fsdecode(done.stderr).strip()}")
    return sha


def hold(git: Git, ref: str, snapshot: Snapshot) -> None:
    """Point ``ref`` (below ``refs/mmm/``) at ``snapshot``, wherever it pointed, so that no ``git gc`` takes it away."""
    _check(ref, "refs/mmm/")
    git.write("update-ref", ref, _keep(git, snapshot, "mmm: a state to come back to\n"))


def release(git: Git, ref: str) -> None:
    """Delete a ref that `hold` made; fine where there is none."""
    _check(ref, "refs/mmm/")
    git.write("update-ref", "-d", ref)


def list_rescues(git: Git) -> tuple[Rescue, ...]:
    """All rescue refs of the repository, oldest first."""
    layout = "--format=%(refname)%00%(objectname)%00%(committerdate:unix)%00%(contents:subject)"
    rescues = []
    for line in git.read("for-each-ref", "--sort=committerdate", layout, RESCUES).split(b"\n"):
        if line:
            ref, sha, at, subject = line.split(b"\0", 3)
            rescues.append(Rescue(os.fsdecode(ref), os.fsdecode(sha), os.fsdecode(subject), int(at)))
    return tuple(rescues)


def _check(ref: str, folder: str) -> None:
    if not ref.startswith(folder) or ref == folder:
        raise ValueError(f"not a ref below `{folder}`: `{ref}`")


def _keep(git: Git, snapshot: Snapshot, message: str) -> str:
    arguments = ("commit-tree", "--no-gpg-sign", snapshot.tree, "-p", snapshot.head, "-F", "-")
    done = git.attempt(*arguments, stdin=message.encode("utf-8", "replace"), own={"LC_ALL": "C", **_MMM})
    if done.exit_code != 0:
        raise GitError(f"the state cannot be kept in `{git.root}`: {os.fsdecode(done.stderr).strip()}")
    return os.fsdecode(done.stdout).strip()
