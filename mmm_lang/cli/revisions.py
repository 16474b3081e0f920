"""Playbooks as they were in a revision: for `mmm check --diff REV`."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

from mmm_lang.analysis.called_files import CalledFiles
from mmm_lang.analysis.library import Found, NotFound
from mmm_lang.cli.failure import UsageFailure
from mmm_lang.source import Source

if TYPE_CHECKING:
    from mmm_lang.process.short import Completed


def is_revision(word: str, folder: str) -> bool:
    """Whether git knows a revision of that name in a folder. Raises `UsageFailure` where there is no git."""
    if word.startswith("-"):
        return False
    return _git(folder, "rev-parse", "--quiet", "--verify", f"{word}^{{commit}}").exit_code == 0


def text_at(path: str, revision: str) -> str | None:
    """The playbook as it was in a revision; ``None`` where it was not there. Raises `UsageFailure`."""
    folder, name = os.path.split(os.path.abspath(path))
    if not is_revision(revision, folder):
        from mmm_lang.diagnostics.display import visible

        raise UsageFailure(
            f"git does not know `{visible(revision)}` in `{visible(folder)}`; write a branch, a tag or a commit"
        )
    return _shown(folder, revision, name)


class FilesAt(CalledFiles):
    """Finds the playbooks that are called as they were in a revision. ``folder`` is one of its repository. What git has
    never kept there (ignored files, those of other repositories, those that ship with mmm) is read as it is."""

    def __init__(self, revision: str, folder: str) -> None:
        self._revision = revision
        self._folder = os.path.realpath(folder)
        self._text = cache(self._text_then)
        super().__init__(self._text)

    def _text_then(self, path: str) -> Source | None:
        text = _shown(self._folder, self._revision, os.path.relpath(path, self._folder))
        return None if text is None else Source(path, text)

    def _at(self, path: str) -> Found | NotFound | None:
        real = os.path.realpath(path)
        if self._text(real) is None and self._is_kept(real):
            return None  # added since
        return super()._at(path)

    def _is_kept(self, path: str) -> bool:
        """Whether git has a file now."""
        return _git(self._folder, "ls-files", "--error-unmatch", "--", path).exit_code == 0


def _shown(folder: str, revision: str, name: str) -> str | None:
    """A file in a revision, by its path from a folder."""
    shown = _git(folder, "show", f"{revision}:./{name}")
    return shown.stdout.decode("utf-8", "replace").removeprefix("\ufeff") if shown.exit_code == 0 else None


def _git(folder: str, *words: str) -> Completed:
    from mmm_lang.git.call import environment
    from mmm_lang.process.errors import ProcessError
    from mmm_lang.process.short import run_short

    try:
        return run_short(("git", *words), cwd=folder, env=environment())
    except ProcessError as error:
        raise UsageFailure(str(error)) from None
