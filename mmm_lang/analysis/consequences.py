"""What only seems wrong because part of the text could not be read: one mistake has one diagnostic, at its cause."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mmm_lang.diagnostics.model import Diagnostic


def without_consequences(text: str, diagnostics: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """What is said about a text with mistakes of YAML, but for steps whose `id:` stands where nothing could be read."""
    for one in diagnostics:
        if one.rule != "undefined-step" or not _is_written(text, one.source.slice(one.primary.span)):
            yield one


def _is_written(text: str, name: str) -> bool:
    """Whether some line begins like the id of a step."""
    pattern = rf"""^[ \t]*(?:-[ \t]+)*id[ \t]*[:=]?[ \t]*["']?{re.escape(name)}\b"""
    return re.search(pattern, text, re.MULTILINE) is not None
