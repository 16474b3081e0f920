"""What to say when mmm itself is wrong: one sentence, and a file with all that a report needs."""

from __future__ import annotations

import os
import platform
import tempfile
import traceback

from mmm_lang import __version__

EXIT_BUG = 70
"""``EX_SOFTWARE`` of sysexits.h."""


def report_bug(command: str, error: BaseException) -> str:
    """The message for an error that nobody foresaw. The traceback goes to a new file in the system's
    temporary folder, readable by its owner only; where none can be written, into the message itself.

    Arguments of the command are left out of it: they may hold secrets.
    """
    report = _report(command, error)
    headline = f"error: this is a bug in mmm {__version__}, not in your playbook"
    try:
        descriptor, path = tempfile.mkstemp(prefix="mmm-bug-", suffix=".txt")
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(report)
    except OSError:
        return f"{headline}; please report it with what follows\n\n{report}"
    return f"{headline}; please report it with the file {path}"


def _report(command: str, error: BaseException) -> str:
    trace = "".join(traceback.format_exception(error, limit=-100))
    return (
        f"mmm {__version__}\n"
        f"python {platform.python_version()} ({platform.python_implementation()})\n"
        f"{platform.platform()}\n"
        f"command: {command}\n\n{trace}"
    )
