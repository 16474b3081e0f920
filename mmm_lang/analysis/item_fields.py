"""What is said about names that `map` and the items of `map:` and of loops do not have: in references, in `sort_by`."""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.item_values import names_at, seen_at
from mmm_lang.analysis.items import Shape, shape_of
from mmm_lang.analysis.loops import is_plain
from mmm_lang.analysis.scopes import ItemTarget, UnknownItemField, UnknownMapField
from mmm_lang.analysis.variables import MAP_FIELDS
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label
from mmm_lang.diagnostics.similar import nearest
from mmm_lang.record import evolve
from mmm_lang.source import Span
from mmm_lang.syntax.nodes import Hole

_SHOWN = 6
"""Names that a message lists."""
_OLDER = {"successful": "succeeded", "results_json": "results"}
"""What an older dialect called the fields of `map`."""
_TEXTS: dict[Shape | None, str] = {"file": "the path of a file", "text": "a line of text"}


def unknown_item_fields(facts: Facts) -> Iterator[Diagnostic]:
    """A diagnostic for every name that no item has, or not every item where there is no default."""
    for site, problem in facts.problems(UnknownItemField):
        yield _unknown(facts, problem.item, site.hole.names[len(problem.item.path)].span, site.hole)
    source = facts.playbook.map
    if source is None or facts.scope.part.name != "body":
        return
    for key in source.sort_by:
        item = ItemTarget(None, key.path, source)
        if key.path and _is_nowhere(item):
            yield _unknown(facts, item, key.span, None)


def unknown_map_fields(facts: Facts) -> Iterator[Diagnostic]:
    """A diagnostic for every name that `map` does not have, in `reduce:`."""
    for site, problem in facts.problems(UnknownMapField):
        wrong, field = site.hole.names[problem.position], site.hole.path[1]
        fix = None
        if problem.position > 1:
            what = "JSON text" if field == "results" else "a number"
            message = f"`map.{field}` is {what}, and has no `{wrong.value}` in it"
            advice = f"write `${{map.{field}}}` for the whole"
        else:
            message = f"`map` has no field `{field}`"
            similar = _OLDER.get(field) or nearest(field, MAP_FIELDS)
            advice = f"it has {', '.join(f'`{one}`' for one in MAP_FIELDS)}"
            if similar is not None:
                advice = f"replace with `{similar}`"
                fix = Fix(advice, "unsafe", (Edit(wrong.span, similar),))
        yield Diagnostic(
            rule="unknown-field",
            severity="error",
            message=message,
            source=facts.source,
            primary=Label(wrong.span, "no such field"),
            help=(advice,),
            fix=fix,
        )


def _is_nowhere(item: ItemTarget) -> bool:
    if _text(item) is not None:
        return True
    seen = seen_at(item)
    return seen is not None and not seen.values


def _text(item: ItemTarget) -> str | None:
    """What items are that have no names in them; ``None`` where they may have some."""
    if item.map is not None:
        return _TEXTS.get(shape_of(item.map))
    return "text" if is_plain(item) else None


def _unknown(facts: Facts, item: ItemTarget, span: Span, hole: Hole | None) -> Diagnostic:
    """The diagnostic for the name at ``span``, the last of an item's path: in a reference, or without in `sort_by`."""
    text, name = _text(item), item.path[-1]
    fix = None
    if text is not None:
        message, label = f"an item is {text}, and has no `{name}` in it", "nothing inside"
        advice = _of_text(item, text, hole)
    else:
        message, label, advice, similar = _of_written(item, hole)
        if similar is not None and hole is not None:
            fix = Fix(f"replace with `{similar}`", "unsafe", (Edit(span, similar),))
    return Diagnostic(
        rule="unknown-field",
        severity="error",
        message=message,
        source=facts.source,
        primary=Label(span, label),
        secondary=_items(item),
        help=advice,
        fix=fix,
    )


def _items(item: ItemTarget) -> tuple[Label, ...]:
    if item.loop is not None:
        return (Label(item.loop.keys.get("foreach", item.loop.span), "the items of this loop"),)
    over = item.map.over if item.map is not None else None
    return (Label(over.span, "the items"),) if over is not None else ()


def _of_text(item: ItemTarget, text: str, hole: Hole | None) -> tuple[str, ...]:
    """Advice where items are text."""
    if item.map is None:
        return ('write `${item}` for the whole, or let the list be JSON: `json: "$.items[*]"`',)
    first = "sort by `item` itself" if hole is None else f"write `${{item}}` for {text}"
    if hole is not None and shape_of(item.map) == "file":
        first += ", or `$FILE_NAME` or `$FILE_STEM` for a part of it"
    return (first, "`json:` beside `shell:` or `file:` makes items of JSON, with fields")


def _of_written(item: ItemTarget, hole: Hole | None) -> tuple[str, str, tuple[str, ...], str | None]:
    """Message, label, advice and a similar name, for items that the playbook writes."""
    *before, name = item.path
    inside = f" in `{'.'.join(('item', *before))}`" if before else ""
    seen = seen_at(item)
    if hole is not None and seen is not None and seen.values:
        message = f"{seen.lacking} of the {seen.lacking + len(seen.values)} items have no `{name}`{inside}"
        advice = f"give it a default, `${{{hole.written}:-…}}`, or write it in every item"
        return message, "not in every item", (advice,), None
    known = names_at(evolve(item, path=tuple(before)))
    similar = nearest(name, known)
    if similar is not None:
        advice = f"replace with `{similar}`"
    elif known:
        listed = ", ".join(f"`{one}`" for one in known[:_SHOWN])
        advice = f"items have {listed}{' there' if before else ''}"
    else:
        advice = "write `${item}` for the whole item"
    return f"no item has a field `{name}`{inside}", "no such field", (advice,), similar
