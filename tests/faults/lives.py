"""Two lives of one session: one that nobody disturbs, one that is killed and resumed until it ends; then compared.

    life = Life(nursery, SESSION, tmp_path)
    life.lead("after event.StepRan 1", "before git.commit 1")   # cook dies there, the first resume there, then it ends
    assert life.story() == undisturbed.story()
    assert life.whole()

What is compared is what people care for: commits with trees, messages and authors, the work tree, verdicts and outputs,
handlers, money, rescued work. What may differ is named in one place, `Life.story`.
"""

from __future__ import annotations

import json
import random
import re
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from attrs import define, field, frozen

from mmm_lang.runtime.journal import read_journal
from tests.cook.living import leftovers, sweep_up
from tests.faults.nursery import NEVER_ENDED, Born, Nursery
from tests.process.programs import eventually
from tests.support.cooking import Kitchen, playbook

NOTHING = "Nothing to resume\n"
SIGNALS = ("INT", "TERM", "HUP")
"""Victims that are told to end, and not killed."""
CUT_OFF = (-signal.SIGKILL, -signal.SIGINT, -signal.SIGTERM, -signal.SIGHUP, 130, 143)
"""How a part ends that was killed or told to end."""
MANY = 12
"""Parts after which a session that still does not end never will."""


@frozen
class Script:
    """A playbook, what its agents do (a shell script that branches on `MMM_STEP`), and its acts.

    An act is what is done between two parts of the session: the first goes before `mmm cook`, each other one before a
    `mmm resume`. ``flags`` are those of `cook`. All that agents and steps do is right also when half of it has been done
    before.
    """

    name: str
    text: str
    agent: str = "true"
    flags: tuple[str, ...] = ("-n", "1")
    acts: tuple[Callable[[Kitchen], None], ...] = (lambda kitchen: None,)


@define
class Part:
    """One process of mmm in the life of a session."""

    code: int
    out: str
    err: str
    points: tuple[str, ...] = ()


