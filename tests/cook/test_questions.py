"""Questions to a person on a terminal: yes, no, nothing, Ctrl-C, a signal, letters that are none."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cook.living import Terminal, cooking, leftovers, on_a_terminal
from tests.cook.test_resume import kill
from tests.process.programs import eventually
from tests.process.test_leftovers import linux
from tests.support.cooking import Kitchen, playbook

pytestmark = linux

SURE = """
- {id: one, shell: "echo one > one"}
- {id: sure, approve: "deploy it?"}
- {id: two, shell: "echo two > two"}
"""


@contextmanager
def asked(kitchen: Kitchen, question: str, *flags: str, columns: int = 80, **how: Any) -> Iterator[Terminal]:
    """`mmm cook`, or another ``command``, on a terminal, when it has asked that question."""
    with on_a_terminal(kitchen, "-n", "1", *flags, columns=columns, **how) as terminal:
        eventually(lambda: question.encode() in terminal.said or terminal.process.poll() is not None)
        assert question.encode() in terminal.said, terminal.said
        yield terminal


def ended(kitchen: Kitchen, terminal: Terminal) -> int:
    code = terminal.process.wait(20)
    assert leftovers(kitchen) == []
    return code


@pytest.mark.parametrize(
    ("typed", "exit_code", "subjects"),
    [
        (b"y\r", 0, ["mmm: echo one > one", "mmm: echo two > two"]),
        (b" YES \r", 0, ["mmm: echo one > one", "mmm: echo two > two"]),
        (b"\r", 1, ["mmm: echo one > one"]),
        (b"\xff\xfe\r", 1, ["mmm: echo one > one"]),
        (b"\x03", 130, ["mmm: echo one > one"]),
        (b"\x04", 5, ["mmm: echo one > one"]),
    ],
    ids=["yes", "a long yes", "nothing", "no letters", "ctrl-c", "end of input"],
)
def test_an_answer_to_approve(tmp_path: Path, typed: bytes, exit_code: int, subjects: list[str]) -> None:
    kitchen = playbook(tmp_path, SURE)
    with asked(kitchen, "deploy it? [y/N]") as terminal:
        terminal.type(typed)
        assert ended(kitchen, terminal) == exit_code, terminal.said
    assert kitchen.subjects() == subjects
    assert kitchen.events()[-1]["event"] == "session_finished"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_session_at_a_question(tmp_path: Path, number: signal.Signals) -> None:
    kitchen = playbook(tmp_path, SURE)
    with asked(kitchen, "deploy it? [y/N]") as terminal:
        terminal.process.send_signal(number)
        assert ended(kitchen, terminal) == 143
    assert kitchen.events()[-1]["reason"] == "terminated"


def test_a_terminal_that_goes_away_at_a_question(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, SURE)
    with asked(kitchen, "deploy it? [y/N]") as terminal:
        terminal.hang_up()
        assert ended(kitchen, terminal) in (5, 143)
    assert kitchen.events()[-1]["event"] == "session_finished"


def test_a_terminal_without_these_letters_in_a_narrow_window(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, SURE)
    with asked(kitchen, "deploy it? [y/N]", columns=12, PYTHONIOENCODING="latin-1") as terminal:
        terminal.type(b"y\r")
        assert ended(kitchen, terminal) == 0, terminal.said


def test_whether_to_run_again_what_was_cut_off(tmp_path: Path) -> None:
    sent = tmp_path / "sent"
    script = "echo x >> ../sent; test -e ../once || { touch ../once; sleep 1000; }"
    kitchen = playbook(tmp_path, f"- {{id: publish, shell: '{script}', rerun: ask}}\n")
    with cooking(kitchen, "-n", "1") as process:
        eventually((tmp_path / "once").exists)
        kill(kitchen, process, keeper=False)
        resumed = [*kitchen.command()[:3], "resume", "--path", str(kitchen.repo)]
        with asked(kitchen, "run it again? [y/N]", command=resumed) as terminal:
            terminal.type(b"n\r")
            assert ended(kitchen, terminal) == 1, terminal.said
        assert sent.read_text() == "x\n"
        assert kitchen.of_kind("step_finished")[-1]["fault"] == "cut-off"
        refused = subprocess.run(resumed, env=kitchen.env(), capture_output=True, text=True, check=False)
        assert refused.returncode == 2
        with asked(kitchen, "", command=[*resumed, "--from", "publish"]) as terminal:
            assert ended(kitchen, terminal) == 0, terminal.said
        assert sent.read_text() == "x\nx\n"
