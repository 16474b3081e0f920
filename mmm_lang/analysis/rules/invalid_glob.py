"""A file pattern that no file can match.

## What it does
Reports patterns in `protect`, `file_pattern` and `map: {over: …}` that begin with `./`, `!` or a blank, leave the
repository by `..`, or hold braces, a bracket that is not closed, or a backslash.

## Why
Patterns are relative to the root of the repository, and know `*`, `?`, `[…]` and `**`. One that matches nothing protects
nothing, and nobody notices.

## Example
```yaml
protect: ["src/**/*_test.{js,ts}"]
steps:
  - claude: "/mmm-code-review"
```

## Use instead
```yaml
protect: ["src/**/*_test.js", "src/**/*_test.ts"]
steps:
  - claude: "/mmm-code-review"
```

## Fix
Where the pattern begins with `./`, that is removed. Braces are written as several patterns in a list. Unsafe: from then
on the pattern matches something.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity
from mmm_lang.source import Source
from mmm_lang.syntax.nodes import GlobItems, Located

SEVERITY: Severity = "error"


def check(facts: Facts) -> Iterator[Diagnostic]:
    patterns = [(pattern, True) for pattern in facts.playbook.protect]
    patterns += [
        (output.pattern, False)
        for step in facts.outline.steps
        for output in step.outputs
        if output.kind == "file_pattern"
    ]
    if facts.playbook.map is not None and isinstance(facts.playbook.map.over, GlobItems):
        over = facts.playbook.map.over
        patterns += [(pattern, over.span != pattern.span) for pattern in over.patterns]
    for pattern, in_list in patterns:
        flaw = _flaw(pattern.value)
        if flaw is not None:
            yield Diagnostic(
                rule="invalid-glob",
                severity=SEVERITY,
                message=f"no file matches `{pattern.value}`: {flaw[0]}",
                source=facts.source,
                primary=Label(pattern.span, "matches nothing"),
                help=(flaw[1],),
                fix=_fix(facts.source, pattern, in_list),
            )


def _flaw(pattern: str) -> tuple[str, str] | None:
    """Why a pattern matches nothing, and what to write."""
    parts = pattern.split("/")
    if not pattern.strip("/"):
        return "it names nothing", "write `**` for every file"
    if ".." in parts:
        return "`..` leaves the repository", "write the path from the root of the repository"
    if "." in parts:
        return "paths have no `./`", f"write `{'/'.join(part for part in parts if part != '.')}`"
    if pattern.startswith("!"):
        return "a pattern cannot be taken back with `!`", "name the files that are meant"
    if pattern != pattern.strip():
        return "a blank belongs to it", f"write `{pattern.strip()}`"
    if "\\" in pattern:
        return "folders are separated by `/`", "write `/` for `\\`"
    if "{" in pattern and "}" in pattern and "${" not in pattern:  # of references another rule speaks
        return "braces have no meaning in patterns", "write a pattern for each"
    if "//" in pattern:
        return "`//` names a folder without a name", "write one `/`"
    if pattern.count("[") > pattern.count("]"):
        return "`[` is not closed", "write `]` behind the characters that are meant"
    return None


def _fix(source: Source, pattern: Located[str], in_list: bool) -> Fix | None:
    written = source.slice(pattern.span)
    quote = written[:1] if written[:1] in ("'", '"') else ""
    if written != f"{quote}{pattern.value}{quote}":
        return None
    if pattern.value.startswith("./") and ".." not in pattern.value:
        plain = pattern.value.removeprefix("./")
        return Fix(f"write `{plain}`", "unsafe", (Edit(pattern.span, f"{quote}{plain}{quote}"),))
    several = _braces_expanded(pattern.value)
    line = source.line_span(source.position(pattern.span.start).line)
    if not in_list or len(several) < 2 or "[" not in source.text[line.start : pattern.span.start]:
        return None
    text = ", ".join(f"{quote}{one}{quote}" for one in several)
    return Fix("write a pattern for each", "unsafe", (Edit(pattern.span, text),))


def _braces_expanded(pattern: str) -> tuple[str, ...]:
    """The patterns that one pair of braces stands for; the pattern alone where there are more."""
    before, _, rest = pattern.partition("{")
    inside, closed, after = rest.partition("}")
    if not closed or "{" in inside + after or "}" in after:
        return (pattern,)
    return tuple(f"{before}{one.strip()}{after}" for one in inside.split(","))
