"""``mmm lsp``: serve an editor over standard input and output (the Language Server Protocol)."""

from __future__ import annotations

import argparse
import sys

from mmm_lang.cli.failure import UsageFailure


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``mmm lsp``."""
    parser.add_argument(
        "--stdio", action="store_true", help="speak over standard input and output; the only way there is"
    )


def run(arguments: argparse.Namespace) -> int:
    """Serve until the editor leaves; 0 where it said good-bye. Raises `UsageFailure` where pygls is not installed, or a
    person has called it at a terminal."""
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageFailure(
            "`mmm lsp` speaks to an editor, not to a person; docs/editors.md says how to set one up"
        )
    try:
        import pygls  # noqa: F401 - only whether it is there
    except ImportError:
        raise UsageFailure(
            "`mmm lsp` needs the package `pygls`, which is not installed; "
            "install it with `pip install 'mmm-lang[lsp]'`"
        ) from None
    from mmm_lang.cli.embedded_scripts import EmbeddedScripts
    from mmm_lang.editor.lsp.server import serve

    return serve(EmbeddedScripts(wants_shellcheck=True))
