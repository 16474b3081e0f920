"""`mmm sessions`: what ran is listed, told, followed and tidied up."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
from contextlib import ExitStack

import pytest

from mmm_lang.cli import sessions_clean
from mmm_lang.cli.main import main
from mmm_lang.runtime.lock import session_lock
from mmm_lang.sessions.cleaning import choose
from mmm_lang.sessions.folders import NoSuchSession, SessionFolder, session_named
from tests.cli.in_repository import asked, copied, ids
from tests.cook.living import cooking, end, journalled, open_gate
from tests.process.programs import eventually
from tests.support.cooking import playbook

LOOP = """\
name: Review loop
steps:
  - {claude: /mmm-review, id: review}
  - shell: "printf 'a\\\\tb\\\\n\\\\033[31mred\\\\033[0m\\\\n'; test -f fixed"
    id: tests
    on_failure: {claude: /mmm-fix}
"""


@pytest.fixture(scope="module")
def cooked_once(tmp_path_factory):
    """Three sessions: one that converged, one that failed, and one that was stopped by its budget."""
    kitchen = playbook(tmp_path_factory.mktemp("kitchen"), LOOP)
    kitchen.with_agent("/mmm-review", times=1, writes={"specs/a.md": "# x"}, commits="review: a", cost=0.12)
    kitchen.with_agent("/mmm-review", text="nothing to do", cost=0.05)
    kitchen.with_agent("/mmm-fix", writes={"fixed": "1"}, cost=0.02)
    assert kitchen.cook().exit_code == 0
    kitchen.playbook.write_text("- {shell: 'echo oops; exit 3', id: breaks}\n")
    assert kitchen.cook().exit_code == 1
    kitchen.playbook.write_text("- {claude: /mmm-review}\n- {claude: /mmm-review}\n")
    assert kitchen.cook("--max-calls", "1").exit_code == 4
    return kitchen


@pytest.fixture
def cooked(cooked_once, tmp_path):
    return copied(cooked_once, tmp_path)


def sessions(capsys, kitchen, *arguments):
    return asked(capsys, kitchen, "sessions", *arguments)


def listed(capsys, kitchen, *arguments):
    return json.loads(sessions(capsys, kitchen, "ls", "--format", "json", *arguments).stdout)["sessions"]


def damage(kitchen, number):
    """Spoil a line of the first session's journal."""
    journal = kitchen.sessions()[0] / "journal.jsonl"
    lines = journal.read_bytes().split(b"\n")
    lines[number - 1] = lines[number - 1].replace(b'"', b"'", 1)
    journal.write_bytes(b"\n".join(lines))


# --- ls ---


def test_the_newest_comes_first(cooked_once, capsys):
    rows = [re.split(r"  +", line) for line in sessions(capsys, cooked_once, "ls").stdout.splitlines()]
    assert [row[3] for row in rows] == ["STATUS", "budget", "failed", "succeeded"]
    assert rows[3][2] == "Review loop"
    assert rows[3][4:] == ["2/10", "2", "$0.19", "3", "No more issues found"]
    assert [one["id"] for one in listed(capsys, cooked_once)] == ids(cooked_once)[::-1]
    assert [one["id"] for one in listed(capsys, cooked_once, "-n", "1")] == ids(cooked_once)[2:]
    [first] = listed(capsys, cooked_once)[2:]
    assert (first["cost_usd"], first["calls"], first["commits"], first["reason"]) == (0.19, 3, 2, "converged")


def test_a_folder_without_a_first_event_is_no_session(cooked, capsys):
    folder = cooked.repo / ".git" / "mmm" / "sessions"
    (folder / "20300101T000000-empty").mkdir()
    (folder / "20300101T000000-torn").mkdir()
    (folder / "20300101T000000-torn" / "journal.jsonl").write_bytes(b'{"seq":1')
    (folder / "a file").write_text("x")
    assert len(listed(capsys, cooked)) == 3


