"""Block scalars as they are written: the header, and which columns of the body are indentation."""

from __future__ import annotations

import re

from mmm_lang.diagnostics.model import Edit
from mmm_lang.formatting.tokens import Token
from mmm_lang.record import frozen
from mmm_lang.source import Span

_HEADER = re.compile(r"[|>](?P<signs>[-+0-9]*)[^\r\n]*(?:\r\n|\r|\n)?")
_FIRST_TEXT = re.compile(r"^(?P<indent> *)[^ \r\n]", re.MULTILINE)
_NO_TEXT = 1 << 30


@frozen
class Body:
    """The lines of a block scalar at ``start <= offset < end``, of which the first ``indent`` columns are indentation.

    ``indicator`` is the number in the header, if there is one; ``keeps_end``: the empty lines at its end count
    (``|+``). ``header_edits`` say aloud (``|-``) that a text at the end of a file without a line end has none.
    """

    start: int
    end: int
    indent: int
    indicator: int | None
    keeps_end: bool
    header_edits: tuple[Edit, ...]


def body_of(text: str, token: Token, owner: int | None) -> Body:
    """The body of a block scalar. ``owner`` is the column of the block that it stands in."""
    header = _HEADER.match(text, token.start, token.end)
    if header is None:
        raise ValueError(f"no block scalar begins at offset {token.start}")
    signs = header["signs"]
    digits = signs.strip("+-")
    start = header.end()
    first = _FIRST_TEXT.search(text, start, token.end)
    indent = len(first["indent"]) if first else _NO_TEXT
    if digits:
        indent = (owner or 0) + int(digits)
    cut = start < token.end == len(text) and text[-1] not in "\r\n" and "-" not in signs
    at = header.start("signs")
    edit = Edit(Span(at, header.end("signs")), f"{digits}-")
    return Body(
        start=start,
        end=token.end,
        indent=indent,
        indicator=int(digits) if digits else None,
        keeps_end="+" in signs,
        header_edits=(edit,) if cut else (),
    )
