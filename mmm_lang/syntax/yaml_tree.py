"""YAML text to a tree with exact places, from libyaml's events.

Every node knows its span: without anchor and tag, block scalars up to their last line of text, mappings and
lists up to the end of their last child. Aliases lead to the node that they name; the place of the alias
itself is kept beside it. Reading never raises: what is wrong becomes a diagnostic, the value or item it is in
becomes ``Damaged``, and all the rest is read (see ``yaml_mending``), so that a mistake never hides the next.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import islice
from typing import TYPE_CHECKING

import yaml

from mmm_lang.diagnostics.model import Diagnostic, Label
from mmm_lang.record import define, field, frozen
from mmm_lang.source import Source, Span
from mmm_lang.syntax.keys import ACTIONS
from mmm_lang.syntax.scalar_map import Style
from mmm_lang.syntax.yaml_characters import Legible, legible
from mmm_lang.syntax.yaml_nodes import Damaged, Entry, Item, Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from mmm_lang.syntax.yaml_failure import Failure
    from mmm_lang.syntax.yaml_mending import Mended

MAX_NESTING = 64
"""How many lists and mappings may lie inside each other."""
MAX_ALIASED_NODES = 10_000
"""How many nodes all aliases together may stand for."""
_MOST_MERGED = 200
"""How many keys one ``<<`` may take over: mappings that merge each other grow with the square of their number."""
MAX_REREAD = 4 * 1024 * 1024
"""How many characters are read again, in all, to find the mistakes after the first."""
MAX_MISTAKES = 20
"""How many mistakes of YAML itself are looked for in one file."""

Loader = type[yaml.SafeLoader] | type[yaml.CSafeLoader]
DEFAULT_LOADER: Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_STYLES: dict[str | None, Style] = {'"': "double", "'": "single", "|": "literal", ">": "folded"}
_PROPERTY = r"[&!](?:<[^>]*>|[^\s,\[\]{}]*)(?:\s+(?:#[^\r\n]*)?)*"
_TAG = r"!(?:<[^>]*>|[^\s,\[\]{}]*)"
_SURROGATES = "[\ud800-\udfff]"
_EMPTY_LINES_AT_END = re.compile(r"(?:\r\n|\r|\n)[ \t\r\n]*\Z")
_CORE_TAG = "tag:yaml.org,2002:"
_CORE_TAGS = frozenset({"str", "int", "float", "bool", "null", "seq", "map"})


@frozen(eq=False)
class Tree:
    """What was read. ``root`` is ``None`` where the text holds nothing.

    ``text`` is the text as it was read: as long as the source, without what could not be. ``extents`` are those of
    its scalars, in order, and ``end`` is the offset up to which it was read; `yaml_comments` needs all three.
    """

    root: Node | None
    diagnostics: tuple[Diagnostic, ...]
    text: str = field(repr=False)
    extents: tuple[Span, ...] = field(repr=False)
    end: int


def read_tree(source: Source, loader: Loader = DEFAULT_LOADER) -> Tree:
    """Read the first YAML document of a source; never raises."""
    clean = legible(source)
    reading = _read(source, clean.text, {}, clean.restore, loader)
    if not clean.text.isascii() and (plain := _plainly_indented(source, clean, reading)) is not None:
        clean = plain
        reading = _read(source, clean.text, {}, clean.restore, loader)
    if reading.failure is None:
        diagnostics = (*clean.diagnostics, *reading.diagnostics)
        return Tree(reading.root, diagnostics, clean.text, reading.extents, reading.end)
    return _read_past_mistakes(source, clean, reading, loader)


def _plainly_indented(source: Source, clean: Legible, reading: _Reading) -> Legible | None:
    """The text with spaces where characters that only look like them indent; ``None`` where they do so nowhere."""
    from mmm_lang.syntax.yaml_indentation import lookalike_indents

    found = lookalike_indents(source, clean.text, reading.extents)
    if found is None or found.fix is None:
        return None
    text = clean.text
    for edit in found.fix.edits:
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return Legible(text, (*clean.diagnostics, found), clean.restore)


def _read_past_mistakes(source: Source, clean: Legible, reading: _Reading, loader: Loader) -> Tree:
    """What can be read of a text that is no YAML, and what is wrong with it."""
    from mmm_lang.syntax.yaml_errors import explain
    from mmm_lang.syntax.yaml_mending import Mended, mendings

    findings = list(clean.diagnostics)
    mended = Mended(clean.text, {}, 0)
    budget = MAX_REREAD
    while reading.failure is not None:
        finding = explain(source, reading.failure)
        findings.append(finding.diagnostic)
        accepted: tuple[Mended, _Reading] | None = None
        for candidate in mendings(mended, finding):
            budget -= len(source.text)
            if budget < 0 or len(findings) >= MAX_MISTAKES:
                break
            attempt = _read(source, candidate.text, candidate.damaged, clean.restore, loader)
            if attempt.failure is None or attempt.failure.is_beyond(candidate.until, reading.failure):
                accepted = candidate, attempt
                break
        if accepted is None:
            break
        mended, reading = accepted
    diagnostics = (*findings, *reading.diagnostics)
    return Tree(reading.root, diagnostics, mended.text, reading.extents, reading.end)


@frozen(eq=False)
class _Reading:
    """One pass over the events; ``root`` is partial where there is a ``failure``."""

    root: Node | None
    diagnostics: tuple[Diagnostic, ...]
    failure: Failure | None
    extents: tuple[Span, ...]
    end: int


def _read(
    source: Source, text: str, damaged: dict[int, int], restore: Callable[[str], str], loader: Loader
) -> _Reading:
    builder = _Builder(source, damaged, restore)
    failure: Failure | None = None
    end: int | None = None
    try:
        for event in yaml.parse(text, loader):
            if not builder.take(event):
                break
        else:
            end = len(text)
    except (yaml.YAMLError, UnicodeError, RecursionError, ValueError) as error:
        from mmm_lang.syntax.yaml_failure import Failure

        failure = Failure.of(error, builder.latest, len(source.text))
    if end is None:
        end = builder.extents[-1].end if builder.extents else 0
    return _Reading(builder.finish(), tuple(builder.diagnostics), failure, tuple(builder.extents), end)


@define(eq=False)
class _Frame:
    """A list or mapping that is being read. ``size`` and ``height`` count nodes with aliases written out."""

    is_mapping: bool
    span: Span
    is_flow: bool
    anchor: str | None
    children: list[Item] = field(factory=list)
    size: int = 1
    height: int = 1


@frozen(eq=False)
class _Anchored:
    node: Node
    size: int
    height: int


@define(eq=False)
class _Builder:
    """Events to nodes, without recursion."""

    source: Source
    damaged: dict[int, int]
    restore: Callable[[str], str]
    root: Node | None = None
    latest: Scalar | None = None
    extents: list[Span] = field(factory=list)
    diagnostics: list[Diagnostic] = field(factory=list)
    frames: list[_Frame] = field(factory=list)
    anchors: dict[str, _Anchored | None] = field(factory=dict)
    aliased_nodes: int = 0
    documents: int = 0
    is_stopped: bool = False

    def take(self, event: yaml.Event) -> bool:
        """Take one event; ``False`` ends the reading."""
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            return self._open(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._close(_extent(event).end)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            return self._document(event)
        return True

    def finish(self) -> Node | None:
        """The root; what is still open ends with its last child."""
        while self.frames:
            frame = self.frames[-1]
            if frame.is_mapping and len(frame.children) % 2:
                place = Span(frame.children[-1].place.end, frame.children[-1].place.end)
                frame.children.append(Item(Damaged(place), place))
            self._close(self.latest.span.end if self.latest else frame.span.end)
        return self.root

    def _document(self, event: yaml.DocumentStartEvent) -> bool:
        self.documents += 1
        if self.documents == 1:
            return True
        self._error(
            "several-documents",
            _extent(event),
            "a second document begins here; a playbook is one document",
            "remove the `---`, or put what follows into a file of its own",
        )
        return False

    # --- nodes ---

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        extent = span = self._without_properties(event)
        style = _STYLES.get(event.style, "plain")
        if style in ("literal", "folded"):
            tail = _EMPTY_LINES_AT_END.search(self.source.text, extent.start, extent.end)
            span = Span(extent.start, max(extent.start, tail.start())) if tail else extent
        tag, is_legal = None, True
        if event.tag is not None:
            tag, is_legal = self._tag(event, ("str", "int", "float", "bool", "null"))
        value = self.restore(event.value)
        if not value.isascii():
            value = _whole(value)
        scalar = Scalar(value, style, span, self.source.text, extent, tag)
        self.latest = scalar
        self.extents.append(extent)
        node: Node = scalar if is_legal else Damaged(span)
        until = self.damaged.get(extent.start)
        if until is not None:
            written = self.source.text[extent.start : until].rstrip()
            node = Damaged(Span(extent.start, extent.start + len(written)))
        self._add(node, node.span, event.anchor, 1, 1)

    def _open(self, event: yaml.CollectionStartEvent) -> bool:
        span = self._without_properties(event)
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        if len(self.frames) >= MAX_NESTING:
            self._too_deep(span)
            self.is_stopped = True
            return False
        self._tag(event, ("map",) if is_mapping else ("seq",))
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        self.frames.append(_Frame(is_mapping, span, bool(event.flow_style), event.anchor))
        return True

    def _close(self, end: int) -> None:
        frame = self.frames.pop()
        children = frame.children
        start = frame.span.start
        if not frame.is_flow:
            # A block ends with its last child, not where libyaml saw the next line. Its own start may be
            # the anchor's line.
            if children and frame.is_mapping:
                start = children[0].place.start
            end = max((child.place.end for child in children), default=frame.span.end)
        span = Span(start, max(start, end))
        node: Node
        if frame.is_flow and self.is_stopped:
            node = Damaged(span)
        elif frame.is_flow and self.source.text.startswith("{{", start):
            self._error(
                "yaml-syntax",
                span,
                "text without quotes cannot begin with `{{`, which begins a mapping",
                "put the whole text in quotes, and write references as `${name}`",
            )
            node = Damaged(span)
        elif frame.is_mapping:
            pairs = zip(children[::2], children[1::2], strict=True)
            node = Mapping(tuple(self._entries(pairs)), span)
        else:
            node = Sequence(tuple(children), span)
        self._add(node, span, frame.anchor, frame.size, frame.height)

    def _add(self, node: Node, place: Span, anchor: str | None, size: int, height: int) -> None:
        if anchor is not None:
            self.anchors[anchor] = _Anchored(node, size, height)
        if not self.frames:
            if self.root is None:
                self.root = node
            return
        frame = self.frames[-1]
        frame.children.append(Item(node, place))
        frame.size += size
        if height >= frame.height:
            frame.height = height + 1

    def _alias(self, event: yaml.AliasEvent) -> None:
        place = _extent(event)
        target = self._target(event.anchor or "", place)
        if target is None:
            self._add(Damaged(place), place, None, 1, 1)
        else:
            self._add(target.node, place, None, target.size, target.height)

    def _target(self, name: str, place: Span) -> _Anchored | None:
        """What an alias stands for, where that is allowed; else a diagnostic."""
        if name not in self.anchors:
            self._error(
                "unknown-alias",
                place,
                f"no `&{name}` comes before this alias",
                f"put the text in quotes if it is meant as it stands: `'*{name}'`",
            )
            return None
        target = self.anchors[name]
        if target is None:
            self._error(
                "recursive-alias",
                place,
                f"`*{name}` stands for a value that contains it",
                "write out what is meant; a value cannot contain itself",
            )
            return None
        if len(self.frames) + target.height > MAX_NESTING + 1:
            self._too_deep(place)
            return None
        self.aliased_nodes += target.size
        if self.aliased_nodes > MAX_ALIASED_NODES:
            if self.aliased_nodes - target.size <= MAX_ALIASED_NODES:
                self._error(
                    "too-many-aliases",
                    place,
                    f"the aliases of this file stand for more than {MAX_ALIASED_NODES:,} values",
                    "use fewer aliases, or aliases for smaller values",
                )
            return None
        return target

    def _entries(self, pairs: Iterable[tuple[Item, Item]]) -> list[Entry]:
        """Entries of a mapping, the first of each key; keys taken over by ``<<`` come last."""
        entries: dict[str, Entry] = {}
        merged: list[Entry] = []
        for key, value in pairs:
            if not isinstance(key.node, Scalar):
                if not isinstance(key.node, Damaged):
                    self._error("wrong-type", key.place, "a key must be a word", "write `key: value`")
                continue
            name = key.node.value
            if name == "<<" and key.node.style == "plain":
                self._merge_key(key.node)
                merged += _mergeable(value.node)[:_MOST_MERGED]
                continue
            first = entries.get(name)
            if first is not None:
                self._duplicate(key.node, first.key)
                continue
            entries[name] = Entry(key.node, value.node, value.place)
        for entry in merged:
            entries.setdefault(entry.key.value, entry)
        return list(entries.values())

    # --- properties and diagnostics ---

    def _without_properties(self, event: yaml.NodeEvent) -> Span:
        """The span of an event's own text, after its anchor and tag."""
        extent = _extent(event)
        if event.anchor is None and getattr(event, "tag", None) is None:
            return extent
        start, end = extent.start, extent.end
        # libyaml reports a tag only as resolved, so that both are looked for in the text.
        for _ in range(2):
            written = re.compile(_PROPERTY).match(self.source.text, start, end)
            start = written.end() if written else start
        return Span(start, max(start, end))

    def _tag(
        self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, legal: tuple[str, ...]
    ) -> tuple[str | None, bool]:
        """The name of a core tag, if there is one, and whether the tag may stand there."""
        tag: str | None = event.tag
        if tag is None or tag == "!":
            return ("str" if tag and "str" in legal else None), True
        name = tag.removeprefix(_CORE_TAG)
        if tag.startswith(_CORE_TAG) and name in legal:
            return name, True
        shown = f"!!{name}" if tag.startswith(_CORE_TAG) else tag
        reason = "does not fit this value" if name in _CORE_TAGS else "means nothing in a playbook"
        extent = _extent(event)
        written = re.compile(_TAG).search(self.source.text, extent.start, extent.end)
        self._error(
            "yaml-tag",
            Span(*written.span()) if written else extent,
            f"the tag `{shown}` {reason}",
            "remove it; if the text is to begin with `!`, put it in quotes",
        )
        return None, False

    def _too_deep(self, place: Span) -> None:
        self._error(
            "nesting-too-deep",
            place,
            f"lists and keys are nested more than {MAX_NESTING} deep",
            "write inner steps beside each other, or move them into a script",
        )

    def _merge_key(self, key: Scalar) -> None:
        self._error(
            "merge-key",
            key.span,
            "merge keys (`<<`) are not part of YAML 1.2",
            "write the keys out, or share them through `defaults:`; an alias can stand for a whole value",
        )

    def _duplicate(self, key: Scalar, first: Scalar) -> None:
        self.diagnostics.append(
            Diagnostic(
                "duplicate-key",
                "error",
                f"the key `{key.value}` is written twice",
                self.source,
                Label(key.span, "again here"),
                (Label(first.span, "first here"),),
                (
                    "write `- ` before it to make it a step of its own, or keep one of them"
                    if key.value in ACTIONS
                    else "keep one of them",
                ),
            )
        )

    def _error(self, rule: str, span: Span, message: str, advice: str) -> None:
        self.diagnostics.append(Diagnostic(rule, "error", message, self.source, Label(span), help=(advice,)))


def _mergeable(node: Node) -> list[Entry]:
    """What ``<<`` would take over: the merge is refused, but its keys keep later messages to the point."""
    if isinstance(node, Mapping):
        return list(node.entries)
    if isinstance(node, Sequence):
        mappings = (item.node for item in islice(node.items, 100) if isinstance(item.node, Mapping))
        return [entry for mapping in mappings for entry in mapping.entries]
    return []


def _extent(event: yaml.Event) -> Span:
    """Where an event stands: only the marks' indexes are to be trusted, they count code points."""
    start = event.start_mark.index if event.start_mark is not None else 0
    end = event.end_mark.index if event.end_mark is not None else start
    return Span(start, end if end > start else start)


def _whole(value: str) -> str:
    """A value without halves of characters, which the pure Python reader makes of JSON's escapes."""
    if not re.search(_SURROGATES, value):
        return value
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
