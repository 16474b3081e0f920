"""A value stands in a here-document whose delimiter is quoted.

## What it does
Reports a reference inside `<<'EOF'` (or `<<"EOF"`, `<<\\EOF`).

## Why
A value reaches a script in an environment variable, and a shell replaces nothing in such a here-document:
the program would read the reference as it is written.

## Example
```yaml
- claude: "/mmm-code-review"
  id: review
- shell: |
    cat > review.txt <<'EOF'
    ${review.output}
    EOF
```

## Use instead
```yaml
- claude: "/mmm-code-review"
  id: review
- shell: |
    cat > review.txt <<EOF
    ${review.output}
    EOF
```

## Fix
Safe, where nothing else in the here-document would mean something without the quotes: they are left out. Where there is
a `$`, a backtick or a backslash of the shell's own, the way is yours to choose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.shell_problems import advice
from mmm_lang.analysis.sites import Site
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity

SEVERITY: Severity = "error"

_DELIMITER = re.compile(r"<<-?[ \t]*(?P<quoted>'(?P<a>\w+)'|\"(?P<b>\w+)\"|\\(?P<c>\w+))")


def check(facts: Facts) -> Iterator[Diagnostic]:
    for site, found in facts.misplaced():
        if found.problem == "quoted-heredoc":
            yield Diagnostic(
                rule="quoted-heredoc",
                severity=SEVERITY,
                message=f"`{site.hole.written}` stands in a here-document whose delimiter is quoted",
                source=facts.source,
                primary=Label(site.hole.span, "the shell replaces nothing here"),
                help=(advice("quoted-heredoc"),),
                fix=_without_quotes(facts, site),
            )


def _without_quotes(facts: Facts, site: Site) -> Fix | None:
    """Leave the quotes of the delimiter out, where only references stand in the text that a shell would replace."""
    if site.template is None:
        return None
    raw, hole = site.template.raw, site.hole
    for found in reversed([*_DELIMITER.finditer(raw, 0, hole.start)]):
        word = found["a"] or found["b"] or found["c"]
        body = raw.find("\n", found.end())
        end = re.compile(rf"^\t*{word}$", re.MULTILINE).search(raw, hole.end)
        if body < 0 or end is None or re.compile(rf"^\t*{word}$", re.MULTILINE).search(raw, body, hole.start):
            continue
        text, at = "", body
        for other in site.template.holes:
            if other in facts.places and body <= other.start < end.start():
                text, at = text + raw[at : other.start], other.end
        if re.search(r"[$`\\]", text + raw[at : end.start()]):
            return None
        place = site.template.span_of(*found.span("quoted"))
        return Fix("leave the quotes of the delimiter out", "safe", (Edit(place, word),))
    return None
