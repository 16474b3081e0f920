"""A secret is written into the playbook.

## What it does
Warns about text that has the shape of a well-known key or token (of AWS, GitHub, GitLab, Slack, Stripe, Google,
Anthropic, npm, PyPI, Hugging Face; a private key), and about a variable in `env:` whose name says that it is a secret
and whose value is written out. The secret itself is not printed.

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

_SHAPES = {
    "an access key of AWS": r"(?:AKIA|ASIA)[0-9A-Z]{16}",
    "a token of GitHub": r"gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{50,}",
    "a token of GitLab": r"glpat-[A-Za-z0-9_-]{20,}",
    "a token of Slack": r"xox[abeprs]-[A-Za-z0-9-]{20,}",
    "a key of Stripe": r"[rs]k_live_[A-Za-z0-9]{20,}",
    "a key of Google": r"AIza[A-Za-z0-9_-]{35}",
    "a key of Anthropic": r"sk-ant-[A-Za-z0-9_-]{24,}",
    "a key of OpenAI": r"sk-(?:proj-[A-Za-z0-9_-]{40,}|[A-Za-z0-9]{48})",
    "a token of npm": r"npm_[A-Za-z0-9]{36}",
    "a token of PyPI": r"pypi-AgEI[A-Za-z0-9_-]{50,}",
    "a token of Hugging Face": r"hf_[A-Za-z0-9]{34}",
    "a private key": r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----",
}
_BEGINNINGS = re.compile(
    r"AKIA|ASIA|gh[pousr]_|github_pat_|glpat-|xox|k_live_|AIza|sk-|npm_|pypi-|hf_|-----B"
)
_MADE_UP = r"(?i)example|dummy|changeme|placeholder|your|test|fake|(.)\1{7}"


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
    titles = tuple(_SHAPES)
    groups = "|".join(f"({shape})" for shape in _SHAPES.values())
    for match in re.finditer(rf"(?<![A-Za-z0-9])(?:{groups})(?![A-Za-z0-9])", text):
        if match[0].startswith("-----") or re.search(_MADE_UP, match[0]) is None:
            yield Span(*match.span()), titles[(match.lastindex or 1) - 1]


def _is_written_out(entry: EnvEntry) -> bool:
    """Whether a variable for a secret has a value that looks like one: long, with letters and digits."""
    raw = entry.value.raw
    return (
        not entry.value.holes
        and is_secret_name(entry.name.value)
        and len(raw) >= 12
        and re.fullmatch(r"[A-Za-z0-9+/=_.~-]+", raw) is not None
        and any(one.isdigit() for one in raw)
        and any(one.isalpha() for one in raw)
        and re.search(_MADE_UP, raw) is None
    )


def _masked(source: Source, spans: list[Span]) -> Source:
    """The source with stars in place of the secrets, so that no format prints them; every place is the same."""
    text = source.text
    for span in spans:
        stars = re.sub(r"[^\r\n]", "*", text[span.start : span.end])
        text = text[: span.start] + stars + text[span.end :]
    return Source(source.path, text, source.bom)
