"""A reference names something that does not exist at this place.

## What it does
Reports `${shell.…}` where no shell step is under repair and none stands before, `${last.…}` where nothing
stands before, and the names of other places: `${item…}` (in `foreach:`), `${map…}`, `${env.…}` and
`${run…}`.

## Why
These names mean something, but not here: there is no value to put in.

## Example
```yaml
- claude: "/mmm-fix-test --error ${shell.output}"
- shell: "cargo test"
```

## Use instead
```yaml
- shell: "cargo test"
  on_failure:
    claude: "/mmm-fix-test --error ${shell.output}"
```

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.scopes import ContextNotAvailable
from mmm_lang.analysis.sites import Site
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity

SEVERITY: Severity = "error"

_WHY = {
    "shell": "no shell step is under repair here, and none stands before",
    "last": "no step stands before this one",
    "item": "`item` exists only inside `foreach:`, which this version of mmm does not run",
    "map": "`map` exists only after a `map:`, which this version of mmm does not run",
    "env": "the environment is not read by `${env.…}`",
    "run": "`run` is a name kept for later versions of mmm",
}


def check(facts: Facts) -> Iterator[Diagnostic]:
    for site, problem in facts.problems(ContextNotAvailable):
        yield Diagnostic(
            rule="context-not-available",
            severity=SEVERITY,
            message=f"`{problem.name}` means nothing at this place",
            source=facts.source,
            primary=Label(site.hole.names[0].span, "not available here"),
            help=(_help(site, problem.name),),
            notes=(_WHY[problem.name],),
        )


def _help(site: Site, name: str) -> str:
    variable = ".".join(site.hole.path[1:]) or "NAME"
    if name in ("shell", "last"):
        return "give the step that you mean an `id` and name it"
    if name == "env" and site.key in ("shell", "until", "env"):
        return f"write `${{{variable}}}`"
    if name == "env":
        return f"declare `{variable}` under `inputs:` and set it with `--set {variable}=…`, or read it in a `shell:` step"
    if name in ("item", "map"):
        return "run the playbook once an item with `--map`, and write `$ARG`"
    return "use `$ITERATION`, `$PROJECT_ROOT` or `$WORKTREE`, or the fields of a step"
