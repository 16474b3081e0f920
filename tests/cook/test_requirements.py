"""What is missing is said in one sentence each, with a next step, exit 2, and nothing is changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.cooking import Cooked, Kitchen, playbook

LIST = '- shell: "echo x > x"\n'


def refused(kitchen: Kitchen, *flags: str, **env: str) -> Cooked:
    """Cook, and make sure that nothing came of it."""
    before = kitchen.files(), kitchen.git("for-each-ref")
    cooked = kitchen.cook(*flags, **env)
    assert cooked.exit_code == 2, cooked
    assert (kitchen.files(), kitchen.git("for-each-ref")) == before
    assert kitchen.sessions() == []
    assert cooked.stderr.startswith("error: ")
    return cooked


def test_tracked_changes(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, LIST)
    (kitchen.repo / "README").write_text("changed\n")
    cooked = refused(kitchen)
    assert "README" in cooked.stderr
    assert "--allow-dirty" in cooked.stderr
    assert "--worktree" in cooked.stderr


def test_untracked_files_are_fine(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, LIST)
    (kitchen.repo / "mine").write_text("mine\n")
    assert kitchen.cook("-n", "1").exit_code == 0
    assert kitchen.git("status", "--porcelain") == "?? mine"
    assert kitchen.git("ls-tree", "--name-only", "HEAD").split() == ["README", "x"]


def test_allow_dirty_leaves_the_users_changes_alone(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, LIST)
    (kitchen.repo / "README").write_text("mine\n")
    assert kitchen.cook("-n", "1", "--allow-dirty").exit_code == 0
    assert kitchen.git("show", "HEAD:README") == "start"
    assert kitchen.git("status", "--porcelain").split() == ["M", "README"]
    assert (kitchen.repo / "README").read_text() == "mine\n"


def test_allow_dirty_restores_the_users_changes_on_rollback(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, '- shell: "echo step > README; git add -A; exit 1"\n')
    (kitchen.repo / "README").write_text("staged\n")
    kitchen.git("add", "README")
    (kitchen.repo / "README").write_text("mine\n")
    assert kitchen.cook("--allow-dirty").exit_code == 1
    assert (kitchen.repo / "README").read_text() == "mine\n"
    assert kitchen.git("show", ":README") == "staged"


def test_no_commit_yet(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, LIST)
    shutil.rmtree(kitchen.repo / ".git")
    kitchen.git("init", "-q", "-b", "main")
    assert "no commit yet" in refused(kitchen).stderr


def test_a_merge_under_way(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, LIST)
    (kitchen.repo / ".git" / "MERGE_HEAD").write_text(kitchen.git("rev-parse", "HEAD") + "\n")
    assert "merge is under way" in refused(kitchen).stderr


def test_no_identity(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, LIST)
    kitchen.git("config", "user.useConfigOnly", "true")
    nobody = {name: "" for name in os.environ if name == "EMAIL"}
    env = {
        "GIT_AUTHOR_NAME": "",
        "GIT_AUTHOR_EMAIL": "",
        "GIT_COMMITTER_NAME": "",
        "GIT_COMMITTER_EMAIL": "",
        **nobody,
    }
    assert "user.name" in refused(kitchen, **env).stderr


def test_a_missing_agent(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, '- claude: "/mmm-lint"\n').with_command("mmm-lint")
    git = shutil.which("git")
    assert git is not None
    only_git = tmp_path / "bin"
    only_git.mkdir()
    (only_git / "git").symlink_to(git)
    cooked = refused(kitchen, PATH=str(only_git), MMM_CLAUDE="")
    assert "`claude`" in cooked.stderr
    assert "help: " in cooked.stderr


def test_a_missing_command_file(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, '- claude: "/mmm-lnt"\n').with_agent("/mmm-lint")
    cooked = refused(kitchen)
    assert "`/mmm-lnt` (line 1) has no command file `.claude/commands/mmm-lnt.md`" in cooked.stderr
    assert "`/mmm-lint`" in cooked.stderr


def test_several_things_missing_are_all_said(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, '- claude: "/one $ARG"\n- claude: "/two"\n')
    (kitchen.repo / "README").write_text("changed\n")
    assert refused(kitchen).stderr.count("error: ") == 4


def test_a_variable_that_nothing_sets(tmp_path: Path) -> None:
    cooked = refused(playbook(tmp_path, '- shell: "echo $FILE"\n'), "--args", "x")
    assert "`$FILE` (line 1)" in cooked.stderr
    assert "--map" in cooked.stderr


def test_inputs(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path, "inputs: {target: {description: what to cook}}\nsteps: [{shell: 'echo ${target}'}]\n"
    )
    assert "needs its input `target` (what to cook)" in refused(kitchen).stderr
    assert "similar name: `target`" in refused(kitchen, "--set", "targt=x").stderr


def not_cooked(*arguments: str, cwd: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "mmm_lang", "cook", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done
    return done.stderr


def test_places_and_names(tmp_path: Path) -> None:
    (tmp_path / "p.yml").write_text(LIST)
    assert "not inside a git repository" in not_cooked("p.yml", cwd=tmp_path)
    assert "does not exist" in not_cooked("p.yml", "--path", "nowhere", cwd=tmp_path)
    assert "no playbook `q.yml`" in not_cooked("q.yml", cwd=tmp_path)
    assert "is a folder" in not_cooked(".", cwd=tmp_path)


NO_CALLS = "- shell: 'true'\n"


def test_an_agent_that_there_is_not_is_a_mistake_in_any_case(tmp_path: Path) -> None:
    cooked = refused(playbook(tmp_path, NO_CALLS), "--agent", "gpt")
    assert "there is no agent `gpt`" in cooked.stderr


def test_a_recording_that_there_is_not_is_a_mistake_in_any_case(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, NO_CALLS)
    assert "nosuch" in refused(kitchen, "--replay", "nosuch").stderr
    assert "nosuch" in refused(kitchen, "--replay", "nosuch", "--agent", "replay").stderr
    assert "`--replay FILE`" in refused(kitchen, "--agent", "replay").stderr


def test_errors_of_the_playbook_stop_it_before_anything_runs(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, "- shel: x\n")
    cooked = kitchen.cook()
    assert cooked.exit_code == 1
    assert "`shell`" in cooked.stderr
    assert kitchen.sessions() == []


def test_a_second_session_in_one_work_tree_is_told_who_holds_it(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    kitchen = playbook(tmp_path, f"- shell: cat {gate}\n")
    first = kitchen.start()
    with gate.open("w"):  # opens when the step reads: the first session is in it
        cooked = kitchen.cook()
    assert cooked.exit_code == 2
    assert f"(process {first.pid})" in cooked.stderr
    assert first.communicate()[1] == ""
    assert first.returncode == 0
