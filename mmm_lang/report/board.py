"""Several sessions at once, on one output: each line whole, and each with the name of the part that it tells of."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Literal, Protocol

from attrs import frozen

from mmm_lang.plan.graph import Plan
from mmm_lang.report import wording
from mmm_lang.report.console import Console
from mmm_lang.report.json_lines import JsonLines
from mmm_lang.report.one_of_many import OneOfMany
from mmm_lang.report.quiet import Quiet
from mmm_lang.runtime.cook import Watching
from mmm_lang.tagged import Json

_LABEL = 24
"""Columns of a prefix that the label of an item may take."""


@frozen
class Part:
    """Which part of a map a session is.

    ``number`` is the item's, from 1, of ``total``; ``label`` is what people call it.
    """

    kind: Literal["item", "merge", "opening", "reduce"]
    number: int | None = None
    total: int = 0
    label: str = ""

    @property
    def prefix(self) -> str:
        """How each line about it begins: `[3 specs/a.md] `. Of a path that is too long the end is kept."""
        digits = len(str(self.total))
        number = "" if self.number is None else f"{self.number:>{digits}}"
        words = [word for word in ("" if self.kind == "item" else self.kind, number, self._short()) if word]
        return f"[{' '.join(words)}] "

    @property
    def sentence(self) -> str:
        """What it is called in a sentence: `item 3, specs/a.md`."""
        if self.number is None:
            return {"opening": "`map.setup`", "reduce": "`reduce`"}.get(self.kind, self.kind)
        what = "item" if self.kind == "item" else "the merge of item"
        return f"{what} {self.number}, {self.label}" if self.label else f"{what} {self.number}"

    @property
    def mark(self) -> dict[str, Json]:
        """What `--format json` adds to its events."""
        return {"part": self.kind} if self.number is None else {self.kind: self.number}

    def _short(self) -> str:
        label = wording.printable(self.label.replace("\n", " ")).strip()
        if wording.cells(label) <= _LABEL or "/" not in label:
            return wording.cut(label, _LABEL) if label else ""
        kept = label[-(_LABEL - 1) :]
        while wording.cells(kept) >= _LABEL:
            kept = kept[1:]
        return f"…{kept}"


class Board(Protocol):
    """Where everything is shown that a map and its sessions tell, from whatever thread."""

    def lane(self, part: Part, plan: Plan) -> AbstractContextManager[Watching]:
        """The watcher of a session with this plan, which is that part of the map, as long as it runs."""

    def say(self, line: str) -> None:
        """A line of the map's own, for people."""

    def tell(self, event: Mapping[str, Json]) -> None:
        """An event of the map's own, for programs."""

    def paused(self) -> AbstractContextManager[None]:
        """While a person is asked: what is to be shown meanwhile comes after."""

    def close(self) -> None:
        """Nothing more is shown."""


class Lines:
    """Writes lines whole, one after another, from whatever thread."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._lock = threading.RLock()
        self._kept: list[str] | None = None

    def write(self, line: str) -> None:
        """Write a line, or keep it while lines are kept."""
        with self._lock:
            if self._kept is None:
                self._write(line)
            else:
                self._kept.append(line)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Lines that come meanwhile are written when it is left."""
        with self._lock:
            self._kept = []
        try:
            yield
        finally:
            with self._lock:
                kept, self._kept = self._kept or [], None
                for line in kept:
                    self._write(line)


def prefixed(prefix: str, write: Callable[[str], None]) -> Callable[[str], None]:
    """A way to write lines that begin so; blank ones are left out."""

    def begun(line: str) -> None:
        if line.strip():
            write(f"{prefix}{line}")

    return begun


@frozen
class PlainBoard:
    """Plain lines: for pipes, CI, and people who want it so. ``quiet``: only how sessions ended.

    Session folders lie in ``sessions``.
    """

    lines: Lines
    sessions: str
    style: Literal["plain", "verbose", "quiet"] = "plain"

    @contextmanager
    def lane(self, part: Part, plan: Plan) -> Iterator[Watching]:
        """Lines with the prefix of the part."""
        write = prefixed(part.prefix, self.lines.write)
        console = Console(plan, write, self.sessions, verbose=self.style == "verbose")
        match self.style:
            case "verbose":
                yield console
            case "plain":
                yield OneOfMany(console, write, self.sessions)
            case "quiet":
                yield Quiet(OneOfMany(console, write, self.sessions))

    def say(self, line: str) -> None:
        """The line, unless only endings are wanted."""
        if self.style != "quiet":
            self.lines.write(line)

    def tell(self, event: Mapping[str, Json]) -> None:
        """Nothing."""

    def paused(self) -> AbstractContextManager[None]:
        """Lines wait."""
        return self.lines.kept()

    def close(self) -> None:
        """Nothing is left to be done."""


@frozen
class JsonBoard:
    """`--format json`: the events of the map, and those of its sessions with the part that they belong to."""

    lines: Lines

    @contextmanager
    def lane(self, part: Part, plan: Plan) -> Iterator[Watching]:
        """Events with the mark of the part."""
        yield JsonLines(self.lines.write, part.mark)

    def say(self, line: str) -> None:
        """Nothing: only events are told."""

    def tell(self, event: Mapping[str, Json]) -> None:
        """The event, as a line."""
        self.lines.write(json.dumps(dict(event)))

    def paused(self) -> AbstractContextManager[None]:
        """Lines wait."""
        return self.lines.kept()

    def close(self) -> None:
        """Nothing is left to be done."""
