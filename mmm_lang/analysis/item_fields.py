"""What is said about names that the items of `map:` do not have: in references, and in `sort_by`."""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.items import fields_at, seen_at, shape_of
from mmm_lang.analysis.scopes import UnknownItemField
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label
from mmm_lang.source import Span
from mmm_lang.syntax.nodes import ListedItems, Map


def unknown_item_fields(facts: Facts) -> Iterator[Diagnostic]:
    """A diagnostic for every name that no item has, or not every item where there is no default."""
    for site, problem in facts.problems(UnknownItemField):
        path = site.hole.path[1 : problem.position + 1]
        yield _unknown(facts, problem.map, path, site.hole.names[problem.position].span, sorts=False)
    source = facts.playbook.map
    for key in source.sort_by if source is not None and facts.scope.part.name == "body" else ():
        if source is not None and key.path and _is_nowhere(source, key.path):
            yield _unknown(facts, source, key.path, key.span, sorts=True)


def _is_nowhere(source: Map, path: tuple[str, ...]) -> bool:
    if shape_of(source) in ("file", "text"):
        return True
    seen = seen_at(source, path)
    return seen is not None and not seen.values


def _unknown(facts: Facts, source: Map, path: tuple[str, ...], span: Span, *, sorts: bool) -> Diagnostic:
    shape, name = shape_of(source), path[-1]
    if shape in ("file", "text"):
        what = "the path of a file" if shape == "file" else "a line of text"
        message = f"an item is {what}, and has no `{name}` in it"
        label, similar = "nothing inside", None
        advice: tuple[str, ...] = (
            "sort by `item` itself" if sorts else f"write `${{item}}` for {what}",
            "`json:` beside `shell:` or `file:` makes items of JSON, with fields",
        )
        if not sorts and shape == "file":
            advice = (advice[0] + ", or `$FILE_NAME` or `$FILE_STEM` for a part of it", *advice[1:])
    else:
        message, label, advice, similar = _of_listed(source, path)
    fix = None
    if similar is not None and not sorts:
        fix = Fix(f"replace with `{similar}`", "unsafe", (Edit(span, similar),))
    return Diagnostic(
        rule="unknown-field",
        severity="error",
        message=message,
        source=facts.source,
        primary=Label(span, label),
        secondary=(Label(source.over.span, "the items"),) if source.over is not None else (),
        help=advice,
        fix=fix,
    )


def _of_listed(source: Map, path: tuple[str, ...]) -> tuple[str, str, tuple[str, ...], str | None]:
    """Message, label, advice and a similar name, for items that the playbook lists."""
    from mmm_lang.diagnostics.similar import nearest

    name, seen = path[-1], seen_at(source, path)
    if seen is not None and seen.values:
        total = len(source.over.values) if isinstance(source.over, ListedItems) else 0
        message = f"{seen.lacking} of the {total} items have no `{name}`"
        written = ".".join(("item", *path))
        advice = (f"give it a default, `${{{written}:-…}}`, or write it in every item",)
        return message, "not in every item", advice, None
    known = fields_at(source, path[:-1])
    if not known:
        return f"no item has `{name}` in it", "no such field", ("write `${item}` for the whole item",), None
    similar = nearest(name, known)
    listed = ", ".join(f"`{one}`" for one in known[:6])
    advice = (f"replace with `{similar}`",) if similar else (f"items have {listed}",)
    return f"no item has a field `{name}`", "no such field", advice, similar
