"""``mmm explain RULE``: the page of one rule."""

from __future__ import annotations

import argparse

from mmm_lang.analysis.registry import all_rules
from mmm_lang.cli.failure import UsageFailure
from mmm_lang.cli.terminal import write_output
from mmm_lang.diagnostics.display import visible
from mmm_lang.diagnostics.similar import nearest


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``mmm explain``."""
    parser.add_argument(
        "rule", metavar="RULE", help="a name such as `undefined-step`; `mmm rules` lists them"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the page and return 0; a rule that does not exist is a `UsageFailure`."""
    pages = {rule.name: rule for rule in all_rules()}
    rule = pages.get(arguments.rule)
    if rule is None:
        guess = nearest(arguments.rule, pages)
        advice = f"did you mean `{guess}`?" if guess else "`mmm rules` lists all there are"
        raise UsageFailure(f"there is no rule `{visible(arguments.rule)}`; {advice}")
    asked = "" if rule.preset == "default" else f", with `--{rule.preset}`"
    write_output(f"{rule.name} ({rule.severity}{asked})\n\n{rule.page.strip()}\n")
    return 0
