"""A keeper that dies at a point of a test's choice, started in the place of the real one, and as that is.

`FAULTS_KEEPER_POINT` is `when what number`, `FAULTS_KEEPER_VICTIMS`: `keeper`, or `both` (mmm, too), or `all` (and
what it runs). Points: `before spawn 1`, `after spawn 1`, `before record 1` (the program has ended, nothing says so),
`inside record 1` (written, not renamed yet), `after record 1`, `before report 1`.
"""

from __future__ import annotations

import os
import signal
import sys

if __name__ == "__main__":
    sys.path.append(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from mmm_lang.process import sweep
from mmm_lang.process.keep import loop, outputs, run

_counts: dict[tuple[str, str], int] = {}


def reach(when: str, what: str) -> None:
    """Die here, if it is the point."""
    _counts[when, what] = _counts.get((when, what), 0) + 1
    if os.environ["FAULTS_KEEPER_POINT"].split() == [when, what, str(_counts[when, what])]:
        victims = os.environ["FAULTS_KEEPER_VICTIMS"]
        if victims in ("both", "all"):
            os.kill(os.getppid(), signal.SIGKILL)
        if victims == "all":
            sweep.end_marked(sys.argv[1])
        os.kill(os.getpid(), signal.SIGKILL)


def _around(owner, name, what):
    original = getattr(owner, name)

    def wrapped(*given, **named):
        reach("before", what)
        result = original(*given, **named)
        reach("after", what)
        return result

    setattr(owner, name, wrapped)


def _dying_rename(rename):
    def wrapped(*paths):
        reach("inside", "record")
        rename(*paths)

    return wrapped


if __name__ == "__main__":
    _around(run, "spawn", "spawn")
    _around(run, "write_record", "record")
    _around(loop.Loop, "_report", "report")
    outputs.os.rename = _dying_rename(os.rename)
    loop.main(sys.argv[1], float(sys.argv[2]))
