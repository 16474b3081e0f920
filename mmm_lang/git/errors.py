"""What can go wrong with a repository, as types.

Every message is a sentence that says what happened, where, and what to do. A caller that has to tell one
trouble from another catches the subclass; everybody else catches `GitError` and prints it.
"""

from __future__ import annotations


class GitError(Exception):
    """Git cannot do what was asked. ``str(error)`` is for people."""


class GitMissing(GitError):
    """There is no usable ``git`` program."""


class NotARepository(GitError):
    """The path is not inside a git work tree."""


class UnbornBranch(GitError):
    """HEAD points at a branch that has no commit yet."""


class OperationUnderWay(GitError):
    """A merge, rebase, cherry-pick, revert or bisect has been started and not ended."""


class HeadMoved(GitError):
    """Somebody else moved HEAD while we were at work."""


class RefExists(GitError):
    """A ref that may only be created is already there."""


class Unrecordable(GitError):
    """Files of the work tree that git cannot record (unreadable, a filter that fails).

    ``paths`` names all of them, ``filters`` the filters that git says have failed.
    """

    def __init__(self, message: str, paths: tuple[str, ...], filters: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.paths = paths
        self.filters = filters


class Locked(GitError):
    """A lock file was still there after all patience. ``path`` is the lock file, absolute."""

    def __init__(self, message: str, path: str) -> None:
        super().__init__(message)
        self.path = path


class CommitRejected(GitError):
    """Git refused a commit: a hook, a signature, a filter. ``output`` is the end of what was printed."""

    def __init__(self, message: str, output: str) -> None:
        super().__init__(message)
        self.output = output


class GitFailed(GitError):
    """A git command failed for a reason that has no type of its own. ``output`` is what it printed on stderr."""

    def __init__(self, message: str, exit_code: int, output: str) -> None:
        super().__init__(message)
        self.exit_code = exit_code
        self.output = output
