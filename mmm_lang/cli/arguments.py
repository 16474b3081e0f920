"""The argument parser of one command."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from mmm_lang.cli.terminal import write_message

_FLAG = r"(?<![\w-])--?[A-Za-z][\w-]*"


class _Parser(argparse.ArgumentParser):
    """``argparse`` with mmm's voice: one sentence, the nearest flag, where to read more."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the arguments and end with exit code 2."""
        sentence = f"error: {message}"
        if message.startswith("unrecognized arguments:"):
            from mmm_lang.diagnostics.similar import nearest

            unknown = message.partition(": ")[2].split(" ")[0]
            sentence = f"error: `{self.prog}` does not know `{unknown}`"
            flag = nearest(unknown.partition("=")[0], set(re.findall(_FLAG, self.format_help())))
            if flag is not None and unknown.startswith("-"):
                sentence += f"; write `{flag}`"
        write_message(f"{sentence}\n{self.format_usage()}see `{self.prog} --help`")
        sys.exit(2)


def parse_arguments(
    name: str,
    summary: str,
    configure: Callable[[argparse.ArgumentParser], None],
    arguments: Sequence[str],
) -> argparse.Namespace:
    """Parse the arguments of command ``name``; names of files and flags may come in any order.

    Raises ``SystemExit`` as ``argparse`` does: 0 after ``--help``, 2 where they are wrong.
    """
    parser = _Parser(prog=f"mmm {name}", description=summary, allow_abbrev=False)
    configure(parser)
    return parser.parse_intermixed_args(arguments)
