"""What a diagnostic is known by when lines have moved: its rule, its file, and the text that it marks.

Neither line numbers nor messages are part of it, so that it outlives edits elsewhere in the file and better words
in a later version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

from mmm_lang.diagnostics.model import Diagnostic
from mmm_lang.diagnostics.ordering import in_order
from mmm_lang.record import frozen


@frozen(order=True)
class Fingerprint:
    """``path`` has ``/`` between names. ``hash`` is of the marked text and its line, blanks apart; ``occurrence``
    counts from 1 where a file has the same line several times."""

    path: str
    rule: str
    hash: str
    occurrence: int


def fingerprints(
    diagnostics: Iterable[Diagnostic], path_of: Callable[[str], str]
) -> tuple[tuple[Diagnostic, Fingerprint], ...]:
    """Diagnostics in order of print, each with its fingerprint. ``path_of`` turns the path of a source into
    the one that it is known by."""
    counts: dict[tuple[str, str, str], int] = {}
    found: list[tuple[Diagnostic, Fingerprint]] = []
    for diagnostic in in_order(diagnostics):
        key = (path_of(diagnostic.source.path), diagnostic.rule, text_hash(diagnostic))
        counts[key] = counts.get(key, 0) + 1
        found.append((diagnostic, Fingerprint(*key, counts[key])))
    return tuple(found)


def text_hash(diagnostic: Diagnostic) -> str:
    """16 hexadecimal digits of the marked text, as far as it is on its first line, and of that line; how much
    blank space there is between words does not count."""
    source, span = diagnostic.source, diagnostic.primary.span
    line = source.line_span(source.position(span.start).line)
    marked = source.text[span.start : min(span.end, line.end)]
    words = [" ".join(text.split()) for text in (source.slice(line), marked)]
    return hashlib.sha256("\0".join(words).encode("utf-8", "surrogatepass")).hexdigest()[:16]
