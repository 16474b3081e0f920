"""System calls that fail, or never come back, one at a time: of mmm, of its keeper, of each git that mmm runs.

All calls that write are found by tracing one session; of all the faults that they can have a sample is tried, drawn with
a seed (`FAULTS_SAMPLE` says how many, `FAULTS_SEED` which). Whatever happens: a sentence, no traceback, nothing left
running, a sound journal and repository; and resumed, the session ends with the same commits.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.faults.dying import WRITING
from tests.faults.lives import MANY, PLAIN, Life, Part, quiet
from tests.process.programs import eventually
from tests.process.test_leftovers import linux


def _attaches() -> bool:
    """Whether strace may do here what it is for."""
    if shutil.which("strace") is None:
        return False
    done = subprocess.run(
        ["strace", "-qq", "-o", os.devnull, "-e", "inject=mkdir:error=EIO", "true"],
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


pytestmark = [
    linux,
    pytest.mark.slow,
    pytest.mark.skipif(
        not _attaches(), reason="FAULTS OF SYSTEM CALLS ARE NOT TESTED: strace is missing, or may not trace"
    ),
]

SAMPLE = int(os.environ.get("FAULTS_SAMPLE", "5"))
SEED = os.environ.get("FAULTS_SEED", "0")
ERRORS = ("ENOSPC", "EIO", "EACCES")


def calls_in(trace: str) -> list[tuple[str, int]]:
    """The writing calls of one process in a trace of strace: name, and its number among those of that name."""
    found, counts = [], dict.fromkeys(WRITING, 0)
    for line in trace.splitlines():
        match = re.match(r"(?:\d+ +)?(\w+)\(", line)
        if match and match[1] in counts:
            counts[match[1]] += 1
            if match[1] != "openat" or "O_CREAT" in line:
                found.append((match[1], counts[match[1]]))
    return found


@pytest.fixture(scope="session")
def calls(nursery, tmp_path_factory) -> dict[str, list[tuple[str, str, int]]]:
    """Every writing system call of a session, by whose it is: point, name, number."""
    life = Life(nursery, PLAIN, tmp_path_factory.mktemp("traced") / "plain")
    traces = life.folder / "traces"
    traces.mkdir()
    born = life.start("cook", f"trace:{traces}", stopped=True)
    mine = traces / "mmm 1"
    with attached(born.pid, "-o", str(mine), "-e", f"trace={','.join(WRITING)}"):
        assert life.end(born).code == 0, life.parts[0].err
    quiet(life.kitchen)
    found: dict[str, list[tuple[str, str, int]]] = {"git": [], "mmm": [], "keeper": []}
    for path in sorted(traces.iterdir()):
        whose = path.name.split(" ")[0].split(".")[0]
        found[whose] += [(path.name, name, number) for name, number in calls_in(path.read_text())]
    return found


class attached:
    """strace, attached to a process that is stopped; on the way in it goes on."""

    def __init__(self, pid: int, *options: str) -> None:
        self.pid, self.options = pid, options

    def __enter__(self) -> None:
        stopped = Path(f"/proc/{self.pid}/stat")
        eventually(lambda: stopped.read_text().rpartition(")")[2].split()[0] == "T")
        self.strace = subprocess.Popen(["strace", "-p", str(self.pid), *self.options], stderr=subprocess.PIPE)
        assert self.strace.stderr is not None
        line = self.strace.stderr.readline()
        assert b"attached" in line, line
        os.kill(self.pid, signal.SIGCONT)

    def __exit__(self, *reason: object) -> None:
        assert self.strace.stderr is not None
        self.strace.stderr.read()
        self.strace.stderr.close()
        self.strace.wait(20)


def drawn(dice: random.Random, calls: list[tuple[str, str, int]], how: str) -> tuple[str, str]:
    """A point, and a fault of strace there. Names of calls are as likely as each other, rare ones too."""
    name = dice.choice(sorted({name for _, name, _ in calls}))
    point, _, number = dice.choice([one for one in calls if one[1] == name])
    fault = "signal=KILL" if how == "killed" else f"error={dice.choice(ERRORS)}"
    return point, f"{name}:{fault}:when={number}"


def first_part(life: Life, whose: str, point: str, fault: str, how: str) -> Part:
    """`mmm cook`, with that fault in it."""
    if whose == "git":
        name, number, *_ = point.split(" ")
        if how == "killed":
            call, _, when = fault.split(":")
            return life.end(life.start("cook", f"inside {name} {number} {call}:{when.removeprefix('when=')}"))
        return life.end(life.start("cook", f"fault {name} {number} {fault}"))
    if whose == "keeper":
        return life.end(life.start("cook", f"keeper-fault:{fault}"))
    born = life.start("cook", stopped=True)
    with attached(born.pid, "-o", os.devnull, "-e", f"trace={fault.split(':')[0]}", "-e", f"inject={fault}"):
        return life.end(born)


def essence(life: Life) -> dict[str, Any]:
    """What is the same even where a fault was the failure of a step, which was tried again."""
    commits = [(tree, author, message.split("\n")[0]) for tree, author, message in life.commits()]
    return {"commits": commits, "status": life.kitchen.git("status", "--porcelain", "--ignored")}


@pytest.mark.parametrize("number", range(SAMPLE))
@pytest.mark.parametrize("how", ["fails", "killed"])
@pytest.mark.parametrize("whose", ["git", "mmm", "keeper"])
def test_a_system_call_fails_or_never_comes_back(
    live, undisturbed, calls, tally, whose: str, how: str, number: int
) -> None:
    dice = random.Random(f"{SEED} {whose} {how} {number}")
    point, fault = drawn(dice, calls[whose], how)
    print(f"{point}: {fault}")
    original, life = undisturbed(PLAIN), live(PLAIN)
    part = first_part(life, whose, point, fault, how)
    print(part)
    while part.code != 0 and len(life.parts) < MANY:
        assert part.code in (1, 2, 130, 143, -signal.SIGKILL), part
        assert part.code != 2 or not life.began(), part
        part = life.end(life.start("resume" if life.began() else "cook"))
        if part.err == "Nothing to resume\n":
            break
    quiet(life.kitchen)
    if fault.startswith("unlink:error"):  # a lock that its own git could not remove stays
        for lock in (life.kitchen.repo / ".git").rglob("*.lock"):
            lock.unlink()
    life.whole()
    assert essence(life) == essence(original)
    lost = life.paid() - original.paid()
    assert lost == 0 or (whose == "keeper" and lost == 1)
    tally(life, original, "keeper" if whose == "keeper" else "mmm")
