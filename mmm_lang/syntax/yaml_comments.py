"""The comments of a YAML text.

libyaml throws comments away, so they are what begins with ``#`` in the gaps between scalars: a ``#`` inside a
script or a quoted text is none, one behind the ``|`` of a script is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmm_lang.record import frozen
from mmm_lang.source import Span
from mmm_lang.syntax.yaml_tree import Tree

_COMMENT = re.compile(r"#[^\r\n]*")
_BLOCK_HEADER = re.compile(r"[|>][^\r\n]*")


@frozen(order=True)
class Comment:
    """A comment, from its ``#`` to the end of the line, blanks at its end left out.

    ``is_alone``: nothing but blanks stands before it on its line.
    """

    span: Span
    is_alone: bool


def comments_of(tree: Tree) -> tuple[Comment, ...]:
    """Every comment of what was read, in order."""
    return tuple(
        Comment(
            Span(match.start(), match.start() + len(match[0].rstrip())), _is_alone(tree.text, match.start())
        )
        for gap in _gaps(tree)
        for match in _COMMENT.finditer(tree.text, gap.start, gap.end)
    )


def _gaps(tree: Tree) -> Iterator[Span]:
    """What lies between scalars; the first line of a block scalar is its header, and belongs to a gap."""
    start = 0
    for extent in tree.extents:
        header = _BLOCK_HEADER.match(tree.text, extent.start, extent.end)
        yield Span(start, max(start, header.end() if header else extent.start))
        start = max(start, extent.end)
    yield Span(start, max(start, tree.end))


def _is_alone(text: str, offset: int) -> bool:
    line_start = max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1
    return not text[line_start:offset].strip(" \t")
