"""`mmm resume`: what was killed, stopped or failed goes on, with the same commits, and nothing is paid for twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cook.living import alive, cooking, end, journalled, keeper_of, leftovers, sweep_up
from tests.cook.test_agent_endings import QUOTA
from tests.process.programs import eventually
from tests.process.test_leftovers import linux
from tests.support.cooking import Cooked, Kitchen, playbook

pytestmark = linux


@contextmanager
def resuming(kitchen: Kitchen, *flags: str, **env: str) -> Iterator[subprocess.Popen[str]]:
    """`mmm resume` in the repository; it and all that is left of it is ended at last."""
    command = [sys.executable, "-m", "mmm_lang", "resume", *flags]
    with alive(kitchen, command, kitchen.env(**env)) as process:
        yield process


def resume(kitchen: Kitchen, *flags: str, **env: str) -> Cooked:
    with resuming(kitchen, *flags, **env) as process:
        return end(process, within=60)


def how(kitchen: Kitchen) -> list[tuple[object, object]]:
    """How runs that were cut off went on."""
    return [(one["step"], one["how"]) for one in kitchen.of_kind("step_resumed")]


def kill(kitchen: Kitchen, process: subprocess.Popen[str], *, keeper: bool) -> None:
    """SIGKILL to mmm, and to everything else of the session, too, where ``keeper``."""
    if keeper:
        os.kill(keeper_of(kitchen), signal.SIGSTOP)  # so that it cannot do anything in between
    process.kill()
    process.wait()
    if keeper:
        sweep_up(kitchen)
        eventually(lambda: not leftovers(kitchen))


def thinking(tmp_path: Path, **rule: object) -> Kitchen:
    """An agent call that is met in its middle: `half` is there, and it waits for the gate. A shell step follows."""
    gate = tmp_path / "gate"
    kitchen = playbook(
        tmp_path,
        """
        - {id: think, claude: "/mmm-think"}
        - {id: after, shell: "echo after > after"}
        """,
    )
    doing = [
        {"write": "half", "text": "half\n"},
        {"wait_for": str(gate)},
        {"write": "whole", "text": "whole\n"},
    ]
    return kitchen.with_agent("/mmm-think", times=1, do=doing, cost=0.5, **rule)


DONE = ["mmm: /mmm-think", "mmm: echo after > after"]


def lived_through(kitchen: Kitchen, cooked: Cooked) -> None:
    """It has ended as a session ends that nobody disturbs."""
    assert cooked.exit_code == 0, cooked
    assert kitchen.subjects() == DONE
    assert kitchen.git("status", "--porcelain") == ""
    assert kitchen.git("fsck", "--no-dangling") == ""
    assert leftovers(kitchen) == []
    assert len(kitchen.sessions()) == 1
    assert kitchen.events()[-1]["event"] == "session_finished"


# --- mmm is killed in an agent call ---


def test_the_agent_is_still_at_work(tmp_path: Path) -> None:
    kitchen = thinking(tmp_path)
    with cooking(kitchen, "-n", "1") as process:
        eventually((kitchen.repo / "half").exists)
        kill(kitchen, process, keeper=False)
        with resuming(kitchen) as again:
            journalled(kitchen, "step_resumed", how="attached")
            (tmp_path / "gate").touch()
            cooked = end(again)
    lived_through(kitchen, cooked)
    assert how(kitchen) == [("think", "attached")]
    assert len(kitchen.scenario.receipts()) == 1
    assert kitchen.events()[-1]["cost_usd"] == 0.5


def test_the_agent_came_to_its_end_meanwhile(tmp_path: Path) -> None:
    kitchen = thinking(tmp_path)
    with cooking(kitchen, "-n", "1") as process:
        eventually((kitchen.repo / "half").exists)
        kill(kitchen, process, keeper=False)
        (tmp_path / "gate").touch()
        eventually(lambda: not leftovers(kitchen))
        cooked = resume(kitchen)
    lived_through(kitchen, cooked)
    assert how(kitchen) == [("think", "taken")]
    assert len(kitchen.scenario.receipts()) == 1


@pytest.mark.parametrize("ended", [True, False])
def test_the_time_that_an_agent_took_when_mmm_was_gone_counts(tmp_path: Path, ended: bool) -> None:
    kitchen = thinking(tmp_path)
    with cooking(kitchen, "-n", "1") as process:
        eventually((kitchen.repo / "half").exists)
        kill(kitchen, process, keeper=False)
        if ended:
            (tmp_path / "gate").touch()
            eventually(lambda: not leftovers(kitchen))
        until = time.time()
        with resuming(kitchen) as again:
            resumed = journalled(kitchen, "session_resumed")
            (tmp_path / "gate").touch()
            assert end(again).exit_code == 0
    if ended:
        until = (kitchen.sessions()[0] / "steps" / "1" / "rc").stat().st_mtime
        assert resumed["elapsed"] == pytest.approx(until - kitchen.events()[0]["at"], abs=0.002)
    assert resumed["elapsed"] >= until - kitchen.events()[0]["at"] - 0.002


def test_everything_was_killed_and_the_agent_goes_on_in_its_own_session(tmp_path: Path) -> None:
    kitchen = thinking(tmp_path)
    kitchen.scenario.on_regex("", writes={"whole": "whole\n"}, cost=0.2)
    with cooking(kitchen, "-n", "1") as process:
        eventually((kitchen.repo / "half").exists)
        kill(kitchen, process, keeper=True)
        cooked = resume(kitchen)
    lived_through(kitchen, cooked)
    assert how(kitchen) == [("think", "continued")]
    first, second = kitchen.scenario.receipts()
    assert second["session"] == first["session"]
    assert second["resumed"]
    assert kitchen.git("show", "--format=", "--name-only", "HEAD~1").split() == ["half", "whole"]


def test_everything_was_killed_and_the_agent_cannot_go_on(tmp_path: Path) -> None:
    kitchen = thinking(tmp_path)
    kitchen.with_agent("/mmm-think", writes={"whole": "whole\n"}, cost=0.5)
    with cooking(kitchen, "-n", "1", "--max-cost", "2") as process:
        eventually((kitchen.repo / "half").exists)
        kill(kitchen, process, keeper=True)
        for known in kitchen.scenario.state.glob("session-*"):
            known.unlink()
        refused = resume(kitchen)
        cooked = resume(kitchen, "--max-cost", "3")
    assert refused.exit_code == 4  # the lost call had all that the session had left as its cap
    lived_through(kitchen, cooked)
    assert how(kitchen) == [("think", "continued"), ("think", "anew")]
    assert [one["resumed"] for one in kitchen.scenario.receipts()] == [False, True, False]
    assert kitchen.git("show", "--format=", "--name-only", "HEAD~1").split() == ["whole"]
    [back] = kitchen.of_kind("rolled_back")
    assert back["why"] == "cut-off"
    assert kitchen.git("show", f"{back['rescue']}:half") == "half"
    assert "cost: at least $0.50 (not every call told its cost)" in cooked.stdout


def test_killed_in_a_shell_step(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    script = f"echo x >> {tmp_path}/runs; echo half > half; test -e {gate} || sleep 1000; echo whole > whole"
    kitchen = playbook(tmp_path, f'- {{id: work, shell: "{script}", commit_message: work}}\n')
    with cooking(kitchen, "-n", "1") as process:
        eventually((kitchen.repo / "half").exists)
        kill(kitchen, process, keeper=False)
        gate.touch()
        cooked = resume(kitchen)
    assert cooked.exit_code == 0, cooked
    assert how(kitchen) == [("work", "anew")]
    assert kitchen.subjects() == ["work"]
    assert (tmp_path / "runs").read_text() == "x\nx\n"
    assert len(kitchen.of_kind("step_started")) == 2


# --- stopped in order ---


def test_after_ctrl_c(tmp_path: Path) -> None:
    kitchen = thinking(tmp_path)
    kitchen.scenario.on_regex("", writes={"whole": "whole\n"}, cost=0.2)
    with cooking(kitchen, "-n", "1") as process:
        eventually((kitchen.repo / "half").exists)
        process.send_signal(signal.SIGINT)
        assert end(process).exit_code == 130
        cooked = resume(kitchen)
    lived_through(kitchen, cooked)
    assert how(kitchen) == [("think", "continued")]


def test_after_ctrl_c_and_a_change_by_somebody(tmp_path: Path) -> None:
    kitchen = thinking(tmp_path)
    kitchen.with_agent("/mmm-think", writes={"whole": "whole\n"}, cost=0.5)
    with cooking(kitchen, "-n", "1") as process:
        eventually((kitchen.repo / "half").exists)
        process.send_signal(signal.SIGINT)
        assert end(process).exit_code == 130
        (kitchen.repo / "half").write_text("by hand\n")
        cooked = resume(kitchen)
    lived_through(kitchen, cooked)
    assert how(kitchen) == [("think", "anew")]
    [back] = kitchen.of_kind("rolled_back")
    assert kitchen.git("show", f"{back['rescue']}:half") == "by hand"


def test_ctrl_c_while_a_surviving_agent_is_waited_for(tmp_path: Path) -> None:
    kitchen = thinking(tmp_path)
    kitchen.scenario.on_regex("", writes={"whole": "whole\n"})
    with cooking(kitchen, "-n", "1") as process:
        eventually((kitchen.repo / "half").exists)
        kill(kitchen, process, keeper=False)
        with resuming(kitchen) as again:
            journalled(kitchen, "step_resumed", how="attached")
            again.send_signal(signal.SIGINT)
            assert end(again).exit_code == 130
        assert leftovers(kitchen) == []
        cooked = resume(kitchen)
    lived_through(kitchen, cooked)
    assert how(kitchen) == [("think", "attached"), ("think", "continued")]


def test_killed_twice_in_a_row(tmp_path: Path) -> None:
    kitchen = thinking(tmp_path)
    with cooking(kitchen, "-n", "1") as process:
        eventually((kitchen.repo / "half").exists)
        kill(kitchen, process, keeper=False)
        with resuming(kitchen) as again:
            journalled(kitchen, "step_resumed", how="attached")
            again.kill()
            again.wait()
            (tmp_path / "gate").touch()
            cooked = resume(kitchen)
    lived_through(kitchen, cooked)
    assert len(kitchen.scenario.receipts()) == 1


# --- ended, and resumable ---

FAILING = """
- {id: one, shell: "echo one > one"}
- {id: two, shell: "echo half > half; test -e ../fixed"}
- {id: three, shell: "echo three > three"}
"""


def test_after_a_failure_that_was_rolled_back(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, FAILING)
    assert kitchen.cook("-n", "1").exit_code == 1
    assert kitchen.subjects() == []
    (tmp_path / "fixed").touch()
    cooked = resume(kitchen)
    assert cooked.exit_code == 0, cooked
    assert kitchen.subjects() == [
        "mmm: echo one > one",
        "mmm: echo half > half; test -e ../fixed",
        "mmm: echo three > three",
    ]
    runs = [(one["step"], one["attempt"]) for one in kitchen.of_kind("step_started")]
    assert runs == [("one", 1), ("two", 1), ("two", 2), ("three", 1)]
    assert kitchen.git("status", "--porcelain") == ""


def test_what_is_put_back_is_committed_and_not_staged_as_deleted(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        - shell: "echo one > one; echo theirs >> README; git commit -qm theirs README"
        - shell: "test -e ../fixed"
        """,
    )
    for name in ("notes", "staged"):
        kitchen.with_file(name, "start\n")
        (kitchen.repo / name).write_text("mine\n")
    kitchen.git("add", "staged")
    assert kitchen.cook("-n", "1", "--allow-dirty").exit_code == 1
    (tmp_path / "fixed").touch()
    assert resume(kitchen).exit_code == 0
    assert kitchen.git("diff", "--cached", "--name-status") == "M\tstaged"
    assert kitchen.git("diff", "--name-status") == "M\tnotes"


