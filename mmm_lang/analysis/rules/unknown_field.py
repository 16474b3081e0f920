"""A reference names a field that the step does not have.

## What it does
Reports `${id.field}` where the step `id` exists but has no such field or output: a misspelt name, an output
that is not declared, a field of a group that only a single step has, more names after a field that holds text, or
`${id.json.name}` where the step's `output_schema` has no `name`. The same for `${item.name}` and `sort_by: item.name`
where the items of `map:` or of the `foreach:` around have no such name, and for `${map.name}`.

## Why
The value would be empty at best. The fields of every step are `status`, `attempts`, `duration`, `commits`,
`files`, `cost_usd`, `calls`, `spec` and `spec_id`; of `claude:`, `name:` and `shell:` steps also
`exit_code`, `output`, `stdout`, `stderr`, `output_file` and `json`; and the names under `outputs:`.

## Example
```yaml
- claude: "/mmm-coverage"
  id: coverage
- claude: "/mmm-write-tests ${coverage.sepc}"
```

## Use instead
```yaml
- claude: "/mmm-coverage"
  id: coverage
- claude: "/mmm-write-tests ${coverage.spec}"
```

## Fix
Where the step has a field with a similar name: it is put there. Unsafe, for it is a guess.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import chain

from mmm_lang.analysis.answers import unknown_properties
from mmm_lang.analysis.call_outputs import output_names
from mmm_lang.analysis.callees import Called, Callee
from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.fields import STEP_FIELDS, own_fields
from mmm_lang.analysis.item_fields import unknown_item_fields, unknown_map_fields
from mmm_lang.analysis.scopes import UnknownField
from mmm_lang.analysis.sites import Site
from mmm_lang.diagnostics.display import visible
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity
from mmm_lang.diagnostics.similar import Guesses
from mmm_lang.figures import series
from mmm_lang.syntax.nodes import ApproveAction, ForEachAction, GroupAction, Step

SEVERITY: Severity = "error"

_USUAL = ("output", "exit_code", "status", "spec", "json", "stdout", "stderr", "files", "commits")
"""The fields that are named where none is similar, in the order of use; the page has all."""
_HABITS = {
    "result": "output",
    "results": "output",
    "text": "output",
    "response": "output",
    "answer": "output",
    "content": "output",
    "value": "output",
    "code": "exit_code",
    "exit": "exit_code",
    "rc": "exit_code",
    "returncode": "exit_code",
    "success": "status",
    "state": "status",
    "outcome": "status",
    "conclusion": "status",
    "err": "stderr",
    "error": "stderr",
    "errors": "stderr",
    "log": "output_file",
    "logs": "output_file",
    "file": "files",
    "sha": "commits",
    "cost": "cost_usd",
    "time": "duration",
}
"""What fields are called elsewhere."""


def check(facts: Facts) -> Iterator[Diagnostic]:
    yield from unknown_properties(facts)
    yield from unknown_item_fields(facts)
    yield from unknown_map_fields(facts)
    guesses = Guesses()
    for site, problem in facts.problems(UnknownField):
        span = site.hole.names[problem.position].span
        step, before = problem.step, site.hole.path[problem.position - 1]
        in_step = problem.position == 1
        in_outputs = problem.position == 2 and before == "outputs"
        name = site.hole.path[0] if site.hole.path[0] in ("shell", "last") else facts.keys.of(step)
        outputs = [output.name.value for output in step.outputs]
        called = facts.calls.get(step)
        outputs += output_names(called) or ()
        similar = None
        if in_step and problem.name != "outputs":
            fields = own_fields(step) or ()
            habit = _HABITS.get(problem.name.casefold())
            known = partial(chain, outputs, fields)
            similar = guesses.nearest(problem.name, known) or (habit if habit in fields else None)
        elif in_outputs:
            similar = guesses.nearest(problem.name, partial(iter, outputs))
        if in_step:
            message = f"{_kind(step)} `{name}` has no field `{problem.name}`"
        elif in_outputs:
            message = f"step `{name}` declares no output `{problem.name}`"
        else:
            message = f"`{before}` of step `{name}` is text and has no `{problem.name}` in it"
        yield Diagnostic(
            rule="unknown-field",
            severity=SEVERITY,
            message=message,
            source=facts.source,
            primary=Label(span, "no such output" if in_outputs else "no such field"),
            secondary=(Label(step.id.span, "the step"),) if step.id is not None else (),
            help=_help(site, problem, similar, outputs, called),
            fix=None
            if similar is None
            else Fix(f"replace with `{similar}`", "unsafe", (Edit(span, similar),)),
        )


def _kind(step: Step) -> str:
    if isinstance(step.action, ForEachAction):
        return "loop"
    return "group" if isinstance(step.action, GroupAction) else "step"


def _help(
    site: Site, problem: UnknownField, similar: str | None, outputs: list[str], called: Called | None
) -> tuple[str, ...]:
    if similar is not None:
        return (f"replace with `{similar}`",)
    if isinstance(called, Callee) and problem.position == len(site.hole.path) - 1:
        return (f"declare `{problem.name}` under `outputs:` at the top of `{visible(called.source.path)}`",)
    if problem.position == 1:
        if problem.name == "outputs":
            return ("name one of its outputs, as in `${id.outputs.score}`",)
        if isinstance(problem.step.action, ApproveAction):
            return ("a question has no output: ask for its `status`",)
        if problem.name in STEP_FIELDS:
            what = _kind(problem.step) if _kind(problem.step) != "step" else "group"
            return (f"a {what} runs no process of its own: give the step inside it an `id` and read that",)
        own = own_fields(problem.step) or ()
        usual = [f"`{name}`" for name in (*outputs, *(name for name in _USUAL if name in own))]
        return (f"it has {series(usual)}; declare others under `outputs:`",)
    if problem.position == 2 and site.hole.path[1] == "outputs":
        return (f"declare `{problem.name}` under `outputs:` of the step",)
    return ("go into JSON that the step prints with `${id.json.name}`, or declare an output with that path",)
