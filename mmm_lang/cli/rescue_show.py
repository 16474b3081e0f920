"""``mmm rescue show REF``: what one reference holds."""

from __future__ import annotations

import argparse
import json
import time

from mmm_lang.cli.repositories import (
    EXIT_DONE,
    configure_format,
    configure_path,
    guarded,
    records_of,
    repository_of,
    write_bytes,
)
from mmm_lang.cli.rescue_apply import named_rescue
from mmm_lang.cli.terminal import write_output
from mmm_lang.git.changes import patch
from mmm_lang.sessions.rescue_telling import rescue_json, rescue_told
from mmm_lang.sessions.rescued import look, origins


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``mmm rescue show``."""
    parser.add_argument(
        "ref",
        metavar="REF",
        nargs="?",
        help="SESSION/NUMBER, as `mmm rescue ls` prints it (default: the newest)",
    )
    parser.add_argument("--patch", action="store_true", help="print all of it as a patch, and nothing else")
    configure_path(parser)
    configure_format(parser)


def run(arguments: argparse.Namespace) -> int:
    """Show it; nothing is changed. Raises `UsageFailure` where there is no such reference."""
    repository = repository_of(arguments)

    def work() -> int:
        rescue = named_rescue(repository, arguments.ref)
        found = look(repository, rescue, origins(records_of(repository)))
        if arguments.patch:
            write_bytes(patch(repository.git, found.base, found.sha))
        elif arguments.format == "json":
            write_output(json.dumps(rescue_json(found), indent=1) + "\n")
        else:
            write_output(rescue_told(found, time.time()))
        return EXIT_DONE

    return guarded(work)
