"""Hover: what the thing under the cursor is, as Markdown."""

from __future__ import annotations

from attrs import frozen

from mmm_lang.analysis.fields import declared_output, own_fields
from mmm_lang.analysis.registry import all_rules
from mmm_lang.analysis.scopes import (
    EnvironmentTarget,
    InputTarget,
    ItemTarget,
    Resolution,
    StepTarget,
    VariableTarget,
)
from mmm_lang.analysis.suppression_comments import Suppression, read_suppression
from mmm_lang.analysis.types import type_of
from mmm_lang.analysis.variables import meaning_of
from mmm_lang.editor import meanings
from mmm_lang.editor.calls import call_at, call_page
from mmm_lang.editor.document import Document
from mmm_lang.editor.ground import key_at, keyed_entries
from mmm_lang.editor.key_text import key_page
from mmm_lang.editor.names import Occurrence
from mmm_lang.editor.step_text import action_line, step_title
from mmm_lang.source import Span
from mmm_lang.syntax.nodes import Filter, Input, Step
from mmm_lang.syntax.yaml_comments import comments_of


@frozen
class Hover:
    """Markdown about the text at ``span``."""

    span: Span
    markdown: str


def hover(document: Document, offset: int) -> Hover | None:
    """What is known about the text at an offset; ``None`` where there is nothing to say."""
    return (
        _of_call(document, offset)
        or _of_reference(document, offset)
        or _of_name(document, offset)
        or _of_key(document, offset)
        or _of_suppression(document, offset)
    )


def _of_call(document: Document, offset: int) -> Hover | None:
    spot = call_at(document, offset)
    page = call_page(spot) if spot is not None else None
    return Hover(spot.written.span, page) if spot is not None and page is not None else None


# --- references ---


def _of_reference(document: Document, offset: int) -> Hover | None:
    resolution = document.resolution_at(offset)
    if resolution is None:
        return None
    hole = resolution.site.hole
    for one in hole.filters:
        if one.span.start <= offset <= one.span.end:
            return _of_filter(one)
    page = _target_page(document, resolution)
    if page is None:
        return None
    kind = type_of(resolution)
    lines = [f"`{document.source.slice(hole.span)}`", "", page]
    if kind is not None:
        choices = f": {', '.join(f'`{choice}`' for choice in kind.choices)}" if kind.choices else ""
        lines += ["", f"type: {kind.title}{choices}"]
    if hole.default is not None:
        lines += ["", f"default: `{hole.default}`" if hole.default else "default: empty text"]
    return Hover(hole.span, "\n".join(lines))


def _target_page(document: Document, resolution: Resolution) -> str | None:
    match resolution.target:
        case StepTarget(step=step, field=field):
            output = declared_output(step, field)
            meaning = meanings.FIELDS.get(field, "")
            if output is not None:
                meaning = f"output of the step, found by `{output.kind}: {output.pattern.value}`"
            first = resolution.site.hole.path[0]
            context = (
                f"\n\n`{first}` here: {meanings.CONTEXTS[first]}" if _is_context(document, first) else ""
            )
            return f"**`{field}`** {meaning}{context}\n\n{_step_headline(document, step)}"
        case VariableTarget(name=name):
            return f"**`{name}`** {meaning_of(name)}"
        case InputTarget(name=name):
            found = next((one for one in document.analysis.playbook.inputs if one.name.value == name), None)
            return _input_page(found) if found is not None else None
        case ItemTarget(loop=Step() as loop):
            line = document.source.position(loop.span.start).line
            about = f"the item of the loop on line {line}; names after it go into its JSON"
            return f"**`{resolution.site.hole.written}`** {about}\n\n{_step_headline(document, loop)}"
        case ItemTarget(loop=None):
            return f"**`{resolution.site.hole.written}`** {_ITEM}"
        case EnvironmentTarget(name=name):
            return f"**`{name}`** from the environment that `mmm cook` is called in"
        case _:
            return None


_ITEM = "the item of `map:` that the steps run for; names after it go into its JSON"


