"""A command that often changes nothing is expected to commit.

## What it does
Notes `mmm-lint` in the list of `commands:` where `commit_required` is not written.

## Why
A command by name must leave a commit. A linter that finds nothing leaves none, and that fails the session.

## Example
```yaml
commands:
  - mmm-code-review
  - mmm-lint
```

## Use instead
```yaml
commands:
  - mmm-code-review
  - name: mmm-lint
    commit_required: false
```

## Fix
`commit_required: false` is added. Unsafe: from then on nobody notices a linter that did not run.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity
from mmm_lang.source import Source, Span
from mmm_lang.syntax.nodes import ClaudeAction, Step

SEVERITY: Severity = "note"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for step in facts.outline.steps:
        action = step.action
        if (
            not isinstance(action, ClaudeAction)
            or action.form == "claude"
            or step.commit_required is not None
        ):
            continue
        if action.prompt.raw.lstrip("/").split(" ")[0] != "mmm-lint":
            continue
        yield Diagnostic(
            rule="implied-commit",
            severity=SEVERITY,
            message="`mmm-lint` must leave a commit here, and may find nothing to change",
            source=facts.source,
            primary=Label(action.prompt.span, "a command by name"),
            help=("add `commit_required: false`",),
            fix=_fix(facts.source, step, action),
        )


def _fix(source: Source, step: Step, action: ClaudeAction) -> Fix | None:
    title = "add `commit_required: false`"
    if action.form == "string":
        written = source.slice(action.prompt.span)
        edit = Edit(action.prompt.span, f"{{name: {written}, commit_required: false}}")
        return Fix(title, "unsafe", (edit,)) if "\n" not in written and "," not in written else None
    start = step.keys["name"].start
    in_flow = source.slice(step.span).startswith("{")
    indent = " " * (source.position(start).column - 1)
    between = ", " if in_flow else f"\n{indent}"
    return Fix(title, "unsafe", (Edit(Span(start, start), f"commit_required: false{between}"),))
