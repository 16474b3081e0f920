"""Shellcheck has something to say about a script.

## What it does
Shows what shellcheck says about the scripts of a playbook: its errors and warnings, and its hints with `--pedantic`. The
code at the end of the message, such as SC2164, is explained in shellcheck's wiki.

It is asked where it is found on the `PATH`, or installed with `pip install 'mmm-lang[shellcheck]'`; `--no-shellcheck`
leaves it out. A comment `# shellcheck disable=SC2164` in the script has its usual meaning. References of mmm are put
into scripts as data, so what shellcheck would say about their quotes is left out.

## Why
A script runs unseen, and shells forgive much: a wrong `cd` runs the rest in another folder.

## Example
```yaml
- shell: |
    cd build
    rm -rf *.o
```

## Use instead
```yaml
- shell: |
    cd build || exit
    rm -rf ./*.o
```

## Fix
What shellcheck proposes, where it is text of the playbook. Unsafe: it may change what the script does.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "warning"
SUBJECT = "script"
