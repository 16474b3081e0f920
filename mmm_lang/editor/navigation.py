"""From a name to where it is defined and where it is used."""

from __future__ import annotations

from attrs import frozen

from mmm_lang.analysis.scopes import StepTarget
from mmm_lang.editor.calls import defined_elsewhere
from mmm_lang.editor.document import Document
from mmm_lang.editor.names import Name, Occurrence
from mmm_lang.source import Source, Span

_CAPTURED = Name("variable", "CAPTURED_OUTPUT")


@frozen
class Place:
    """A place in the document, or in the file at an absolute ``path``: at its beginning, or in its text ``source``."""

    span: Span
    path: str | None = None
    source: Source | None = None


def definition(document: Document, offset: int) -> tuple[Place, ...]:
    """Where the name at an offset is defined: an id, an input, an output, the file of a slash command or of a playbook
    that is called, and what that declares; the steps that
    set ``$CAPTURED_OUTPUT``. Of a field it is the step's id, or the step where it has none."""
    elsewhere = defined_elsewhere(document, offset)
    if elsewhere is not None:
        return (Place(elsewhere.span, elsewhere.path, elsewhere.source),)
    found = document.occurrence_at(offset)
    if found is not None and found.name.kind == "command":
        page = document.commands.page(found.name.text)
        return (Place(Span(0, 0), page.path),) if page is not None else ()
    if found is not None:
        if found.name == _CAPTURED:
            return _capturing(document)
        return tuple(
            Place(one.span) for one in document.occurrences if one.name == found.name and one.is_definition
        )
    resolution = document.resolution_at(offset)
    if resolution is None or not isinstance(resolution.target, StepTarget):
        return ()
    step = resolution.target.step
    return (Place(document.inner_span(step.id.span) if step.id is not None else step.span),)


def references(document: Document, offset: int, *, with_definition: bool) -> tuple[Span, ...]:
    """Every place where the name at an offset is used, and, where asked for, defined."""
    return tuple(one.span for one in highlights(document, offset) if with_definition or not one.is_definition)


def highlights(document: Document, offset: int) -> tuple[Occurrence, ...]:
    """Every occurrence of the name at an offset; nothing where none is there."""
    found = document.occurrence_at(offset)
    if found is None:
        return ()
    return tuple(one for one in document.occurrences if one.name == found.name)


def _capturing(document: Document) -> tuple[Place, ...]:
    return tuple(
        Place(step.keys.get("capture_output", step.span))
        for part in document.analysis.lists
        for step in part.facts.outline.steps
        if step.capture_output is not None and step.capture_output.value
    )
