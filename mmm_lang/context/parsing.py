"""One file through its grammar: a parse, one query in C, and the facts that the captures hold.

Complexity is McCabe's: 1 and one for each place where a function's way parts. lizard would be the shorter way; it takes
Rust's `where` for a branch and a `match` for one whatever its arms, counts Python's `finally`, and stumbles over regular
expressions in JavaScript, so it serves only the languages without a grammar here (`other_languages`).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence

from attrs import field, frozen
from tree_sitter import Language, Node, Parser, Query, QueryCursor

from mmm_lang.context.facts import Facts, Function, Import, Marker
from mmm_lang.context.text import is_crlf, markers_in, step_of, widest_line

Captures = Mapping[str, Sequence[Node]]


@frozen(eq=False)
class Grammar:
    """How one language is read.

    ``query`` captures ``@function``, ``@branch`` (its way parts), ``@join`` (takes one branch back), ``@type`` (a name),
    ``@comment``, and what ``imports`` and ``is_entry`` look at. ``name`` gives a function's name; ``tests`` the byte
    ranges that are tests inside of the file.
    """

    language: Language
    query: str
    name: Callable[[Node], str]
    imports: Callable[[Captures, Sequence[range]], Iterator[Import]]
    is_entry: Callable[[Captures], bool]
    tests: Callable[[Captures], tuple[range, ...]] = lambda captures: ()
    compiled: Query = field(init=False)

    @compiled.default
    def _compile(self) -> Query:
        return Query(self.language, self.query)


def text_of(node: Node | None) -> str:
    """The source text of a node; empty for none."""
    content = None if node is None else node.text
    return "" if content is None else content.decode("utf-8", "replace")


def line_of(node: Node) -> int:
    """The first line of a node, from 1."""
    return int(node.start_point[0]) + 1


def read_parsed(language: str, grammar: Grammar, content: bytes) -> Facts:
    """The facts of a file whose language has a grammar. What cannot be parsed is skipped, as grammars do."""
    tree = Parser(grammar.language).parse(content)
    captures = QueryCursor(grammar.compiled).captures(tree.root_node)
    comments = sorted(captures.get("comment", ()), key=lambda node: node.start_byte)
    tests = grammar.tests(captures)
    bare = _without(content, comments)
    return Facts(
        language=language,
        lines=content.count(b"\n") + (not content.endswith(b"\n") and bool(content)),
        code_lines=_filled(bare),
        test_lines=sum(_filled(bare[one.start : one.stop]) for one in tests),
        widest=widest_line(content),
        indent=step_of(bare),
        has_crlf=is_crlf(content),
        is_entry=grammar.is_entry(captures),
        imports=tuple(sorted(set(grammar.imports(captures, tests)), key=_place)),
        functions=_functions(grammar, captures, tests),
        types=tuple(
            text_of(node)
            for node in sorted(captures.get("type", ()), key=lambda node: node.start_byte)
            if not _within(node, tests)
        ),
        markers=tuple(_markers(comments)),
    )


def _place(one: Import) -> tuple[int, str, str]:
    return one.line, one.target, one.strength


def _functions(grammar: Grammar, captures: Captures, tests: Sequence[range]) -> tuple[Function, ...]:
    """The functions outside of tests, each with the branches that belong to no function inside it."""
    nodes = [one for one in captures.get("function", ()) if not _within(one, tests)]
    nodes.sort(key=lambda node: (node.start_byte, -node.end_byte))
    starts = [node.start_byte for node in nodes]
    around = _around(nodes)
    counts = [1] * len(nodes)
    for capture, step in (("branch", 1), ("join", -1)):
        for node in captures.get(capture, ()):
            index: int | None = bisect_right(starts, node.start_byte) - 1
            while index is not None and index >= 0 and nodes[index].end_byte < node.end_byte:
                index = around[index]
            if index is not None and index >= 0:
                counts[index] += step
    return tuple(
        Function(grammar.name(node), line_of(node), int(node.end_point[0]) + 1, max(1, count))
        for node, count in zip(nodes, counts, strict=True)
    )


def _around(nodes: Sequence[Node]) -> list[int | None]:
    """For each function the index of the one around it; they are sorted by their start."""
    found: list[int | None] = []
    open_: list[int] = []
    for index, node in enumerate(nodes):
        while open_ and nodes[open_[-1]].end_byte <= node.start_byte:
            open_.pop()
        found.append(open_[-1] if open_ else None)
        open_.append(index)
    return found


def _within(node: Node, ranges: Sequence[range]) -> bool:
    return any(node.start_byte in one for one in ranges)


def _without(content: bytes, comments: Sequence[Node]) -> bytes:
    """The content with comments blanked out, newlines kept."""
    parts: list[bytes] = []
    at = 0
    for node in comments:
        if node.start_byte >= at:
            parts += (
                content[at : node.start_byte],
                re.sub(rb"[^\n]", b" ", content[node.start_byte : node.end_byte]),
            )
            at = node.end_byte
    return b"".join((*parts, content[at:]))


def _filled(content: bytes) -> int:
    return sum(1 for line in content.split(b"\n") if line.strip())


def _markers(comments: Sequence[Node]) -> Iterator[Marker]:
    for node in comments:
        yield from markers_in(text_of(node), line_of(node))
