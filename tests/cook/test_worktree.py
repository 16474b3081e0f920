"""`mmm cook --worktree`: sessions beside each other, each in a work tree of its own, and merged where that is wanted."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cook.living import journalled, leftovers, on_a_terminal, open_gate
from tests.process.programs import eventually
from tests.support.cooking import playbook
from tests.support.worktrees import photograph

ONE = """\
name: Made
max_iterations: 1
steps:
  - shell: echo "$(git branch --show-current)" > made
"""


def worktrees(kitchen):
    folder = kitchen.folder / "home" / ".mmm" / "worktrees" / "repo"
    return sorted(path for path in folder.glob("mmm-*") if path.is_dir()) if folder.exists() else []


def mmm(kitchen, *arguments, cwd=None):
    command = [sys.executable, "-m", "mmm_lang", *arguments]
    where = cwd or kitchen.repo
    return subprocess.run(command, cwd=where, env=kitchen.env(), capture_output=True, text=True, check=False)


def test_the_main_tree_is_as_it_was_and_the_way_on_is_told(tmp_path):
    kitchen = playbook(tmp_path, ONE)
    (kitchen.repo / "README").write_text("half done\n")
    before, head = photograph(kitchen.repo), kitchen.git("rev-parse", "HEAD")
    cooked = kitchen.cook("--worktree")
    assert cooked.exit_code == 0, cooked.stderr
    [made] = worktrees(kitchen)
    assert f"🌳 Created worktree: {made.name} at ~/.mmm/worktrees/repo/{made.name}" in cooked.stdout
    assert f"✅ Improvements completed in worktree: {made.name}" in cooked.stdout
    assert f"mmm worktree merge {made.name}" in cooked.stdout
    assert "`README`" in cooked.stderr
    assert (photograph(kitchen.repo), kitchen.git("rev-parse", "HEAD")) == (before, head)
    assert (made / "made").read_text() == f"{made.name}\n"
    assert len(kitchen.sessions()) == 1


def test_yes_merges_at_once(tmp_path):
    kitchen = playbook(tmp_path, ONE)
    cooked = kitchen.cook("-w", "--yes")
    assert cooked.exit_code == 0, cooked.stderr
    [made] = worktrees(kitchen)
    assert f"✅ Successfully merged worktree: {made.name}" in cooked.stdout
    assert (kitchen.repo / "made").read_text() == f"{made.name}\n"


def test_a_merge_that_fails_makes_the_exit_code_one(tmp_path):
    kitchen = playbook(tmp_path, ONE)
    (kitchen.repo / "README").write_text("half done\n")
    cooked = kitchen.cook("-w", "--yes")
    assert cooked.exit_code == 1
    assert "`README`" in cooked.stderr
    assert (kitchen.repo / "README").read_text() == "half done\n"


@pytest.mark.parametrize(("typed", "merged"), [(b"y\n", True), (b"\n", False), (b"\x04", False)])
def test_at_a_terminal_one_is_asked_and_silence_is_a_no(tmp_path, typed, merged):
    kitchen = playbook(tmp_path, ONE)
    with on_a_terminal(kitchen, "--worktree") as terminal:
        eventually(lambda: b"merge the completed worktree now? (y/N): " in terminal.said)
        terminal.type(typed)
        assert terminal.process.wait(20) == 0
    assert (kitchen.repo / "made").exists() is merged
    assert (b"mmm worktree merge" in terminal.said) is not merged


def test_what_failed_stays_as_it_is_for_whoever_looks_into_it(tmp_path):
    kitchen = playbook(
        tmp_path, "- shell: echo x > made; git add -A; git commit -qm half; echo y > late; exit 1"
    )
    cooked = kitchen.cook("--worktree", "--yes")
    assert cooked.exit_code == 1
    [made] = worktrees(kitchen)
    assert (made / "made").read_text() == "x\n"
    assert (made / "late").read_text() == "y\n"
    assert not (kitchen.repo / "made").exists()
    kitchen.cook("--worktree", "--on-failure", "rollback")
    [other] = set(worktrees(kitchen)) - {made}
    assert not (other / "made").exists()


def test_where_nothing_can_run_no_worktree_stays(tmp_path):
    kitchen = playbook(tmp_path, "- claude: /mmm-nowhere")
    cooked = kitchen.cook("--worktree")
    assert cooked.exit_code == 2
    assert worktrees(kitchen) == []
    assert kitchen.git("branch", "--list", "mmm-*") == ""
    assert not list((kitchen.repo / ".git" / "mmm" / "worktrees").glob("*.json"))


def test_a_repository_without_a_commit_is_refused(tmp_path):
    kitchen = playbook(tmp_path, ONE)
    kitchen.git("update-ref", "-d", "refs/heads/main")
    assert kitchen.cook("--worktree").exit_code == 2
    assert worktrees(kitchen) == []


def test_events_are_alone_on_standard_output(tmp_path):
    kitchen = playbook(tmp_path, ONE)
    cooked = kitchen.cook("-w", "--yes", "--format", "json")
    assert cooked.exit_code == 0
    events = [json.loads(line)["event"] for line in cooked.stdout.splitlines()]
    assert events[0] == "session_started"
    assert "🌳 Created worktree" in cooked.stderr


# --- setup and merge ---

SETUP = """\
max_iterations: 2
setup:
  - shell: echo "$ITERATION $WORKTREE" >> {folder}/setup
    commit: false
  - id: deps
    shell: echo deps > deps