def test_after_a_failure_the_handlers_have_fresh_rounds(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        - id: group
          steps:
            - {id: one, shell: "echo one > one"}
            - id: two
              shell: "test -e ../fixed"
              on_failure: {shell: "echo x >> ../rounds; test ! -e ../ready || touch ../fixed", max_attempts: 1}
        """,
    )
    assert kitchen.cook("-n", "1").exit_code == 1
    assert resume(kitchen).exit_code == 1
    (tmp_path / "ready").touch()
    cooked = resume(kitchen)
    assert cooked.exit_code == 0, cooked
    assert (tmp_path / "rounds").read_text() == "x\nx\nx\n"
    assert [one["round"] for one in kitchen.of_kind("handler_started")] == [1, 2, 3]
    assert [one["step"] for one in kitchen.of_kind("step_started")].count("one") == 1
    assert kitchen.subjects() == ["mmm: echo one > one"]


def test_after_a_failure_somebody_committed(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, FAILING)
    assert kitchen.cook("-n", "1").exit_code == 1
    kitchen.with_file("theirs", "x\n")
    (tmp_path / "fixed").touch()
    refused = resume(kitchen)
    assert refused.exit_code == 2
    assert "HEAD is not where the session left it" in refused.stderr
    assert "`--from two`" in refused.stderr
    assert (kitchen.repo / "theirs").exists()
    cooked = resume(kitchen, "--from", "two")
    assert cooked.exit_code == 0, cooked
    assert len(kitchen.subjects()) == 3
    assert not (kitchen.repo / "theirs").exists()
    back = kitchen.of_kind("rolled_back")[-1]
    assert kitchen.git("show", f"{back['rescue']}:theirs") == "x"


def test_from_a_step(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, FAILING)
    assert kitchen.cook("-n", "1", "--on-failure", "keep").exit_code == 1
    (tmp_path / "fixed").touch()
    unknown = resume(kitchen, "--from", "three")
    assert unknown.exit_code == 2
    assert "no such step has begun" in unknown.stderr
    cooked = resume(kitchen, "--from", "one")
    assert cooked.exit_code == 0, cooked
    assert [one["step"] for one in kitchen.of_kind("step_started")] == ["one", "two", "one", "two", "three"]
    assert len(kitchen.subjects()) == 3
    [back] = kitchen.of_kind("rolled_back")
    assert back["why"] == "asked"
    assert kitchen.git("show", f"{back['rescue']}:half") == "half"


def test_after_a_quota(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, '- {id: think, claude: "/mmm-think"}\n')
    kitchen.with_agent("/mmm-think", times=1, writes={"half": "half\n"}, result=QUOTA, rc=1)
    kitchen.scenario.on_regex("", writes={"whole": "whole\n"})
    paused = kitchen.cook("-n", "1")
    assert paused.exit_code == 5, paused
    cooked = resume(kitchen)
    assert cooked.exit_code == 0, cooked
    assert how(kitchen) == [("think", "continued")]
    assert kitchen.subjects() == ["mmm: /mmm-think"]


def test_a_budget_that_is_raised(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        - {id: one, claude: "/mmm-one"}
        - {id: two, claude: "/mmm-two"}
        """,
    )
    kitchen.with_agent("/mmm-one", writes={"one": "1\n"}, cost=0.5)
    kitchen.with_agent("/mmm-two", writes={"two": "2\n"}, cost=0.25)
    assert kitchen.cook("-n", "1", "--max-calls", "1").exit_code == 4
    again = resume(kitchen)
    assert again.exit_code == 4
    cooked = resume(kitchen, "--max-calls", "2")
    assert cooked.exit_code == 0, cooked
    assert kitchen.events()[-1]["cost_usd"] == 0.75
    assert len(kitchen.scenario.receipts()) == 2


