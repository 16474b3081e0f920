"""What a program wrote between two states of a work tree, in a form that can be made again: patches and whole files."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator

from attrs import frozen

from mmm_lang.git.call import Git


@frozen
class Authored:
    """A commit that a program made on its branch: its message, and the commit on which it stands."""

    sha: str
    parent: str
    message: str


@frozen
class TextChange:
    """A unified diff of one file."""

    patch: str


@frozen
class WholeFile:
    """A file of which no diff can be told: its content, ``None`` where it was deleted."""

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


def changes_between(
    git: Git, before: str, after: str, told: Callable[[bytes], bool] = lambda content: True
) -> tuple[TextChange | WholeFile, ...]:
    """How to make one tree of another, a change or two a file: first what is deleted, to make room.

    A diff that is no UTF-8 becomes a whole file, and so does one that may not be ``told``: its own text is asked for, and
    both contents where they are binary, which a diff holds compressed.
    """
    if before == after:
        return ()
    pairs = zip(_halves(git, before, after), _diffs(git, before, after), strict=True)
    ordered = sorted(pairs, key=lambda pair: pair[0].after is not None)
    return tuple(_change(git, half, diff, told) for half, diff in ordered)


_DIFF = ("diff-tree", "-r", "--no-renames", "--no-ext-diff", "--no-textconv")
_PATCH = (*_DIFF, "-p", "--binary", "--full-index", "--no-color")
_FILES = ("100644", "100755")


@frozen
class _Blob:
    mode: str
    sha: str


@frozen
class _Half:
    """What one diff is about. A file that becomes a link has two: it goes, and the link comes."""

    path: str
    before: _Blob | None
    after: _Blob | None

    @property
    def blobs(self) -> tuple[_Blob, ...]:
        return tuple(blob for blob in (self.before, self.after) if blob is not None)


def _halves(git: Git, before: str, after: str) -> Iterator[_Half]:
    fields = os.fsdecode(git.read(*_DIFF, "--raw", "-z", before, after, "--")).split("\0")
    for told, path in zip(fields[0::2], fields[1::2], strict=False):
        old_mode, mode, old_sha, sha, status = told.removeprefix(":").split(" ")
        old, new = _Blob(old_mode, old_sha), _Blob(mode, sha)
        if status in ("D", "T"):
            yield _Half(path, old, None)
        if status in ("A", "T"):
            yield _Half(path, None, new)
        if status == "M":
            yield _Half(path, old, new)


def _diffs(git: Git, before: str, after: str) -> list[bytes]:
    """One a half, in the same order. Lines of content begin with a sign, or have no space where they are binary."""
    return re.split(rb"^(?=diff --git )", git.read(*_PATCH, before, after, "--"), flags=re.MULTILINE)[1:]


def _change(git: Git, half: _Half, diff: bytes, told: Callable[[bytes], bool]) -> TextChange | WholeFile:
    text = _text(diff)
    if text is not None:
        # a link or a repository can be made by nothing but a patch
        if any(blob.mode not in _FILES for blob in half.blobs):
            return TextChange(text)
        hidden = half.blobs if _BINARY.search(diff) else ()
        if told(diff) and all(told(_content(git, blob)) for blob in hidden):
            return TextChange(text)
    if half.after is None:
        return WholeFile(half.path, None)
    return WholeFile(half.path, _content(git, half.after), half.after.mode == "100755")


_BINARY = re.compile(rb"^GIT binary patch$", re.MULTILINE)


def _text(diff: bytes) -> str | None:
    try:
        return diff.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _content(git: Git, blob: _Blob) -> bytes:
    return git.read("cat-file", "blob", blob.sha)
