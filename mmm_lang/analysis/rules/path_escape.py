"""A folder lies outside the work tree.

## What it does
Reports a `cwd` that is absolute, starts with `~`, or leaves the work tree by `..`. What a reference puts
there is checked when the step runs.

## Why
A session's commits, rollback and worktree are bound to one work tree; what a step does elsewhere, mmm can
neither keep nor take back.

## Example
```yaml
- shell: "make"
  cwd: "../other"
```

## Use instead
```yaml
- shell: "make"
  cwd: "tools"
```

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.syntax.nodes import Template, Text

SEVERITY: Severity = "error"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for step in facts.outline.steps:
        wrong = _wrong(step.cwd) if step.cwd is not None else None
        if step.cwd is not None and wrong is not None:
            yield Diagnostic(
                rule="path-escape",
                severity=SEVERITY,
                message="`cwd` leaves the work tree",
                source=facts.source,
                primary=Label(step.cwd.span, wrong),
                help=(
                    "write a path inside the work tree, relative to its root; a script may `cd` by itself",
                ),
            )


def _wrong(cwd: Template) -> str | None:
    """Why the literal beginning of a path leaves the work tree; ``None`` where it does not."""
    if not cwd.parts or not isinstance(cwd.parts[0], Text):
        return None
    start = cwd.parts[0].value
    if start.startswith("/"):
        return "an absolute path"
    if start == "~" or start.startswith("~/"):
        return "a path in the home folder"
    parts = start.split("/")
    if len(cwd.parts) > 1:
        parts.pop()  # goes on with a reference
    depth = 0
    for part in parts:
        if part == "..":
            depth -= 1
        elif part not in ("", "."):
            depth += 1
        if depth < 0:
            return "goes up out of the work tree"
    return None
