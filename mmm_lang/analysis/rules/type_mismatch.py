"""A comparison whose two sides can never meet.

## What it does
Reports a condition that compares a status with a word that is no status, a number with text that is none, a list or
a path by size, or a value of the agent's answer with something that its `output_schema` rules out; and a `foreach` that
goes through a text, a number or a path.

## Why
The comparison is false for ever, or the step fails because something is to be a number and is not. Either way the
condition does not say what was meant.

## Example
```yaml
- shell: "cargo test"
  id: tests
  on_failure: {fail_workflow: false}
- claude: "/mmm-fix-test --error ${tests.output}"
  when: ${tests.status} == "failure"
```

## Use instead
```yaml
- shell: "cargo test"
  id: tests
  on_failure: {fail_workflow: false}
- claude: "/mmm-fix-test --error ${tests.output}"
  when: ${tests.status} == "failed"
```

## Fix
The word or number that was likely meant is put there. Unsafe, for it is a guess.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.mismatches import conditions_of, mismatches
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity

SEVERITY: Severity = "error"


def check(facts: Facts) -> Iterator[Diagnostic]:
    if any(facts.outline.loops()):
        from mmm_lang.analysis.loop_faults import no_lists  # few playbooks have loops

        yield from no_lists(facts)
    for condition in conditions_of(facts):
        for one in mismatches(condition, facts):
            fix = None
            if one.instead is not None:
                # A flow scalar in double quotes has its own escapes; there the help must do.
                quoted = facts.source.text[condition.span.start] == '"'
                if not (quoted and '"' in one.instead):
                    fix = Fix(one.help, "unsafe", (Edit(one.span, one.instead),))
            yield Diagnostic(
                rule="type-mismatch",
                severity=SEVERITY,
                message=one.message,
                source=facts.source,
                primary=Label(one.span, one.label),
                help=(one.help,),
                fix=fix,
            )
