"""A reference stands where text is taken as it is.

## What it does
Warns about `${…}` in the default of an input, in `protect`, in the pattern of an output, in `model` and the like, where
it names a step, an input or a variable of the session.

## Why
These texts are no templates: the `${…}` stays as it is written, matches no file and names no model.

## Example
```yaml
- claude: "/mmm-implement-spec $ARG"
  outputs: {report: {file_pattern: "${FILE_STEM}-report.md"}}
  id: implement
- claude: "Read ${implement.report}"
```

## Use instead
```yaml
- claude: "/mmm-implement-spec $ARG"
  outputs: {report: {file_pattern: "*-report.md"}}
  id: implement
- claude: "Read ${implement.report}"
```

## Fix
None.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.variables import SESSION_VARIABLES
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.source import Span
from mmm_lang.syntax.nodes import CallAction, FileItems, GlobItems, ListedItems, Located

SEVERITY: Severity = "warning"


def check(facts: Facts) -> Iterator[Diagnostic]:
    seen = set()
    for what, text in _plain_texts(facts):
        reference = _reference(facts, what, text.value)
        if reference is None or text.span in seen:
            continue
        seen.add(text.span)
        yield Diagnostic(
            rule="reference-in-plain-text",
            severity=SEVERITY,
            message=f"`{reference}` is not replaced in {what}",
            source=facts.source,
            primary=Label(_place(facts, text, reference), "plain text here"),
            help=(
                "write it out; references are for prompts, scripts, `args`, `env`, `when`, `cwd` and messages",
            ),
        )


def _place(facts: Facts, text: Located[str], reference: str) -> Span:
    at = facts.source.slice(text.span).find(reference)
    return text.span if at < 0 else Span(text.span.start + at, text.span.start + at + len(reference))


def _reference(facts: Facts, what: str, text: str) -> str | None:
    """The first reference in a text, if it names something of this playbook; in a pattern any will do. A default may
    be a script, for which the variables are in the environment."""
    if "$" not in text:
        return None
    for found in re.finditer(
        r"\$(?:\{([A-Za-z_][\w-]*)((?:\.[\w-]+)*)\}|<([\w-]+)\.[\w.-]+>|([A-Za-z_]\w*))", text
    ):
        if found[1] and what in ("`protect`", "`file_pattern`", "`over`"):
            return found[0]
        dotted = found[2] or found[3]
        name = found[1] or found[3] or found[4]
        if dotted and (name in facts.scope.steps or name in ("inputs", "shell", "last")):
            return found[0]
        is_script = what == "the default of an input"
        if not dotted and not is_script and (name in SESSION_VARIABLES or name in facts.scope.inputs):
            return found[0]
    return None


def _plain_texts(facts: Facts) -> Iterator[tuple[str, Located[str]]]:
    playbook = facts.playbook
    yield from (
        ("the default of an input", one.default) for one in playbook.inputs if one.default is not None
    )
    yield from (("`protect`", pattern) for pattern in playbook.protect)
    match playbook.map.over if playbook.map is not None else None:
        case GlobItems(patterns=patterns):
            yield from (("`over`", pattern) for pattern in patterns)
        case FileItems(path=path):
            yield "`file`", path
        case ListedItems(values=values):
            yield from (("`items`", one) for one in values)
    for step in facts.outline.steps:
        if isinstance(step.action, CallAction):
            yield "`playbook`", step.action.playbook
        for output in step.outputs:
            if output.kind != "regex":
                yield f"`{output.kind}`", output.pattern
    for settings in (playbook.settings, playbook.defaults, *(step.settings for step in facts.outline.steps)):
        for name, text in (
            ("`model`", settings.model),
            ("`agent`", settings.agent),
            ("`shell_program`", settings.shell_program),
        ):
            if text is not None:
                yield name, text
        yield from (("`allowed_tools`", tool) for tool in settings.allowed_tools or ())
