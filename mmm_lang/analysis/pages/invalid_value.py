"""A value of the right type is not a legal one.

## What it does
Reports numbers out of range, durations that cannot be read, words that are not among the choices, text in the
quotes of a word processor, and the like.

## Why
The step would fail, or do something else, after others have been paid for.

## Example
```yaml
- shell: "cargo test"
  timeout: 5 minutes
```

## Use instead
```yaml
- shell: "cargo test"
  timeout: 5m
```

## Fix
A duration such as `5 minutes` as it is written here, and straight quotes: safe. A similar choice: unsafe, for it
is a guess.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "error"
