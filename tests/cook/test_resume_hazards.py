"""`mmm resume` where something is not as one thinks: another mmm was quicker, it is a copy, an agent is at work."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cook.living import cooking, end, journalled, leftovers, open_gate
from tests.cook.test_agent_endings import OVERLOADED
from tests.cook.test_resume import how, kill, resume, resuming, thinking
from tests.process.programs import eventually
from tests.process.test_leftovers import linux
from tests.support.cooking import Kitchen, playbook

pytestmark = linux

FAILING = """
- {id: one, shell: "echo one > one"}
- {id: two, shell: "test -e ../fixed && echo two >> ../runs"}
"""

SLOW_TO_LOCK = """
import sys
from contextlib import contextmanager
from mmm_lang.runtime import resume
lock = resume.session_lock

@contextmanager
def late(*args):
    print("ready", flush=True)
    sys.stdin.readline()
    with lock(*args):
        yield

resume.session_lock = late
from mmm_lang.cli.main import main
sys.exit(main(["resume"]))
"""


def test_two_that_want_to_go_on_with_one_session(tmp_path: Path) -> None:
    """The slower one has read the journal before the quicker one wrote to it."""
    kitchen = playbook(tmp_path, FAILING)
    assert kitchen.cook("-n", "1").exit_code == 1
    (tmp_path / "fixed").touch()
    slow = subprocess.Popen(
        [sys.executable, "-c", SLOW_TO_LOCK],
        env=kitchen.env(),
        cwd=kitchen.repo,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert slow.stdout is not None
    assert slow.stdout.readline() == "ready\n"
    assert resume(kitchen).exit_code == 0
    journal = (kitchen.sessions()[0] / "journal.jsonl").read_bytes()
    said = slow.communicate("\n", timeout=60)
    assert slow.returncode == 2, said
    assert "has gone on meanwhile" in said[1]
    assert (kitchen.sessions()[0] / "journal.jsonl").read_bytes() == journal
    assert (tmp_path / "runs").read_text() == "two\n"


def copied(kitchen: Kitchen, tmp_path: Path) -> Kitchen:
    """The same repository once more, with all that lies in its git folder."""
    other = Kitchen(tmp_path / "copy", kitchen.scenario)
    other.folder.mkdir()
    shutil.copytree(kitchen.repo, other.repo, symlinks=True)
    shutil.copy(kitchen.playbook, other.playbook)
    return other


def test_a_session_of_a_repository_that_was_copied_runs_on_undisturbed(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, f"- shell: 'touch half; cat {tmp_path}/gate; echo x > whole'\n")
    os.mkfifo(tmp_path / "gate")
    with cooking(kitchen, "-n", "1") as process:
        eventually((kitchen.repo / "half").exists)
        journalled(kitchen, "keeper_started")
        other = copied(kitchen, tmp_path)
        other.playbook.write_text("- shell: echo y > other\n")
        assert other.cook("-n", "1").exit_code == 0
        open_gate(tmp_path / "gate")
        assert end(process).exit_code == 0
    assert (kitchen.repo / "whole").read_text() == "x\n"


def test_a_copy_does_not_go_on_in_the_place_of_the_original(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, FAILING)
    assert kitchen.cook("-n", "1").exit_code == 1
    other = copied(kitchen, tmp_path)
    (tmp_path / "fixed").touch()
    refused = resume(other, kitchen.sessions()[0].name)
    assert refused.exit_code == 2, refused
    assert "belongs to another repository" in refused.stderr
    assert kitchen.subjects() == []
    assert not (tmp_path / "runs").exists()
    assert resume(other).stderr == "Nothing to resume\n"


def test_back_to_a_step_while_the_agent_is_still_at_work(tmp_path: Path) -> None:
    """Nothing of it writes into the work tree any more when the steps run again."""
    kitchen = thinking(tmp_path)
    kitchen.with_agent("/mmm-think", writes={"again": "again\n"}, cost=0.1)
    with cooking(kitchen, "-n", "1", "--max-cost", "5") as process:
        eventually((kitchen.repo / "half").exists)
        kill(kitchen, process, keeper=False)
        with resuming(kitchen, "--from", "after") as unknown:
            assert unknown.wait(20) == 2
            assert leftovers(kitchen)  # nothing was done
            with resuming(kitchen, "--from", "think", "--max-cost", "20") as again:
                cooked = end(again)
                assert leftovers(kitchen) == []
    assert cooked.exit_code == 0, cooked
    assert kitchen.git("show", "--format=", "--name-only", "HEAD~1").split() == ["again"]
    [back] = kitchen.of_kind("rolled_back")
    assert kitchen.git("show", f"{back['rescue']}:half") == "half"
    last = kitchen.events()[-1]
    assert (last["calls"], last["cost_usd"], last["charged_usd"]) == (2, None, 5.0)


def test_back_to_a_step_loses_nothing_that_the_agent_did_until_it_was_ended(tmp_path: Path) -> None:
    """It works on between the first look of mmm at the files and its end."""
    kitchen = playbook(tmp_path, '- {id: think, claude: "/mmm-think"}\n')
    working = "while :; do echo line >> work; echo line >> ../done; sleep 0.005; done"
    kitchen.with_agent("/mmm-think", times=1, do=[{"sh": working}])
    kitchen.with_agent("/mmm-think", writes={"again": "again\n"})
    with cooking(kitchen, "-n", "1") as process:
        eventually((tmp_path / "done").exists)
        kill(kitchen, process, keeper=False)
        cooked = resume(kitchen, "--from", "think")
    assert cooked.exit_code == 0, cooked
    [back] = kitchen.of_kind("rolled_back")
    kept = kitchen.git("show", f"{back['rescue']}:work").splitlines()
    assert len(kept) >= len((tmp_path / "done").read_text().splitlines())
    assert kitchen.git("ls-files", "work", "again") == "again"


@pytest.mark.parametrize(("rerun", "exit_code"), [("never", 1), ("ask", 5)])
def test_an_agent_that_may_not_run_again_and_cannot_go_on(tmp_path: Path, rerun: str, exit_code: int) -> None:
    kitchen = playbook(tmp_path, f'- {{id: think, claude: "/mmm-think", rerun: {rerun}}}\n')
    doing = [{"write": "half", "text": "half\n"}, {"wait_for": str(tmp_path / "gate")}]
    kitchen.with_agent("/mmm-think", times=1, do=doing)
    kitchen.scenario.on_regex("", writes={"whole": "whole\n"})
    with cooking(kitchen, "-n", "1") as process:
        eventually((kitchen.repo / "half").exists)
        kill(kitchen, process, keeper=True)
        for known in kitchen.scenario.state.glob("session-*"):
            known.unlink()
        ended = resume(kitchen)
        assert ended.exit_code == exit_code, ended
        assert [one["resumed"] for one in kitchen.scenario.receipts()] == [False, True]
        if rerun == "ask":
            assert "run it again?" in ended.stdout
            assert resume(kitchen, "--approve", "think").exit_code == 0
            assert [one["resumed"] for one in kitchen.scenario.receipts()] == [False, True, False]


def test_killed_while_it_waits_to_call_again_an_agent_that_has_committed(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, '- {id: think, claude: "/mmm-think"}\n')
    own = [{"write": "half", "text": "half\n"}, {"commit": "its own"}]
    kitchen.with_agent("/mmm-think", times=1, do=own, cost=0.2, result=OVERLOADED, rc=1)
    kitchen.scenario.on_regex("", writes={"whole": "whole\n"}, cost=0.1)
    with cooking(kitchen, "-n", "1", MMM_API_WAIT="1h") as process:
        journalled(kitchen, "backed_off")
        process.send_signal(signal.SIGINT)
        assert end(process).exit_code == 130
        with resuming(kitchen, MMM_API_WAIT="1h") as again:
            eventually(lambda: kitchen.of_kind("session_resumed") or again.poll() is not None)
            assert again.poll() is None, again.communicate()


SECRET = "correct-horse-battery-staple"


def test_a_secret_that_a_step_was_given_is_one_for_whoever_goes_on(tmp_path: Path) -> None:
    """`env:` gave the step another value than the environment has; its end is on record when mmm is gone."""
    kitchen = playbook(
        tmp_path,
        f"""
        secrets: [TOKEN]
        steps:
          - id: leak
            claude: "/mmm-think"
            env: {{TOKEN: {SECRET}}}
        """,
    )
    gate = tmp_path / "gate"
    doing = [{"sh": f"printf %s {SECRET} > leaked; touch ../there"}, {"wait_for": str(gate)}]
    kitchen.with_agent("/mmm-think", do=doing)
    with cooking(kitchen, "-n", "1", TOKEN="another-value-of-it") as process:
        eventually((tmp_path / "there").exists)
        kill(kitchen, process, keeper=False)
        gate.touch()
        eventually(lambda: not leftovers(kitchen))
        cooked = resume(kitchen, TOKEN="another-value-of-it")
    assert how(kitchen) == [("leak", "taken")]
    assert cooked.exit_code == 1, cooked
    assert kitchen.of_kind("step_finished")[-1]["fault"] == "secret"
    assert SECRET not in "".join(path.read_text() for path in kitchen.sessions()[0].glob("journal*"))
