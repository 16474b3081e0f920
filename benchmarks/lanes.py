"""Many items through lanes: what an item costs beside its agent, and whether mmm grows while it runs them.

A playbook of one agent call is cooked for many values with ``--parallel``, in a repository of a few files, with a
scripted agent that writes one file at once. While it runs, the process is looked at from outside: memory (RSS), open
files and threads. Given are the most of each in the second tenth of the items and in the last, how it was left when the
last lane had ended, and processor time an item: of mmm, and of all processes together (git, keepers, agents). Linux
only. Run ``python benchmarks/lanes.py`` from a checkout with mmm installed; ``--items`` (default 200), ``--lanes``
(default 4), ``--merge``: their work is merged, too.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

AGENT = Path(__file__).resolve().parent.parent / "tests" / "support" / "claude"
PLAYBOOK = """\
name: many
steps:
  - claude: "/mmm-write $ARG"
"""
RULES = [
    {"match": "^/mmm-write", "do": [{"write": "@ARGS@", "text": "written\n"}], "text": "done", "cost": 0.01}
]


class Look(NamedTuple):
    """What mmm holds at one moment: MiB, open files, threads, and how many items have begun."""

    memory: float
    files: int
    threads: int
    items: int


def repository(folder: Path) -> Path:
    """A repository of a few files with a commit, and the agent's command."""
    repo = folder / "repo"
    (repo / ".claude" / "commands").mkdir(parents=True)
    (repo / ".claude" / "commands" / "mmm-write.md").write_text("Write.\n")
    for number in range(50):
        (repo / f"file-{number}").write_text(f"{number}\n" * 100)
    for command in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "start"]):
        subprocess.run(["git", *command], cwd=repo, env=environment(folder), check=True)
    return repo


def environment(folder: Path) -> dict[str, str]:
    """No settings of whoever measures, and the scripted agent."""
    person = {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "Ada"), ("EMAIL", "ada@example.org"))
    }
    own = {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "HOME": str(folder),
        "MMM_HOME": str(folder / "mmm"),
        "MMM_CLAUDE": str(AGENT),
        "MMM_SCENARIO": str(folder / "rules.json"),
        "MMM_SCENARIO_STATE": str(folder / "state"),
    }
    return {**os.environ, **person, **own}


def look(pid: int, sessions: Path) -> Look | None:
    """At a running process; ``None`` where it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        files = len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return None
    fields = dict(line.split(":", 1) for line in status.splitlines())
    if "VmRSS" not in fields:
        return None
    begun = sum(name.count("-") == 2 for name in os.listdir(sessions)) if sessions.is_dir() else 0
    return Look(int(fields["VmRSS"].split()[0]) / 1024, files, int(fields["Threads"]), begun)


def measured(items: int, lanes: int, *, merge: bool) -> tuple[list[Look], float, float, float]:
    """The looks at one run, its wall time, and the processor time of all its processes and of mmm alone."""
    with tempfile.TemporaryDirectory(prefix="mmm-lanes-") as name:
        folder = Path(name)
        (folder / "rules.json").write_text(json.dumps(RULES))
        (folder / "playbook.yml").write_text(PLAYBOOK)
        repo = repository(folder)
        argv = [sys.executable, "-m", "mmm_lang", "cook", str(folder / "playbook.yml"), "--path", str(repo)]
        argv += ["-n", "1", "--parallel", str(lanes), "-q", *(["--yes"] if merge else [])]
        argv += [word for number in range(items) for word in ("--args", f"item-{number}")]
        began, looks, own = time.perf_counter(), [], 0.0
        process = subprocess.Popen(argv, env=environment(folder), stdout=subprocess.DEVNULL)
        while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            if (found := look(process.pid, repo / ".git" / "mmm" / "sessions")) is not None:
                looks.append(found)
                own = _processor_time(process.pid) or own
            time.sleep(0.25)
        took = time.perf_counter() - began
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, argv[:6])
        return looks, took, usage.ru_utime + usage.ru_stime, own


def _processor_time(pid: int) -> float:
    """Seconds of a process without its children; 0 where it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> int:
    """Measure and print; 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=200, help="how many items (default 200)")
    parser.add_argument("--lanes", type=int, default=4, help="how many at once (default 4)")
    parser.add_argument("--merge", action="store_true", help="merge the work of each item, too")
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    print(f"Python {platform.python_version()}, {os.cpu_count()} processors, load {load:.1f} when it began")
    looks, took, everything, own = measured(arguments.items, arguments.lanes, merge=arguments.merge)
    tenth = arguments.items / 10
    for title, first, last in (("second", tenth, 2 * tenth), ("last", 9 * tenth, arguments.items)):
        there = [one for one in looks if first <= one.items <= last]
        memory, files = max(one.memory for one in there), max(one.files for one in there)
        print(
            f"{title} tenth: {memory:.1f} MiB, {files} open files, {max(one.threads for one in there)} threads"
        )
    print(f"left at the end: {looks[-1].files} open files, {looks[-1].threads} threads")
    clock, inside, all_of_it = (1000 * seconds / arguments.items for seconds in (took, own, everything))
    print(
        f"an item: {clock:.0f} ms by the clock, {inside:.0f} ms of processor in mmm, {all_of_it:.0f} ms in all"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
