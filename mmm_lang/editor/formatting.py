"""Formatting: what ``mmm fmt`` would write, as one edit."""

from __future__ import annotations

from mmm_lang.diagnostics.model import Edit
from mmm_lang.editor.difference import difference
from mmm_lang.editor.document import Document
from mmm_lang.formatting.playbook import NotYaml, format_playbook


def formatting(document: Document) -> tuple[Edit, ...]:
    """The edits that format a document; none where it is formatted, or where the text is no YAML."""
    try:
        formatted = format_playbook(document.source)
    except NotYaml:
        return ()
    return difference(document.text, formatted.text)