# --- what cannot be resumed ---


def test_nothing_to_resume(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, "- shell: 'true'\n")
    assert resume(kitchen) == Cooked(2, "", "Nothing to resume\n")
    assert kitchen.cook("-n", "1").exit_code == 0
    assert resume(kitchen) == Cooked(2, "", "Nothing to resume\n")
    name = kitchen.sessions()[0].name
    assert f"session {name} has come to its end" in resume(kitchen, name[:15]).stderr


def test_a_damaged_journal(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, "- {id: one, shell: 'exit 1'}\n")
    assert kitchen.cook("-n", "1").exit_code == 1
    journal = kitchen.sessions()[0] / "journal.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join([*lines[:2], lines[2].replace("one", "two"), *lines[3:]]))
    refused = resume(kitchen, kitchen.sessions()[0].name)
    assert refused.exit_code == 2
    assert "line 3" in refused.stderr
    assert "the 2 events before that can be read" in refused.stderr


def test_a_plan_that_was_edited_meanwhile_is_the_pinned_one(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, FAILING)
    assert kitchen.cook("-n", "1").exit_code == 1
    kitchen.playbook.unlink()
    (tmp_path / "fixed").touch()
    assert resume(kitchen).exit_code == 0


# --- the next session ---


def test_a_new_session_does_not_begin_while_an_agent_is_at_work(tmp_path: Path) -> None:
    kitchen = thinking(tmp_path)
    with cooking(kitchen, "-n", "1") as process:
        eventually((kitchen.repo / "half").exists)
        kill(kitchen, process, keeper=False)
        refused = kitchen.cook()
        assert refused.exit_code == 2
        name = kitchen.sessions()[0].name
        assert f"session {name} was killed, and its agent is still at work on `/mmm-think`" in refused.stderr
        assert f"`mmm resume {name}`" in refused.stderr
        (tmp_path / "gate").touch()
        eventually(lambda: not leftovers(kitchen))
        kitchen.with_agent("/mmm-think")
        assert f"note: session {name} was killed here; `mmm resume {name}`" in kitchen.cook("-n", "1").stderr