@define
class Life:
    """A session in ``folder``, from `mmm cook` to its last end."""

    nursery: Nursery
    script: Script
    folder: Path
    kitchen: Kitchen = field(init=False)
    parts: list[Part] = field(factory=list)
    begun: list[Born] = field(factory=list)
    papers: Path | None = None
    """Where what mmm says is written, if not beside the rest."""

    def __attrs_post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        kitchen = self.kitchen = playbook(self.folder, self.script.text)
        (self.folder / "agent.sh").write_text(self.script.agent)
        work = f"sh {self.folder}/agent.sh"
        kitchen.scenario.on_regex("", sh=work, text="done", cost=0.25)
        for name in sorted(set(re.findall(r"/(mmm-[a-z]+)", self.script.text))):
            kitchen.with_command(name)
        kitchen.with_file(".gitignore", "ignored/\n")
        (kitchen.repo / "ignored").mkdir()
        (kitchen.repo / "ignored" / "cache").write_text("theirs\n")
        (kitchen.repo / "mine").write_bytes(b"mine \xff\r\n")

    def arguments(self, command: str) -> list[str]:
        flags = [str(self.kitchen.playbook), *self.script.flags] if command == "cook" else []
        return [command, *flags, "--path", str(self.kitchen.repo)]

    def start(self, command: str, point: str = "", victims: str = "mmm", **more: Any) -> Born:
        born = self.nursery.start(
            self.arguments(command),
            env=self.kitchen.env(MMM_API_WAIT="0.02"),
            cwd=self.kitchen.repo,
            folder=self.papers or self.folder,
            point=point,
            victims=victims,
            **more,
        )
        self.begun.append(born)
        return born

    def end(self, born: Born) -> Part:
        """Wait for its end. What it has left running is not waited for."""
        code = born.wait()
        points = born.points.read_text().splitlines() if born.points.exists() else []
        self.parts.append(Part(code, born.out.read_text(), born.err.read_text(), tuple(points)))
        return self.parts[-1]

    def lead(self, *points: str, victims: str = "mmm", command: str = "cook") -> Part:
        """Cook, and resume until it ends. Each of ``points`` kills one part (or signals it), in this order.

        ``command``: `resume` where a part was led by hand before.
        """
        left, deaths = list(points), sum(point != "" for point in points)
        for number, prepare in enumerate(self.script.acts):
            prepare(self.kitchen)
            command = command if number == 0 else "resume"
            while True:
                assert len(self.parts) < MANY, [part.err for part in self.parts]
                part = self.end(self.start(command, left.pop(0) if left else "", victims))
                assert part.code not in (70, NEVER_ENDED), part
                if part.err == NOTHING:
                    if self.began():  # it was killed after all was done
                        break
                    command = "cook"
                elif part.code in CUT_OFF or self.was_bereft(part):
                    command = "resume"
                else:
                    break
        assert not left, f"never came to {left}: {part}"
        assert self.deaths >= deaths or victims in SIGNALS
        return part

    @property
    def deaths(self) -> int:
        """How many parts were cut off."""
        return sum(part.code in CUT_OFF or self.was_bereft(part) for part in self.parts)

    def was_bereft(self, part: Part) -> bool:
        """Whether its keeper was killed under it, and it stopped for that."""
        return part.code == 1 and "the keeper of this session" in part.err

    # --- what is left of it ---

    def began(self) -> list[Path]:
        """The folders of sessions that have a first event."""
        journals = (session / "journal.jsonl" for session in self.kitchen.sessions())
        return [one.parent for one in journals if one.exists() and b"\n" in one.read_bytes()]

    def events(self) -> list[dict[str, Any]]:
        """All that was journalled of the one session that began."""
        [session] = self.began()
        read_journal(str(session))
        return [json.loads(line) for line in (session / "journal.jsonl").read_text().splitlines()]

    def receipts(self) -> Counter[str]:
        """How often each step's agent was called, as its own synced receipts say."""
        return Counter(str(one["env"]["MMM_STEP"]) for one in self.kitchen.scenario.receipts())

    def paid(self) -> int:
        """How many calls really began to be answered: one that asks for an unknown session is turned away."""
        return len(list(self.kitchen.scenario.state.glob("rule-*")))

    def spent(self) -> float:
        """What the agents' own books say, in US dollars."""
        books = self.kitchen.scenario.state.glob("session-*")
        return sum(float(book.read_text() or 0) for book in books)

    def story(self) -> dict[str, Any]:
        """What has to be the same, however often it was killed: without ids, hashes of commits, times."""
        events = self.events()
        last = events[-1]
        return {
            "commits": self.commits(),
            "branch": self.kitchen.git("symbolic-ref", "HEAD"),
            "branches": self.kitchen.git("for-each-ref", "--format=%(refname)", "refs/heads", "refs/tags"),
            "status": self.kitchen.git("status", "--porcelain", "--ignored"),
            "index": self.kitchen.git("write-tree"),
            "verdicts": [
                {
                    key: one.get(key)
                    for key in ("step", "path", "attempt", "status", "fault", "reason", "outputs", "files")
                }
                for one in events
                if one["event"] == "step_finished"
            ],
            "handlers": [
                (one["handler"], one.get("path"), one["round"])
                for one in events
                if one["event"] == "handler_started"
            ],
            "iterations": [
                {key: one.get(key) for key in ("iteration", "commits", "changed", "converged", "until")}
                for one in events
                if one["event"] == "iteration_finished"
            ],
            "end": {
                key: last.get(key)
                for key in (
                    "event",
                    "status",
                    "reason",
                    "message",
                    "exit_code",
                    "iterations",
                    "commits",
                    "files",
                )
            },
        }

    def money(self) -> dict[str, Any]:
        """What was spent, as the last event says."""
        return {key: self.events()[-1].get(key) for key in ("calls", "cost_usd", "charged_usd")}

    def commits(self) -> list[tuple[str, ...]]:
        """Each commit of the branch, oldest first: tree, author, message with its trailers."""
        log = self.kitchen.git("log", "--reverse", "--format=%T%x01%an <%ae>%x01%B%x02")
        found = [
            tuple(one.strip() for one in entry.split("\x01")) for entry in log.split("\x02") if entry.strip()
        ]
        return [tuple(self._plain(text) for text in one) for one in found]

    def rescued(self) -> Counter[str]:
        """The trees that rescue references keep."""
        return Counter(self.kitchen.git("for-each-ref", "--format=%(tree)", "refs/mmm/rescue").split())

    def _plain(self, text: str) -> str:
        for session in self.kitchen.sessions():
            text = text.replace(session.name, "SESSION")
        return text.replace(str(self.folder), "FOLDER")

    def whole(self) -> None:
        """Nothing is left running or locked, nothing is broken, nobody's files were touched."""
        kitchen = self.kitchen
        assert leftovers(kitchen) == []
        assert kitchen.git("fsck", "--no-dangling", "--strict") == ""
        assert (kitchen.repo / "mine").read_bytes() == b"mine \xff\r\n"
        assert (kitchen.repo / "ignored" / "cache").read_text() == "theirs\n"
        done = (
            self.parts[-1].err != NOTHING
        )  # else it died after its last event, and the next session lets go
        if done:
            assert self.locks() == []
        else:
            assert all(lock.startswith(".git/mmm/") for lock in self.locks()), self.locks()
        told = any(
            "warning: " in part.err for part in self.parts
        )  # what could not be let go is, by the next session
        if done and not told and self.events()[-1]["status"] == "succeeded":
            assert kitchen.git("for-each-ref", "refs/mmm/base") == ""
        assert all("Traceback" not in part.err for part in self.parts), [part.err for part in self.parts]

    def locks(self) -> list[str]:
        """The lock files in the git folder, as paths from the work tree's root."""
        return [
            str(path.relative_to(self.kitchen.repo)) for path in (self.kitchen.repo / ".git").rglob("*.lock")
        ]

    def bury(self) -> None:
        """After a test: nothing of it may disturb the next."""
        for born in self.begun:
            if born.code is None:
                born.send(signal.SIGKILL)
                born.wait()
        sweep_up(self.kitchen)


