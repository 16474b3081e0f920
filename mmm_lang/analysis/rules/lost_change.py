"""A script only changes its own shell.

## What it does
Reports a `shell:` step that does nothing but `cd`, `export`, set a variable or activate an environment.

## Why
Every step runs in a shell of its own, in the root of the work tree: what it has set is forgotten when the step ends, and
the next step begins as if it had never been.

## Example
```yaml
- shell: cd backend
- shell: cargo test
```

## Use instead
```yaml
- shell: cargo test
  cwd: backend
```

## Fix
None: which of the later steps it was for is known to you alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.syntax.nodes import ShellAction

SEVERITY: Severity = "warning"

_PIECE = re.compile(r"[^\n;&]+")
_MORE = re.compile(r"\$\(|[`|<>(){}\\]|(?<!&)&(?!&)")
"""What may do more than change the shell: substitutions, pipes, redirections, functions, jobs."""
_ENVIRONMENT = "use `env:` on the steps that it is for, or at the top for all"
_CHANGES = {
    r"(?:cd|pushd)\s+\S.*": "use `cwd:` on the steps that it is for",
    r"export\s+\w+=.*": _ENVIRONMENT,
    r"\w+=\S*": _ENVIRONMENT,
    r"(?:source|\.)\s+\S*(?:activate|\.env)": "put it into the scripts that need it",
    r"alias\s+\w+=.*": "write the command out in the scripts that use it",
}
"""Commands that change a shell and nothing else, with what to write for them."""
_SETTING = r"set\s+[-+]\S+(?:\s+\w+)?|#.*"
"""What may stand beside them."""


def check(facts: Facts) -> Iterator[Diagnostic]:
    for step in facts.outline.steps:
        if not isinstance(step.action, ShellAction):
            continue
        script = step.action.script
        found = _changes(script.raw)
        if found:
            start, end, _ = found[0]
            yield Diagnostic(
                rule="lost-change",
                severity=SEVERITY,
                message="nothing that this script changes outlasts it",
                source=facts.source,
                primary=Label(script.span_of(start, end), "forgotten when the step ends"),
                help=tuple(dict.fromkeys(advice for _, _, advice in found)),
            )


def _changes(script: str) -> list[tuple[int, int, str]]:
    """Every command of a script that only changes its own shell, with advice; none where another one stands there."""
    if _MORE.search(script) is not None:
        return []
    found: list[tuple[int, int, str]] = []
    for piece in _PIECE.finditer(script):
        command = piece[0].strip()
        if not command or re.fullmatch(_SETTING, command):
            continue
        advice = next((text for shape, text in _CHANGES.items() if re.fullmatch(shape, command)), None)
        if advice is None:
            return []
        start = piece.start() + piece[0].index(command)
        found.append((start, start + len(command), advice))
    return found
