"""Untrusted text reaches an agent whose work gets out.

## What it does
Notes a prompt that holds the words of an agent, the output of a command or `$ARG`, where the agent that reads it may
run commands without asking, or where a later step hands its work to others (`git push`, `npm publish`). Values are
followed into playbooks that are called, and out of them.

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
from mmm_lang.analysis.taint import View, path_to, steps_in_order
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.syntax.nodes import CallAction, Step, templates_of_action

SEVERITY: Severity = "note"
TAGS = ("security",)


def check(facts: Facts) -> Iterator[Diagnostic]:
    walked = [*steps_in_order(View(facts))]
    published = _published(walked)
    reported: set[Step] = set()
    for number, (view, step, at) in enumerate(walked):
        if at in reported:
            continue
        for resolution in _arbitrary_in_prompt(view, step):
            sink = freedom_of(view, step) or published[number]
            path = path_to(view, resolution)
            if sink is not None and any(one.source is None for one in (*path, sink)):
                reported.add(at)
                yield _diagnostic(view, resolution, at, (path, sink))
                break


def _published(walked: list[tuple[View, Step, Step]]) -> list[Label | None]:
    """For each step the first after it that hands the work to others."""
    found: list[Label | None] = []
    places: dict[Step, Label | None] = {}
    after: Label | None = None
    for view, step, _ in reversed(walked):
        found.append(after)
        if step not in places:
            places[step] = publishing_in(step)
        here = places[step]
        after = view.label(here.span, here.message) if here is not None else after
    return found[::-1]


def _arbitrary_in_prompt(view: View, step: Step) -> Iterator[Resolution]:
    for template in templates_of_action(step):
        for hole in template.holes:
            resolution = view.facts.resolutions.get(hole)
            if resolution is None or resolution.site.key not in ("claude", "args"):
                continue
            if view.taint_of(resolution).taint == "arbitrary":
                yield resolution


def _diagnostic(
    view: View, resolution: Resolution, at: Step, way: tuple[tuple[Label, ...], Label]
) -> Diagnostic:
    path, sink = way
    found = view.taint_of(resolution)
    here = next((one.span for one in reversed(path) if one.source is None), None)
    agent = "this agent"
    if view.caller is not None and isinstance(at.action, CallAction):
        agent = f"an agent of `{at.action.playbook.value}`"
        here = here or at.action.playbook.span
    primary = here or resolution.site.hole.span
    return Diagnostic(
        rule="prompt-injection-path",
        severity=SEVERITY,
        message=f"{found.title} can tell {agent} what to do, and its work gets out",
        source=view.home,
        primary=Label(primary, found.title),
        secondary=tuple(one for one in (*path, sink) if one.source is not None or one.span != primary),
        help=(
            "let a step without rights make a short answer of it, or let somebody look before it gets out",
        ),
        flow=(*path, sink),
    )
