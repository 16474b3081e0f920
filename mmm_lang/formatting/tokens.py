"""The tokens of a text that is YAML without mistakes: every sign that is no blank and no comment, with its place.

The tree knows values; a formatter also needs the dashes, colons and brackets between them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Literal

import yaml

from mmm_lang.record import frozen
from mmm_lang.source import Source, Span
from mmm_lang.syntax.yaml_characters import legible
from mmm_lang.syntax.yaml_tree import DEFAULT_LOADER

Kind = Literal[
    "marker", "mapping", "sequence", "block-end", "dash", "key", "colon", "open", "close", "comma",
    "scalar", "block-scalar", "alias", "property",
]  # fmt: skip
"""``mapping``, ``sequence`` and ``block-end`` have no width: they say where a block begins and ends. A ``key`` has
one where it is written as ``?``. ``property`` is an anchor or a tag, ``marker`` a line such as ``---``."""

_KINDS: dict[type[yaml.Token], Kind] = {
    yaml.DirectiveToken: "marker",
    yaml.DocumentStartToken: "marker",
    yaml.DocumentEndToken: "marker",
    yaml.BlockMappingStartToken: "mapping",
    yaml.BlockSequenceStartToken: "sequence",
    yaml.BlockEndToken: "block-end",
    yaml.BlockEntryToken: "dash",
    yaml.KeyToken: "key",
    yaml.ValueToken: "colon",
    yaml.FlowMappingStartToken: "open",
    yaml.FlowSequenceStartToken: "open",
    yaml.FlowMappingEndToken: "close",
    yaml.FlowSequenceEndToken: "close",
    yaml.FlowEntryToken: "comma",
    yaml.ScalarToken: "scalar",
    yaml.AliasToken: "alias",
    yaml.AnchorToken: "property",
    yaml.TagToken: "property",
}


@frozen
class Token:
    """A sign at ``start <= offset < end`` of the text. A block scalar reaches over its trailing empty lines."""

    kind: Kind
    start: int
    end: int

    @property
    def has_width(self) -> bool:
        return self.start < self.end


def tokens_in(tokens: Sequence[Token], span: Span) -> Sequence[Token]:
    """Those that begin inside a span."""
    first = bisect_left(tokens, span.start, key=lambda token: token.start)
    return tokens[first : bisect_left(tokens, span.end, first, key=lambda token: token.start)]


def read_tokens(source: Source) -> tuple[Token, ...]:
    """All tokens, in order. Raises ``yaml.YAMLError`` where the text is not YAML: read the tree first."""
    found: list[Token] = []
    for token in yaml.scan(legible(source).text, DEFAULT_LOADER):
        kind = _KINDS.get(type(token))
        if kind is None:
            continue
        if isinstance(token, yaml.ScalarToken) and token.style in ("|", ">"):
            kind = "block-scalar"
        found.append(Token(kind, token.start_mark.index, token.end_mark.index))
    return tuple(found)
