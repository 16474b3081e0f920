"""Run mmm as people do: as a process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[2]


def environment(**more):
    """This process's environment without what steers colours, with the package importable."""
    steering = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS")
    plain = {name: value for name, value in os.environ.items() if name not in steering}
    return {**plain, "PYTHONPATH": str(PROJECT), **more}


def mmm(*arguments, cwd, stdin="", env=None, **more):
    """Run ``mmm`` in ``cwd`` and return the finished process, with its texts."""
    return subprocess.run(
        [sys.executable, "-m", "mmm_lang", *map(str, arguments)],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        env=environment(**(env or {})),
        check=False,
        **more,
    )
