"""An anchor has no alias.

## What it does
Warns about `&name` to which no `*name` refers.

## Why
It does nothing. Often the alias was meant to stand where the text was copied to.

## Example
```yaml
- shell: &test "cargo test"
- shell: "cargo test"
```

## Use instead
```yaml
- shell: &test "cargo test"
- shell: *test
```

## Fix
The anchor is removed. Safe.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity
from mmm_lang.source import Span
from mmm_lang.syntax.yaml_anchors import unused_anchors

SEVERITY: Severity = "warning"


def check(facts: Facts) -> Iterator[Diagnostic]:
    text = facts.source.text
    if "&" not in text:
        return
    for anchor in unused_anchors(text):
        end = anchor.span.end
        while text[end : end + 1] == " ":
            end += 1
        at_end = text[end : end + 1] in ("", "\r", "\n")
        start = (
            anchor.span.start - 1
            if at_end and text[anchor.span.start - 1 : anchor.span.start] == " "
            else None
        )
        region = Span(anchor.span.start if start is None else start, anchor.span.end if at_end else end)
        yield Diagnostic(
            rule="unused-anchor",
            severity=SEVERITY,
            message=f"nothing refers to the anchor `&{anchor.name}`",
            source=facts.source,
            primary=Label(anchor.span, "no alias"),
            help=(f"remove it, or write `*{anchor.name}` where the same value is meant",),
            fix=Fix(f"remove `&{anchor.name}`", "safe", (Edit(region, ""),)),
        )
