"""``mmm graph``: draw what a playbook does, exactly as it would be run."""

from __future__ import annotations

import argparse
import json


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``mmm graph``."""
    parser.add_argument(
        "playbook", metavar="PLAYBOOK", help="a path, or the name of a playbook that ships with mmm"
    )
    parser.add_argument(
        "--format",
        choices=("text", "mermaid", "dot", "json", "svg", "html"),
        default="text",
        help="text (the default), mermaid, dot (graphviz) or json; svg and html are not in this version",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the drawing; 1 where the playbook has errors."""
    from mmm_lang.cli.compiled import PlaybookHasErrors, compile_named
    from mmm_lang.cli.failure import UsageFailure
    from mmm_lang.cli.terminal import write_output
    from mmm_lang.plan.draw_parts import as_one

    wanted = arguments.format
    if wanted in ("svg", "html"):
        advice = (
            "pipe `--format dot` into `dot -Tsvg`" if wanted == "svg" else "GitHub renders `--format mermaid`"
        )
        raise UsageFailure(f"`mmm graph --format {wanted}` is not in this version; {advice}")
    try:
        compiled = compile_named(arguments.playbook)
    except PlaybookHasErrors:
        return 1
    plans = compiled.plans
    if wanted == "json":
        from mmm_lang.plan.serial import plan_to_json

        drawn = json.dumps(plan_to_json(compiled.plan), indent=2, ensure_ascii=False) + "\n"
    elif wanted == "mermaid":
        from mmm_lang.plan.draw_mermaid import draw_mermaid

        drawn = draw_mermaid(as_one(plans))
    elif wanted == "dot":
        from mmm_lang.plan.draw_dot import draw_dot

        drawn = draw_dot(as_one(plans))
    else:
        from mmm_lang.plan.draw_text import draw_whole_text

        drawn = draw_whole_text(plans)
    write_output(drawn)
    return 0
