"""``mmm schema``: the JSON Schema of playbooks, which editors complete and check with."""

from __future__ import annotations

import argparse

from mmm_lang.cli.terminal import write_output
from mmm_lang.syntax.json_schema import schema_text


def configure(parser: argparse.ArgumentParser) -> None:
    """``mmm schema`` has no arguments of its own."""


def run(arguments: argparse.Namespace) -> int:
    """Print the schema."""
    write_output(schema_text())
    return 0
