"""``$id.field``: a reference that lacks its braces, so that only ``$id`` of it is read as a name."""

from __future__ import annotations

import re

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.fields import declared_output, own_fields
from mmm_lang.analysis.scopes import Resolution, ShellsOwn
from mmm_lang.analysis.variables import CONTEXTS
from mmm_lang.source import Span
from mmm_lang.syntax.nodes import Step

_FIELDS = re.compile(r"(?:\.[A-Za-z_][A-Za-z0-9_]*)+")


def unbraced(facts: Facts, resolution: Resolution) -> Span | None:
    """The place of the whole ``$id.field`` whose ``$id`` was resolved; ``None`` where it is no such thing.

    In a script ``$id`` may be the shell's own variable, so there the step must have the field, and neither
    the script nor an ``env:`` around it may set the name.
    """
    site = resolution.site
    name = site.hole.path[0]
    written = _FIELDS.match(facts.source.text, site.hole.span.end)
    if (
        site.hole.spelling != "bare"
        or written is None
        or resolution.target not in (None, *_shells(resolution))
    ):
        return None
    steps = facts.scope.steps.get(name, ())
    if site.program is None:
        known = bool(steps) or name in CONTEXTS
    else:
        field = written[0].split(".")[1]
        known = any(_has(step, field) for step in steps) and not is_set(facts, resolution, name)
    return Span(site.hole.span.start, written.end()) if known else None


def _shells(resolution: Resolution) -> tuple[ShellsOwn, ...]:
    target = resolution.target
    return (target,) if isinstance(target, ShellsOwn) and target.assigned is None else ()


def _has(step: Step, field: str) -> bool:
    return declared_output(step, field) is not None or field in (own_fields(step) or ())


def is_set(facts: Facts, resolution: Resolution, name: str) -> bool:
    """Whether an ``env:`` around the script, or the script itself, gives the shell a variable of that name."""
    from mmm_lang.analysis.shell_places import assigned_names  # the shell grammar is heavy

    site = resolution.site
    around = facts.outline.lineage(site.step) if site.step is not None else ()
    entries = [*facts.playbook.env, *(entry for step in around for entry in step.env)]
    if any(entry.name.value == name for entry in entries):
        return True
    return site.template is not None and name in assigned_names(site.template.raw)