def test_damage_is_told_and_the_others_are_listed(cooked, capsys):
    damage(cooked, 4)
    one = listed(capsys, cooked)[2]
    assert (one["status"], one["name"]) == ("damaged", "Review loop")
    assert one["message"].startswith("line 4 of ")
    assert one["cost_usd"] is None
    shown = sessions(capsys, cooked, "show", ids(cooked)[0])
    assert shown.exit_code == 1
    assert "❌ damaged: line 4 of " in shown.stdout
    assert "what is told above are the 3 events before that line" in shown.stdout
    assert "/mmm-review" in shown.stdout
    told = json.loads(sessions(capsys, cooked, "show", ids(cooked)[0], "--format", "json").stdout)
    assert told["damage"]["line"] == 4
    assert [one["command"] for one in told["next"]] == [
        f"git log --all --grep 'Mmm-Session: {ids(cooked)[0]}'",
        "mmm rescue ls",
        f"mmm sessions clean {ids(cooked)[0]} --force",
    ]
    assert sessions(capsys, cooked, "logs", ids(cooked)[0]).exit_code == 1


def test_a_newer_version_is_refused_with_a_sentence(cooked, capsys):
    journal = cooked.sessions()[0] / "journal.jsonl"
    journal.write_bytes(re.sub(rb'"version":\d+', b'"version":99', journal.read_bytes()))
    one = listed(capsys, cooked)[2]
    assert one["status"] == "unreadable"
    assert [one[key] for key in ("cost_usd", "calls", "commits", "iterations")] == [None] * 4
    row = re.split(r"  +", sessions(capsys, cooked, "ls").stdout.splitlines()[3])
    assert row[4:8] == ["?", "?", "unknown", "?"]
    for arguments in (["show"], ["logs"]):
        done = sessions(capsys, cooked, *arguments, ids(cooked)[0])
        assert (done.exit_code, done.stdout) == (2, "")
        assert "its journal has version 99, and this mmm reads version" in done.stderr
        assert "update mmm" in done.stderr


def test_work_trees_share_their_sessions(cooked, capsys):
    cooked.git("worktree", "add", "-q", str(cooked.folder / "linked"))
    assert main(["sessions", "ls", "--path", str(cooked.folder / "linked"), "--format", "json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["sessions"]) == 3


# --- running and died ---


def test_a_session_that_runs_and_one_that_was_killed(tmp_path, capsys):
    kitchen = playbook(tmp_path, '- {shell: "echo begun; cat ../gate; echo over", id: waits}\n')
    os.mkfifo(tmp_path / "gate")
    with cooking(kitchen) as process:
        journalled(kitchen, "step_started")
        eventually(lambda: "begun" in sessions(capsys, kitchen, "logs").stdout)
        assert listed(capsys, kitchen)[0]["status"] == "running"
        assert "🔄 running: it runs now at `waits`" in sessions(capsys, kitchen, "show").stdout
        stays = sessions(capsys, kitchen, "clean", ids(kitchen)[0], "--force")
        assert stays.exit_code == 2
        assert "stays: it runs now" in stays.stderr
        assert "runs now" in asked(capsys, kitchen, "undo", ids(kitchen)[0]).stderr

        # somebody follows it, and is done when it is
        follower = subprocess.Popen(
            [*kitchen.command()[:3], "sessions", "logs", "-f", "--path", str(kitchen.repo)],
            env=kitchen.env(),
            stdout=subprocess.PIPE,
            text=True,
        )
        lines = [follower.stdout.readline(), follower.stdout.readline()]
        open_gate(tmp_path / "gate")
        rest = follower.communicate(timeout=20)[0]
        assert end(process).exit_code == 0
        assert lines == ["── run 1, `waits`: echo begun; cat ../gate; echo over\n", "begun\n"]
        assert rest == "over\n"
        assert follower.returncode == 0

    with cooking(kitchen) as process:
        eventually(lambda: len(ids(kitchen)) == 2)
        eventually(lambda: listed(capsys, kitchen)[0]["status"] == "running")
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert listed(capsys, kitchen)[0]["status"] == "died"
        assert f"mmm resume {ids(kitchen)[1]}" in sessions(capsys, kitchen, "show").stdout


def test_a_lock_that_another_process_left_holds_nothing(cooked, capsys):
    journal = cooked.sessions()[0] / "journal.jsonl"
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:-1]))
    with session_lock(str(cooked.repo / ".git"), ids(cooked)[0]):
        assert listed(capsys, cooked)[2]["status"] == "running"
    assert listed(capsys, cooked)[2]["status"] == "died"
    (cooked.repo / ".git" / "mmm" / "lock").write_text("nonsense")
    assert listed(capsys, cooked)[2]["status"] == "died"


