"""A name cannot be used in references.

## What it does
Reports ids of steps and names of inputs and outputs that are not letters, digits, `_` and `-`, or begin
with a digit.

## Why
`${id.field}` could not name it.

## Example
```yaml
- shell: "cargo test"
  id: unit tests
```

## Use instead
```yaml
- shell: "cargo test"
  id: unit-tests
```

## Fix
The name in legal letters, in the references that repeat it too. Unsafe: others have to change with it.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "error"
