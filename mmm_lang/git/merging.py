"""Merging a branch by git alone, and looking at what came of a merge that somebody else made."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator

from attrs import frozen

from mmm_lang.git.call import Git, named, reason, split_nul
from mmm_lang.git.changes import changed, literal
from mmm_lang.git.history import is_ancestor
from mmm_lang.git.preconditions import operation_under_way, tracked_changes

_MARKS = (b"<<<<<<< ", b"||||||| ", b">>>>>>> ")
_TRIES_SINCE = (2, 38)
"""The git that merges without a work tree, and tells what it could not merge."""
_TEXT_IS_SEEN_IN = 8000
"""Bytes in which git looks for a NUL, to tell a binary file."""
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


def in_the_way(git: Git, before: str, tip: str) -> tuple[str, ...]:
    """Files here that are in no commit, ignored ones too, where a merge of ``tip`` into ``before`` puts one of its own.

    Git overwrites ignored files without a word.
    """
    base = os.fsdecode(git.ask("merge-base", before, tip).stdout).strip() or before
    added = {one.path for one in changed(git, base, tip) if one.status == "A"}
    brought = added & {one.path for one in changed(git, before, tip) if one.status == "A"}
    there = {place for path in brought if (place := _occupied(git.root, path)) is not None}
    if not there:
        return ()
    return tuple(path for path in sorted(there) if not _is_tracked(git, path))


def _is_tracked(git: Git, path: str) -> bool:
    """Whether the index has a file there, or below; also one whose name differs in case only, where that is one file."""
    folds = ",icase" if os.path.lexists(os.path.join(git.root, ".GIT")) else ""
    return git.read("ls-files", "-z", "--", f":(top,literal{folds}){path}") != b""


def _occupied(root: str, path: str) -> str | None:
    """What is at a path, or a file where it needs a folder; relative to the root."""
    parts = path.split("/")
    for length in range(1, len(parts)):
        parent = "/".join(parts[:length])
        if os.path.islink(os.path.join(root, parent)) or os.path.isfile(os.path.join(root, parent)):
            return parent
    there = os.path.join(root, path)
    if os.path.isdir(there) and not os.path.islink(there):
        return path if any(files for _, _, files in os.walk(there)) else None
    return path if os.path.lexists(there) else None


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
    """Why ``head`` is no good merge of ``tip`` into ``before``, as the rest of a sentence; ``None`` where it is one.

    ``conflicts`` are the files that git could not merge.
    """
    contradicted = frozenset(conflicts)
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
        path
        for path in _suspects(git, before, head, contradicted)
        if _has_marks(git, path, before, tip, head)
    ]
    if marked:
        return f"there are conflict markers left in {named(marked)}"
    base = os.fsdecode(git.ask("merge-base", before, tip).stdout).strip()
    apart = _paths(git, before, tip)
    if not base or not apart:
        return None
    is_choice = apart <= contradicted and not any(_can_be_mixed(git, before, tip, path) for path in apart)
    if not is_choice and not changed(git, before, head) and changed(git, base, tip):
        return "nothing of the branch is left in it"
    if not is_choice and not changed(git, tip, head) and changed(git, base, before):
        return "nothing of what was there before is left in it"
    lost = _merged_by_git(git, base, before, tip) - contradicted - _paths(git, base, head)
    lost |= {path for path in contradicted if _is_one_side_only(git, path, base, before, tip, head)}
    return f"changes are lost that contradict nothing: {named(sorted(lost))}" if lost else None


def _paths(git: Git, before: str, after: str) -> frozenset[str]:
    return frozenset(change.path for change in changed(git, before, after))


def _merged_by_git(git: Git, base: str, before: str, tip: str) -> frozenset[str]:
    """The files that git changes in a merge and has no trouble with; none where this git cannot tell."""
    if git.version < _TRIES_SINCE:
        return frozenset()
    tried = git.ask("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", before, tip)
    if tried.exit_code not in (0, 1):
        return frozenset()
    tree, *contradicted = split_nul(tried.stdout)
    return _paths(git, base, tree) - frozenset(contradicted)


def _can_be_mixed(git: Git, before: str, tip: str, path: str) -> bool:
    """Whether a file is text on both sides, so that a merge of it can have lines of both, and is no mere choice."""
    one, other = _text(git, before, path), _text(git, tip, path)
    return one is not None and other is not None and one != other


def _text(git: Git, commit: str, path: str) -> bytes | None:
    """What a file has in it; ``None`` where there is none, or one without lines."""
    if not git.read("ls-tree", "-z", "--full-tree", commit, "--", literal(path)).startswith(b"100"):
        return None
    content = git.read("cat-file", "blob", f"{commit}:{path}")
    return None if b"\0" in content[:_TEXT_IS_SEEN_IN] else content


def _is_one_side_only(git: Git, path: str, base: str, before: str, tip: str, head: str) -> bool:
    """Whether a file is as on one side, though the other changed lines of it that this one had left alone."""
    texts = [_text(git, commit, path) for commit in (before, base, tip)]
    whole = _text(git, head, path)
    if None in texts or whole is None or whole not in (texts[0], texts[2]) or texts[0] == texts[2]:
        return False
    with tempfile.TemporaryDirectory(prefix="mmm-") as folder:
        files = [os.path.join(folder, name) for name in ("before", "base", "tip")]
        for file, text in zip(files, texts, strict=True):
            with open(file, "wb") as out:
                out.write(text or b"")
        side = "--ours" if whole == texts[0] else "--theirs"
        mixed = git.ask("merge-file", "-p", "-q", side, *files)
    return mixed.exit_code == 0 and mixed.stdout != whole


def _suspects(git: Git, before: str, head: str, conflicts: frozenset[str]) -> Iterator[str]:
    """Files that the merge may have written, and that have something like a conflict marker in them."""
    written = _paths(git, before, head) | conflicts
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
