"""The playbooks on the disk, as the analysis may ask for them (``mmm_lang.analysis.library``).

The path in a call starts from the folder of the calling file. What is not there is looked for in ``.mmm/playbooks`` of
the repository, and then among the playbooks that ship with mmm.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator

from mmm_lang.analysis.configuration.discovery import Neighbourhood
from mmm_lang.analysis.library import Found, NotFound
from mmm_lang.resources import resource_path
from mmm_lang.source import Source

_OWN = os.path.join(".mmm", "playbooks")
_SUFFIXES = (".yml", ".yaml")
_SHIPPED = r"(?:examples/)?([\w-]+)(?:\.yml)?"


def nothing_unsaved(_: str) -> Source | None:
    """For who has no texts but those on the disk."""
    return None


class CalledFiles:
    """Finds playbooks on the disk. ``unsaved`` gives the text that a file at an absolute path has in an editor, which
    wins. Each file is read once."""

    def __init__(self, unsaved: Callable[[str], Source | None] = nothing_unsaved) -> None:
        self._unsaved = unsaved
        self._neighbourhood = Neighbourhood()
        self._read: dict[str, Found | NotFound] = {}

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of the files that were read, and of those that were looked for and not there."""
        return tuple(self._read)

    def key(self, source: Source) -> str:
        """The real path of a source's file."""
        return os.path.realpath(source.path)

    def find(self, caller: Source, written: str) -> Found | NotFound:
        """The playbook that ``caller`` names."""
        if "\0" in written:
            return NotFound("a path holds no NUL character")
        paths = tuple(self._candidates(caller, written))
        for path in paths:
            found = self._at(path)
            if found is not None:
                return found
        return NotFound("there is no such file", self._near(caller, written))

    def _candidates(self, caller: Source, written: str) -> Iterator[str]:
        """Where the playbook may be, in order."""
        folder = os.path.dirname(caller.path)
        yield os.path.normpath(os.path.join(folder, written))
        own = os.path.join(self._root(caller), _OWN)
        suffix = "" if written.endswith(_SUFFIXES) else ".yml"
        yield _shown(os.path.normpath(os.path.join(own, written + suffix)), caller)
        shipped = re.fullmatch(_SHIPPED, written)
        if shipped is not None and shipped[1] in _shipped():
            yield resource_path("examples", f"{shipped[1]}.yml")

    def written(self, caller: Source, folder: str) -> tuple[str, ...]:
        """What ``caller`` can write for a playbook, or for a folder on the way to one: of ``folder``, as that is written
        (`lib/`, or nothing), what is in it; without a folder also the playbooks that are found by their names."""
        here = os.path.join(os.path.dirname(caller.path), folder)
        own = os.path.realpath(caller.path)
        files = [one for one in _playbooks(here) if os.path.realpath(os.path.join(here, one)) != own]
        near = tuple(f"{folder}{one}" for one in (*files, *_folders(here)))
        if folder:
            return near
        shared = (one.removesuffix(".yml") for one in _playbooks(os.path.join(self._root(caller), _OWN)))
        return tuple(dict.fromkeys((*near, *shared, *_shipped())))

    def _root(self, caller: Source) -> str:
        folder = os.path.dirname(os.path.abspath(caller.path))
        return self._neighbourhood.of(folder).root or folder

    def _at(self, path: str) -> Found | NotFound | None:
        """The file at a path; ``None`` where there is none."""
        real = os.path.realpath(path)
        unsaved = self._unsaved(real)
        if unsaved is not None:
            return Found(real, Source(path, unsaved.text, unsaved.bom))
        if not os.path.lexists(path):
            self._read.setdefault(path, NotFound("there is no such file"))
            return None
        if path not in self._read:
            from mmm_lang.syntax.reading import SourceError, read_source

            try:
                self._read[path] = Found(real, read_source(path))
            except SourceError as error:
                self._read[path] = _unreadable(error.reason)
        return self._read[path]

    def _near(self, caller: Source, written: str) -> str | None:
        """The name of a playbook that may be meant, as it would be written."""
        from mmm_lang.diagnostics.similar import nearest

        folder, base = os.path.split(written)
        here = os.path.join(os.path.dirname(caller.path), folder)
        near = nearest(base, _playbooks(here))
        if near is not None:
            return os.path.join(folder, near)
        own = _playbooks(os.path.join(self._root(caller), _OWN))
        return nearest(written, (*own, *_shipped()))


def _unreadable(reason: str) -> NotFound:
    """What is wrong with a file, and what to do; not what is for who names a file on the command line."""
    what, _, advice = reason.partition("; ")
    if not advice or "`-`" in advice:
        advice = "mend that file, or name another playbook"
    return NotFound(what, advice=advice)


def _shown(path: str, caller: Source) -> str:
    """An absolute path as one who names the caller would: relative where that name is."""
    return path if os.path.isabs(caller.path) else os.path.relpath(path)


def _playbooks(folder: str) -> tuple[str, ...]:
    try:
        return tuple(sorted(name for name in os.listdir(folder or ".") if name.endswith(_SUFFIXES)))
    except OSError:
        return ()


def _folders(folder: str) -> tuple[str, ...]:
    """The folders in a folder that are not hidden, each with a slash behind it."""
    try:
        names = sorted(name for name in os.listdir(folder or ".") if not name.startswith("."))
    except OSError:
        return ()
    return tuple(f"{name}/" for name in names if os.path.isdir(os.path.join(folder, name)))


def _shipped() -> tuple[str, ...]:
    """Names of the playbooks that ship with mmm."""
    try:
        folder = resource_path("examples")
    except FileNotFoundError:
        return ()
    names = (name for name in _playbooks(folder) if not name.endswith((".test.yml", ".yaml")))
    return tuple(name.removesuffix(".yml") for name in names)
