"""What can be wrong with what a loop goes through, for the rules that report it."""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.loops import no_list
from mmm_lang.analysis.removal import removal
from mmm_lang.analysis.scopes import Resolution, StepTarget, VariableTarget
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label
from mmm_lang.figures import number, plural
from mmm_lang.source import Span
from mmm_lang.syntax.nodes import Listed, Template


def no_lists(facts: Facts) -> Iterator[Diagnostic]:
    """References of loops that are no lists (rule `type-mismatch`)."""
    for _, action in facts.outline.loops():
        if not isinstance(action.items, Template):
            continue
        resolution = facts.resolutions.get(action.items.holes[0])
        found = None if resolution is None or resolution.problems else no_list(resolution)
        if resolution is None or found is None:
            continue
        advice, fix = _instead(facts, resolution)
        yield Diagnostic(
            rule="type-mismatch",
            severity="error",
            message=f"`{resolution.site.hole.written}` is {found.title}, and `foreach` needs a list",
            source=facts.source,
            primary=Label(resolution.site.hole.span, f"is {found.title}"),
            help=(advice,),
            fix=fix,
        )


def _instead(facts: Facts, resolution: Resolution) -> tuple[str, Fix | None]:
    hole, target = resolution.site.hole, resolution.target
    holds_lines = isinstance(target, StepTarget) and target.field in ("output", "stdout", "stderr")
    if hole.filters or not (holds_lines or isinstance(target, VariableTarget)):
        return (
            "go through a list: JSON such as `${id.json.items}`, `${id.files}`, or lines with `| lines`",
            None,
        )
    written = hole.written if hole.default is None else f"{hole.written}:-{hole.default}"
    advice = f"write `${{{hole.written} | lines}}` to go through its lines"
    if isinstance(target, StepTarget):
        advice += f", or `${{{hole.path[0]}.json}}` where it prints a JSON list"
    end = hole.span.end - 1
    is_plain = hole.spelling == "braced" and facts.source.slice(hole.span) == f"${{{written}}}"
    if not is_plain or hole.default is not None:
        return advice, None
    return advice, Fix("go through its lines", "unsafe", (Edit(Span(end, end), " | lines"),))


def odd_bounds(facts: Facts) -> Iterator[Diagnostic]:
    """Bounds of lists that are written out (rule `ineffective-option`)."""
    for step, action in facts.outline.loops():
        if not isinstance(action.items, Listed) or action.max_items is None:
            continue
        many, most = len(action.items.entries), action.max_items.value
        if most >= many:
            message = f"the list has {plural(many, 'item')}, which is its bound"
            advice, fix = (
                "remove `max_items`",
                removal(facts.source, step.keys["max_items"], action.max_items.span),
            )
        else:
            message = f"the list has {plural(many, 'item')}, and `max_items` leaves {number(many - most)} out"
            advice, fix = "remove the items that are not meant, or `max_items`", None
        yield Diagnostic(
            rule="ineffective-option",
            severity="warning",
            message=message,
            source=facts.source,
            primary=Label(action.max_items.span, "no effect" if most >= many else "less than there are"),
            help=(advice,),
            fix=fix,
        )
