"""The syntax tree of a shell script, with its here-documents taken out.

The grammar is tree-sitter-bash, loaded when first needed. It loses its way in some here-documents (a body
that begins with a backslash, two on one line, a line that begins like the delimiter), so their operators are
found with it, one after another, and their bodies are read here and blanked in what it parses. Offsets are
bytes of the UTF-8 source throughout.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from mmm_lang.analysis.shell_quoting import Heredoc, heredoc_at
from mmm_lang.record import frozen

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_MOST_HEREDOCS = 200


@frozen(eq=False)
class ScriptTree:
    """A script, its tree and its here-documents (which the tree does not show)."""

    source: bytes
    root: Node
    heredocs: tuple[Heredoc, ...]

    @property
    def broken(self) -> bool:
        """Whether the grammar could not read a part of the script."""
        return self.root.has_error

    def text(self, node: Node) -> bytes:
        """The source of a node."""
        return self.source[node.start_byte : node.end_byte]

    def smallest(self, start: int, end: int) -> Node:
        """The innermost node that holds ``start`` to ``end``."""
        return self.root.descendant_for_byte_range(start, end) or self.root


@cache
def _parser() -> Parser:
    from tree_sitter import Language, Parser
    from tree_sitter_bash import language

    return Parser(Language(language()))


def parse_script(source: bytes) -> ScriptTree:
    """The tree of a script."""
    heredocs: list[Heredoc] = []
    blanked = bytearray(source)
    root = _parser().parse(source).root_node
    while len(heredocs) < _MOST_HEREDOCS and (found := _first_heredoc(root, bytes(blanked))) is not None:
        heredocs.append(found)
        _blank(blanked, found.operator_start, found.word_end)
        _blank(blanked, found.body_start, found.end)
        root = _parser().parse(bytes(blanked)).root_node
    return ScriptTree(source, root, tuple(heredocs))


def _first_heredoc(root: Node, source: bytes) -> Heredoc | None:
    """The first here-document that is not blanked yet: before it the grammar has read well."""
    if b"<<" not in source:
        return None
    for node in nodes(root):
        if node.type == "heredoc_start":
            found = heredoc_at(source, node.start_byte)
            if found is not None:
                return found
    return None


def _blank(source: bytearray, start: int, end: int) -> None:
    for at in range(start, end):
        if source[at : at + 1] != b"\n":
            source[at] = 0x20


def nodes(root: Node) -> Iterator[Node]:
    """Every node of a tree in order of the source, outer before inner, however deep the tree is."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.children))


def chain(node: Node, start: int, end: int) -> tuple[Node, ...]:
    """A node and those around it, innermost first, without an expansion that is just ``start`` to ``end``."""
    found: list[Node] = []
    at: Node | None = node
    while at is not None:
        if (at.start_byte, at.end_byte) != (start, end) or at.type not in ("expansion", "simple_expansion"):
            found.append(at)
        at = at.parent
    return tuple(found)
