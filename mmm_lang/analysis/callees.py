"""The playbooks that a playbook calls: read, judged, and held to what keeps a plan finite.

What is known of a file depends on that file and on what it calls, never on who calls it. So a file is judged once,
however many call it; and since a call that leads back to its own file is not followed, that comes to an end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple

from mmm_lang.analysis.library import Found, Library, NotFound
from mmm_lang.diagnostics.model import Diagnostic
from mmm_lang.record import frozen
from mmm_lang.source import Source
from mmm_lang.syntax.nodes import CallAction, Playbook, Step, calls_in, walk
from mmm_lang.syntax.parser import parse_playbook

if TYPE_CHECKING:
    from mmm_lang.analysis.check import Analysis

MOST_DEEP = 8
"""Files in a chain of calls, the first included."""
MOST_FILES = 200
MOST_STEPS = 10_000
"""Steps of a plan, those of every call counted as often as it is written."""


class Hop(NamedTuple):
    """A call on a way through files: the file that it is written in, and its step."""

    source: Source
    step: Step
    action: CallAction


@frozen(eq=False)
class Callee:
    """The playbook that a step calls, judged by itself."""

    analysis: Analysis

    @property
    def playbook(self) -> Playbook:
        return self.analysis.playbook

    @property
    def source(self) -> Source:
        return self.analysis.source


@frozen(eq=False)
class Missing:
    """There is no such playbook, or it cannot be read."""

    why: NotFound


@frozen(eq=False)
class Recursive:
    """The playbook leads back to its caller: by these calls, the last of which names the caller."""

    hops: tuple[Hop, ...]


@frozen(eq=False)
class TooMany:
    """The calls are more than a plan may have."""

    what: Literal["deep", "files", "steps"]


Called = Callee | Missing | Recursive | TooMany

Look = Callable[[Playbook, tuple[Diagnostic, ...], "Callees"], "Analysis"]
"""Judges a playbook that has been read, and what its reader had to say."""


@frozen(eq=False)
class _File:
    key: str
    source: Source
    playbook: Playbook
    found: tuple[Diagnostic, ...]
    calls: tuple[tuple[Step, CallAction], ...]


class Callees:
    """Finds and judges what playbooks call; each file is read, and judged, once."""

    def __init__(self, library: Library, look: Look) -> None:
        self._library = library
        self._look = look
        self._files: dict[str, _File] = {}
        self._named: dict[tuple[str, str], _File | NotFound] = {}
        self._analyses: dict[str, Analysis] = {}
        self._ways: dict[tuple[str, str], tuple[Hop, ...] | None] = {}

    def of(self, playbook: Playbook) -> Mapping[Step, Called]:
        """What each call of a playbook leads to."""
        source = playbook.source
        key = self._library.key(source)
        calls = tuple(calls_in(playbook))
        total = sum(1 for _ in walk(playbook.steps))
        found: dict[Step, Called] = {}
        for step, action in calls:
            callee = self._file(source, action)
            if isinstance(callee, NotFound):
                found[step] = Missing(callee)
                continue
            total += self._size(callee, MOST_DEEP)
            found[step] = self._called(key, Hop(source, step, action), callee, total)
        return found

    def _called(self, key: str, hop: Hop, callee: _File, total: int) -> Called:
        way = self._way_back(key, callee)
        if way is not None:
            return Recursive((hop, *way))
        if len(self._files) > MOST_FILES:
            return TooMany("files")
        if 1 + self._depth(callee, MOST_DEEP) > MOST_DEEP:
            return TooMany("deep")
        if total > MOST_STEPS:
            return TooMany("steps")
        if callee.key not in self._analyses:
            self._analyses[callee.key] = self._look(callee.playbook, callee.found, self)
        return Callee(self._analyses[callee.key])

    def _file(self, caller: Source, action: CallAction) -> _File | NotFound:
        """The file that a call names, read."""
        name = (caller.path, action.playbook.value)
        if name not in self._named:
            found = self._library.find(caller, action.playbook.value)
            self._named[name] = self._read(found) if isinstance(found, Found) else found
        return self._named[name]

    def _read(self, found: Found) -> _File:
        if found.key not in self._files:
            playbook, said = parse_playbook(found.source)
            calls = tuple(calls_in(playbook))
            self._files[found.key] = _File(found.key, found.source, playbook, said, calls)
        return self._files[found.key]

    def _inside(self, file: _File) -> Iterator[tuple[Hop, _File]]:
        """The calls of a file that lead to another one, as long as there are not too many files."""
        if len(self._files) <= MOST_FILES:
            for step, action in file.calls:
                callee = self._file(file.source, action)
                if isinstance(callee, _File):
                    yield Hop(file.source, step, action), callee

    def _onwards(self, file: _File) -> Iterator[_File]:
        """What a file calls, as often as it is written, but for what leads back to it: that is not followed."""
        for _, callee in self._inside(file):
            if self._way_back(file.key, callee) is None:
                yield callee

    def _way_back(self, key: str, start: _File) -> tuple[Hop, ...] | None:
        """The shortest way from a file to that of ``key``; ``None`` where there is none."""
        if (key, start.key) not in self._ways:
            self._ways[key, start.key] = self._find_way(key, start)
        return self._ways[key, start.key]

    def _find_way(self, key: str, start: _File) -> tuple[Hop, ...] | None:
        if start.key == key:
            return ()
        came: dict[str, tuple[Hop, ...]] = {start.key: ()}
        waiting = deque([start])
        while waiting:
            file = waiting.popleft()
            for hop, callee in self._inside(file):
                way = (*came[file.key], hop)
                if callee.key == key:
                    return way
                if callee.key not in came:
                    came[callee.key] = way
                    waiting.append(callee)
        return None

    def _depth(self, file: _File, most: int) -> int:
        """How many files the longest chain of calls has that begins with this one; at most ``most``."""
        level = {file.key: file}
        for depth in range(1, most):
            level = {callee.key: callee for one in level.values() for callee in self._onwards(one)}
            if not level:
                return depth
        return most

    def _size(self, file: _File, most: int) -> int:
        """How many steps a call of a file adds to a plan, chains followed ``most`` files deep."""
        sizes: dict[tuple[str, int], int] = {}

        def size(one: _File, left: int) -> int:
            if left == 0:
                return 0
            if (one.key, left) not in sizes:
                inside = sum(size(callee, left - 1) for callee in self._onwards(one))
                sizes[one.key, left] = inside + sum(1 for _ in walk(one.playbook.steps))
            return sizes[one.key, left]

        return size(file, most)
