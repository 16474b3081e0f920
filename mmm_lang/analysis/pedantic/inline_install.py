"""A script installs a program at every run.

## What it does
Notes `pip install NAME`, `npm install -g NAME`, `cargo install NAME`, `apt-get install NAME`, `brew install NAME` and the
like in a script. What a project declares (`pip install -r requirements.txt`, `pip install -e .`, `npm ci`) is left out.

## Why
The step depends on the network and on what is the newest version today, in each iteration and for each item again; and
what it installs outlives the session.

## Example
```yaml
- shell: |
    pip install ruff &&
    ruff check .
```

## Use instead
```yaml
- shell: "ruff check ."
```

## Fix
None: install it once, beside the project, and name it in its documentation.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.installing import installations
from mmm_lang.analysis.script_texts import scripts_of
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity

SEVERITY: Severity = "note"
TAGS = ("security",)


def check(facts: Facts) -> Iterator[Diagnostic]:
    for script in scripts_of(facts):
        for found in installations(script.template.raw):
            if found.is_kept:
                yield Diagnostic(
                    rule="inline-install",
                    severity=SEVERITY,
                    message=f"`{found.manager}` installs `{found.package}` at every run",
                    source=facts.source,
                    primary=Label(script.span_of(found.start, found.end), "changes this machine"),
                    help=("declare it as a dependency of the project, and install that before the session",),
                )
