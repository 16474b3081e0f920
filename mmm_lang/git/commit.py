"""Commit exactly the paths that were named, and leave all else as it was.

The commit is built in an index file of its own: HEAD plus the paths. Hooks run as for any commit and see that index
(git itself does the same for ``git commit --only``); what a hook adds is taken in. Only once the commit is there does
the user's index learn of it, path by path, so a refused commit leaves the user's index byte for byte as it was.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from mmm_lang.git.call import Git, join_nul
from mmm_lang.git.changes import literal
from mmm_lang.git.errors import CommitRejected, GitError, GitFailed, HeadMoved, OperationUnderWay
from mmm_lang.git.preconditions import operation_under_way
from mmm_lang.git.snapshot import read_head
from mmm_lang.git.worktree_index import (
    RawEntry,
    align,
    copy_user_index,
    parse_raw,
    stage,
    with_own_lock,
    write_entries,
)
from mmm_lang.process.errors import TimedOut

_TAIL_LINES = 40
_UTF8 = ("i18n.commitEncoding=UTF-8",)


def commit(
    git: Git, paths: Iterable[str], message: str, *, verify: bool = True, timeout: float | None = None
) -> str:
    """Commit ``paths`` (changed, new or deleted) as they are in the work tree; the id of the new commit.

    Where they equal HEAD nothing is committed and HEAD's id comes back. ``message`` is taken as it is, lines with
    ``#`` too. ``verify=False`` skips the hooks that can be skipped; ``timeout`` in seconds bounds hooks that hang.

    Raises `CommitRejected` where a hook, a filter or a signature says no, `OperationUnderWay` in the middle of a
    merge and the like, `HeadMoved` where someone else committed in the same moment.
    """
    if not message.strip():
        raise GitError("a commit needs a message")
    operation = operation_under_way(git)
    if operation is not None:
        raise OperationUnderWay(f"{operation.message}, and nothing else can be committed; {operation.help}")
    base = read_head(git).commit
    index = os.path.join(git.git_dir, "mmm", "commit.index")
    with_own_lock(index, lambda: _fill_index(git, base, paths, index))
    if not _commit_index(git, index, message, verify, timeout):
        return base
    new, parent, entries = _read_new_commit(git)
    _settle(git, entries)
    if parent != base:
        raise HeadMoved(
            f"someone else committed in `{git.root}` while mmm did: commit {new[:12]} was meant to stand on "
            f"{base[:12]} and stands on {parent[:12]}; look at both before you go on"
        )
    return new


def settle(git: Git, before: str, after: str) -> None:
    """Make the user's index agree with commit ``after`` on every path that differs from ``before``.

    `commit` ends with this; after a crash between the two, doing it again is right and harmless.
    """
    raw = git.read("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", before, after)
    _settle(git, parse_raw(raw.split(b"\0")))


def _settle(git: Git, entries: list[RawEntry]) -> None:
    write_entries(git, [(entry.after, entry.path) for entry in entries])
    present = [literal(os.fsdecode(entry.path)) for entry in entries if entry.status != b"D"]
    if present:
        # So that tools which compare times only do not call the committed files changed. What is not as committed
        # (a hook may leave it so) rightly stays.
        options = ("--refresh", "--pathspec-from-file=-", "--pathspec-file-nul")
        git.attempt("add", *options, stdin=join_nul(present))


def _read_new_commit(git: Git) -> tuple[str, str, list[RawEntry]]:
    """Of the commit at HEAD: its id, its first parent, and what it changed, in one call."""
    options = ("--always", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", "--pretty=tformat:%H%x00%P")
    sha, parents, *raw = git.read("diff-tree", *options, "HEAD").split(b"\0")
    raw[0] = raw[0].removeprefix(b"\n")  # git's gap between a commit and its changes
    return os.fsdecode(sha), os.fsdecode(parents).split(" ")[0], parse_raw(raw)


def _fill_index(git: Git, base: str, paths: Iterable[str], index: str) -> None:
    if os.path.exists(index):
        os.unlink(index)
    copy_user_index(git, index)
    align(git, base, index)
    try:
        stage(git, paths, index)
    except GitFailed as error:
        raise _rejected(error.output, "the files cannot be added") from error


def _commit_index(git: Git, index: str, message: str, verify: bool, timeout: float | None) -> bool:
    """Whether there was something to commit."""
    arguments = ["commit", "-q", "--cleanup=whitespace", "-F", "-", *(() if verify else ("--no-verify",))]
    text = message.encode("utf-8", "replace")
    own = {"GIT_INDEX_FILE": index, "GIT_EDITOR": ":"}
    try:
        done = git.attempt(*arguments, stdin=text, settings=_UTF8, own=own, timeout=timeout)
    except TimedOut as error:
        output = _tail(error.stdout + error.stderr)
        raise CommitRejected(
            f"the commit did not end within {error.timeout:g} s; is a hook waiting?", output
        ) from error
    if done.exit_code == 0:
        return True
    same = git.ask("diff-index", "--cached", "--quiet", "HEAD", index=index)
    if same.exit_code == 0:
        return False
    raise _rejected(os.fsdecode(done.stdout + done.stderr), "git refused the commit")


def _rejected(output: str, what: str) -> CommitRejected:
    tail = _tail(os.fsencode(output))
    last = tail.rstrip().rpartition("\n")[2].strip() or "a hook failed and printed nothing"
    return CommitRejected(f"{what}: {last}", tail)


def _tail(output: bytes) -> str:
    return "\n".join(output.decode("utf-8", "replace").strip().split("\n")[-_TAIL_LINES:])