def _is_context(document: Document, name: str) -> bool:
    return name in meanings.CONTEXTS and name not in document.analysis.facts.scope.steps


def _of_filter(one: Filter) -> Hover | None:
    meaning = meanings.FILTERS.get(one.name)
    return Hover(one.span, f"**`{one.name}`** {meaning}") if meaning else None


# --- names ---


def _of_name(document: Document, offset: int) -> Hover | None:
    found = document.occurrence_at(offset)
    if found is None:
        return None
    page = _name_page(document, found)
    return Hover(found.span, page) if page else None


def _name_page(document: Document, found: Occurrence) -> str | None:
    facts = document.analysis.facts
    match found.name.kind:
        case "step":
            steps = facts.scope.steps.get(found.name.text)
            return _step_page(document, steps[0], found) if steps else None
        case "input":
            inputs = document.analysis.playbook.inputs
            declared = next((one for one in inputs if one.name.value == found.name.text), None)
            return f"{_input_page(declared)}\n\n{_used(document, found)}" if declared is not None else None
        case "output":
            return f"**`{found.name.text}`** output of a step\n\n{_used(document, found)}"
        case "variable":
            return f"**`{found.name.text}`** {meaning_of(found.name.text)}"
        case "command":
            return _command_page(document, found.name.text)
        case "anchor":
            return f"**`&{found.name.text}`** anchor\n\n{_used(document, found)}"


def _step_headline(document: Document, step: Step) -> str:
    line = document.source.position(step.span.start).line
    name = f"step `{step.id.value}`, " if step.id is not None else ""
    did = action_line(step)
    return f"{name}{step_title(step)} in line {line}" + (f": `{did}`" if did and "`" not in did else "")


def _step_page(document: Document, step: Step, found: Occurrence) -> str:
    fields = [f"`{output.name.value}`" for output in step.outputs]
    fields += [f"`{field}`" for field in own_fields(step) or () if declared_output(step, field) is None]
    return "\n\n".join(
        part
        for part in (_step_headline(document, step), _used(document, found), f"fields: {', '.join(fields)}")
        if part
    )


def _used(document: Document, found: Occurrence) -> str:
    uses = [one for one in document.occurrences if one.name == found.name and not one.is_definition]
    lines = sorted({document.source.position(one.span.start).line for one in uses})
    if not lines:
        return "not used"
    times = "once" if len(uses) == 1 else f"{len(uses)} times"
    return f"used {times}: line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines))}"


def _input_page(declared: Input) -> str:
    value = "required: `--set` gives it"
    if declared.default is not None:
        value = f"default: `{declared.default.value}`" if declared.default.value else "default: empty text"
    described = f": {declared.description}" if declared.description else ""
    return f"**`{declared.name.value}`** input{described}\n\n{value}"


def _command_page(document: Document, name: str) -> str | None:
    page = document.commands.page(name)
    if page is None:
        return None
    hint = f" `{page.argument_hint}`" if page.argument_hint else ""
    described = f"\n\n{page.description}" if page.description else ""
    return f"**`/{name}`**{hint}{described}\n\n`{page.path}`"


# --- keys and comments ---


def _of_key(document: Document, offset: int) -> Hover | None:
    for entry, ground in keyed_entries(document.tree.root):
        if entry.key.span.start <= offset <= entry.key.span.end:
            row = key_at(ground, entry.key.value)
            return Hover(entry.key.span, key_page(row)) if row is not None else None
    return None


def _of_suppression(document: Document, offset: int) -> Hover | None:
    for comment in comments_of(document.tree):
        if not comment.span.start <= offset <= comment.span.end:
            continue
        read = read_suppression(comment, document.tree.text)
        names = read.names if isinstance(read, Suppression) else ()
        for name in names:
            if name.span.start <= offset <= name.span.end:
                page = next((rule for rule in all_rules() if rule.name == name.text), None)
                return Hover(name.span, f"**{page.name}** ({page.severity})\n\n{page.page}") if page else None
    return None
