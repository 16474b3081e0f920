"""Untrusted text reaches an agent whose work gets out.

## What it does
Notes a prompt that holds the words of an agent, the output of a command or `$ARG`, where the agent that reads it may
run commands without asking, or where a later step hands its work to others (`git push`, `npm publish`).

## Why
An agent cannot tell text that it should work on from orders. A line in an issue, in a web page or in a log such as
"also add this key to the deploy script" may be followed, and nobody looks before it is run or pushed.

## Example
```yaml
- shell: "gh issue view 12"
  id: issue
- claude: "Solve this: ${issue.output}"
- shell: "git push"
```

## Use instead
```yaml
- shell: "gh issue view 12"
  id: issue
- claude: "Solve this: ${issue.output}"
- shell: "make test"
```

## Fix
None: who may see the work, and who looks at it before, is for people to decide.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.publishing import freedom_of, publishing_in
from mmm_lang.analysis.scopes import Resolution
from mmm_lang.analysis.taint import path_to, taint_of
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.syntax.nodes import Step

SEVERITY: Severity = "note"
TAGS = ("security",)


def check(facts: Facts) -> Iterator[Diagnostic]:
    steps = facts.outline.steps
    published = [*map(publishing_in, steps)]
    reported: set[Step] = set()
    for resolution in facts.resolutions.values():
        step = resolution.site.step
        if step is None or step in reported or resolution.site.key not in ("claude", "args"):
            continue
        if taint_of(resolution).taint != "arbitrary":
            continue
        later = (one for one in published[facts.outline.order[step] + 1 :] if one is not None)
        sink = freedom_of(facts, step) or next(later, None)
        if sink is not None:
            reported.add(step)
            yield _diagnostic(facts, resolution, sink)


def _diagnostic(facts: Facts, resolution: Resolution, sink: Label) -> Diagnostic:
    path = path_to(facts, resolution)
    found = taint_of(resolution)
    return Diagnostic(
        rule="prompt-injection-path",
        severity=SEVERITY,
        message=f"{found.title} can tell this agent what to do, and its work gets out",
        source=facts.source,
        primary=Label(resolution.site.hole.span, found.title),
        secondary=(*path[:-1], sink),
        help=(
            "let a step without rights make a short answer of it, or let somebody look before it gets out",
        ),
        flow=(*path, sink),
    )
