"""The rules as a folder of Markdown: a page for each, and an index by preset and severity.

``docs/rules`` is made of this (`make docs`), so that the pages on the web and those of `mmm explain` are one text.
"""

from __future__ import annotations

from collections.abc import Sequence

from mmm_lang.analysis.registry import COMMENT_RULES, YAML_RULES, Preset, RulePage
from mmm_lang.diagnostics.model import Severity

INDEX = "README.md"
"""The name of the page that lists the others."""

_PRESETS: dict[Preset, str] = {
    "default": "What every check looks for: mistakes, with hardly a false alarm.",
    "pedantic": "Matters of taste and care, asked for with `mmm check --pedantic`.",
    "audit": "All that deserves a look before a playbook of others is run, asked for with `mmm check --audit`.",
}
_SEVERITIES: dict[Severity, str] = {
    "error": "Errors: the playbook cannot be run",
    "warning": "Warnings: it can be run, and will hardly do what is meant",
    "note": "Notes: worth knowing",
}


def rule_pages(rules: Sequence[RulePage]) -> dict[str, str]:
    """The content of every file, by its name: ``NAME.md`` for each rule, and the index."""
    pages = {f"{rule.name}.md": _page(rule) for rule in rules}
    return {**pages, INDEX: _index(rules)}


def _page(rule: RulePage) -> str:
    title, _, rest = rule.page.strip().partition("\n")
    lines = [f"# {rule.name}", "", title, "", f"*{_standing(rule)}*", "", rest.strip(), ""]
    if rule.name not in YAML_RULES | COMMENT_RULES and rule.subject in ("playbook", "script"):
        lines += [
            "## Exceptions",
            f"`# mmm: ignore[{rule.name}] reason`; see [checking](../checking.md).",
            "",
        ]
    lines += [f"`mmm explain {rule.name}` prints this page; [all rules]({INDEX})."]
    return "\n".join(lines) + "\n"


def _standing(rule: RulePage) -> str:
    """Severity, preset and tags in a few words."""
    asked = "on by default" if rule.preset == "default" else f"with `--{rule.preset}`"
    return ", ".join([rule.severity, asked, *rule.tags])


def _index(rules: Sequence[RulePage]) -> str:
    lines = [
        "# Rules",
        "",
        f"The {len(rules)} rules of `mmm check`. `mmm explain RULE` prints a page, `mmm rules` this list, and",
        "[checking](../checking.md) says how to silence one or change its severity.",
        "",
    ]
    for preset, about in _PRESETS.items():
        lines += [f"## {preset.capitalize()}", "", about, ""]
        for severity, heading in _SEVERITIES.items():
            chosen = [rule for rule in rules if (rule.preset, rule.severity) == (preset, severity)]
            if chosen:
                lines += [f"### {heading}", "", "| rule | about |", "|---|---|", *map(_row, chosen), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _row(rule: RulePage) -> str:
    title = rule.page.strip().partition("\n")[0].replace("|", "\\|")
    return f"| [{rule.name}]({rule.name}.md) | {title} |"