# --- a person is asked ---


def test_a_question_for_a_person(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        - {id: one, shell: "echo one > one"}
        - {id: sure, approve: "deploy ${one.files}?"}
        - {id: two, shell: "echo two > two"}
        """,
    )
    with cooking(kitchen, "-n", "1") as process:
        paused = end(process)
    assert paused.exit_code == 5
    name = kitchen.sessions()[0].name
    assert f"To go on: mmm resume {name} --approve sure" in paused.stdout
    assert resume(kitchen).exit_code == 5
    cooked = resume(kitchen, "--approve", "sure")
    assert cooked.exit_code == 0, cooked
    assert len(kitchen.subjects()) == 2
    assert [one["question"] for one in kitchen.of_kind("approved")] == ["deploy one?"]
    assert playbook_in(tmp_path / "other", kitchen).cook("-n", "1", "--yes").exit_code == 0


def test_who_said_yes_once_is_asked_again_in_the_next_iteration(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        - {id: work, shell: "echo x >> work"}
        - {id: sure, approve: "publish?"}
        - {id: publish, shell: "echo x >> published", cwd: "."}
        """,
    )
    assert kitchen.cook("-n", "3").exit_code == 5
    assert resume(kitchen, "--approve", "sure").exit_code == 5
    assert (kitchen.folder / "repo" / "published").read_text() == "x\n"
    assert len(kitchen.of_kind("approved")) == 1


