"""A secret is written into the playbook.

## What it does
Warns about text that has the shape of a well-known key or token (of AWS, GitHub, GitLab, Slack, Stripe, Google,
Anthropic, OpenAI, npm, PyPI, Hugging Face; a JSON web token, a private key), and about a variable in `env:` whose name
says that it is a secret and whose value is written out. The secret itself is not printed.

## Why
A playbook is committed. Whoever can read the repository, now or later, has the secret.

## Example
```yaml
- shell: "./deploy.sh"
  env: {DEPLOY_TOKEN: "7f3a9c51e2d84b60"}
```

## Use instead
```yaml
- shell: "./deploy.sh"
  env: {DEPLOY_TOKEN: "${DEPLOY_TOKEN}"}
```

## Fix
None: take the secret out, and withdraw it where it was given out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.taint import is_secret_name
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.source import Source, Span
from mmm_lang.syntax.nodes import EnvEntry

SEVERITY: Severity = "warning"
TAGS = ("security",)

_KEY = r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"
_BEGINNINGS = re.compile(
    r"AKIA|ASIA|gh[pousr]_|github_pat_|glpat-|xox|k_live_|AIza|sk-|npm_|pypi-|hf_|eyJ|-----B"
)
"""A quick look: the shapes are read only where a text has a beginning of one."""


def check(facts: Facts) -> Iterator[Diagnostic]:
    found = [*_of_known_shape(facts.source.text)]
    entries = [*facts.playbook.env, *(one for step in facts.outline.steps for one in step.env)]
    for entry in entries:
        span = entry.value.span
        is_said = any(one.start < span.end and span.start < one.end for one, _ in found)
        if not is_said and _is_written_out(entry):
            found.append((span, f"the value of `{entry.name.value}`"))
    if not found:
        return
    masked = _masked(facts.source, [span for span, _ in found])
    for span, title in found:
        yield Diagnostic(
            rule="hardcoded-secret",
            severity=SEVERITY,
            message="a secret is written into the playbook",
            source=masked,
            primary=Label(span, title),
            help=(
                "read it from the environment: `${NAME}` in `env:`; and withdraw this one, it may have been seen",
            ),
        )


def _of_known_shape(text: str) -> Iterator[tuple[Span, str]]:
    """Every token in a text, comments too, and what it is."""
    if re.search(_BEGINNINGS, text) is None:
        return
    from mmm_lang.token_shapes import MADE_UP, SHAPES

    titles = [shape.title for shape in SHAPES]
    groups = [f"(?:{'|'.join(map(re.escape, shape.begins))})(?:{shape.rest})" for shape in SHAPES]
    groups[titles.index("a private key")] = _KEY  # whatever follows: a playbook has no place for one
    alternatives = "|".join(f"({group})" for group in groups)
    for match in re.finditer(rf"(?<![A-Za-z0-9])(?:{alternatives})(?![A-Za-z0-9])", text):
        if match[0].startswith("-----") or re.search(MADE_UP, match[0]) is None:
            yield Span(*match.span()), titles[(match.lastindex or 1) - 1]


def _is_written_out(entry: EnvEntry) -> bool:
    """Whether a variable for a secret has a value that looks like one: long, with letters and digits."""
    from mmm_lang.token_shapes import MADE_UP

    raw = entry.value.raw
    return (
        not entry.value.holes
        and is_secret_name(entry.name.value)
        and len(raw) >= 12
        and re.fullmatch(r"[A-Za-z0-9+/=_.~-]+", raw) is not None
        and any(one.isdigit() for one in raw)
        and any(one.isalpha() for one in raw)
        and re.search(MADE_UP, raw) is None
    )


def _masked(source: Source, spans: list[Span]) -> Source:
    """The source with stars in place of the secrets, so that no format prints them; every place is the same."""
    text = source.text
    for span in spans:
        stars = re.sub(r"[^\r\n]", "*", text[span.start : span.end])
        text = text[: span.start] + stars + text[span.end :]
    return Source(source.path, text, source.bom)
