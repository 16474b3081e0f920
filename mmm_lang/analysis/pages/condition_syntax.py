"""A condition cannot be read.

## What it does
Reports the place where the text of `when:` is no condition: comparisons of references, numbers and texts in
quotes, joined by `&&`, `||`, `!` and parentheses, with `in [a, b]` and `matches /re/`.

## Why
A condition that is guessed at skips a step, or does not.

## Example
```yaml
- shell: "cargo test"
  id: tests
  ok_exit_codes: [0, 1]
- claude: "/mmm-fix-test"
  when: ${tests.exit_code} = 1
```

## Use instead
```yaml
- shell: "cargo test"
  id: tests
  ok_exit_codes: [0, 1]
- claude: "/mmm-fix-test"
  when: ${tests.exit_code} == 1
```

## Fix
The operator or reference that was meant, where it is known. Unsafe, for it is a guess.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "error"