def playbook_in(folder: Path, other: Kitchen) -> Kitchen:
    """The same playbook in a repository of its own."""
    folder.mkdir()
    return playbook(folder, other.playbook.read_text())


def test_a_step_that_may_not_run_twice(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        - {id: one, shell: "echo one > one"}
        - {id: publish, shell: "echo x >> ../sent; sleep 1000", rerun: ask}
        """,
    )
    sent = tmp_path / "sent"
    with cooking(kitchen, "-n", "1") as process:
        eventually(sent.exists)
        kill(kitchen, process, keeper=False)
        asked = resume(kitchen)
        assert asked.exit_code == 5
        assert "was cut off in the middle: run it again?" in asked.stdout
        assert "--approve publish" in asked.stdout
        assert sent.read_text() == "x\n"
        with resuming(kitchen, "--approve", "publish") as again:
            eventually(lambda: sent.read_text() == "x\nx\n")
            again.kill()
    assert kitchen.subjects() == ["mmm: echo one > one"]


# --- a quota that is waited for ---


def test_waiting_for_a_quota(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, '- {id: think, claude: "/mmm-think"}\n')
    soon = datetime.fromtimestamp(time.time() + 3, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    limit = {**QUOTA, "result": f"You've hit your session limit · resets {soon}"}
    kitchen.with_agent("/mmm-think", times=1, result=limit, rc=1)
    kitchen.scenario.on_regex("", writes={"whole": "whole\n"})
    with cooking(kitchen, "-n", "1", "--wait") as process:
        cooked = end(process, within=60)
    assert cooked.exit_code == 0, cooked
    assert "waiting until" in cooked.stderr
    assert kitchen.subjects() == ["mmm: /mmm-think"]
    assert [one["event"] for one in kitchen.events()].count("session_resumed") == 1


# --- between a commit and its event ---

KILLED_THERE = """
import os, signal, sys
from mmm_lang.runtime.real import GitTree
from mmm_lang.runtime.journal import Journal

point = sys.argv.pop(1)
if point == "after the commit":
    made = GitTree.commit
    def commit(*args):
        made(*args)
        os.kill(os.getpid(), signal.SIGKILL)
    GitTree.commit = commit
elif point == "half of the restore":
    from mmm_lang.git import rollback
    def put_files(*args):
        os.kill(os.getpid(), signal.SIGKILL)
    rollback._put_files = put_files
else:
    append = Journal.append
    def appended(self, event):
        entry = append(self, event)
        if type(event).__name__ == point:
            os.kill(os.getpid(), signal.SIGKILL)
        return entry
    Journal.append = appended
from mmm_lang.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def killed_at(kitchen: Kitchen, point: str, *flags: str) -> None:
    """Cook in a process that dies at a point of the test's choice."""
    python, _, _, *arguments = kitchen.command(*flags)
    done = subprocess.run(
        [python, "-c", KILLED_THERE, point, *arguments],
        env=kitchen.env(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done
    eventually(lambda: not leftovers(kitchen))


@pytest.mark.slow
@pytest.mark.parametrize(
    "point",
    [
        "after the commit",
        "SessionStarted",
        "IterationStarted",
        "KeeperStarted",
        "StepStarted",
        "AgentCalled",
        "StepRan",
        "StepCommitted",
        "StepFinished",
        "IterationFinished",
    ],
)
def test_killed_at_any_point_of_a_run(tmp_path: Path, point: str) -> None:
    kitchen = thinking(tmp_path)
    (tmp_path / "gate").touch()
    kitchen.with_agent("/mmm-think", writes={"half": "half\n", "whole": "whole\n"}, cost=0.5)
    killed_at(kitchen, point, "-n", "1")
    cooked = resume(kitchen)
    lived_through(kitchen, cooked)
    assert len(kitchen.scenario.receipts()) == 1
    assert kitchen.git("show", "--format=", "--name-only", "HEAD~1").split() == ["half", "whole"]


def test_killed_in_the_middle_of_a_rollback(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, FAILING)
    killed_at(kitchen, "half of the restore", "-n", "1")
    cooked = resume(kitchen)
    assert cooked.exit_code == 1
    assert kitchen.subjects() == []
    assert kitchen.git("status", "--porcelain") == ""
    [back] = kitchen.of_kind("rolled_back")
    assert kitchen.git("show", f"{back['rescue']}:half") == "half"
    assert kitchen.git("for-each-ref", "refs/mmm/rescue").count("\n") == 0
    (tmp_path / "fixed").touch()
    assert resume(kitchen).exit_code == 0
    assert len(kitchen.subjects()) == 3