steps:
  - shell: cat deps; echo x >> made
"""


def test_setup_runs_once_and_first_in_a_fresh_worktree_only(tmp_path):
    kitchen = playbook(tmp_path, SETUP.format(folder=tmp_path))
    assert kitchen.cook("--worktree").exit_code == 0
    [made] = worktrees(kitchen)
    assert (tmp_path / "setup").read_text() == f"1 {made}\n"
    started = [one["step"] for one in kitchen.of_kind("step_started")]
    assert started == ["header.setup", "header.setup.1", "deps", "step-1", "step-1"]
    (tmp_path / "setup").unlink()
    kitchen.with_file("deps", "here\n")
    assert kitchen.cook().exit_code == 0
    assert not (tmp_path / "setup").exists()


def test_a_setup_that_fails_ends_the_session(tmp_path):
    kitchen = playbook(tmp_path, "setup: [{shell: exit 3}]\nsteps: [{shell: echo x > made}]\n")
    assert kitchen.cook("--worktree").exit_code == 1
    [made] = worktrees(kitchen)
    assert not (made / "made").exists()


def merged_with(tmp_path, check):
    kitchen = playbook(tmp_path, f"{ONE}{check}")
    kitchen.with_file("guard", "good\n")
    return kitchen, kitchen.git("rev-parse", "HEAD"), kitchen.cook("-w", "--yes")


MERGE = "merge:\n  - shell: test -f made; grep -q good guard; echo v2 > version\n"


def test_merge_steps_run_on_the_merged_branch_and_may_commit(tmp_path):
    kitchen, _, cooked = merged_with(tmp_path, MERGE)
    assert cooked.exit_code == 0, cooked.stderr
    assert (kitchen.repo / "version").read_text() == "v2\n"
    assert kitchen.git("status", "--porcelain") == ""
    assert kitchen.git("log", "-2", "--format=%s").splitlines()[1].startswith("Merge worktree")


@pytest.mark.parametrize(
    "check",
    [
        "merge:\n  - shell: echo v2 > version; git add -A; git commit -qm v2\n  - shell: exit 1\n",
        'until: {shell: "test $(git branch --show-current) != main"}\n',
    ],
)
def test_a_check_that_fails_takes_the_merge_back(tmp_path, check):
    kitchen, head, cooked = merged_with(tmp_path, check)
    assert cooked.exit_code == 1
    assert "then the playbook's checks fail" in cooked.stderr
    assert kitchen.git("rev-parse", "HEAD") == head
    assert kitchen.git("status", "--porcelain") == ""
    assert not (kitchen.repo / "made").exists()
    [ref] = kitchen.git("for-each-ref", "--format=%(refname)", "refs/mmm/rescue/mmm-*/*").split()
    assert kitchen.git("ls-tree", "--name-only", ref).count("made") == 1


# --- side by side ---


def test_two_sessions_run_in_one_repository_at_once(tmp_path):
    gates = [tmp_path / name for name in ("in-place", "beside")]
    for gate in gates:
        os.mkfifo(gate)
    kitchen = playbook(tmp_path, f"- shell: cat {gates[0]}; echo here > here")
    with kitchen.start("-n", "1") as first:
        journalled(kitchen, "step_started")
        kitchen.playbook.write_text(f"- shell: cat {gates[1]}; echo there > there")
        with kitchen.start("--worktree", "-n", "1") as second:
            eventually(lambda: len(kitchen.sessions()) == 2)
            open_gate(gates[1])
            assert second.wait(30) == 0
            second.communicate()
        assert first.poll() is None
        open_gate(gates[0])
        assert first.wait(30) == 0
        first.communicate()
    assert (kitchen.repo / "here").exists()
    assert not (kitchen.repo / "there").exists()


TEN = 10


@pytest.mark.slow
def test_ten_at_once_with_garbage_collection_and_a_users_commits_in_between(tmp_path):
    kitchen = playbook(tmp_path, "")
    kitchen.playbook.write_text(
        "max_iterations: 1\ninputs: {n: {}}\nsteps:\n  - shell: echo ${inputs.n} >> made-${inputs.n}\n"
    )
    running = [kitchen.start("--worktree", "--yes", "--set", f"n={number}") for number in range(TEN)]
    try:
        for number in range(4):
            kitchen.with_file(f"users-{number}", "mine\n")
            subprocess.run(
                ["git", "gc", "-q", "--prune=now"], cwd=kitchen.repo, env=kitchen.env(), capture_output=True
            )
        said = [process.communicate(timeout=300) for process in running]
    finally:
        for process in running:
            process.kill()
            process.communicate()
    assert len(worktrees(kitchen)) == TEN
    assert len(kitchen.sessions()) == TEN
    ends = [kitchen.of_kind("session_finished", number)[0]["status"] for number in range(TEN)]
    assert ends == ["succeeded"] * TEN
    # One that found the user in the middle of a commit says so, and is merged afterwards.
    refused = [both for both, process in zip(said, running, strict=True) if process.returncode != 0]
    assert all("Not merged" in out for out, _ in refused), refused
    done = mmm(kitchen, "worktree", "merge", "--all")
    assert done.returncode == 0, done.stderr
    for number in range(TEN):
        assert (kitchen.repo / f"made-{number}").read_text() == f"{number}\n"
    merges = kitchen.git("log", "--first-parent", "--merges", "--format=%s").splitlines()
    assert len([line for line in merges if line.startswith("Merge worktree")]) == TEN
    assert all((kitchen.repo / f"users-{number}").exists() for number in range(4))
    assert mmm(kitchen, "worktree", "clean", "--all").returncode == 0
    assert worktrees(kitchen) == []
    assert kitchen.git("fsck", "--connectivity-only") is not None
    assert Path(kitchen.repo / ".git" / "MERGE_HEAD").exists() is False


# --- going on ---


def test_a_session_goes_on_in_its_worktree_from_anywhere(tmp_path):
    kitchen = playbook(
        tmp_path,
        f"max_iterations: 1\nsteps:\n  - shell: test -e {tmp_path}/ready\n  - shell: echo x > made\n",
    )
    assert kitchen.cook("--worktree").exit_code == 1
    [made] = worktrees(kitchen)
    (kitchen.repo / "inner").mkdir()
    (tmp_path / "ready").touch()
    done = mmm(kitchen, "resume", "--yes", cwd=kitchen.repo / "inner")
    assert done.returncode == 0, done.stderr
    assert f"✅ Successfully merged worktree: {made.name}" in done.stdout
    assert (kitchen.repo / "made").read_text() == "x\n"


def test_a_session_that_was_killed_goes_on_in_its_worktree(tmp_path):
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    # the first run may still hold the gate when the second begins, so that one does not wait at it
    second = tmp_path / "second"
    waits = f"test -e {second} || cat {gate}; echo y >> made"
    kitchen = playbook(tmp_path, f"- shell: echo x >> made\n- shell: {waits}")
    with kitchen.start("--worktree", "-n", "1") as process:
        journalled(kitchen, "step_started", step="step-2")
        process.kill()
        process.communicate()
    [made] = worktrees(kitchen)
    second.touch()
    resumed = subprocess.Popen(
        [sys.executable, "-m", "mmm_lang", "resume", "--path", str(kitchen.repo)],
        env=kitchen.env(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    resumed.communicate(timeout=60)
    assert resumed.returncode == 0
    assert (made / "made").read_text() == "x\ny\n"
    assert not (kitchen.repo / "made").exists()


def test_what_is_in_place_comes_first_and_parts_of_a_merge_never(tmp_path):
    kitchen = playbook(tmp_path, f"{ONE}merge: [{{shell: exit 1}}]\n")
    assert kitchen.cook("-w", "--yes").exit_code == 1
    done = mmm(kitchen, "resume")
    assert (done.returncode, done.stderr) == (2, "Nothing to resume\n")


def deleted(kitchen):
    """Its one work tree, removed by hand."""
    [made] = worktrees(kitchen)
    shutil.rmtree(made)
    return made


def test_a_worktree_that_was_deleted_is_made_again_as_the_session_left_it(tmp_path):
    kitchen = playbook(
        tmp_path,
        "max_iterations: 1\nsteps:\n  - shell: echo x > made\n"
        "  - {shell: 'mkdir -p late; echo y > late/file; rm README', commit: false}\n"
        f"  - shell: test -e {tmp_path}/ready && test -e late/file\n",
    )
    kitchen.cook("--worktree")
    made = deleted(kitchen)
    (tmp_path / "ready").touch()
    done = mmm(kitchen, "resume")
    assert done.returncode == 0, done.stderr
    assert f"note: the worktree {made.name} was deleted, and made again" in done.stderr
    assert (made / "made").read_text() == "x\n"
    assert (made / "late" / "file").read_text() == "y\n"
    assert not (made / "README").exists()


def test_a_worktree_whose_branch_is_gone_too_is_told_with_what_is_there(tmp_path):
    kitchen = playbook(tmp_path, "- shell: exit 1")
    kitchen.cook("--worktree")
    made = deleted(kitchen)
    kitchen.git("worktree", "prune")
    kitchen.git("branch", "-D", made.name)
    done = mmm(kitchen, "resume")
    assert done.returncode == 2
    assert f"`{made}`, is gone" in done.stderr
    assert f"its branch `{made.name}` is gone, too" in done.stderr


def test_a_worktree_whose_branch_has_moved_is_not_made_again(tmp_path):
    kitchen = playbook(tmp_path, "max_iterations: 1\nsteps:\n  - shell: echo x > made\n  - shell: exit 1")
    kitchen.cook("--worktree")
    made = deleted(kitchen)
    kitchen.git("worktree", "prune")
    kitchen.git("branch", "-f", made.name, "main")
    done = mmm(kitchen, "resume")
    assert done.returncode == 2
    assert "not at" in done.stderr
    assert not made.exists()


def test_a_worktree_of_a_session_that_was_killed_goes_back_to_a_step(tmp_path):
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    second = tmp_path / "second"
    waits = f"test -e {second} || cat {gate}; cat part >> made"
    kitchen = playbook(
        tmp_path, f"- {{shell: echo x > part, commit: false}}\n- {{id: late, shell: '{waits}'}}"
    )
    with kitchen.start("--worktree", "-n", "1") as process:
        journalled(kitchen, "step_started", step="late")
        process.kill()
        process.communicate()
    eventually(lambda: not leftovers(kitchen))
    made = deleted(kitchen)
    second.touch()
    done = mmm(kitchen, "resume")
    assert done.returncode == 2
    assert "nobody knows what lay in it" in done.stderr
    assert "--from late" in done.stderr
    assert not made.exists()
    done = mmm(kitchen, "resume", "--from", "late")
    assert done.returncode == 0, done.stderr
    assert (made / "made").read_text() == "x\n"


def test_a_users_own_work_tree_that_is_gone_is_told_with_its_branch(tmp_path):
    kitchen = playbook(tmp_path, "- shell: exit 1")
    beside = tmp_path / "beside"
    kitchen.git("worktree", "add", "-q", "-b", "feature", str(beside))
    assert kitchen.cook("--path", str(beside)).exit_code == 1
    shutil.rmtree(beside)
    done = mmm(kitchen, "resume", kitchen.sessions()[0].name)
    assert done.returncode == 2
    assert "its branch `feature` is there, at " in done.stderr
