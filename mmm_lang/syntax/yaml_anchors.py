"""Anchors that nothing refers to."""

from __future__ import annotations

import re
from typing import NamedTuple

import yaml

from mmm_lang.source import Span
from mmm_lang.syntax.yaml_tree import DEFAULT_LOADER


class Anchor(NamedTuple):
    """``name`` is without its ``&``; ``span`` is that of the whole ``&name``."""

    name: str
    span: Span


def unused_anchors(text: str) -> tuple[Anchor, ...]:
    """The anchors of a YAML text without an alias after them, in order; none where the text is not YAML.

    A later anchor of the same name hides the earlier one.
    """
    if not re.search(r"(?:^|[\s\[{,])&[^\s&\[\]{},]", text):
        return ()
    waiting: dict[str, Anchor] = {}
    unused: list[Anchor] = []
    try:
        for token in yaml.scan(text, DEFAULT_LOADER):
            if isinstance(token, yaml.AnchorToken):
                start = token.start_mark.index
                if token.value in waiting:
                    unused.append(waiting[token.value])
                waiting[token.value] = Anchor(token.value, Span(start, start + 1 + len(token.value)))
            elif isinstance(token, yaml.AliasToken):
                waiting.pop(token.value, None)
    except (yaml.YAMLError, UnicodeError, RecursionError, ValueError):
        return ()
    return tuple(sorted((*unused, *waiting.values()), key=lambda anchor: anchor.span))
