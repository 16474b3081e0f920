"""``mmm compile``: print the graph that would run, as networkx node-link JSON (spec/ir.schema.json)."""

from __future__ import annotations

import argparse
import json


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``mmm compile``."""
    parser.add_argument(
        "playbook", metavar="PLAYBOOK", help="a path, or the name of a playbook that ships with mmm"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the plan; 1 where the playbook has errors."""
    from mmm_lang.cli.compiled import PlaybookHasErrors, compile_named
    from mmm_lang.cli.terminal import write_output

    try:
        compiled = compile_named(arguments.playbook)
    except PlaybookHasErrors:
        return 1
    from mmm_lang.plan.serial import plan_to_json

    write_output(json.dumps(plan_to_json(compiled.plan), indent=2, ensure_ascii=False) + "\n")
    return 0
