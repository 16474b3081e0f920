"""``mmm analyze``: refresh what mmm knows about a project, and print it."""

from __future__ import annotations

import argparse
import os

from mmm_lang.cli.durations import duration
from mmm_lang.cli.failure import UsageFailure
from mmm_lang.cli.terminal import write_message, write_output
from mmm_lang.diagnostics.display import visible
from mmm_lang.figures import measured, plural
from mmm_lang.git.errors import GitError
from mmm_lang.git.repository import Repository

MAX_AGE = 3600.0
"""Seconds for which a context is good whose files have not changed."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``mmm analyze``."""
    parser.add_argument(
        "-p", "--path", metavar="DIR", default=".", help="the repository (a folder inside it is fine)"
    )
    parser.add_argument(
        "--format",
        choices=("summary", "pretty", "json"),
        default="summary",
        help="summary: a screenful (default); pretty: longer lists; json: all documents in one object",
    )
    parser.add_argument(
        "-s",
        "--save",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="write .mmm/context (default); --no-save changes no file",
    )
    parser.add_argument(
        "--force-refresh", action="store_true", help="read every file again, whatever is known"
    )
    parser.add_argument(
        "--max-cache-age",
        metavar="D",
        type=_age,
        default=MAX_AGE,
        help="take a context that is younger, where no file has changed: `90s`, `10m`, `0` (default: 1h)",
    )


def _age(text: str) -> float:
    """Seconds; `0` is no time at all."""
    return duration(text) if text.strip("0.s") else 0.0


def run(arguments: argparse.Namespace) -> int:
    """Refresh and print; 0, or 1 where the context cannot be made or written. Raises `UsageFailure` outside of a
    repository."""
    from mmm_lang.context.errors import ContextError
    from mmm_lang.context.refresh import refresh
    from mmm_lang.context.store import document_text
    from mmm_lang.context.summary import summary, whole_story

    try:
        repository = Repository.find(os.path.expanduser(arguments.path))
    except GitError as error:
        raise UsageFailure(str(error)) from None
    try:
        context = refresh(
            repository,
            max_age=arguments.max_cache_age,
            force=arguments.force_refresh,
            save=arguments.save,
        )
    except ContextError as error:
        write_message(f"error: {visible(str(error))}")
        return 1
    if arguments.format == "json":
        write_output(document_text(dict(context.documents)))
        return 0
    tell = summary if arguments.format == "summary" else whole_story
    write_output("\n".join(visible(line) for line in tell(context.documents).split("\n")))
    where = "in .mmm/context" if arguments.save else "not saved"
    if context.is_new:
        read = f"{plural(context.anew, 'file')} read" if context.anew else "no file had to be read"
        write_output(f"\nMade in {measured(context.seconds)} ({read}), {where}\n")
    else:
        write_output("\nNothing has changed since .mmm/context was written\n")
    return 0
