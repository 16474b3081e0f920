"""One thing that can be written."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from mmm_lang.source import Span

CompletionKind = Literal[
    "key", "value", "step", "field", "variable", "input", "command", "filter", "rule", "playbook"
]


@frozen
class Completion:
    """Something that can be written in place of ``span``.

    ``text`` is what is written, ``label`` what is shown; ``detail`` is a few words beside it, ``documentation``
    Markdown. ``typed`` is what people type to get it, where that is not the label. Of two the one with the smaller
    ``rank`` is likelier.
    """

    label: str
    kind: CompletionKind
    span: Span
    text: str
    detail: str = ""
    documentation: str = ""
    rank: int = 0
    typed: str = ""
