"""The path of a `json` output cannot be read.

## What it does
Reports a `json` output whose path is more than names and indexes after the `$`: `$.score`,
`$.results[0].name`. The path to the items of `map:` and `foreach:` may have `[*]` too: `$.results[*].name`.

## Why
The step would run, and be paid for, before anybody noticed.

## Example
```yaml
- shell: "cargo metadata --format-version 1"
  id: meta
  outputs:
    root: {json: "$..workspace_root"}
```

## Use instead
```yaml
- shell: "cargo metadata --format-version 1"
  id: meta
  outputs:
    root: {json: "$.workspace_root"}
```

## Fix
None.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.syntax.json_paths import is_path
from mmm_lang.syntax.nodes import CommandItems, FileItems, Located

SEVERITY: Severity = "error"

_PATH = re.compile(r"\$(?:\.[\w-]+|\[\d+\])*")


def check(facts: Facts) -> Iterator[Diagnostic]:
    for path in _paths_to_items(facts):
        if not is_path(path.value):
            yield Diagnostic(
                rule="invalid-json-path",
                severity=SEVERITY,
                message="the path to the items cannot be read",
                source=facts.source,
                primary=Label(path.span, "not a path into JSON"),
                help=(
                    "write `$`, then names, indexes and `[*]` for every entry of a list: `$.results[*].name`",
                ),
            )
    for step in facts.outline.steps:
        for output in step.outputs:
            if output.kind == "json" and not _PATH.fullmatch(output.pattern.value):
                yield Diagnostic(
                    rule="invalid-json-path",
                    severity=SEVERITY,
                    message=f"the path of output `{output.name.value}` cannot be read",
                    source=facts.source,
                    primary=Label(output.pattern.span, "not a path into JSON"),
                    help=("write `$`, then names and indexes: `$.results[0].name`; `$` alone is the whole",),
                )


def _paths_to_items(facts: Facts) -> Iterator[Located[str]]:
    sources: list[object] = [action.items for _, action in facts.outline.loops()]
    sources += [facts.playbook.map.over] if facts.playbook.map is not None else []
    for source in sources:
        if isinstance(source, CommandItems | FileItems) and source.json is not None:
            yield source.json
