"""A reference cannot be read.

## What it does
Reports `${` that is not closed, references with signs that they cannot hold, and the `${{ … }}` of other
tools.

## Why
It would reach the agent or the shell as it is written.

## Example
```yaml
- shell: "cargo test"
  id: tests
- claude: "/mmm-fix-test ${tests.output"
```

## Use instead
```yaml
- shell: "cargo test"
  id: tests
- claude: "/mmm-fix-test ${tests.output}"
```

## Fix
None.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "error"
