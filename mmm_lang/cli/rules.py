"""``mmm rules``: what ``mmm check`` looks for."""

from __future__ import annotations

import argparse
import json

from mmm_lang.analysis.registry import RulePage, all_rules
from mmm_lang.cli.terminal import write_output


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``mmm rules``."""
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="text (the default) or json"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print one line a rule, by name: severity, preset and the first line of its page; always 0."""
    rules = sorted(all_rules(), key=lambda rule: rule.name)
    if arguments.format == "json":
        write_output(json.dumps([_as_json(rule) for rule in rules], indent=2) + "\n")
        return 0
    width = max((len(rule.name) for rule in rules), default=0)
    lines = [
        f"{rule.name:<{width}}  {rule.severity:<7}  {rule.preset:<8}  {headline(rule.page)}" for rule in rules
    ]
    write_output("".join(f"{line.rstrip()}\n" for line in lines))
    return 0


def _as_json(rule: RulePage) -> dict[str, str | list[str]]:
    return {
        "name": rule.name,
        "severity": rule.severity,
        "preset": rule.preset,
        "headline": headline(rule.page),
        "tags": [*rule.tags],
    }


def headline(page: str) -> str:
    """The first line of a page that says something."""
    return next((line.strip() for line in page.splitlines() if line.strip()), "")
