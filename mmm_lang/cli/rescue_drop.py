"""``mmm rescue drop REF…``: give up work that was set aside."""

from __future__ import annotations

import argparse

from mmm_lang.cli.repositories import EXIT_DONE, configure_path, guarded, repository_of
from mmm_lang.cli.rescue_apply import named_rescue
from mmm_lang.cli.terminal import write_output
from mmm_lang.git.rescue import drop


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``mmm rescue drop``."""
    parser.add_argument("refs", metavar="REF", nargs="+", help="SESSION/NUMBER, as `mmm rescue ls` prints it")
    configure_path(parser)


def run(arguments: argparse.Namespace) -> int:
    """Delete the references, all or none. Raises `UsageFailure` where one is not there."""
    repository = repository_of(arguments)

    def work() -> int:
        rescues = [named_rescue(repository, name) for name in arguments.refs]
        drop(repository.git, dict.fromkeys(rescue.ref for rescue in rescues))
        for rescue in dict.fromkeys(rescues):
            write_output(
                f"{rescue.ref} is given up; until git collects it: git branch NAME {rescue.sha[:10]}\n"
            )
        return EXIT_DONE

    return guarded(work)