def test_a_call_that_outlives_mmm_is_left_alone(tmp_path, capsys):
    kitchen = playbook(tmp_path, "- {claude: /mmm-think}\n")
    os.mkfifo(tmp_path / "gate")
    kitchen.with_agent("/mmm-think", sh=f"echo thinking; cat {tmp_path}/gate")
    with cooking(kitchen) as process:
        eventually(lambda: kitchen.scenario.receipts())
        process.send_signal(signal.SIGKILL)
        process.wait()
        [one] = listed(capsys, kitchen)
        assert (one["status"], one["message"]) == ("died", "it died at `step-1`, and its agent call goes on")
        assert (one["calls"], one["cost_usd"]) == (1, None)
        stays = sessions(capsys, kitchen, "clean", one["id"], "--force")
        assert (stays.exit_code, "its agent call goes on; wait for its end" in stays.stderr) == (2, True)
        assert "its agent call goes on" in asked(capsys, kitchen, "undo", one["id"]).stderr
        open_gate(tmp_path / "gate")
        eventually(lambda: listed(capsys, kitchen)[0]["message"] == "it died at `step-1`")


# --- show ---


def test_the_story_is_told_with_subjects_and_what_can_be_done(cooked_once, capsys):
    text = sessions(capsys, cooked_once, "show", ids(cooked_once)[0]).stdout
    commit = cooked_once.git("log", "--format=%h", "--abbrev=10", "--grep", "review: a")
    for line in (
        "   Workflow: Review loop (",
        "🔄 Iteration 1/10\n   ✅ [review] /mmm-review completed (",
        f"\n      {commit} review: a\n",
        "   🔧 Repairing `tests`, round 1\n      ✅ [tests.on_failure.1] /mmm-fix completed (",
        "   0 commits in this iteration, no file changed\n",
        "✅ succeeded: No more issues found\n   Iterations: 2/10\n   Commits: 2, files changed: 2\n",
        f"   mmm undo {ids(cooked_once)[0]}  take its commits back\n",
    ):
        assert line in text
    last = sessions(capsys, cooked_once, "show").stdout
    assert "▶ budget: the session has made its 1 agent call" in last
    assert f"   mmm resume {ids(cooked_once)[2]}  go on where it stopped\n" in last


def test_the_story_as_json(cooked_once, capsys):
    done = sessions(capsys, cooked_once, "show", ids(cooked_once)[0], "--format", "json")
    told = json.loads(done.stdout)
    assert told["session"] == listed(capsys, cooked_once)[2]
    runs = [part for part in told["iterations"][0]["parts"] if part["kind"] == "run"]
    assert [(run["step"], run["status"], run["run"]) for run in runs] == [
        ("review", "succeeded", 1),
        ("tests", "failed", 2),
        ("tests.on_failure.1", "succeeded", 3),
        ("tests", "succeeded", 4),
    ]
    assert [commit["subject"] for commit in runs[0]["commits"]] == ["review: a"]
    assert told["next"][-1]["command"] == f"mmm undo {ids(cooked_once)[0]}"


# --- names ---

FOLDERS = tuple(SessionFolder(name, "/x") for name in ("20260102-bb", "20260101-ab", "20260101-aa"))


