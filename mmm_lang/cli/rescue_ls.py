"""``mmm rescue ls``: the work that was set aside, the newest first."""

from __future__ import annotations

import argparse
import json
import time

from mmm_lang.cli.repositories import (
    EXIT_DONE,
    columns,
    configure_format,
    configure_path,
    guarded,
    records_of,
    repository_of,
)
from mmm_lang.cli.terminal import write_output
from mmm_lang.sessions.rescue_telling import rescue_json, rescue_table
from mmm_lang.sessions.rescued import look, origins
from mmm_lang.sessions.summary import JSON_VERSION


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``mmm rescue ls``."""
    configure_path(parser)
    configure_format(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the list; nothing is changed."""
    repository = repository_of(arguments)

    def work() -> int:
        known = origins(records_of(repository))
        found = [look(repository, one, known) for one in reversed(repository.list_rescues())]
        if arguments.format == "json":
            document = {"version": JSON_VERSION, "rescues": [rescue_json(one) for one in found]}
            write_output(json.dumps(document, indent=1) + "\n")
        elif found:
            write_output(rescue_table(found, time.time(), columns()))
        else:
            write_output("No work is set aside in this repository\n")
        return EXIT_DONE

    return guarded(work)
