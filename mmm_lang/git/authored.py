"""What a program wrote between two states of a work tree, in a form that can be made again: patches and whole files."""

from __future__ import annotations

import os

from attrs import frozen

from mmm_lang.git.call import Git
from mmm_lang.git.changes import changed, literal, patch


@frozen
class Authored:
    """A commit that a program made on its branch: its message, and the commit on which it stands."""

    sha: str
    parent: str
    message: str


@frozen
class TextChange:
    """A unified diff of one or several files."""

    patch: str


@frozen
class WholeFile:
    """A file that no diff of text can make: its content, ``None`` where it was deleted."""

    path: str
    content: bytes | None
    executable: bool = False


def authored_commits(git: Git, base: str, tip: str) -> tuple[Authored, ...]:
    """The commits of ``base..tip`` along the branch itself, oldest first; a merge is one commit."""
    options = (
        "--first-parent",
        "--reverse",
        "--no-show-signature",
        "--no-color",
        "--no-notes",
        "--encoding=UTF-8",
    )
    output = git.read("log", *options, "-z", "--format=tformat:%H%n%P%n%B", f"{base}..{tip}", "--")
    commits = []
    for record in output.decode("utf-8", "replace").split("\0"):
        if record:
            sha, parents, message = record.split("\n", 2)
            commits.append(Authored(sha, parents.split(" ")[0], message.rstrip("\n") + "\n"))
    return tuple(commits)


def changes_between(git: Git, before: str, after: str) -> tuple[TextChange | WholeFile, ...]:
    """How to make one tree of another, files in git's order. Diffs that are no UTF-8 become whole files."""
    if before == after:
        return ()
    whole = _text(patch(git, before, after))
    if whole is not None:
        return (TextChange(whole),) if whole else ()
    changes: list[TextChange | WholeFile] = []
    for change in changed(git, before, after):
        one = _text(git.read(*_DIFF, before, after, "--", literal(change.path)))
        changes.append(_whole_file(git, after, change.path) if one is None else TextChange(one))
    return tuple(changes)


_DIFF = (
    "diff-tree", "-r", "-p", "--binary", "--full-index", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames",
)  # fmt: skip


def _text(diff: bytes) -> str | None:
    try:
        return diff.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _whole_file(git: Git, tree: str, path: str) -> WholeFile:
    found = git.read("ls-tree", "-z", tree, "--", path).split(b"\0")[0]
    if not found:
        return WholeFile(path, None)
    mode, _, name = found.partition(b"\t")[0].split(b" ")
    return WholeFile(path, git.read("cat-file", "blob", os.fsdecode(name)), mode == b"100755")