@pytest.mark.parametrize("name", ["20260101-aa", "20260102"])
def test_a_session_is_named_by_a_beginning_of_its_id(name):
    assert session_named(name, FOLDERS).id.startswith(name)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("202601", "`202601` is the beginning of `20260102-bb`, `20260101-ab`, `20260101-aa`"),
        ("20260101", "`20260101` is the beginning of `20260101-ab`, `20260101-aa`; write more of the name"),
        ("20260101-ac", "write `20260101-a"),
        ("zzz", "`mmm sessions ls` lists all there are"),
        ("", "there is no session ``"),
    ],
)
def test_names_that_are_no_sessions(name, answer):
    with pytest.raises(NoSuchSession) as caught:
        session_named(name, FOLDERS)
    assert answer in str(caught.value)


def test_what_there_is_not(cooked_once, capsys, tmp_path):
    assert "there is no session `1999`" in sessions(capsys, cooked_once, "show", "1999").stderr
    wrong = sessions(capsys, cooked_once, "logs", ids(cooked_once)[0], "--step", "test")
    assert (wrong.exit_code, wrong.stderr) == (
        2,
        "error: no step `test` has run in this session; write `tests`\n",
    )
    assert (
        "have the numbers 1 to 6"
        in sessions(capsys, cooked_once, "logs", ids(cooked_once)[0], "--run", "9").stderr
    )
    for arguments in (["ls"], ["show"], ["logs"], ["clean", "--keep", "1"]):
        assert main(["sessions", *arguments, "--path", str(tmp_path)]) == 2
        assert "is not inside a git repository" in capsys.readouterr().err
    (tmp_path / "new").mkdir()
    new = playbook(tmp_path / "new", "")
    assert sessions(capsys, new, "ls").stdout == "Nothing has run in this repository yet\n"
    assert json.loads(sessions(capsys, new, "ls", "--format", "json").stdout)["sessions"] == []
    assert sessions(capsys, new, "show").stderr == (
        "error: there is no session: nothing has run in this repository yet\n"
    )


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        ([], 2, "`mmm sessions` wants to know what: ls, show, logs, clean"),
        (["lst"], 2, "`mmm sessions` has no `lst`; write `mmm sessions ls`"),
        (["zzz"], 2, "`mmm sessions` has no `zzz`; there are ls, show, logs, clean"),
        (["--help"], 0, "  mmm sessions logs   print what its steps printed"),
        (["logs", "--help"], 0, "usage: mmm sessions logs"),
    ],
)
def test_a_command_of_several_parts(capsys, arguments, code, sentence):
    assert main(["sessions", *arguments]) == code
    said = capsys.readouterr()
    assert sentence in said.out + said.err


# --- logs ---


def test_outputs_of_scripts_and_agents(cooked_once, capsys):
    text = sessions(capsys, cooked_once, "logs", ids(cooked_once)[0]).stdout
    assert text.startswith("── run 1, `review`: /mmm-review\n· ")
    assert "· writes specs/a.md\n" in text
    assert "── run 4, `tests`, run 2 of it: " in text
    assert sessions(capsys, cooked_once, "logs", ids(cooked_once)[1], "--run", "1").stdout == "oops\n"
    tests = sessions(capsys, cooked_once, "logs", ids(cooked_once)[0], "--step", "tests").stdout
    assert tests.count("── run") == 3
    assert tests.count("\x1b[31mred\x1b[0m") == 3
    raw = sessions(capsys, cooked_once, "logs", ids(cooked_once)[0], "--run", "1", "--raw").stdout
    assert '"type"' in raw


def test_a_terminal_is_not_obeyed(cooked_once):
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "mmm_lang", "sessions", "logs", ids(cooked_once)[0], "--run", "2"]
    with open(master, "rb", buffering=0) as reader:
        process = subprocess.Popen(
            [*command, "--path", str(cooked_once.repo)], env=cooked_once.env(), stdout=slave
        )
        os.close(slave)
        assert process.wait(20) == 0
        assert reader.read(1000) == b"a    b\r\nred\r\n"


# --- clean ---


