"""Where processes of mmm are born in a few milliseconds: one interpreter that has imported mmm, and forks.

    with Nursery() as nursery:
        born = nursery.start(["cook", "p.yml"], env=…, folder=…, point="after event.StepRan 1")
        code = born.wait()

What is born is a process like any other: a session of its own, its own environment and folder, files for its output.
A process that was killed has minus the signal's number as its code.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from attrs import define, field

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
"""Seconds after which a process of mmm that is waited for is said not to end."""
NEVER_ENDED = -1000
"""Its code then."""

_IMPORTED = (
    "cli.cook",
    "cli.compiled",
    "cli.resume",
    "cli.worktree_clean",
    "cli.worktree_ls",
    "cli.worktree_merge",
    "cli.worktree_session",
    "cli.gave_way",
    "cli.map_cook",
    "cli.map_resume",
    "maps.running",
    "diagnostics.render_full",
    "report.console",
    "runtime.resume",
    "sessions.record",
)
"""What a session and its work tree would import by themselves, and all that comes with it."""


@define
class Born:
    """A process of mmm. ``out``, ``err``: files with what it says; ``points``: those that it passed, if it lived."""

    nursery: Nursery
    pid: int
    out: Path
    err: Path
    points: Path
    code: int | None = None

    def wait(self) -> int:
        """Its end; minus the signal's number where one ended it."""
        if self.code is None:
            self.code = self.nursery.ask({"do": "wait", "pid": self.pid})["code"]
        return self.code

    def send(self, number: int) -> None:
        """A signal; it has not been waited for, so its number is its own."""
        assert self.code is None
        os.kill(self.pid, number)


@define
class Nursery:
    """The interpreter that forks. ``born`` counts, so that no two processes share their files."""

    process: subprocess.Popen[bytes] = field(init=False)
    born: int = 0

    def __enter__(self) -> Nursery:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        return self

    def __exit__(self, *reason: object) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(20)

    def start(
        self,
        arguments: list[str],
        *,
        env: dict[str, str],
        cwd: Path,
        folder: Path,
        point: str = "",
        victims: str = "mmm",
        stopped: bool = False,
    ) -> Born:
        """Start mmm. ``point`` and ``victims``: see `dying`; ``stopped``: it waits for SIGCONT before it begins."""
        self.born += 1
        out, err, points = (folder / f"{name}-{self.born}" for name in ("out", "err", "points"))
        request = {
            "do": "start",
            "arguments": arguments,
            "env": env,
            "cwd": str(cwd),
            "files": [os.devnull, str(out), str(err)],
            "point": point,
            "victims": victims,
            "points": str(points),
            "stopped": stopped,
        }
        return Born(self, self.ask(request)["pid"], out, err, points)

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer


def serve() -> None:
    """Answer requests until there are no more."""
    from importlib import import_module

    from tests.faults import dying

    for name in _IMPORTED:
        import_module(f"mmm_lang.{name}")

    requests, answers = os.dup(0), os.dup(1)
    with open(requests, "rb") as lines, open(answers, "wb") as back:
        for line in lines:
            request = json.loads(line)
            if request["do"] == "wait":
                answer = {"code": _end_of(request["pid"])}
            else:
                pid = os.fork()
                if pid == 0:
                    _live(request, dying)
                answer = {"pid": pid}
            back.write(json.dumps(answer).encode() + b"\n")
            back.flush()


def _end_of(pid: int) -> int:
    """The exit code of a process; one that does not end is ended, with a code that no mmm has."""
    handle = os.pidfd_open(pid)
    try:
        ready, _, _ = select.select([handle], [], [], PATIENCE)
        if not ready:
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        return os.waitstatus_to_exitcode(status) if ready else NEVER_ENDED
    finally:
        os.close(handle)


def _live(request: dict[str, Any], dying: Any) -> None:
    """Become a process of mmm; never returns."""
    code = 70
    try:
        os.setsid()
        for wanted, path in enumerate(request["files"]):
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            os.dup2(file, wanted)
            os.close(file)
        os.chdir(request["cwd"])
        os.environ.clear()
        os.environ.update(request["env"])
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        if request["stopped"]:
            os.kill(os.getpid(), signal.SIGSTOP)
        code = dying.live(request["arguments"], request["point"], request["victims"], request["points"])
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        import traceback

        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


if __name__ == "__main__":
    serve()
