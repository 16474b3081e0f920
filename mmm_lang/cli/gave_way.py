"""The world gave way under a running session (a full disk, a lost permission, a folder that is gone): what to say."""

from __future__ import annotations

import errno
import os

from mmm_lang.git.errors import GitFailed
from mmm_lang.git.space import is_full

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = (errno.EROFS, errno.EACCES, errno.EPERM)
_GONE = (errno.ENOENT, errno.ESTALE)


def reason_of(error: Exception, folder: str) -> str:
    """The error as part of a sentence, with its place: ``folder``, where it does not name one itself."""
    if isinstance(error, OSError) and error.strerror:
        return f"`{error.filename or folder}`: {error.strerror[:1].lower()}{error.strerror[1:]}"
    return str(error)


def advice_for(error: Exception, folder: str) -> str:
    """What to do before the session of the repository around ``folder`` can go on."""
    if _is_about(error, _FULL) or is_full(folder):
        return "make room on the disk; then `mmm resume` goes on"
    if _is_about(error, _FORBIDDEN) or "insufficient permission" in _said(error):  # as git says it
        return "see that you may write there; then `mmm resume` goes on"
    if isinstance(error, OSError) and error.errno in _GONE and _is_journal(error):
        return "without its journal it cannot go on; `git log --grep Mmm-Session` finds its commits"
    return "`mmm resume` goes on from there"


def _is_about(error: Exception, numbers: tuple[int, ...]) -> bool:
    """Whether one of these is what the system said, to us or to a program that tells us."""
    if isinstance(error, OSError):
        return error.errno in numbers
    return any(os.strerror(number).lower() in _said(error) for number in numbers)


def _said(error: Exception) -> str:
    """Its message, and all that git said where git failed."""
    return f"{error}\n{error.output if isinstance(error, GitFailed) else ''}".lower()


def _is_journal(error: OSError) -> bool:
    return os.path.basename(str(error.filename)) == "journal.jsonl"
