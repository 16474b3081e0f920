"""A reference names something that does not exist at this place.

## What it does
Reports `${shell.…}` where no shell step is under repair and none stands before, `${last.…}` where nothing
stands before, and the names of other places: `${item…}` (inside `foreach:`, and in the steps of a playbook with
`map:`), `${map…}` (in `reduce:`), `$ARG`, `$FILE…`, `$INDEX` and `$TOTAL` where no item is, `${env.…}` and `${run…}`.

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
from mmm_lang.analysis.variables import FILE_VARIABLES, ITEM_VARIABLES, MAP_FIELDS, SESSION_VARIABLES
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity

SEVERITY: Severity = "error"

_WHY = {
    "shell": "no shell step is under repair here, and none stands before",
    "last": "no step stands before this one",
    "item": "`item` exists inside `foreach:`, and in the steps of a playbook with `map:`",
    "map": "`map` exists in `reduce:`, where all items of `map:` have run",
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
            help=(_help(facts, site, problem.name),),
            notes=(_why(facts, site, problem.name),),
        )


def _why(facts: Facts, site: Site, name: str) -> str:
    part = facts.scope.part
    if site.key == "filter" and name in SESSION_VARIABLES:
        return f"`filter` is asked about items before any of them runs, and `{name}` is set when one does"
    if name == "map" and part.name == "reduce":
        return f"it has {', '.join(f'`{one}`' for one in MAP_FIELDS)}"
    if part.map is not None and part.name == "body" and name in FILE_VARIABLES:
        return "the items of this `map:` are no files"
    if part.map is not None and part.name != "body" and name in ("item", *ITEM_VARIABLES):
        return f"{_ELSEWHERE[part.name]} {_ONCE[part.name]}; an item is there in `steps:`"
    return _WHY[name]


_ELSEWHERE = {"opening": "these steps", "reduce": "`reduce:`", "merge": "`merge:`"}
_ONCE = {
    "opening": "run once, before the items are there",
    "reduce": "runs once, after all items",
    "merge": "runs where the work of items has been merged",
}


def _help_with_items(facts: Facts, site: Site, name: str) -> str | None:
    """What to do about a name of items, in a playbook with `map:`."""
    part = facts.scope.part
    if part.map is None or name not in ("item", "map", *SESSION_VARIABLES):
        return None
    if site.key == "filter":
        return "compare `${item}`, a field of it such as `${item.score}`, or `${inputs.NAME}`"
    if name == "map":
        if part.name == "reduce":
            return "name a field of it: `${map.results}`"
        return "read it in a step of `reduce:`: `${map.results}`, `${map.failed}`"
    if part.name == "body":
        return "write `$ARG` or `${item}` for the item; `$FILE` is for items of a glob"
    if part.name == "reduce":
        return "read `${map.results}`, or move the step to `steps:`"
    return "move the step to `steps:`, or give the reference a default"


def _help(facts: Facts, site: Site, name: str) -> str:
    advice = _help_with_items(facts, site, name)
    if advice is not None:
        return advice
    variable = ".".join(site.hole.path[1:]) or "NAME"
    if name in ("shell", "last"):
        return "give the step that you mean an `id` and name it"
    if name == "env" and site.key in ("shell", "until", "env"):
        return f"write `${{{variable}}}`"
    if name == "env":
        return f"declare `{variable}` under `inputs:` and set it with `--set {variable}=…`, or read it in a `shell:` step"
    if name == "item":
        return "write `foreach:` with this step under `do:`, or `map: {over: …}` at the top of the file"
    if name == "map":
        return "write `map: {over: …}` at the top of the file, and this step under `reduce:`"
    return "use `$ITERATION`, `$PROJECT_ROOT` or `$WORKTREE`, or the fields of a step"
