"""Commit exactly the paths that were named, and leave all else as it was.

The commit is built in an index file of its own: HEAD plus the paths. Hooks run as for any commit and see that index
(git itself does the same for ``git commit --only``); what a hook adds is taken in. Only once the commit is there does
the user's index learn of it, path by path, so a refused commit leaves the user's index byte for byte as it was.

A hook may also rewrite the files themselves, as formatters do. One that refuses the commit for that gets it again with
the files as they are now; one that lets it pass without adding them gets its changes taken in afterwards, so that
neither costs a step its result nor leaves the work tree changed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from attrs import evolve

from mmm_lang.git.call import Git, join_nul
from mmm_lang.git.changes import literal
from mmm_lang.git.damage import mend_index
from mmm_lang.git.errors import CommitRejected, GitError, GitFailed, HeadMoved, OperationUnderWay
from mmm_lang.git.inside import not_checked_out, undeclared_repositories
from mmm_lang.git.preconditions import operation_under_way
from mmm_lang.git.snapshot import read_head
from mmm_lang.git.worktree_index import (
    RawEntry,
    align,
    case_folding,
    copy_user_index,
    parse_raw,
    stage,
    with_own_lock,
    write_entries,
)
from mmm_lang.process.errors import TimedOut

_TAIL_LINES = 40
_TRIES = 3
_SAYS_NOTHING = frozenset({"fatal: failed to write commit object"})
# With `commit.verbose`, git would cut the message at a line that looks like its scissors.
_MESSAGE_SETTINGS = ("i18n.commitEncoding=UTF-8", "commit.verbose=false")


def commit(
    git: Git, paths: Iterable[str], message: str, *, verify: bool = True, timeout: float | None = None
) -> str:
    """Commit ``paths`` (changed, new or deleted) as they are in the work tree; the id of the new commit.

    Where they equal HEAD nothing is committed and HEAD's id comes back. ``message`` is taken as it is, lines with
    ``#`` too. ``verify=False`` skips the hooks that can be skipped; ``timeout`` in seconds bounds hooks that hang.
    Repositories inside the work tree that are no submodules are left out (`undeclared_repositories`), and submodules
    that are not checked out.

    Raises `CommitRejected` where a hook, a filter or a signature says no, `OperationUnderWay` in the middle of a
    merge and the like, `HeadMoved` where someone else committed in the same moment.
    """
    if not message.strip():
        raise GitError("a commit needs a message")
    operation = operation_under_way(git)
    if operation is not None:
        raise OperationUnderWay(f"{operation.message}, and nothing else can be committed; {operation.help}")
    base = read_head(git).commit
    mend_index(git)
    foreign = undeclared_repositories(git, base, paths := tuple(paths))
    foreign += not_checked_out(git, base, paths)
    chosen = [path for path in paths if path not in foreign]
    index = os.path.join(git.git_dir, "mmm", "commit.index")
    if not _commit_until_hooks_rest(git, base, chosen, index, message, verify, timeout):
        return base
    new, parent, entries = _read_new_commit(git)
    _settle(git, entries)
    if parent != base:
        raise HeadMoved(
            f"someone else committed in `{git.root}` while mmm did: commit {new[:12]} was meant to stand on "
            f"{base[:12]} and stands on {parent[:12]}; look at both before you go on"
        )
    return new


def _commit_until_hooks_rest(
    git: Git, base: str, paths: list[str], index: str, message: str, verify: bool, timeout: float | None
) -> bool:
    """Whether there was something to commit. Raises `CommitRejected` where a hook refuses and changes nothing more."""
    for left in reversed(range(_TRIES)):
        with_own_lock(index, lambda: _fill_index(git, base, paths, index))
        before = _stamps(git.root, paths)
        try:
            made = _commit_index(git, index, message, verify, timeout)
        except CommitRejected:
            if verify and left and _stamps(git.root, paths) != before:
                continue
            raise
        if made and (after := _stamps(git.root, paths)) != before:
            _take_in(git, [path for path in paths if after[path] != before[path]], index)
        return made
    raise AssertionError("the last try has returned or raised")


def _stamps(root: str, paths: list[str]) -> dict[str, tuple[int, ...]]:
    """What tells that somebody wrote a file; of one that is not there, nothing."""
    stamps: dict[str, tuple[int, ...]] = {}
    for path in paths:
        try:
            found = os.lstat(os.path.join(root, path))
            stamps[path] = (found.st_ino, found.st_size, found.st_mtime_ns, found.st_mode)
        except OSError:
            stamps[path] = ()
    return stamps


def _take_in(git: Git, paths: list[str], index: str) -> None:
    """Put what hooks changed in ``paths``, and did not add, into the commit that was just made. No hook runs again."""
    stage(git, paths, index)
    if git.ask("diff-index", "--cached", "--quiet", "HEAD", index=index).exit_code == 0:
        return
    arguments = ("commit", "--amend", "-q", "--no-edit", "--no-verify", "--cleanup=verbatim")
    settings = (*_MESSAGE_SETTINGS, f"core.hooksPath={os.devnull}")
    own = {"GIT_INDEX_FILE": index, "GIT_EDITOR": ":"}
    done = git.attempt(*arguments, settings=settings, own=own)
    if done.exit_code != 0:
        raise _rejected(os.fsdecode(done.stderr), "what a hook changed cannot be committed")


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
        stage(evolve(git, sight=(case_folding(git),)), paths, index)
    except GitFailed as error:
        raise _rejected(error.output, "the files cannot be added") from error


def _commit_index(git: Git, index: str, message: str, verify: bool, timeout: float | None) -> bool:
    """Whether there was something to commit."""
    arguments = ["commit", "-q", "--cleanup=whitespace", "-F", "-", *(() if verify else ("--no-verify",))]
    text = message.encode("utf-8", "replace")
    own = {"GIT_INDEX_FILE": index, "GIT_EDITOR": ":"}
    try:
        done = git.attempt(*arguments, stdin=text, settings=_MESSAGE_SETTINGS, own=own, timeout=timeout)
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
    said = [line.strip() for line in tail.splitlines() if line.strip() and line.strip() not in _SAYS_NOTHING]
    last = (
        said[-1].removeprefix("fatal: ").removeprefix("error: ")
        if said
        else "a hook failed and printed nothing"
    )
    return CommitRejected(f"{what}: {last}", tail)


def _tail(output: bytes) -> str:
    return "\n".join(output.decode("utf-8", "replace").strip().split("\n")[-_TAIL_LINES:])