def quiet(kitchen: Kitchen) -> None:
    """Wait until nothing of a session runs."""
    eventually(lambda: not leftovers(kitchen))


Kind = TypeVar("Kind", bound=Life)


@contextmanager
def buried_at_last(kind: type[Kind], nursery: Nursery, folder: Path) -> Iterator[Callable[[Script], Kind]]:
    """Begins lives, each in a folder of its own below ``folder``; in the end nothing of them is left."""
    lives: list[Kind] = []

    def begin(script: Script) -> Kind:
        lives.append(kind(nursery, script, folder / f"{script.name}-{len(lives)}"))
        return lives[-1]

    yield begin
    for life in lives:
        life.bury()


BROKEN_OFF = ("rename:1", "openat:3", "write:1", "link:1", "unlink:1", "fsync:1")
"""System calls, and which of that kind, at which a git dies."""


def point_by(dice: random.Random, passed: Sequence[str], calls: Sequence[str] = BROKEN_OFF) -> str:
    """One of the points that a life has passed; inside a git, one of the ``calls`` too."""
    point = dice.choice(passed).replace("fault", "before")
    return f"{point} {dice.choice(calls)}" if point.startswith("inside git") else point


# --- the sessions that are told ---


def _fixed(kitchen: Kitchen) -> None:
    (kitchen.folder / "fixed").touch()


