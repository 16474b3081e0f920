"""A secret is put into a prompt.

## What it does
Warns about a reference in a prompt, in a question or in a commit message that stands for a secret: an input whose name
says so (`API_KEY`, `deploy_token`), or the output of a command that prints one (`gh auth token`, `cat .env`).

## Why
A prompt goes to the agent's maker, into its transcript and into mmm's journal, and the agent may repeat it in a file
or a commit. A question is shown, and journalled.

## Example
```yaml
inputs:
  deploy_token: {}
steps:
  - claude: "Deploy with the token ${deploy_token}"
```

## Use instead
```yaml
inputs:
  deploy_token: {}
steps:
  - claude: "Write deploy.sh, which reads the token from DEPLOY_TOKEN"
  - shell: "./deploy.sh"
    env: {DEPLOY_TOKEN: "${deploy_token}"}
```

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.scopes import StepTarget
from mmm_lang.analysis.taint import action_span, secret_of
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity

SEVERITY: Severity = "warning"
TAGS = ("security",)

_KEYS = {
    "claude": "a prompt",
    "args": "a prompt",
    "approve": "a question",
    "commit_message": "a commit message",
}


def check(facts: Facts) -> Iterator[Diagnostic]:
    for resolution in facts.resolutions.values():
        site = resolution.site
        where = _KEYS.get(site.key)
        secret = secret_of(resolution) if where is not None else None
        if where is None or secret is None:
            continue
        target = resolution.target
        made = action_span(target.step) if isinstance(target, StepTarget) else None
        origin = (Label(made, "it is printed here"),) if made is not None else ()
        here = Label(site.hole.span, f"it is {secret}")
        yield Diagnostic(
            rule="secret-in-prompt",
            severity=SEVERITY,
            message=f"`{site.hole.written}` is a secret and is put into {where}",
            source=facts.source,
            primary=here,
            secondary=origin,
            help=("give it in `env:` to the one script that needs it",),
            flow=(*origin, here),
        )
