"""Diagnostics for tools: one JSON document, or one JSON object a line.

The shape is version 1 of ``spec/diagnostics.schema.json``. Only ASCII is written, so that no stream, pipe or
terminal can spoil it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from mmm_lang.diagnostics.model import Diagnostic, Fix, Label
from mmm_lang.diagnostics.ordering import in_order
from mmm_lang.diagnostics.summary import count
from mmm_lang.source import Source, Span

Json = None | bool | int | str | Sequence["Json"] | Mapping[str, "Json"]

VERSION = 1
"""Version of the shape; it changes when a consumer of the old one would break."""


def render_json(diagnostics: Sequence[Diagnostic]) -> str:
    """The whole document, suppressed diagnostics included, with a line end."""
    counts = count(diagnostics)
    document: Json = {
        "version": VERSION,
        "diagnostics": [as_json(diagnostic) for diagnostic in in_order(diagnostics)],
        "summary": {
            "errors": counts.errors,
            "warnings": counts.warnings,
            "notes": counts.notes,
            "files": counts.files,
            "fixable": counts.fixable,
            "suppressed": counts.suppressed,
        },
    }
    return json.dumps(document, indent=2) + "\n"


def render_jsonl(diagnostics: Sequence[Diagnostic]) -> str:
    """One object of the document's ``diagnostics`` a line; no summary."""
    return "".join(json.dumps(as_json(diagnostic)) + "\n" for diagnostic in in_order(diagnostics))


def as_json(diagnostic: Diagnostic) -> dict[str, Json]:
    """One diagnostic in the shape of the schema, ready for ``json.dumps``."""
    source = diagnostic.source
    labels = [_label(diagnostic.primary, source, primary=True)]
    labels += [_label(label, source, primary=False) for label in diagnostic.secondary]
    shape: dict[str, Json] = {
        "rule": diagnostic.rule,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "path": source.path,
        "span": _span(diagnostic.primary.span, source),
        "labels": labels,
        "help": [*diagnostic.help, *(f"note: {note}" for note in diagnostic.notes)],
        "url": None,
        "fix": _fix(diagnostic.fix, source),
        "suppressed": diagnostic.suppressed,
    }
    if diagnostic.flow:
        shape["flow"] = [_place(label, source) for label in diagnostic.flow]
    return shape


def _label(label: Label, source: Source, *, primary: bool) -> Json:
    return {**_place(label, source), "primary": primary}


def _place(label: Label, source: Source) -> dict[str, Json]:
    place = label.source or source
    shape: dict[str, Json] = {"span": _span(label.span, place), "message": label.message}
    if place.path != source.path:
        shape["path"] = place.path
    return shape


def _fix(fix: Fix | None, source: Source) -> Json:
    if fix is None:
        return None
    return {
        "title": fix.title,
        "applicability": fix.applicability,
        "edits": [{"span": _span(edit.span, source), "text": edit.text} for edit in fix.edits],
    }


def _span(span: Span, source: Source) -> Json:
    return {"start": _position(span.start, source), "end": _position(span.end, source)}


def _position(offset: int, source: Source) -> Json:
    position = source.position(offset)
    return {"line": position.line, "column": position.column, "offset": position.offset}
