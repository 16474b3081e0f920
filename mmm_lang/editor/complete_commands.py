"""Completion of slash commands: those that have a file in the repository or in the user's own folder."""

from __future__ import annotations

import re

from mmm_lang.editor.complete_keys import complete_keys
from mmm_lang.editor.completion_model import Completion
from mmm_lang.editor.document import CommandPage, Document
from mmm_lang.editor.spot import Spot
from mmm_lang.source import Span

_TYPED = re.compile(r"[ \t]*[\"']?(?P<slash>/?)(?P<name>[A-Za-z0-9_][\w.:-]*|)\Z")
_NAME_BEHIND = re.compile(r"[\w.:-]*")


def complete_command(document: Document, spot: Spot, offset: int) -> tuple[Completion, ...]:
    """The slash commands that may be called at a spot; in an item of a list also the keys of a step."""
    typed = _TYPED.match(spot.typed)
    if typed is None:
        return ()
    behind = _NAME_BEHIND.match(document.text, offset)
    span = Span(offset - len(typed["name"]), behind.end() if behind else offset)
    if spot.kind == "key" and spot.is_item and spot.ground == "step":
        commands = _commands(document, span, "", rank=1000)
        return commands if typed["slash"] else (*complete_keys(document.source, spot), *commands)
    if spot.kind == "value" and spot.ground in ("step", "handler") and spot.key == "name":
        return _commands(document, span, "", rank=0)
    is_prompt = spot.ground in ("step", "handler") and spot.key == "claude" and spot.is_first
    if not is_prompt or spot.kind == "key" or (typed["name"] and not typed["slash"]):
        return ()
    return _commands(document, span, "" if typed["slash"] else "/", rank=0)


def _commands(document: Document, span: Span, before: str, rank: int) -> tuple[Completion, ...]:
    found = []
    for name in document.commands.names():
        page = document.commands.page(name) or CommandPage(name, "")
        found.append(
            Completion(
                label=f"/{name}",
                kind="command",
                span=span,
                text=f"{before}{name}",
                detail=page.argument_hint,
                documentation=page.description,
                rank=rank,
                typed=f"{before}{name}",
            )
        )
    return tuple(found)
