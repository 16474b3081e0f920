"""A prompt ends where a `#` begins a comment.

## What it does
Reports a prompt without quotes that is followed by a blank and `#` with a word right behind it, as in `issue #12`.

## Why
To YAML, a `#` after a blank begins a comment: the prompt that the agent gets is `fix issue`, and nothing says so.

## Example
```yaml
- claude: fix issue #12 in the parser
```

## Use instead
```yaml
- claude: "fix issue #12 in the parser"
```

## Fix
The whole line is put in quotes. Unsafe: it may be a comment after all, which then has a blank behind its `#`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity
from mmm_lang.source import Span
from mmm_lang.syntax.nodes import ClaudeAction

SEVERITY: Severity = "warning"

_REST = re.compile(r"[ \t]+(#\w[^\r\n]*)")


def check(facts: Facts) -> Iterator[Diagnostic]:
    text = facts.source.text
    for step in facts.outline.steps:
        if not isinstance(step.action, ClaudeAction):
            continue
        prompt = step.action.prompt
        rest = _REST.match(text, prompt.span.end)
        if rest is None or text[prompt.span.start] in "\"'|>&*!":
            continue
        place = Span(rest.start(1), rest.start(1) + len(rest[1].rstrip()))
        yield Diagnostic(
            rule="text-after-hash",
            severity=SEVERITY,
            message="the prompt ends here: ` #` begins a comment",
            source=facts.source,
            primary=Label(place, "not part of the prompt"),
            help=("put the whole prompt in quotes",),
            fix=_quoting(text, Span(prompt.span.start, place.end)),
        )


def _quoting(text: str, place: Span) -> Fix | None:
    written = text[place.start : place.end]
    if "\n" in written or "\r" in written or "\\" in written:
        return None
    quoted = (
        f"'{written}'" if '"' in written and "'" not in written else '"' + written.replace('"', '\\"') + '"'
    )
    return Fix("put the whole prompt in quotes", "unsafe", (Edit(place, quoted),))
