"""Anchors (``&name``) and aliases (``*name``): names of YAML itself, which the tree has resolved away."""

from __future__ import annotations

from collections.abc import Iterator

import yaml
from attrs import frozen

from mmm_lang.source import Span
from mmm_lang.syntax.yaml_tree import DEFAULT_LOADER


@frozen
class AnchorPlace:
    """A place where the name of an anchor is written, without its sign."""

    name: str
    span: Span
    is_definition: bool


def anchor_places(text: str) -> tuple[AnchorPlace, ...]:
    """Every anchor and alias of a text, as far as it is YAML."""
    return tuple(_places(text)) if "&" in text else ()


def _places(text: str) -> Iterator[AnchorPlace]:
    try:
        for event in yaml.parse(text, DEFAULT_LOADER):
            name = getattr(event, "anchor", None)
            if name is None or event.start_mark is None:
                continue
            is_definition = not isinstance(event, yaml.AliasEvent)
            sign = text.find(f"{'&' if is_definition else '*'}{name}", event.start_mark.index)
            if sign >= 0:
                yield AnchorPlace(name, Span(sign + 1, sign + 1 + len(name)), is_definition)
    except (yaml.YAMLError, UnicodeError, RecursionError, ValueError):
        return  # what stands behind a mistake has no names yet
