"""Read what the keeper wrote: how a command ended, and pieces of its output, never the whole of it."""

from __future__ import annotations

import json
import os

from mmm_lang.process.errors import RecordDamaged
from mmm_lang.process.model import Cause, Ended

RECORD = "rc"
OUTPUTS = ("stdout", "stderr", "log")

_CAUSES: tuple[Cause, ...] = ("exit", "timeout", "idle", "stopped", "not-started")


def read_ended(folder: str) -> Ended | None:
    """How the command of ``folder`` ended; ``None`` while nothing is recorded.

    Raises ``RecordDamaged``: the keeper writes its record whole or not at all.
    """
    path = os.path.join(folder, RECORD)
    try:
        with open(path, "rb") as file:
            content = file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        return ended_of(json.loads(content))
    except ValueError as error:
        raise RecordDamaged(path, str(error)) from error


def ended_of(record: object) -> Ended:
    """The value in a record of the keeper's. Raises ``ValueError``."""
    if not isinstance(record, dict) or record.get("version") != 1:
        raise ValueError("it is not a record of version 1")
    cause, code, number = record.get("cause"), record.get("exit_code"), record.get("signal")
    error, duration = record.get("error"), record.get("duration")
    known = next((each for each in _CAUSES if each == cause), None)
    if known is None:
        raise ValueError(f"its cause `{cause}` is not known")
    if not (code is None or isinstance(code, int)) or not (number is None or isinstance(number, int)):
        raise ValueError("its exit code or signal is not a number")
    if not (error is None or isinstance(error, str)) or not isinstance(duration, int | float):
        raise ValueError("its error is not a text or its duration not a number")
    return Ended(known, code, number, error, float(duration))
