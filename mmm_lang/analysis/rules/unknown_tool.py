"""A tool in `allowed_tools` is written in another way than the agent writes it.

## What it does
Warns about an entry of `allowed_tools` that is not the name of a tool, but nearly.

## Why
The agent ignores the entry, asks for permission instead, and nobody is there to answer: the step fails as refused.

## Example
```yaml
- claude: "/mmm-code-review"
  allowed_tools: ["read", "Bash(git diff:*)"]
```

## Use instead
```yaml
- claude: "/mmm-code-review"
  allowed_tools: ["Read", "Bash(git diff:*)"]
```

## Fix
The name that is nearly the same is put there. Unsafe: it allows the tool.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity
from mmm_lang.diagnostics.similar import Guesses
from mmm_lang.source import Span

SEVERITY: Severity = "warning"

_TOOLS = frozenset(
    {
        "Agent", "AskUserQuestion", "Bash", "BashOutput", "Edit", "ExitPlanMode", "Glob", "Grep", "KillShell", "LS",
        "MultiEdit", "NotebookEdit", "NotebookRead", "Read", "Skill", "SlashCommand", "Task", "TodoWrite", "WebFetch",
        "WebSearch", "Write",
    }
)  # fmt: skip


def check(facts: Facts) -> Iterator[Diagnostic]:
    playbook = facts.playbook
    seen = set()
    guesses = Guesses()
    for settings in (playbook.settings, playbook.defaults, *(step.settings for step in facts.outline.steps)):
        for tool in settings.allowed_tools or ():
            name = tool.value.partition("(")[0].strip()
            known = name in _TOOLS or name.startswith("mcp__")
            meant = None if known else guesses.nearest(name, lambda: _TOOLS)
            if meant is None or tool.span in seen:
                continue
            seen.add(tool.span)
            written = facts.source.slice(tool.span)
            at = written.find(name)
            span = Span(tool.span.start + at, tool.span.start + at + len(name)) if at >= 0 else tool.span
            yield Diagnostic(
                rule="unknown-tool",
                severity=SEVERITY,
                message=f"there is no tool `{name}`",
                source=facts.source,
                primary=Label(span, "the agent does not know it"),
                help=(f"replace with `{meant}`",),
                fix=Fix(f"replace with `{meant}`", "unsafe", (Edit(span, meant),)) if at >= 0 else None,
            )
