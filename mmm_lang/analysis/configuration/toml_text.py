"""TOML with places: ``tomllib`` says what a text means, this says where each part of it stands.

``tomllib`` refuses what is not TOML, so the scanner may trust the text: it finds where keys and values begin and
end, and each word's meaning is asked of ``tomllib`` again.
"""

from __future__ import annotations

import re
import tomllib

from mmm_lang.analysis.configuration.tree import Array, Entry, Node, Table, Value, Word
from mmm_lang.record import define, field
from mmm_lang.source import Source, Span

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\r\n]*)*")
_SPACES = re.compile(r"[ \t]*")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5}|"(?:[^"\\\r\n]|\\.)*"'
    r"|'''(?:[^']|'{1,2}(?!'))*'{3,5}|'[^'\r\n]*'",
    re.DOTALL,
)
_BARE = re.compile(r"[^,\]}\r\n#]+")
_BARE_KEY = re.compile(r"[\w-]+")
_LINE_AND_COLUMN = re.compile(r" ?\(at (?:line (\d+), column (\d+)|end of document)\)\Z")


class NotToml(Exception):
    """A text is not TOML; ``span`` is where it stops being so, ``str()`` says why."""

    def __init__(self, span: Span, reason: str) -> None:
        super().__init__(reason)
        self.span = span


def read_toml(source: Source) -> Table:
    """The whole text. Raises `NotToml`."""
    try:
        tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(source, str(error)) from None
    except RecursionError:
        raise NotToml(source.whole(), "lists and tables are nested too deep") from None
    return _Scanner(source.text).document()


def _not_toml(source: Source, message: str) -> NotToml:
    place = _LINE_AND_COLUMN.search(message)
    reason = _LINE_AND_COLUMN.sub("", message)
    offset = len(source.text)
    if place is not None and place[1] is not None:
        # tomllib counts lines by `\n`, as the line table does in a text without a lone `\r`, which TOML forbids
        line = min(int(place[1]), len(source.line_starts))
        offset = min(source.line_starts[line - 1] + int(place[2]) - 1, len(source.text))
    return NotToml(Span(offset, min(offset + 1, len(source.text))), reason[:1].lower() + reason[1:])


@define(eq=False)
class _Open:
    """A table that may still get keys. A list of tables is a list of these."""

    key_span: Span
    span: Span
    entries: dict[str, tuple[Span, _Open | list[_Open] | Node]] = field(factory=dict)

    def closed(self) -> Table:
        """The table as it was written, in the order of its keys."""
        entries: list[Entry] = []
        for key, (span, value) in self.entries.items():
            node: Node
            if isinstance(value, _Open):
                node = value.closed()
            elif isinstance(value, list):
                tables = tuple(one.closed() for one in value)
                node = Array(tables, tables[0].span.to(tables[-1].span))
            else:
                node = value
            entries.append(Entry(key, span, node))
        return Table(tuple(entries), self.span)

    def inner(self, name: str, span: Span) -> _Open:
        """The table of that name, the last of a list of tables; made where there is none."""
        _, found = self.entries.setdefault(name, (span, _Open(span, span)))
        if isinstance(found, list):
            return found[-1]
        if not isinstance(found, _Open):
            raise TypeError(f"`{name}` is no table, which tomllib let through")
        return found


class _Scanner:
    """Walks over a text that is known to be TOML."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def document(self) -> Table:
        root = table = _Open(Span(0, 0), Span(0, 0))
        self.skip(_BLANK)
        while self.at < len(self.text):
            if self.peek() == "[":
                table = self.header(root)
            else:
                self.entry(table)
            self.skip(_BLANK)
        return root.closed()

    def header(self, root: _Open) -> _Open:
        """``[a.b]`` or ``[[a.b]]``: the table that the lines below belong to."""
        is_list = self.text.startswith("[[", self.at)
        start = self.at
        self.at += 2 if is_list else 1
        *path, (name, span) = self.dotted_key()
        self.skip(_SPACES)
        self.at += 2 if is_list else 1
        table = root
        for key, place in path:
            table = table.inner(key, place)
        whole = Span(start, self.at)
        if not is_list:
            inner = table.inner(name, span)
            inner.span = whole
            return inner
        _, tables = table.entries.setdefault(name, (span, []))
        made = _Open(span, whole)
        if isinstance(tables, list):
            tables.append(made)
        return made

    def entry(self, table: _Open) -> None:
        """``a.b = value``."""
        *path, (name, span) = self.dotted_key()
        for key, place in path:
            table = table.inner(key, place)
        self.skip(_SPACES)
        self.at += 1
        self.skip(_SPACES)
        table.entries[name] = (span, self.value())

    def dotted_key(self) -> list[tuple[str, Span]]:
        names: list[tuple[str, Span]] = []
        while True:
            self.skip(_SPACES)
            match = _STRING.match(self.text, self.at) or _BARE_KEY.match(self.text, self.at)
            if match is None:
                raise ValueError(f"no key at {self.at}, which tomllib let through")
            written = match[0]
            name = str(_meaning(written)) if written[0] in "\"'" else written
            names.append((name, Span(match.start(), match.end())))
            self.at = match.end()
            self.skip(_SPACES)
            if self.peek() != ".":
                return names
            self.at += 1

    def value(self) -> Node:
        if self.peek() == "[":
            return self.array()
        if self.peek() == "{":
            return self.inline_table()
        match = _STRING.match(self.text, self.at) or _BARE.match(self.text, self.at)
        if match is None:
            raise ValueError(f"no value at {self.at}, which tomllib let through")
        written = match[0].rstrip()
        span = Span(self.at, self.at + len(written))
        self.at = span.end
        return Word(_meaning(written), span)

    def array(self) -> Array:
        start = self.at
        self.at += 1
        items: list[Node] = []
        self.skip_to_next()
        while self.peek() != "]":
            items.append(self.value())
            self.skip_to_next()
        self.at += 1
        return Array(tuple(items), Span(start, self.at))

    def inline_table(self) -> Table:
        start = self.at
        self.at += 1
        table = _Open(Span(start, start), Span(start, start))
        self.skip_to_next()
        while self.peek() != "}":
            self.entry(table)
            self.skip_to_next()
        self.at += 1
        table.span = Span(start, self.at)
        return table.closed()

    def skip_to_next(self) -> None:
        """Past blanks, comments and a comma."""
        self.skip(_BLANK)
        if self.peek() == ",":
            self.at += 1
            self.skip(_BLANK)

    def skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]


def _meaning(written: str) -> Value:
    """What a word means; dates and times stay as they are written."""
    value = tomllib.loads(f"x = {written}")["x"]
    return value if isinstance(value, str | int | float | bool) else written