SESSION = Script(
    "session",
    """
    steps:
      - {id: think, claude: "/mmm-think"}
      - {id: flaky, shell: "echo $MMM_ATTEMPT > flaky; test $MMM_ATTEMPT = 2", retry: {attempts: 2, backoff: 0.01s}}
      - id: check
        shell: "echo x >> list; test -e mended"
        on_failure: {claude: "/mmm-mend", max_attempts: 2}
      - {id: loose, shell: "mkdir -p deep; echo loose > deep/loose; rm README", commit: false}
      - {id: grade, shell: "echo score: 7; echo graded >> list", outputs: {score: {regex: "score: (\\\\d+)"}}}
      - {id: tell, shell: "echo ${grade.score} > told"}
    """,
    agent="""
    case $MMM_STEP in
    think)
        git log --format=%s | grep -q "^own work" || { echo own > own; git add own; git commit -q -m "own work"; }
        echo idea > idea ;;
    *) echo mended > mended ;;
    esac
    """,
)
"""An agent that commits itself and leaves more; a retry; a handler; a step that commits nothing; values."""

FAILURE = Script(
    "failure",
    """
    steps:
      - {id: think, claude: "/mmm-think"}
      - {id: work, shell: "echo half > half; rm README; mkdir -p deep; echo x > deep/x; git add half; test -e ../fixed"}
      - {id: after, shell: "echo after > after"}
    """,
    agent="echo idea > idea; echo more >> README",
    acts=(lambda kitchen: None, _fixed),
)
"""A session that fails, is rolled back, and is resumed when what it failed for is mended."""

ROUNDS = Script(
    "rounds",
    """
    steps:
      - {id: think, claude: "/mmm-think"}
      - id: group
        steps:
          - {id: one, shell: "echo $MMM_ITERATION >> rounds"}
          - {id: two, shell: "test -e mended$MMM_ITERATION", on_failure: {shell: "echo m > mended$MMM_ITERATION"}}
    """,
    agent="echo $MMM_ITERATION > idea$MMM_ITERATION",
    flags=("-n", "2"),
)
"""Two iterations, a group, a handler that is a command."""

TALE = Script(
    "tale",
    """
    steps:
      - {id: many, shell: "mkdir -p many; for n in $(seq 300); do echo $n > many/long-name-of-a-file-$n; done"}
      - {id: one, shell: "echo one > one"}
    """,
)
"""An event that is too long for a line of the journal."""

WAITING = Script(
    "waiting",
    """
    steps:
      - {id: think, claude: "/mmm-think"}
      - {id: after, shell: "echo after > after"}
    """,
    agent="""
    for n in $(seq 200); do echo "line $n of what it says"; done
    git log --format=%s | grep -q "^own work" || { echo own > own; git add own; git commit -q -m "own work"; }
    echo half > half
    until test -e ../gate; do sleep 0.02; done
    echo whole > whole
    """,
)
"""An agent that is met in its middle: `half` is there, and it waits for the gate."""

BUSY = Script(
    "busy",
    """
    steps:
      - {id: work, shell: "sh ../agent.sh"}
      - {id: after, shell: "echo after > after"}
    """,
    agent="""
    echo x >> tries
    setsid sleep 1000 &
    ( setsid sh -c 'exec sleep 1000' < /dev/null > /dev/null 2>&1 & )
    ( trap "" HUP TERM; sleep 1000 < /dev/null > /dev/null 2>&1 ) &
    echo half > half
    until test -e ../gate; do sleep 0.02; done
    rm half
    """,
)
"""A shell step in its middle, with children that made their own sessions and dropped what ties them to it."""

PLAIN = Script(
    "plain",
    """
    steps:
      - {id: think, claude: "/mmm-think"}
      - {id: work, shell: "mkdir -p deep; echo x > deep/x; rm README; ln -s deep/x link", commit_message: work}
    """,
    agent="""
    git log --format=%s | grep -q "^own work" || { echo own > own; git add own; git commit -q -m "own work"; }
    echo idea > idea
    """,
)
"""Small, and without a handler, so that any fault has the same repair: resume it."""
