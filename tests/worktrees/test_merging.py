"""`mmm worktree merge`: clean by git alone, conflicts by an agent that is not believed, or everything as before."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

import pytest

from mmm_lang.git.repository import Repository
from mmm_lang.runtime.lock import session_lock
from mmm_lang.worktrees import merging as merging_of_trees
from mmm_lang.worktrees.record import read_record
from tests.cli.in_repository import asked
from tests.support.worktrees import branched, committed, fresh, git, state_of


def parents(kitchen):
    return git(kitchen, kitchen.repo, "log", "-1", "--format=%P").split()


def rescues(kitchen):
    return git(kitchen, kitchen.repo, "for-each-ref", "--format=%(refname)", "refs/mmm/rescue").split()


def test_a_clean_merge_is_gits_alone(kitchen, capsys):
    record = branched(kitchen, {"a": "new\n"}, {"b": "mine\n"})
    before, tip = kitchen.git("rev-parse", "HEAD"), git(kitchen, record.path, "rev-parse", "HEAD")
    done = asked(capsys, kitchen, "worktree", "merge", record.name)
    assert (done.exit_code, done.stderr) == (0, "")
    assert f"✅ Successfully merged worktree: {record.name}" in done.stdout
    assert parents(kitchen) == [before, tip]
    assert kitchen.git("log", "-1", "--format=%s") == f"Merge worktree {record.name} into main"
    assert kitchen.git("status", "--porcelain") == ""
    assert kitchen.scenario.receipts() == []
    assert (kitchen.sessions(), rescues(kitchen)) == ([], [])


def test_a_second_merge_says_that_nothing_is_new(kitchen, capsys):
    record = branched(kitchen, {"a": "new\n"})
    asked(capsys, kitchen, "worktree", "merge", record.name)
    head = kitchen.git("rev-parse", "HEAD")
    done = asked(capsys, kitchen, "worktree", "merge", record.name)
    assert done.exit_code == 0
    assert f"No new commits in worktree {record.name}" in done.stdout
    assert kitchen.git("rev-parse", "HEAD") == head


def renamed(folder, name):
    os.rename(Path(folder) / "text", Path(folder) / name)
    return {}


LINES = "".join(f"line {number}\n" for number in range(30))

CONFLICTS = {
    "content": (
        lambda f: {"text": LINES + "theirs\n"},
        lambda f: {"text": LINES + "ours\n"},
        "both changed it",
    ),
    "rename/rename": (lambda f: renamed(f, "one"), lambda f: renamed(f, "two"), "renamed"),
    "delete/modify": (
        lambda f: {"text": None},
        lambda f: {"text": LINES + "ours\n"},
        "deleted on the branch",
    ),
    "modify/delete": (lambda f: {"text": LINES + "theirs\n"}, lambda f: {"text": None}, "deleted here"),
    "add/add": (lambda f: {"new": "theirs\n"}, lambda f: {"new": "ours\n"}, "both added it"),
    "binary": (lambda f: {"binary": b"\0theirs"}, lambda f: {"binary": b"\0ours"}, "both changed it"),
    "file/folder": (lambda f: {"new/file": "theirs\n"}, lambda f: {"new": "ours\n"}, "added or renamed"),
}


@pytest.fixture
def conflicting(kitchen):
    def make(kind):
        kitchen.with_file("text", LINES).with_file("binary", "\0start")
        there, here, why = CONFLICTS[kind]
        record = fresh(kitchen)
        committed(kitchen, record.path, there(record.path), "work of the session")
        committed(kitchen, kitchen.repo, here(kitchen.repo), "work of the user")
        return record, why

    return make


@pytest.mark.parametrize("kind", CONFLICTS)
def test_without_an_agent_a_conflict_is_told_and_all_is_as_before(kitchen, conflicting, kind, capsys):
    record, why = conflicting(kind)
    (kitchen.repo / "mine").write_text("untracked\n")
    before = state_of(kitchen)
    done = asked(capsys, kitchen, "worktree", "merge", record.name, "--no-agent")
    assert done.exit_code == 1
    assert why in done.stderr
    assert f"git merge {record.name}" in done.stderr
    assert state_of(kitchen) == before
    assert read_record(str(kitchen.repo / ".git"), record.name).merging is None


def test_a_mode_against_a_deletion_is_a_conflict(kitchen, capsys):
    kitchen.with_file("run", LINES)
    record = fresh(kitchen)
    (Path(record.path) / "run").chmod(0o755)
    committed(kitchen, record.path, {}, "executable")
    committed(kitchen, kitchen.repo, {"run": None}, "gone")
    before = state_of(kitchen)
    done = asked(capsys, kitchen, "worktree", "merge", record.name, "--no-agent")
    assert (done.exit_code, state_of(kitchen)) == (1, before)


def test_a_mode_on_one_side_and_content_on_the_other_merge(kitchen, capsys):
    kitchen.with_file("run", LINES)
    record = fresh(kitchen)
    (Path(record.path) / "run").chmod(0o755)
    committed(kitchen, record.path, {}, "executable")
    committed(kitchen, kitchen.repo, {"run": f"{LINES}more\n"}, "longer")
    assert asked(capsys, kitchen, "worktree", "merge", record.name).exit_code == 0
    assert os.access(kitchen.repo / "run", os.X_OK)
    assert (kitchen.repo / "run").read_text().endswith("more\n")


def test_a_submodule_at_two_commits_is_a_conflict(kitchen, tmp_path, capsys):
    inner = tmp_path / "inner"
    inner.mkdir()
    git(kitchen, inner, "init", "-q", "-b", "main")
    for number in "012":
        committed(kitchen, inner, {"file": number}, number)
    ids = git(kitchen, inner, "log", "--reverse", "--format=%H").split()
    kitchen.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "sub")
    kitchen.git("-C", "sub", "checkout", "-q", ids[0])
    kitchen.git("commit", "-qam", "add a submodule")
    record = fresh(kitchen)
    git(kitchen, record.path, "update-index", "--cacheinfo", f"160000,{ids[1]},sub")
    git(kitchen, record.path, "commit", "-qm", "forward")
    kitchen.git("-C", "sub", "checkout", "-q", "--detach", ids[2])
    git(kitchen, kitchen.repo / "sub", "checkout", "-q", "--orphan", "other")
    git(kitchen, kitchen.repo / "sub", "commit", "-qm", "aside")
    kitchen.git("commit", "-qam", "aside")
    before = state_of(kitchen)
    done = asked(capsys, kitchen, "worktree", "merge", record.name, "--no-agent")
    assert done.exit_code == 1, done.stdout
    assert "`sub`" in done.stderr
    assert state_of(kitchen) == before


def merging(name, *lines):
    return "\n".join([f"git merge -q --no-ff --no-commit {name} || true", *lines])


@pytest.fixture
def content(kitchen):
    """A conflict in one file, and what the agent will do about it, said after the name is known."""
    kitchen.with_file("text", LINES).with_command("mmm-merge-worktree")
    record = fresh(kitchen)
    committed(kitchen, record.path, {"text": f"{LINES}theirs\n", "other": "theirs\n"}, "work of the session")
    committed(kitchen, kitchen.repo, {"text": f"{LINES}ours\n"}, "work of the user")

    def resolved(*lines):
        kitchen.scenario.on(
            "/mmm-merge-worktree", sh=merging(record.name, *lines), text="result: done", cost=0.25
        )
        kitchen.env()
        return record

    return resolved


GOOD = (
    "printf 'ours\\ntheirs\\n' > text",
    "git add -A",
    "git commit -qm 'Merge worktree into main'",
)


def test_an_agent_resolves_a_conflict_once(kitchen, content, capsys):
    record = content(*GOOD)
    before, tip = kitchen.git("rev-parse", "HEAD"), git(kitchen, record.path, "rev-parse", "HEAD")
    done = asked(capsys, kitchen, "worktree", "merge", record.name)
    assert done.exit_code == 0, done.stderr
    assert "1 conflict resolved" in done.stdout
    assert parents(kitchen) == [before, tip]
    assert kitchen.scenario.prompts() == [f"/mmm-merge-worktree {record.name}"]
    [finished] = kitchen.of_kind("session_finished")
    assert (finished["calls"], finished["cost_usd"]) == (1, 0.25)
    assert read_record(str(kitchen.repo / ".git"), record.name).helpers == (kitchen.sessions()[-1].name,)


BAD = {
    "markers": ("git add -A", "git commit -qm 'Merge with markers'"),
    "one side only": ("git merge --abort", "echo mine > text", "git commit -qam 'no merge at all'"),
    "ours alone": ("git merge --abort", "git merge -q -s ours BRANCH -m 'in name only'"),
    "unfinished": ("true",),
    "another branch": ("git merge --abort", "git switch -q -c elsewhere", "git merge -q -X theirs BRANCH"),
    "history lost": ("git merge --abort", "git reset -q --hard BRANCH"),
    "failed": ("git merge --abort", "exit 1"),
}


@pytest.mark.parametrize("how", BAD)
def test_an_agents_word_is_not_believed(kitchen, content, how, capsys):
    record = content("true")
    lines = [line.replace("BRANCH", record.name) for line in BAD[how]]
    kitchen.scenario.rules.clear()
    content(*lines)
    before = state_of(kitchen)
    done = asked(capsys, kitchen, "worktree", "merge", record.name)
    assert done.exit_code == 1, done.stdout
    assert f"❌ Not merged: {record.name}" in done.stdout
    after = state_of(kitchen)
    assert (after[:3], after[4:]) == (before[:3], before[4:])
    assert git(kitchen, kitchen.repo, "rev-parse", "main") in str(before[3])
    assert len(kitchen.scenario.prompts()) == 1


def test_without_the_command_file_the_way_to_it_is_told(kitchen, capsys):
    kitchen.with_file("text", LINES)
    record = branched(kitchen, {"text": "theirs\n"}, {"text": "ours\n"})
    before = state_of(kitchen)
    done = asked(capsys, kitchen, "worktree", "merge", record.name)
    assert done.exit_code == 1
    assert "mmm init --commands mmm-merge-worktree" in done.stderr
    assert state_of(kitchen) == before


# --- where the origin is ---


def test_tracked_changes_in_the_main_tree_refuse_the_merge(kitchen, capsys):
    record = branched(kitchen, {"a": "new\n"})
    (kitchen.repo / "README").write_text("half done\n")
    before = state_of(kitchen)
    done = asked(capsys, kitchen, "worktree", "merge", record.name)
    assert (done.exit_code, state_of(kitchen)) == (2, before)
    assert "`README`" in done.stderr
    assert "commit or stash" in done.stderr


def test_an_untracked_file_in_the_way_is_not_overwritten(kitchen, capsys):
    record = branched(kitchen, {"a": "new\n"})
    (kitchen.repo / "a").write_text("mine\n")
    before = state_of(kitchen)
    done = asked(capsys, kitchen, "worktree", "merge", record.name)
    assert (done.exit_code, state_of(kitchen)) == (1, before)


def test_an_origin_that_is_checked_out_nowhere_is_merged_beside(kitchen, capsys):
    record = branched(kitchen, {"a": "new\n"})
    kitchen.git("switch", "-q", "-c", "other")
    (kitchen.repo / "README").write_text("half done\n")
    before = state_of(kitchen)
    done = asked(capsys, kitchen, "worktree", "merge", record.name)
    assert done.exit_code == 0, done.stderr
    assert state_of(kitchen)[:3] == before[:3]
    assert kitchen.git("show", "main:a") == "new"
    assert len(kitchen.git("worktree", "list").splitlines()) == 2


def test_an_origin_that_is_checked_out_elsewhere_is_named(kitchen, tmp_path, capsys):
    record = branched(kitchen, {"a": "new\n"})
    kitchen.git("switch", "-q", "-c", "other")
    kitchen.git("worktree", "add", "-q", str(tmp_path / "beside"), "main")
    done = asked(capsys, kitchen, "worktree", "merge", record.name)
    assert done.exit_code == 2
    assert f"mmm worktree merge {record.name} --path {tmp_path / 'beside'}" in done.stderr


def test_a_detached_origin_has_no_branch_to_merge_into(kitchen, capsys):
    kitchen.git("switch", "-q", "--detach")
    record = branched(kitchen, {"a": "new\n"})
    done = asked(capsys, kitchen, "worktree", "merge", record.name)
    assert done.exit_code == 2
    assert "detached HEAD" in done.stderr


def test_an_origin_that_is_gone_is_told(kitchen, capsys):
    record = branched(kitchen, {"a": "new\n"})
    kitchen.git("branch", "-m", "main", "trunk")
    done = asked(capsys, kitchen, "worktree", "merge", record.name)
    assert done.exit_code == 2
    assert "`main`" in done.stderr
    assert "is gone" in done.stderr


def test_while_a_session_runs_in_the_main_tree_nothing_is_merged(kitchen, capsys):
    record = branched(kitchen, {"a": "new\n"})
    before = state_of(kitchen)
    with session_lock(Repository.find(str(kitchen.repo)).git_dir, "20260101T000000-aaaaaa"):
        done = asked(capsys, kitchen, "worktree", "merge", record.name)
    assert (done.exit_code, state_of(kitchen)) == (2, before)
    assert "20260101T000000-aaaaaa" in done.stderr
    assert f"`mmm worktree merge {record.name}` merges it" in done.stderr
    assert "mmm cook --worktree" not in done.stderr
    assert f"❌ Not merged: {record.name}" in done.stdout
    assert read_record(str(kitchen.repo / ".git"), record.name).merging is None
    assert kitchen.git("for-each-ref", "refs/mmm/base") == ""
    kitchen.playbook.write_text("max_iterations: 1\nsteps:\n  - shell: echo x > made\n")
    assert kitchen.cook().exit_code == 0
    assert asked(capsys, kitchen, "worktree", "merge", record.name).exit_code == 0


def test_a_session_that_begins_right_before_a_merge_is_left_alone(kitchen, monkeypatch, capsys):
    record = branched(kitchen, {"a": "new\n"})
    git_dir = Repository.find(str(kitchen.repo)).git_dir
    with ExitStack() as stack:

        def begins(*_):
            stack.enter_context(session_lock(git_dir, "20260101T000000-aaaaaa"))
            (kitchen.repo / "README").write_text("work of the session\n")
            return ()

        monkeypatch.setattr(merging_of_trees, "in_the_way", begins)
        done = asked(capsys, kitchen, "worktree", "merge", record.name)
    assert done.exit_code == 2
    assert "20260101T000000-aaaaaa" in done.stderr
    assert (kitchen.repo / "README").read_text() == "work of the session\n"
    assert (read_record(str(kitchen.repo / ".git"), record.name).merging, rescues(kitchen)) == (None, [])


def test_a_merge_that_a_hook_refuses_is_taken_back(kitchen, capsys):
    record = branched(kitchen, {"a": "new\n"}, {"b": "mine\n"})
    hook = kitchen.repo / ".git" / "hooks" / "commit-msg"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'no merges today' >&2\nexit 1\n")
    hook.chmod(0o755)
    before = state_of(kitchen)
    done = asked(capsys, kitchen, "worktree", "merge", record.name)
    assert (done.exit_code, state_of(kitchen)) == (1, before)
    assert "no merges today" in done.stderr


def test_the_playbooks_own_files_stay_unmerged_where_they_are_uncommitted(kitchen, capsys):
    record = branched(kitchen, {"a": "new\n"})
    (Path(record.path) / "late").write_text("not committed\n")
    done = asked(capsys, kitchen, "worktree", "merge", record.name)
    assert done.exit_code == 0
    assert "`late`" in done.stderr
    assert not (kitchen.repo / "late").exists()


def test_a_worktree_that_was_deleted_by_hand_can_be_merged(kitchen, capsys):
    import shutil

    record = branched(kitchen, {"a": "new\n"})
    shutil.rmtree(record.path)
    assert asked(capsys, kitchen, "worktree", "merge", record.name).exit_code == 0
    assert (kitchen.repo / "a").read_text() == "new\n"
