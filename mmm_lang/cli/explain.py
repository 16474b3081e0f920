"""``mmm explain RULE``: the page of one rule; ``mmm explain --all DIR``: all pages as files."""

from __future__ import annotations

import argparse
import os

from mmm_lang.analysis.registry import all_rules
from mmm_lang.cli.failure import UsageFailure
from mmm_lang.cli.terminal import write_message, write_output
from mmm_lang.diagnostics.display import visible
from mmm_lang.diagnostics.similar import nearest


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``mmm explain``."""
    parser.add_argument(
        "rule", metavar="RULE", nargs="?", help="a name such as `undefined-step`; `mmm rules` lists them"
    )
    parser.add_argument(
        "--all", metavar="DIR", dest="folder", help="write the pages of all rules, and an index, into DIR"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the page, or write all, and return 0. Raises `UsageFailure` where not exactly one of the two is asked
    for, there is no such rule, or a page cannot be written."""
    if (arguments.rule is None) == (arguments.folder is None):
        raise UsageFailure(
            "`mmm explain` wants the name of a rule, or `--all DIR`; `mmm rules` lists the rules"
        )
    if arguments.folder is not None:
        return _write_all(arguments.folder)
    pages = {rule.name: rule for rule in all_rules()}
    rule = pages.get(arguments.rule)
    if rule is None:
        guess = nearest(arguments.rule, pages)
        advice = f"write `{guess}`" if guess else "`mmm rules` lists all there are"
        raise UsageFailure(f"there is no rule `{visible(arguments.rule)}`; {advice}")
    asked = "" if rule.preset == "default" else f", with `--{rule.preset}`"
    write_output(f"{rule.name} ({rule.severity}{asked})\n\n{rule.page.strip()}\n")
    return 0


def _write_all(folder: str) -> int:
    from mmm_lang.analysis.rule_pages import rule_pages

    pages = rule_pages(all_rules())
    path = folder
    try:
        os.makedirs(folder, exist_ok=True)
        for name, page in pages.items():
            path = os.path.join(folder, name)
            with open(path, "w", encoding="utf-8", newline="\n") as file:
                file.write(page)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise UsageFailure(
            f"`{visible(path)}` cannot be written ({reason.lower()}); name another folder"
        ) from None
    write_message(f"{len(pages)} pages written to {visible(folder)}")
    return 0
