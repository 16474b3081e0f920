"""Points at which a process of mmm dies, or a git under it does: chosen by a test, put in by wrapping what mmm calls.

A point is written `when what number`, as in `after event.StepRan 1` or `before git.update-ref 3`:

- `event.NAME`: the journal of a session or a map takes an event; `torn`: half of its line is
  written; `unsynced`: all of it, not synced yet
- `git.COMMAND` (`git.worktree.add` and the like): mmm runs git; `inside` is told the system call, as in
  `inside git.commit 1 rename:2`: that git dies at its second rename, and mmm with it
- `fault git.commit 1 rename:error=EIO:when=2`: nobody dies, but that system call of that git fails
- `tree.METHOD`, `keeper.METHOD`, `trees.METHOD` (the worktrees of a map), `lock.taken`, `file.NAME`, `pause`: what their
  names say

mmm knows nothing of this. The test's program (`nursery`) wraps what it has imported, in a process of its own.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import threading
from collections import Counter
from types import SimpleNamespace
from typing import Any

from mmm_lang.cli.main import main
from mmm_lang.git import call
from mmm_lang.maps import kitchen
from mmm_lang.maps.journal import MapJournal
from mmm_lang.maps.trees import Trees
from mmm_lang.process import client, sweep
from mmm_lang.process.client import Keeper
from mmm_lang.runtime import cook, ending, journal, launched, life
from mmm_lang.runtime.journal import Journal
from mmm_lang.runtime.real import GitTree, KeeperProcesses
from mmm_lang.worktrees import record

KEEPER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "dying_keeper.py")
KEEPER_POINT = "FAULTS_KEEPER_POINT"
KEEPER_VICTIMS = "FAULTS_KEEPER_VICTIMS"

_TREE = ("snapshot", "commit", "keep", "settle", "hold", "release", "clear_locks", "restore")
_KEEPER = ("start", "launch", "close")
_TREES = ("make", "give_back", "merge", "close")

WRITING = (
    "write",
    "pwrite64",
    "fdatasync",
    "fsync",
    "rename",
    "renameat",
    "renameat2",
    "openat",
    "unlink",
    "unlinkat",
    "mkdir",
    "mkdirat",
    "link",
    "linkat",
    "sendto",
    "ftruncate",
)
"""System calls that write; of `openat` those only that may create a file."""


class Doom:
    """When to die, and who dies with us. ``passed`` are the points that were passed, in order."""

    def __init__(self, point: str, victims: str) -> None:
        """``victims``: `mmm`; `keeper` (both); `all` (the agent, too: the machine dies); or a signal to mmm."""
        when, what, number, *detail = point.split() if point else ("never", "", "0")
        self.point = (when, what, int(number))
        self.fault = detail[0] if detail else ""
        self.victims = victims
        self.passed: list[str] = []
        self.counts: Counter[tuple[str, str]] = Counter()
        self.keepers: list[Keeper] = []
        self._lanes = threading.Lock()

    def passes(self, when: str, what: str) -> bool:
        """Note that a point is passed; whether it is the one."""
        with self._lanes:
            self.counts[when, what] += 1
            number = self.counts[when, what]
            self.passed.append(f"{when} {what} {number}")
        return self.point == (when, what, number)

    def reach(self, when: str, what: str) -> None:
        """Die here, if it is the point."""
        if self.passes(when, what):
            self.die()

    def die(self) -> None:
        if self.victims in ("INT", "TERM", "HUP"):
            os.kill(os.getpid(), getattr(signal, f"SIG{self.victims}"))
            return
        if self.victims != "mmm":
            for keeper in self.keepers:
                os.kill(keeper.pid, signal.SIGSTOP)  # it is to do nothing in between
            if self.victims == "all":
                for keeper in self.keepers:
                    sweep.end_marked(keeper.mark)
            for keeper in self.keepers:
                os.kill(keeper.pid, signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)

    # --- what is wrapped ---

    def around(self, owner: Any, name: str, what: str) -> None:
        """Pass a point before and after every call of a function or method."""
        original = getattr(owner, name)

        def wrapped(*given: Any, **named: Any) -> Any:
            self.reach("before", what)
            result = original(*given, **named)
            self.reach("after", what)
            return result

        setattr(owner, name, wrapped)


def install(doom: Doom, traces: str = "") -> None:
    """Wrap what mmm calls. Once in a process. ``traces``: a folder that gets the system calls of each git."""
    for kind in (Journal, MapJournal):
        _events(doom, kind)
    _git(doom, traces)
    for name in _TREE:
        doom.around(GitTree, name, f"tree.{name}")
    for name in _TREES:
        doom.around(Trees, name, f"trees.{name}")
    doom.around(KeeperProcesses, "run", "keeper.run")
    doom.around(KeeperProcesses, "attend", "keeper.attend")
    doom.around(KeeperProcesses, "dismiss", "keeper.dismiss")
    _keepers(doom)
    doom.around(Keeper, "launch", "keeper.launch")
    doom.around(Keeper, "close", "keeper.close")
    _lock(doom)
    _files(doom)
    _pauses(doom)


def _events(doom: Doom, kind: Any) -> None:
    append = kind.append

    def dying_append(self: Any, event: Any) -> Any:
        what = f"event.{type(event).__name__}"
        doom.reach("before", what)
        write, sync = os.write, os.fdatasync
        if doom.passes("torn", what):

            def torn(file: int, content: bytes) -> int:
                if file != self._file:  # another lane's
                    return write(file, content)
                half = write(file, content[: len(content) // 2])
                doom.die()
                return half

            os.write = torn
        if doom.passes("unsynced", what):
            os.fdatasync = lambda file: doom.die() if file == self._file else sync(file)
        try:
            entry = append(self, event)
        finally:
            os.write, os.fdatasync = write, sync
        doom.reach("after", what)
        return entry

    kind.append = dying_append


def _git(doom: Doom, traces: str) -> None:
    run = call.run_short

    def dying_run(argv: Any, **named: Any) -> Any:
        words = list(argv)
        place = 1
        while words[place] == "-c":
            place += 2
        what = f"git.{words[place]}"
        if words[place] == "worktree":
            what += f".{words[place + 1]}"
        doom.reach("before", what)
        if doom.passes("inside", what):
            call_, _, number = doom.fault.partition(":")
            run((*injected(f"{call_}:signal=KILL:when={number}"), *argv), **named)
            doom.die()
        if doom.passes("fault", what):
            argv = (*injected(doom.fault), *argv)
        elif traces:
            number = str(doom.counts["fault", what])
            argv = (*traced(os.path.join(traces, f"{what} {number}")), *argv)
        done = run(argv, **named)
        doom.reach("after", what)
        return done

    call.run_short = dying_run


def injected(what: str) -> tuple[str, ...]:
    """The beginning of a command line: the program after it meets this fault."""
    return (
        "strace",
        "-f",
        "-qq",
        "-o",
        os.devnull,
        "-e",
        f"trace={what.split(':')[0]}",
        "-e",
        f"inject={what}",
        "--",
    )


def traced(path: str) -> tuple[str, ...]:
    """The beginning of a command line: what the program after it writes, system call by system call, is in ``path``."""
    return ("strace", "-f", "-qq", "-o", path, "-e", f"trace={','.join(WRITING)}", "--")


def under_strace(*options: str) -> None:
    """Have the keeper started under strace, as the child that it is otherwise."""

    def start(argv: Any, **named: Any) -> Any:
        return subprocess.Popen(["strace", "-D", "-qq", *options, "--", *argv], **named)

    client.subprocess = SimpleNamespace(**{**vars(subprocess), "Popen": start})


def _lock(doom: Doom) -> None:
    flock = fcntl.flock

    def dying_flock(descriptor: int, how: int) -> None:
        flock(descriptor, how)
        if how & fcntl.LOCK_EX:
            doom.reach("after", "lock.taken")

    fcntl.flock = dying_flock


def _keepers(doom: Doom) -> None:
    begin = Keeper.start.__func__

    def start(cls: type[Keeper], *given: Any, **named: Any) -> Keeper:
        doom.reach("before", "keeper.start")
        keeper: Keeper = begin(cls, *given, **named)
        doom.keepers.append(keeper)
        doom.reach("after", "keeper.start")
        return keeper

    end = Keeper.close

    def close(self: Keeper) -> None:
        end(self)
        if self in doom.keepers:
            doom.keepers.remove(self)  # its number may be somebody else's

    Keeper.start = classmethod(start)
    Keeper.close = close


def _files(doom: Doom) -> None:
    write = journal.write_whole

    def dying_write(path: str, content: bytes) -> None:
        name = os.path.basename(path)
        what = "file.event" if name.startswith("event-") else f"file.{name}"
        if os.path.basename(os.path.dirname(path)) == "worktrees":
            what = "file.record"
        doom.reach("before", what)
        if doom.passes("inside", what):
            replace, os.replace = os.replace, lambda *paths: doom.die()
            try:
                write(path, content)
            finally:
                os.replace = replace
        write(path, content)
        doom.reach("after", what)

    for module in (journal, cook, ending, launched, record, kitchen):
        module.write_whole = dying_write


def _pauses(doom: Doom) -> None:
    make = life.pauser

    def pauser(interrupted: Any) -> Any:
        pause = make(interrupted)

        def dying_pause(seconds: float) -> None:
            doom.reach("before", "pause")
            pause(seconds)
            doom.reach("after", "pause")

        return dying_pause

    life.pauser = pauser


def live(arguments: list[str], point: str, victims: str, points: str) -> int:
    """Run mmm with these arguments, to die at a point; ``points``: the file that tells which were passed, if it lives.

    The point of a keeper begins with `keeper:`, and it is the keeper that dies there.
    """
    if point.startswith("keeper:"):
        os.environ[KEEPER_POINT] = point.removeprefix("keeper:")
        os.environ[KEEPER_VICTIMS] = victims
        client._PROGRAM = KEEPER
        point = ""
    traces = ""
    if point.startswith("keeper-fault:"):
        under_strace("-o", os.devnull, "-e", f"inject={point.removeprefix('keeper-fault:')}")
        point = ""
    if point.startswith("trace:"):
        traces, point = point.removeprefix("trace:"), ""
        under_strace("-o", os.path.join(traces, "keeper 1"), "-e", f"trace={','.join(WRITING)}")
    doom = Doom(point, victims)
    install(doom, traces)
    code = main(arguments)
    with open(points, "w", encoding="utf-8") as file:
        file.write("\n".join(doom.passed))
    return code
