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
Where a step with a similar name stands before the reference: its name is put there. Unsafe, for it is a
guess.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.flow import order
from mmm_lang.analysis.scopes import UndefinedStep
from mmm_lang.analysis.sites import Site
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity
from mmm_lang.diagnostics.similar import nearest

SEVERITY: Severity = "error"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for site, problem in facts.problems(UndefinedStep):
        span = site.hole.names[0].span
        similar = nearest(problem.name, _names_before(facts, site))
        secondary: tuple[Label, ...] = ()
        fix = None
        if similar is not None:
            fix = Fix(f"replace with `{similar}`", "unsafe", (Edit(span, similar),))
            secondary = _label_of(facts, similar)
        yield Diagnostic(
            rule="undefined-step",
            severity=SEVERITY,
            message=f"no step named `{problem.name}` is defined before this one",
            source=facts.source,
            primary=Label(span, "not the id of a step"),
            secondary=secondary,
            help=_help(facts, site, problem.name, similar),
            fix=fix,
        )


def _names_before(facts: Facts, site: Site) -> list[str]:
    steps = facts.scope.steps.items()
    names = [name for name, (step, *_) in steps if order(facts.outline, site, step) == "before"]
    return [*names, "shell", "last", "inputs"]


def _label_of(facts: Facts, name: str) -> tuple[Label, ...]:
    step = facts.scope.steps.get(name, (None,))[0]
    if step is None or step.id is None:
        return ()
    return (Label(step.id.span, "there is a step with a similar name"),)


def _help(facts: Facts, site: Site, name: str, similar: str | None) -> tuple[str, ...]:
    if facts.scope.knows(name):
        return (f"`{name}` is a variable and has no fields: write `${{{name}}}`",)
    if similar is not None:
        return (f"replace with `{similar}`",)
    field = ".".join(site.hole.path[1:])
    return (f"give the step that you mean `id: {name}`, or `${{last.{field}}}` for the step just before",)
