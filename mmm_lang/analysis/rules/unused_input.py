"""An input is declared and never used.

## What it does
Warns about an entry of `inputs:` that no reference names and no script mentions.

## Why
Whoever runs the playbook is asked for a value that changes nothing. Often a reference is missing, or misspelt as a
variable of the shell's.

## Example
```yaml
inputs:
  target: {default: src}
steps:
  - claude: "/mmm-code-review src"
```

## Use instead
```yaml
inputs:
  target: {default: src}
steps:
  - claude: "/mmm-code-review ${inputs.target}"
```

## Fix
None: whoever sets it with `--set` would get an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.scopes import InputTarget, UndefinedInput, UndefinedVariable
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.diagnostics.similar import Guesses
from mmm_lang.record import frozen
from mmm_lang.syntax.nodes import ShellAction

SEVERITY: Severity = "warning"


def check(facts: Facts) -> Iterator[Diagnostic]:
    if not facts.playbook.inputs:
        return
    used = {
        resolution.target.name
        for part in (facts, *facts.parts)
        for resolution in part.resolutions.values()
        if isinstance(resolution.target, InputTarget)
    }
    misspelt = _undefined_names(facts)
    scripts = _Scripts.of(facts)
    guesses = Guesses()
    for one in facts.playbook.inputs:
        name = one.name.value
        if name not in used and not scripts.mention(name) and not guesses.nearest_all(name, lambda: misspelt):
            yield Diagnostic(
                rule="unused-input",
                severity=SEVERITY,
                message=f"nothing uses the input `{name}`",
                source=facts.source,
                primary=Label(one.name.span, "never read"),
                help=(f"write `${{inputs.{name}}}` where it is meant, or remove it",),
            )


def _undefined_names(facts: Facts) -> set[str]:
    """Names that stand for nothing and may be meant for an input; they have a diagnostic of their own."""
    found = {problem.name for _, problem in facts.problems(UndefinedInput)}
    return found | {problem.name for _, problem in facts.problems(UndefinedVariable)}


@frozen
class _Scripts:
    """All scripts of a playbook in one text, and the words in it."""

    text: str
    words: frozenset[str]

    @staticmethod
    def of(facts: Facts) -> _Scripts:
        actions = (step.action for part in (facts, *facts.parts) for step in part.outline.steps)
        scripts = [action.script.raw for action in actions if isinstance(action, ShellAction)]
        if facts.playbook.until is not None:
            scripts.append(facts.playbook.until.script.raw)
        text = "\n".join(scripts)
        return _Scripts(text, frozenset(re.findall(r"\w+", text)))

    def mention(self, name: str) -> bool:
        """Whether a script may read the input from its environment."""
        if not self.words.issuperset(re.findall(r"\w+", name)):
            return False
        return (
            re.fullmatch(r"\w+", name) is not None
            or re.search(rf"\b{re.escape(name)}\b", self.text) is not None
        )
