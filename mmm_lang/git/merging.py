"""Merging a branch by git alone, and looking at what came of a merge that somebody else made."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from attrs import frozen

from mmm_lang.git.call import Git, named, reason
from mmm_lang.git.changes import changed
from mmm_lang.git.history import is_ancestor
from mmm_lang.git.preconditions import operation_under_way, tracked_changes

_MARKS = (b"<<<<<<< ", b"||||||| ", b">>>>>>> ")
_KINDS = {
    "123": "both changed it",
    "12": "deleted on the branch, changed here",
    "13": "deleted here, changed on the branch",
    "23": "both added it",
    "1": "renamed in two ways, or deleted by both",
    "2": "added or renamed here",
    "3": "added or renamed on the branch",
}


@frozen
class Conflict:
    """A file that git could not merge, and why in a few words."""

    path: str
    why: str


@frozen
class Merged:
    """The merge is there: HEAD is at ``commit``."""

    commit: str


@frozen
class Conflicts:
    """The merge was begun and stopped at these files; it is still under way."""

    files: tuple[Conflict, ...]


@frozen
class Refused:
    """Git made no merge: ``reason`` is what it (or a hook) said. One may be under way nevertheless."""

    reason: str


def merge(git: Git, branch: str, message: str, *, verify: bool) -> Merged | Conflicts | Refused:
    """Merge a branch into the one that is checked out, always with a commit of its own."""
    options = ("--no-ff", "--no-squash", "--no-autostash", "--no-rerere-autoupdate", "--no-stat", "--commit")
    hooks = () if verify else ("--no-verify",)
    own = {"LC_ALL": "C", "GIT_EDITOR": ":", "GIT_MERGE_AUTOEDIT": "no"}
    done = git.attempt("merge", "-q", *options, *hooks, "-m", message, f"refs/heads/{branch}", own=own)
    if done.exit_code == 0:
        return Merged(os.fsdecode(git.read("rev-parse", "--verify", "HEAD")).strip())
    files = tuple(_conflicts(git))
    said = b"\n".join(
        line for line in done.stderr.split(b"\n") if not line.startswith(b"Not committing merge")
    )
    return Conflicts(files) if files else Refused(reason(said if said.strip() else done.stdout))


def _conflicts(git: Git) -> Iterator[Conflict]:
    stages: dict[str, str] = {}
    for entry in git.read("ls-files", "-u", "-z").split(b"\0"):
        about, _, path = entry.partition(b"\t")
        if about:
            name = os.fsdecode(path)
            stages[name] = stages.get(name, "") + about.split(b" ")[2].decode("ascii")
    for file, found in stages.items():
        yield Conflict(file, _KINDS.get(found, "both changed it"))


def flaw(git: Git, before: str, tip: str, head: str, conflicts: Iterable[str]) -> str | None:
    """Why ``head`` is no good merge of ``tip`` into ``before``, as the rest of a sentence; ``None`` where it is one."""
    operation = operation_under_way(git)
    if operation is not None:
        return operation.message
    if not is_ancestor(git, before, head):
        return "what was there before is not contained in it"
    if not is_ancestor(git, tip, head):
        return "the branch is not contained in it"
    left = tracked_changes(git)
    if left:
        return f"there are uncommitted changes left: {named(left)}"
    marked = [
        path for path in _suspects(git, before, head, conflicts) if _has_marks(git, path, before, tip, head)
    ]
    if marked:
        return f"there are conflict markers left in {named(marked)}"
    base = os.fsdecode(git.ask("merge-base", before, tip).stdout).strip()
    if base and changed(git, base, tip) and not changed(git, before, head) and changed(git, before, tip):
        return "nothing of the branch is left in it"
    if base and changed(git, base, before) and not changed(git, tip, head) and changed(git, before, tip):
        return "nothing of what was there before is left in it"
    return None


def _suspects(git: Git, before: str, head: str, conflicts: Iterable[str]) -> Iterator[str]:
    """Files that the merge may have written, and that have something like a conflict marker in them."""
    written = {change.path for change in changed(git, before, head)} | set(conflicts)
    marks = (word for mark in _MARKS for word in ("-e", f"^{mark.decode()}"))
    found = git.ask("grep", "-a", "-l", "-z", "--full-name", *marks, head)
    for entry in found.stdout.split(b"\0"):
        path = os.fsdecode(entry.partition(b":")[2])
        if path in written:
            yield path


def _has_marks(git: Git, path: str, before: str, tip: str, head: str) -> bool:
    """Whether a file has more lines that look like conflict markers than either side had."""
    return _marks(git, path, head) > max(_marks(git, path, before), _marks(git, path, tip))


def _marks(git: Git, path: str, commit: str) -> int:
    done = git.ask("cat-file", "blob", f"{commit}:{path}")
    return sum(line.startswith(_MARKS) for line in done.stdout.split(b"\n")) if done.exit_code == 0 else 0
