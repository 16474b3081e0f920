"""A folder lies outside the work tree.

## What it does
Reports a `cwd`, or a `file` of items, that is absolute, starts with `~`, or leaves the work tree by `..`. What a
reference puts there is checked when the step runs.

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
from mmm_lang.source import Span
from mmm_lang.syntax.nodes import FileItems, Template, Text

SEVERITY: Severity = "error"


def check(facts: Facts) -> Iterator[Diagnostic]:
    source = facts.playbook.map.over if facts.playbook.map is not None else None
    if isinstance(source, FileItems) and (why := _way_out(source.path.value)) is not None:
        advice = "`shell: cat …` prints any other file"
        yield _diagnostic(facts, "file", source.path.span, why, advice)
    for step in facts.outline.steps:
        wrong = _wrong(step.cwd) if step.cwd is not None else None
        if step.cwd is not None and wrong is not None:
            yield _diagnostic(facts, "cwd", step.cwd.span, wrong, "a script may `cd` by itself")


def _diagnostic(facts: Facts, key: str, place: Span, why: str, instead: str) -> Diagnostic:
    return Diagnostic(
        rule="path-escape",
        severity=SEVERITY,
        message=f"`{key}` leaves the work tree",
        source=facts.source,
        primary=Label(place, why),
        help=(f"write a path inside the work tree, relative to its root; {instead}",),
    )


def _wrong(cwd: Template) -> str | None:
    """Why the literal beginning of a path leaves the work tree; ``None`` where it does not."""
    if not cwd.parts or not isinstance(cwd.parts[0], Text):
        return None
    start = cwd.parts[0].value
    goes_on = len(cwd.parts) > 1 and start != "~"  # with a reference: its last name is not whole
    return _way_out(start[: start.rfind("/") + 1] if goes_on else start)


def _way_out(path: str) -> str | None:
    if path.startswith("/"):
        return "an absolute path"
    if path == "~" or path.startswith("~/"):
        return "a path in the home folder"
    parts = path.split("/")
    depth = 0
    for part in parts:
        if part == "..":
            depth -= 1
        elif part not in ("", "."):
            depth += 1
        if depth < 0:
            return "goes up out of the work tree"
    return None
