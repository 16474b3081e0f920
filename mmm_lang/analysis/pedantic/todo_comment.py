"""A comment says that something is left to do.

## What it does
Notes comments of the playbook with `TODO`, `FIXME` or `XXX`. Comments inside scripts are the scripts' own.

## Why
What is left to do should be done before others rely on the playbook, or be written down where it is not forgotten.

## Example
```yaml
# TODO: run the tests too
- claude: "/mmm-code-review"
```

## Use instead
```yaml
- claude: "/mmm-code-review"
- shell: "make test"
```

## Fix
None.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.source import Span

SEVERITY: Severity = "note"


def check(facts: Facts) -> Iterator[Diagnostic]:
    text = facts.source.text
    if re.search(r"#.*\b(?:TODO|FIXME|XXX)\b", text) is None:
        return
    from mmm_lang.syntax.yaml_comments import comments_of
    from mmm_lang.syntax.yaml_tree import read_tree

    for comment in comments_of(read_tree(facts.source)):
        found = re.compile(r"\b(?:TODO|FIXME|XXX)\b").search(text, comment.span.start, comment.span.end)
        if found is not None:
            yield Diagnostic(
                rule="todo-comment",
                severity=SEVERITY,
                message=f"a `{found[0]}` is left",
                source=facts.source,
                primary=Label(Span(*found.span())),
                help=("do it, or note it where it is not forgotten",),
            )
