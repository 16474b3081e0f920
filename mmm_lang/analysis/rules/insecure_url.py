"""A download is not protected on its way.

## What it does
Warns about `http://` and `ftp://` addresses that a script gives to `curl`, `wget`, `git`, `pip`, `npm` and the like.
Addresses of this machine (`localhost`, `127.0.0.1`), names without a dot and addresses that a variable makes are left
out.

## Why
Anybody between here and the server can change what is downloaded, and it is run or committed afterwards.

## Example
```yaml
- shell: "curl -fsSLo data.json http://data.example.com/latest.json"
```

## Use instead
```yaml
- shell: "curl -fsSLo data.json https://data.example.com/latest.json"
```

## Fix
`https://` is written. Unsafe: the server may not offer it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.script_texts import ScriptText, scripts_of
from mmm_lang.analysis.scripts import Command, read_script
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity

SEVERITY: Severity = "warning"
TAGS = ("security",)

_FETCHERS = frozenset(
    {
        "curl",
        "wget",
        "git",
        "pip",
        "pip3",
        "uv",
        "pipx",
        "npm",
        "npx",
        "yarn",
        "pnpm",
        "gem",
        "go",
        "svn",
        "apt-key",
    }
)
_ADDRESS = r"\b(http|ftp)://([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])"
_LOCAL = (
    r"localhost|.*\.(?:localhost|local|test|internal|invalid)|127\.[0-9.]+|0\.0\.0\.0|10\.[0-9.]+|192\.168\.[0-9.]+"
    r"|172\.(?:1[6-9]|2\d|3[01])\.[0-9.]+|\[::1\]|[^.]+"
)


def check(facts: Facts) -> Iterator[Diagnostic]:
    for script in scripts_of(facts):
        raw = script.template.raw
        if "http://" in raw or "ftp://" in raw:
            for command in read_script(raw).commands:
                if command.name in _FETCHERS:
                    yield from _addresses(facts, script, command)


def _addresses(facts: Facts, script: ScriptText, command: Command) -> Iterator[Diagnostic]:
    for found in re.compile(_ADDRESS).finditer(script.template.raw, command.start, command.end):
        if re.fullmatch(_LOCAL, found[2].rstrip(".")) is not None:
            continue
        scheme = script.span_of(*found.span(1))
        secure = f"{found[1]}s"
        is_plain = facts.source.slice(scheme) == found[1]
        yield Diagnostic(
            rule="insecure-url",
            severity=SEVERITY,
            message=f"`{command.name}` fetches from `{found[0]}`, where anybody on the way can change it",
            source=facts.source,
            primary=Label(script.span_of(*found.span()), "not protected"),
            help=(f"write `{secure}://`",),
            fix=Fix(f"write `{secure}://`", "unsafe", (Edit(scheme, secure),)) if is_plain else None,
        )
