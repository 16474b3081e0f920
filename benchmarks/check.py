"""Start-up and speed of `mmm check`, beside the floor.

The floor is a Python program that reads the same file with PyYAML's C events and exits. All programs are started in
turn, round after round, so that whatever else the machine does hits them alike; the first round is not counted. What
counts is processor time, with that of the processes that a program starts (shellcheck), for it suffers least from other
work on the machine; wall time stands beside it. Where `actionlint` is on the ``PATH``, it is measured too, on workflows
of the same length, without its calls of other programs (as ``--no-shellcheck``). Run ``python benchmarks/check.py`` from
a checkout with mmm installed; ``--rounds`` sets how often (default 15).
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

FLOOR = """\
import sys, yaml
for path in sys.argv[1:]:
    with open(path, "rb") as file:
        for event in yaml.parse(file, Loader=yaml.CSafeLoader):
            pass
"""

_GATHERED = (min, statistics.median)

STEPS = """\
  # Step {n}: find what is untested, test it, repair what breaks.
  - claude: "/mmm-coverage --round {n}"
    id: coverage{n}
  - claude: "/mmm-implement-spec ${{coverage{n}.spec}}"
    timeout: 20m

  - shell: |
      set -eu
      cargo test
    id: tests{n}
    on_failure:
      claude: "/mmm-debug --error ${{shell.output}}"
      max_attempts: 3
  - when: ${{tests{n}.attempts}} > 1
    claude: "/mmm-lint"
    commit_required: false
"""

JOB = """\
  job{n}:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - name: Test
        run: |
          set -eu
          cargo test
"""


def workflow(lines: int) -> str:
    """A workflow of GitHub Actions of about that many lines, for actionlint."""
    rounds = max(1, round((lines - 3) / JOB.count("\n")))
    return "name: Test\non: push\njobs:\n" + "".join(JOB.format(n=number) for number in range(rounds))


def playbook(lines: int) -> str:
    """A playbook without mistakes of about that many lines."""
    head = "name: Test coverage\nsteps:\n"
    rounds = max(1, round((lines - 2) / STEPS.count("\n")))
    return head + "".join(STEPS.format(n=number) for number in range(rounds))


class Taken(NamedTuple):
    """What one run took, in seconds: of processors, and by the clock."""

    cpu: float
    wall: float


def taken_by(command: Sequence[str], folder: str) -> Taken:
    """One run in ``folder``. Raises ``CalledProcessError`` where it finds a mistake."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    ended = time.perf_counter()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Taken(usage.ru_utime + usage.ru_stime, ended - began)


def interleaved(commands: Mapping[str, Sequence[str]], folder: str, rounds: int) -> dict[str, list[Taken]]:
    """What the runs of each command took, by name, each command once a round."""
    times: dict[str, list[Taken]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            taken = taken_by(command, folder)
            if number:
                times[name].append(taken)
    return times


def program() -> list[str]:
    """The command `mmm` as it is installed beside this interpreter; without one, the module."""
    installed = shutil.which("mmm", path=os.path.dirname(sys.executable))
    return [installed] if installed is not None else [sys.executable, "-m", "mmm_lang"]


def main() -> int:
    """Measure and print the tables; 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=15, help="how often each program is started (default 15)"
    )
    rounds = parser.parse_args().rounds
    print(
        f"Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} processors, {rounds} rounds"
    )
    print("time in ms; times the floor: of processor time, by the minima and by the medians\n")
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder))
        for title, paths, count in (
            ("30 lines", ["short.yml"], rounds),
            ("10,000 lines", ["long.yml"], max(3, rounds // 3)),
            (
                "1,000 files of 30 lines",
                [f"many/{number}.yml" for number in range(1000)],
                max(3, rounds // 5),
            ),
        ):
            _measure(title, paths, folder, count)
    return 0


def _write(folder: Path) -> None:
    (folder / "short.yml").write_text(playbook(30), encoding="utf-8")
    (folder / "long.yml").write_text(playbook(10_000), encoding="utf-8")
    (folder / "many").mkdir()
    for number in range(1000):
        (folder / "many" / f"{number}.yml").write_text(playbook(30), encoding="utf-8")
    (folder / "workflows" / "many").mkdir(parents=True)
    for path in sorted(folder.rglob("*.yml")):
        lines = 10_000 if path.name == "long.yml" else 30
        (folder / "workflows" / path.relative_to(folder)).write_text(workflow(lines), encoding="utf-8")


def _measure(title: str, paths: Sequence[str], folder: str, rounds: int) -> None:
    check = [*program(), "check"]
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "floor: PyYAML's C events": [sys.executable, "-c", FLOOR, *paths],
        "mmm check --no-shellcheck": [*check, "--no-shellcheck", *paths],
        "mmm check": [*check, *paths],
    }
    actionlint = shutil.which("actionlint")
    if actionlint is not None:
        workflows = [f"workflows/{path}" for path in paths]
        commands["actionlint"] = [actionlint, "-shellcheck=", "-pyflakes=", *workflows]
    times = interleaved(commands, folder, rounds)
    floor = times["floor: PyYAML's C events"]
    print(f"{title}\n{'':28} {'CPU min':>9} {'median':>9} {'wall min':>9} {'median':>9}  times the floor")
    for name, taken in times.items():
        figures = [
            gather([getattr(one, kind) for one in taken]) * 1000
            for kind in ("cpu", "wall")
            for gather in _GATHERED
        ]
        ratios = [
            gather([one.cpu for one in taken]) / gather([one.cpu for one in floor]) for gather in _GATHERED
        ]
        columns = " ".join(f"{figure:9.1f}" for figure in figures)
        print(f"{name:28} {columns}  {ratios[0]:.2f} {ratios[1]:.2f}")
    print()


if __name__ == "__main__":
    sys.exit(main())
