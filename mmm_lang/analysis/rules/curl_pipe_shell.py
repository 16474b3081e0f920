"""A script from the network is run unseen.

## What it does
Warns about `curl … | sh` and its like: `wget -O- … | bash`, `sh -c "$(curl …)"`, `bash <(curl …)`, `eval "$(curl …)"`.

## Why
Whoever owns the server, or the line to it, decides what runs here, and may decide otherwise at every run. A download that
breaks off is run up to where it broke.

## Example
```yaml
- shell: "curl -fsSL https://example.com/install.sh | sh"
```

## Use instead
```yaml
- shell: |
    curl -fsSLo install.sh https://example.com/install.sh &&
    echo "6f1ed002ab5595859014ebf0951522d9f1b0f1f1cbc50db3c5f0d2b5a6a1b1b2  install.sh" | sha256sum -c - &&
    sh install.sh
```

## Fix
None.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.script_texts import scripts_of
from mmm_lang.analysis.scripts import Command, read_script
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity

SEVERITY: Severity = "warning"
TAGS = ("security",)

_FETCHERS = frozenset({"curl", "wget"})
_HANDS_ON = ("|", "$(", "<(", "`")
_READERS = r"(?:.*/)?(?:sh|bash|dash|zsh|ksh|python[0-9.]*|node|perl|ruby)"
_BEFORE = frozenset({"sudo", "env", "exec", "command", "nohup", "time"})
_SUBSTITUTED = (
    r"(?:\b(?:eval|source)\s+|(?<![\w./-])(?:ba|da|z|k)?sh\s+(?:-[a-z]*c\s+)?)[\"']?"
    r"(?:\$\(|<\(|`)\s*(?:curl|wget)\b[^)`]*[)`][\"']?"
)


def check(facts: Facts) -> Iterator[Diagnostic]:
    for script in scripts_of(facts):
        raw = script.template.raw
        if not any(name in raw for name in _FETCHERS) or not any(sign in raw for sign in _HANDS_ON):
            continue
        places = [found.span() for found in re.finditer(_SUBSTITUTED, raw)]
        places += _piped(read_script(raw).commands)
        for start, end in places:
            yield Diagnostic(
                rule="curl-pipe-shell",
                severity=SEVERITY,
                message="what comes from the network is run unseen",
                source=facts.source,
                primary=Label(script.span_of(start, end), "downloads a program and runs it"),
                help=(
                    "download it into a file, compare its checksum, and run it then; or install a pinned package",
                ),
            )


def _piped(commands: tuple[Command, ...]) -> Iterator[tuple[int, int]]:
    """The pipelines that begin with a download and hand it to a program that runs it."""
    start: int | None = None
    for command in commands:
        if start is not None and _runs_input(command):
            yield start, command.end
            start = None
        if command.name in _FETCHERS:
            start = command.start
        if command.operator not in ("|", "|&"):
            start = None


def _runs_input(command: Command) -> bool:
    """Whether a program reads its script from its input: no operand, but ``-`` and what follows ``-s``."""
    words = [word.text for word in command.words]
    while words and (words[0] in _BEFORE or (words[0].startswith("-") and len(words) > 1)):
        words.pop(0)
    if not words or re.fullmatch(_READERS, words[0]) is None:
        return False
    operands = [one for one in words[1:] if not one.startswith("-")]
    return not operands or "-s" in words or words[1:2] == ["-"]
