"""A value is put into a script as code.

## What it does
Warns about `| raw` in `shell:` text.

## Why
Everywhere else a value stays data, whatever it holds. With `raw` an agent's answer such as `; rm -rf .` is
run.

## Example
```yaml
- claude: "/mmm-suggest-command"
  id: advice
- shell: "${advice.output | raw}"
```

## Use instead
```yaml
- claude: "/mmm-suggest-command"
  id: advice
- shell: "./run-if-known ${advice.output}"
```

## Fix
None: without `raw` the script means something else.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.taint import View, path_to
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity

SEVERITY: Severity = "warning"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for resolution in facts.resolutions.values():
        site = resolution.site
        for one in site.hole.filters:
            if one.name == "raw" and site.program is not None:
                yield Diagnostic(
                    rule="raw-filter",
                    severity=SEVERITY,
                    message=f"`{site.hole.written}` is run as code of the script",
                    source=facts.source,
                    primary=Label(one.span, "a value becomes code here"),
                    help=("leave `raw` out and let a script decide by name what to run",),
                    flow=path_to(View(facts), resolution, "it becomes code here"),
                )
