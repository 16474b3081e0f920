"""A reference names a step that does not exist.

## What it does
Reports `${name.field}` where no step of the playbook has the id `name`.

## Why
The value would be empty at best, after agent calls have been paid for.

## Example
```yaml
- claude: "/mmm-coverage"
  id: coverage
- claude: "/mmm-write-tests ${coverge.spec}"
```

## Use instead
```yaml
- claude: "/mmm-coverage"
  id: coverage
- claude: "/mmm-write-tests ${coverage.spec}"
```

## Fix
Where a step with a similar name stands before the reference: its name is put there, and `last` for `previous`.
Unsafe, for it is a guess.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.fields import STEP_FIELDS
from mmm_lang.analysis.flow import order
from mmm_lang.analysis.lookup import shell_step, would_resolve
from mmm_lang.analysis.scopes import UndefinedStep
from mmm_lang.analysis.sites import Site
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity
from mmm_lang.diagnostics.similar import Guesses
from mmm_lang.source import Span
from mmm_lang.syntax.nodes import ShellAction

SEVERITY: Severity = "error"

_PREFIXES = frozenset({"steps", "step", "jobs", "tasks", "needs", "outputs", "commands"})
_PREVIOUS = frozenset({"previous", "prev", "before"})
_OLDER = {
    "merge": "remove the step that merges: mmm merges a worktree itself, and then runs the steps of `merge:`",
    "validation": "let a `shell:` step check, and write `${shell.output}` in its `on_failure:`",
    "workflow": "write the text itself, or declare it under `inputs:`",
    "worker": "write `$INDEX`, the number of the item",
}
"""What older dialects had, and what to write."""


def check(facts: Facts) -> Iterator[Diagnostic]:
    guesses = Guesses()
    for site, problem in facts.problems(UndefinedStep):
        name, span = problem.name, site.hole.names[0].span
        if name in facts.scope.part.others:
            yield _elsewhere(facts, name, span)
            continue
        prefixed = _prefixed(facts, site)
        if prefixed is not None:
            yield prefixed
            continue
        similar = _habit(facts, site, name) or guesses.nearest(name, partial(_names_before, facts, site))
        yield Diagnostic(
            rule="undefined-step",
            severity=SEVERITY,
            message=f"no step named `{name}` is defined before this one"
            if site.step is not None
            else f"no step is named `{name}`",
            source=facts.source,
            primary=Label(span, "not the id of a step"),
            secondary=_label_of(facts, site, similar),
            help=(*_help(facts, site, name, similar), *_as_text(facts, site, similar)),
            fix=None
            if similar is None
            else Fix(f"replace with `{similar}`", "unsafe", (Edit(span, similar),)),
        )


def _elsewhere(facts: Facts, name: str, span: Span) -> Diagnostic:
    """The step is there, in another part of the file, which runs in a session of its own."""
    part, step = facts.scope.part.others[name]
    return Diagnostic(
        rule="undefined-step",
        severity=SEVERITY,
        message=f"step `{name}` {_RUNS[part]}, in another session",
        source=facts.source,
        primary=Label(span, "not of this session"),
        secondary=(Label(step.id.span if step.id is not None else step.span, "the step"),),
        help=(_READ_INSTEAD.get((facts.scope.part.name, part), _BY_FILE),),
        notes=("values of steps live in one session; its files and commits outlive it",),
    )


_RUNS = {
    "opening": "runs once before the items",
    "body": "belongs to `steps:`",
    "reduce": "runs once after all items",
    "merge": "runs after a merge",
}
_BY_FILE = "let that step write a file that this one reads"
_READ_INSTEAD = {("reduce", "body"): f"read how items ended with `${{map.results}}`, or {_BY_FILE}"}


def _prefixed(facts: Facts, site: Site) -> Diagnostic | None:
    """``${steps.id.field}``: the id stands first here."""
    names = site.hole.names
    if names[0].value not in _PREFIXES or len(names) < 3 or names[1].value not in facts.scope.steps:
        return None
    name = names[1].value
    span = names[0].span.to(names[1].span)
    return Diagnostic(
        rule="undefined-step",
        severity=SEVERITY,
        message=f"a reference begins with the id of its step, not with `{names[0].value}`",
        source=facts.source,
        primary=Label(names[0].span, "not the id of a step"),
        help=(f"replace with `{name}`",),
        fix=Fix(f"replace with `{name}`", "unsafe", (Edit(span, name),)),
    )


def _habit(facts: Facts, site: Site, name: str) -> str | None:
    """``last`` for ``${previous.…}``; ``shell`` for ``${test.…}`` where that is the step under ``test:``."""
    if name in _PREVIOUS and would_resolve(site, facts.scope, "last", *site.hole.path[1:]):
        return "last"
    step = shell_step(site, facts.outline)
    written = step is not None and isinstance(step.action, ShellAction) and step.action.deprecated_test
    return "shell" if name == "test" and written else None


def _names_before(facts: Facts, site: Site) -> list[str]:
    steps = facts.scope.steps.items()
    names = [name for name, (step, *_) in steps if order(facts.outline, site, step) == "before"]
    fields = site.hole.path[1:]
    contexts = [
        name for name in ("shell", "last", "inputs") if would_resolve(site, facts.scope, name, *fields)
    ]
    return [*names, *contexts]


def _label_of(facts: Facts, site: Site, name: str | None) -> tuple[Label, ...]:
    step = facts.scope.steps.get(name or "", (None,))[0]
    if step is not None and step.id is not None:
        return (Label(step.id.span, "there is a step with a similar name"),)
    owner = shell_step(site, facts.outline) if name == "shell" else None
    key = owner.keys.get("test") or owner.keys.get("shell") if owner is not None else None
    return () if key is None else (Label(key, "the step that `shell` names"),)


def _help(facts: Facts, site: Site, name: str, similar: str | None) -> tuple[str, ...]:
    if facts.scope.knows(name):
        return (f"`{name}` is a variable and has no fields: write `${{{name}}}`",)
    if similar is not None:
        return (f"replace with `{similar}`",)
    if name in _OLDER:
        return (_OLDER[name],)
    if site.step is None and site.key == "env":
        return ("the header is read before any step: put the reference into a step's `env:`",)
    if not any(order(facts.outline, site, step) == "before" for step in facts.outline.steps):
        return (f"put the step that makes it above this one, with `id: {name}`",)
    fields = site.hole.path[1:]
    give = f"give the step you mean `id: {name}`"
    before = "before" if site.step is not None else "that ends the iteration"
    for context, what in (("shell", "under repair"), ("last", before)):
        if context == "shell" and not _in_repair(facts, site):
            continue
        if would_resolve(site, facts.scope, context, *fields):
            return (f"{give}, or write `${{{'.'.join((context, *fields))}}}` for the step {what}",)
    return (give,)


def _as_text(facts: Facts, site: Site, similar: str | None) -> tuple[str, ...]:
    """How to write text of another language, such as JavaScript, that looks like a reference in a script."""
    names = site.hole.path
    if site.program is None or similar is not None or facts.scope.knows(names[0]) or names[0] in _OLDER:
        return ()
    if names[1] in STEP_FIELDS or names[1] == "outputs" or site.hole.spelling != "braced":
        return ()
    # there `$$` is the shell's own, so the brace is kept apart by the shell's quotes
    text = "{" + site.hole.written + "}"
    return (
        f"where the text `${text}` is meant: in single quotes write `$''{text}`, in double quotes `\\${text}`",
    )


def _in_repair(facts: Facts, site: Site) -> bool:
    """Whether the place is in a handler of a shell step."""
    step = shell_step(site, facts.outline)
    return step is not None and site.step is not None and step in facts.outline.lineage(site.step)
