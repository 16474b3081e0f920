"""Rescue refs: commits outside all branches that keep work which is about to be set aside."""

from __future__ import annotations

import os
from collections.abc import Iterable

from attrs import frozen

from mmm_lang.git.call import Git
from mmm_lang.git.errors import GitError, RefExists
from mmm_lang.git.snapshot import Snapshot

RESCUES = "refs/mmm/rescue/"

_PARTS = ("head", "tree", "staged")

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


@frozen
class Kept:
    """What a rescue ref keeps: the commit that it stands on, the whole tree, and the message it was made with."""

    head: str
    tree: str
    message: str


def kept(git: Git, ref: str) -> Kept | None:
    """What ``ref``, made by `rescue`, keeps; ``None`` where there is no such ref."""
    _check(ref, RESCUES)
    done = git.ask("log", "-1", "--no-show-signature", "--format=%P%n%T%n%B", ref, "--")
    if done.exit_code != 0:
        return None
    parents, tree, message = os.fsdecode(done.stdout).split("\n", 2)
    return Kept(parents.split(" ")[0], tree, message)


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
    """Keep ``snapshot`` from every ``git gc`` with refs below ``ref`` (itself below ``refs/mmm/``), in place of another.

    The refs point at the objects themselves, so that nothing has to be made for them.
    """
    _check(ref, "refs/mmm/")
    objects = (snapshot.head, snapshot.tree, snapshot.staged)
    parts = zip(_PARTS, objects, strict=True)
    lines = [f"update {ref}/{part} {name}\n" for part, name in parts if name is not None]
    git.write("update-ref", "--stdin", stdin="".join(lines).encode())


def release(git: Git, *refs: str) -> None:
    """Delete refs that `hold` made; fine where there are none."""
    for ref in refs:
        _check(ref, "refs/mmm/")
    lines = [f"delete {ref}/{part}\n" for ref in refs for part in _PARTS]
    git.write("update-ref", "--stdin", stdin="".join(lines).encode())


def held(git: Git, ref: str) -> Snapshot | None:
    """What `hold` holds under ``ref``, without a branch; ``None`` where there is nothing."""
    _check(ref, "refs/mmm/")
    listed = git.read("for-each-ref", "--format=%(refname) %(objectname)", f"{ref}/")
    found = dict(os.fsdecode(line).split(" ") for line in listed.splitlines())
    head, tree, staged = (found.get(f"{ref}/{part}") for part in _PARTS)
    return None if head is None or tree is None else Snapshot(head, None, tree, staged)


def release_below(git: Git, folder: str) -> None:
    """Delete all refs that `hold` made in a folder below ``refs/mmm/base/``; fine where there are none."""
    _check(folder, "refs/mmm/base/")
    listed = git.read("for-each-ref", "--format=delete %(refname)", f"{folder}/")
    if listed:
        git.write("update-ref", "--stdin", stdin=listed)


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


def refs_below(git: Git, folder: str) -> tuple[str, ...]:
    """The refs in a folder such as ``refs/mmm/rescue/SESSION``, by name."""
    output = git.read("for-each-ref", "--format=%(refname)", folder.rstrip("/") + "/")
    return tuple(os.fsdecode(line) for line in output.split(b"\n") if line)


def free_ref(git: Git, session: str) -> str:
    """The next rescue ref of a session: its number is above all others, since any of them may have been dropped."""
    numbers = [name.rpartition("/")[2] for name in refs_below(git, f"{RESCUES}{session}")]
    return f"{RESCUES}{session}/{1 + max((int(one) for one in numbers if one.isdecimal()), default=0)}"


def drop(git: Git, refs: Iterable[str]) -> None:
    """Delete refs below ``refs/mmm/`` for good: what only they hold goes with git's next garbage collection."""
    lines = []
    for ref in refs:
        _check(ref, "refs/mmm/")
        lines.append(f"delete {ref}\n")
    git.write("update-ref", "--stdin", stdin=os.fsencode("".join(lines)))


def new_branch(git: Git, name: str, commit: str) -> None:
    """Make a branch at a commit. Raises `RefExists`, and `GitError` for a name that no branch can have."""
    if git.ask("check-ref-format", "--branch", name).exit_code != 0 or name.startswith("@{"):
        raise GitError(f"`{name}` cannot be the name of a branch; choose another")
    ref = f"refs/heads/{name}"
    if git.ask("rev-parse", "-q", "--verify", ref).exit_code == 0:
        raise RefExists(f"there is a branch `{name}` already; choose another name")
    git.write("update-ref", "-m", "mmm: work that was set aside", ref, commit, "0" * len(commit))
