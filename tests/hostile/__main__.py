"""How long `mmm` takes for each of the hostile texts: `python -m tests.hostile [--command fmt] [NAME…]`.

For each text the seconds of processor time for a quarter of the size and for the whole size are printed, and the
factor between them; those that are over the bound, or grow faster than their text, are marked.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.hostile.texts import TEXTS

SIZE = 1 << 20
BOUND = 10.0
"""Seconds of processor time that one file may take."""
GROWTH = 6.0
MEMORY = 2 << 30
LIMIT = 40


class Measured(NamedTuple):
    """Seconds of processor time, children included, and how the process ended."""

    seconds: float
    code: int
    lines: int
    error: str


def measure(command: Sequence[str], text: str) -> Measured:
    """Run `mmm` on a text, within memory and time."""
    with tempfile.TemporaryDirectory(prefix="mmm-hostile-") as folder:
        path = Path(folder, "p.yml")
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        out = Path(folder, "out")
        with out.open("wb") as stdout, Path(folder, "err").open("wb") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-m", "mmm_lang", *command, str(path)],
                stdout=stdout,
                stderr=stderr,
                preexec_fn=limited,
            )
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        said = Path(folder, "err").read_text(errors="replace")
        trace = (
            said.strip().splitlines()[-1:] if "Traceback" in said or process.returncode not in (0, 1) else []
        )
        return Measured(
            usage.ru_utime + usage.ru_stime,
            process.returncode,
            out.read_bytes().count(b"\n"),
            " ".join(trace)[:100],
        )


def limited() -> None:
    """What a process may use."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.hostile")
    parser.add_argument("name", nargs="*", help="some of the texts")
    parser.add_argument("--command", default="check --no-config --format concise")
    parser.add_argument("--size", type=int, default=SIZE)
    arguments = parser.parse_args()
    failed = 0
    for name in arguments.name or TEXTS:
        small, large = (
            measure(arguments.command.split(), TEXTS[name](size))
            for size in (arguments.size // 4, arguments.size)
        )
        growth = large.seconds / max(small.seconds, 0.1)
        is_bad = large.seconds > BOUND or (growth > GROWTH and large.seconds > 2) or large.code not in (0, 1)
        failed += is_bad
        print(
            f"{'!!' if is_bad else '  '} {small.seconds:6.2f} {large.seconds:6.2f} x{growth:4.1f} "
            f"exit {large.code} {large.lines:7} lines  {name}  {large.error}",
            flush=True,
        )
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
