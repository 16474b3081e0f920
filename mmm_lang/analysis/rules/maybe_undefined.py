"""A reference names a step that may not have run.

## What it does
Reports `${id.field}` where the step `id` stands before, but not on every path to here: it is under a
`when`, in a handler, in an `on_success` list, or in a group that may end early.

`status`, `spec`, `spec_id` and outputs with a `file_pattern` may always be read: a step that finds nothing
to work on is skipped.

## Why
Where the step did not run, there is no value, and the playbook fails half-way, after agent calls have been
paid for.

## Example
```yaml
- shell: "cargo bench"
  id: bench
  when: ${ITERATION} == 1
- claude: "/mmm-analyze-results --data ${bench.output}"
```

## Use instead
```yaml
- shell: "cargo bench"
  id: bench
  when: ${ITERATION} == 1
- claude: "/mmm-analyze-results --data ${bench.output:-none}"
```

Or read it only where it has run:

```yaml
- shell: "cargo bench"
  id: bench
  when: ${ITERATION} == 1
- claude: "/mmm-analyze-results --data ${bench.output}"
  when: ${bench.status} == "succeeded"
```

## Fix
None: what to do without the value is for you to say.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.scopes import MaybeUndefined
from mmm_lang.analysis.sites import Site
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity

SEVERITY: Severity = "error"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for site, problem in facts.problems(MaybeUndefined):
        written = site.hole.written
        yield Diagnostic(
            rule="maybe-undefined",
            severity=SEVERITY,
            message=f"`{written}` may be unset here",
            source=facts.source,
            primary=Label(site.hole.span, f"step `{facts.keys.of(problem.step)}` may not have set it"),
            secondary=tuple(Label(doubt.span, doubt.because) for doubt in problem.doubts),
            help=(f"say what to use instead: `${{{written}:-none}}`", _guard(site, problem)),
        )


def _guard(site: Site, problem: MaybeUndefined) -> str:
    if problem.step.id is None:
        return "or give the step an `id` and ask for its `status` first"
    condition = f'${{{problem.step.id.value}.status}} == "succeeded"'
    if site.key == "when":
        return f"or ask first: `{condition} && …`"
    return f"or put this step under `when: {condition}`"
