"""Where a cursor stands, by indentation and the text of its line alone.

Completion is asked for while a line is being typed, when the text is mostly not YAML; so nothing here needs a tree.
Walking up from the cursor, what stands further left encloses it: keys without a value, dashes of lists.
"""

from __future__ import annotations

import re
from itertools import takewhile
from typing import Literal

from attrs import define, evolve, field, frozen

from mmm_lang.editor.flow_line import flow_part
from mmm_lang.editor.ground import ENV, PASSED, RESULTS, TEXTS, UNKNOWN, Ground, below_dash, below_key, key_at
from mmm_lang.editor.spot_lines import Line, Token, lines_above, lines_below, split_line
from mmm_lang.source import Source, Span
from mmm_lang.syntax.keys import ValueKind

_WORD_BEFORE = re.compile(r"[A-Za-z0-9_-]*\Z")
_WORD_AFTER = re.compile(r"[A-Za-z0-9_-]*")

SpotKind = Literal["key", "value", "text"]


@frozen
class Spot:
    """A place in the structure of a playbook.

    ``kind``: where a ``key`` may stand (its first letters may be there), in the ``value`` of ``key`` on the same line
    (or in an item of its list), or in its ``text`` that stands on further lines. ``ground`` is that of the mapping,
    ``siblings`` are the keys that it has elsewhere.

    ``word`` is the word around the cursor, ``typed`` what stands of the key, value or text before the cursor on its
    line, ``rest`` what stands behind the word. ``is_first``: nothing of the value stands on an earlier line.
    ``is_item``: the cursor stands right behind the dash of a list. ``items`` are the offsets at which the items of
    lists around begin, behind their dashes, innermost first; ``inner`` are the keys between the innermost of them
    and the place, outermost first.
    """

    kind: SpotKind
    ground: Ground
    key: str
    siblings: frozenset[str]
    word: Span
    typed: str
    rest: str
    is_first: bool
    is_item: bool
    items: tuple[int, ...]
    inner: tuple[str, ...]

    @property
    def value_kind(self) -> ValueKind | None:
        """What the value of the key is, where that is known and the cursor is in it."""
        if self.kind == "key":
            return None
        if self.ground in (ENV, PASSED, RESULTS):
            return "template"
        row = key_at(self.ground, self.key)
        return row.value if row is not None else None


def spot_at(source: Source, offset: int) -> Spot:
    """The spot of a cursor."""
    number = source.position(offset).line
    whole = source.line_span(number)
    offset = min(offset, whole.end)
    before, after = source.text[whole.start : offset], source.text[offset : whole.end]
    here = split_line(before, whole.start)
    behind = _WORD_AFTER.match(after)
    climb = _Climb(here)
    for line in lines_above(source, number):
        climb.line(line)
    spot = Spot(
        kind="key",
        ground=climb.ground,
        key="",
        siblings=frozenset(climb.siblings | _siblings_below(source, number, here.content)),
        word=_word(before, after, offset),
        typed=before[here.content :],
        rest=after[behind.end() :] if behind else after,
        is_first=True,
        is_item=bool(here.tokens) and here.key is None,
        items=tuple(climb.items),
        inner=climb.inner,
    )
    if climb.text_of is not None:
        return evolve(spot, kind="text", key=climb.text_of, siblings=frozenset(), is_first=climb.is_first)
    if climb.list_of is not None:
        return evolve(spot, kind="value", key=climb.list_of)
    return _on_its_line(spot, here.key)


def _on_its_line(spot: Spot, key: Token | None) -> Spot:
    """The spot by what stands on the cursor's own line: a key with a value, an open bracket."""
    if key is None:
        part = flow_part(spot.typed, spot.ground, UNKNOWN, "")
    else:
        part = flow_part(key.value, below_key(spot.ground, key.name), spot.ground, key.name)
    if part is not None:
        kind: SpotKind = "value" if part.key else "key"
        return evolve(
            spot,
            kind=kind,
            ground=part.ground,
            key=part.key,
            siblings=part.siblings,
            typed=part.typed,
            is_item=False,
            inner=(*spot.inner, *([key.name] if key is not None else []), *part.inner),
        )
    if key is None:
        return spot
    return evolve(spot, kind="value", key=key.name, typed=key.value)


def _word(before: str, after: str, offset: int) -> Span:
    left, right = _WORD_BEFORE.search(before), _WORD_AFTER.match(after)
    return Span(offset - (len(left[0]) if left else 0), offset + (len(right[0]) if right else 0))


@define
class _Climb:
    """The way up from a line, by columns.

    ``column`` is that of the innermost thing found, ``at_dash`` whether it is a dash. ``path`` has the names of the
    keys around, innermost first, ``None`` for a dash.
    """

    here: Line
    column: int = 0
    at_dash: bool = False
    path: list[str | None] = field(factory=list)
    siblings: set[str] = field(factory=set)
    items: list[int] = field(factory=list)
    text_of: str | None = None
    is_first: bool = False
    lines: int = 0

    def __attrs_post_init__(self) -> None:
        self.column = self.here.content
        for token in reversed(self.here.tokens):
            if token.name == "":
                self._enter(token)

    @property
    def list_of(self) -> str | None:
        """The key whose list of texts the place is an item of."""
        if len(self.path) < 2 or self.path[0] is not None or not self.path[1]:
            return None
        return self.path[1] if below_key(self._ground(2), self.path[1]) == TEXTS else None

    @property
    def ground(self) -> Ground:
        """The ground of what the place is in: of the mapping whose key has the text or list, where it is in one."""
        return self._ground(2 if self.list_of is not None else 0)

    @property
    def inner(self) -> tuple[str, ...]:
        """The keys between the innermost dash and the place."""
        return tuple(reversed([name for name in takewhile(lambda name: name is not None, self.path) if name]))

    def _ground(self, inner: int) -> Ground:
        ground = "playbook"
        for name in reversed(self.path[inner:]):
            ground = below_dash(ground) if name is None else below_key(ground, name)
        is_one_step = inner == 0 and (self.siblings or self.path[:1] == ["on_success"])
        return "step" if ground == "steps" and is_one_step else ground

    def line(self, line: Line) -> None:
        """Take the next line above."""
        self.lines += 1
        for token in reversed(line.tokens):
            if token.name == "":
                if token.column < self.column:
                    self._enter(token)
            elif token.column < self.column or (
                self.at_dash and token.column == self.column and token.is_open
            ):
                self._inside(token)
            elif token.column == self.column and not self.at_dash and not self.path:
                self.siblings.add(token.name)

    def _enter(self, dash: Token) -> None:
        self.column, self.at_dash = dash.column, True
        self.path.append(None)
        self.items.append(dash.offset)

    def _inside(self, key: Token) -> None:
        self.column, self.at_dash = key.column, False
        if key.is_open:
            self.path.append(key.name)
            return
        # All that looked like keys and dashes so far is the text of this key.
        self.path.clear()
        self.items.clear()
        self.siblings.clear()
        self.text_of = key.name if not key.value.startswith(("{", "[")) else ""
        self.is_first = self.lines == 1 and key.is_block


def _siblings_below(source: Source, number: int, column: int) -> set[str]:
    """The keys of the same mapping on the lines below."""
    found: set[str] = set()
    for line in lines_below(source, number):
        if line.indent < column or (line.indent == column and line.content > column):
            break
        if line.indent == column and line.key is not None:
            found.add(line.key.name)
    return found