def test_only_what_nobody_needs_is_removed(cooked, capsys):
    first, failed, stopped = ids(cooked)
    would = sessions(capsys, cooked, "clean", "--keep", "0", "--dry-run")
    assert would.stdout.startswith(f"would remove {first} (")
    assert "1 session would be removed, " in would.stdout
    assert ids(cooked) == [first, failed, stopped]
    done = sessions(capsys, cooked, "clean", "--keep", "0")
    assert done.exit_code == 0
    assert re.search(r"^1 session removed, [0-9,]+ bytes freed$", done.stdout, re.MULTILINE)
    assert f"kept {failed}: it failed and can be resumed; `--force` removes it all the same\n" in done.stdout
    assert ids(cooked) == [failed, stopped]
    refused = sessions(capsys, cooked, "clean", stopped)
    assert refused.exit_code == 2
    assert f"session {stopped} stays: it was stopped by its budget and can be resumed" in refused.stderr
    assert sessions(capsys, cooked, "clean", stopped, failed, "--force").exit_code == 0
    assert cooked.sessions() == []


def test_one_that_is_resumed_at_this_moment_stays(tmp_path, capsys, monkeypatch):
    kitchen = playbook(tmp_path, "- {shell: exit 1}\n")
    kitchen.cook()
    [failed] = ids(kitchen)
    with ExitStack() as resumed:

        def chosen(records, *, force):
            choice = choose(records, force=force)
            resumed.enter_context(session_lock(str(kitchen.repo / ".git"), failed))
            return choice

        monkeypatch.setattr(sessions_clean, "choose", chosen)
        refused = sessions(capsys, kitchen, "clean", failed, "--force")
    assert refused.exit_code == 2
    assert f"session {failed} (process {os.getpid()}) is running in this work tree" in refused.stderr
    assert ids(kitchen) == [failed]


def test_which_are_meant(cooked, capsys):
    first, failed, stopped = ids(cooked)
    for arguments in (["--older-than", "30d", "--force"], ["--keep", "3", "--force"], [first, "--keep", "5"]):
        assert "0 sessions removed, 0 bytes freed" in sessions(capsys, cooked, "clean", *arguments).stdout
    assert sessions(capsys, cooked, "clean", "--keep", "2", "--force").exit_code == 0
    assert ids(cooked) == [failed, stopped]
    nothing = sessions(capsys, cooked, "clean")
    assert nothing.exit_code == 2
    assert "name the sessions to remove, or say which with `--older-than 30d`" in nothing.stderr
    assert "is not an age" in sessions(capsys, cooked, "clean", "--older-than", "soon").stderr
    assert "is not a whole number" in sessions(capsys, cooked, "clean", "--keep", "few").stderr


def test_rescue_references_stay_unless_asked_for(cooked, capsys):
    first, failed, _ = ids(cooked)
    held = f"refs/mmm/base/{failed}/"
    for session in (first, failed):
        cooked.git("update-ref", f"refs/mmm/rescue/{session}/9", "HEAD")
        cooked.git("update-ref", f"refs/mmm/base/{session}/session/extra", "HEAD")
    assert sessions(capsys, cooked, "clean", first).exit_code == 0
    refs = cooked.git("for-each-ref", "--format=%(refname)")
    assert f"refs/mmm/rescue/{first}/9" in refs
    assert f"refs/mmm/rescue/{failed}/9" in refs
    assert held in refs
    assert f"refs/mmm/base/{first}/" not in refs  # what it would have gone back to
    done = sessions(capsys, cooked, "clean", failed, "--force", "--rescues")
    assert "1 rescue reference given up" in done.stdout
    refs = cooked.git("for-each-ref", "--format=%(refname)")
    assert f"refs/mmm/rescue/{first}/9" in refs
    assert failed not in refs


def test_a_removal_that_was_cut_off_is_finished_by_the_next(cooked, capsys, monkeypatch):
    first = ids(cooked)[0]

    def full(path, **_):
        raise OSError(5, "Input/output error", path)

    with monkeypatch.context() as broken:
        broken.setattr(shutil, "rmtree", full)
        done = sessions(capsys, cooked, "clean", first)
    assert done.exit_code == 1
    assert "input/output error" in done.stderr
    assert len(listed(capsys, cooked)) == 2
    assert sessions(capsys, cooked, "clean", "--keep", "9").exit_code == 0
    assert [one.name for one in cooked.sessions()] == [one["id"] for one in listed(capsys, cooked)][::-1]
