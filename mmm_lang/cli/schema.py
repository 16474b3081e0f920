"""``mmm schema``: the JSON Schema of playbooks, which editors complete and check with."""

from __future__ import annotations

import argparse

from mmm_lang.cli.terminal import write_output


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``mmm schema``."""
    parser.add_argument("--test", action="store_true", help="the schema of test files (`*.test.yml`)")


def run(arguments: argparse.Namespace) -> int:
    """Print the schema."""
    if arguments.test:
        from mmm_lang.testing import schema

        write_output(schema.schema_text())
        return 0
    from mmm_lang.syntax.json_schema import schema_text

    write_output(schema_text())
    return 0
