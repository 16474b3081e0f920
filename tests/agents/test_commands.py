"""Slash commands and their files."""

from __future__ import annotations

import subprocess

import pytest

from mmm_lang.agents.commands import available_commands, claude_home, command_of, find_command, is_available


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "repo"
    root.mkdir()
    return root


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


def put(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    return str(path)


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("/mmm-lint", "mmm-lint"),
        ("/mmm-implement-spec iteration-1 --x", "mmm-implement-spec"),
        ("/grp:inner\nmore", "grp:inner"),
        ("/v1.2_x", "v1.2_x"),
        ("please /mmm-lint", None),
        (" /mmm-lint", None),
        ("/usr/bin/env x", None),
        ("/", None),
        ("//x", None),
        ("/-x", None),
        ("/a:", None),
        ("/mmm-lint, please", None),
        ("", None),
    ],
)
def test_command_of(prompt, name):
    assert command_of(prompt) == name


def test_commands_and_skills_are_found_in_the_repository(root, home):
    command = put(root / ".claude/commands/mmm-lint.md")
    inner = put(root / ".claude/commands/grp/inner.md")
    skill = put(root / ".claude/skills/deploy/SKILL.md")
    put(root / ".claude/commands/notes.txt")
    assert find_command("mmm-lint", str(root), str(home)) == command
    assert find_command("grp:inner", str(root), str(home)) == inner
    assert find_command("deploy", str(root), str(home)) == skill
    assert [find_command(name, str(root), str(home)) for name in ("inner", "notes", "grp", "x")] == [None] * 4
    assert available_commands(str(root), str(home)) == ("deploy", "grp:inner", "mmm-lint")


def test_the_users_own_command_wins(root, home):
    put(root / ".claude/commands/mmm-lint.md")
    own = put(home / "commands/mmm-lint.md")
    assert find_command("mmm-lint", str(root), str(home)) == own
    assert available_commands(str(root), str(home)) == ("mmm-lint",)


def test_a_name_cannot_lead_out_of_the_folder(root, home):
    put(root / ".claude/secret.md")
    for name in ("../secret", "..:secret", "/etc/passwd", "", ".:secret", "x\0"):
        assert find_command(name, str(root), str(home)) is None


def test_a_linked_worktree_falls_back_to_the_main_checkout(root, home, tmp_path):
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@t", "-C", str(root)]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "x"], check=True)
    subprocess.run([*git, "worktree", "add", "-q", str(tmp_path / "linked")], check=True)
    linked = tmp_path / "linked"
    untracked = put(root / ".claude/commands/mmm-lint.md")
    assert find_command("mmm-lint", str(linked), str(home)) == untracked
    own = put(linked / ".claude/commands/mmm-lint.md")
    assert find_command("mmm-lint", str(linked), str(home)) == own


def test_what_has_no_file_may_be_available_all_the_same(root, home):
    assert is_available("compact", str(root), str(home))
    assert is_available("mcp__github__review", str(root), str(home))
    assert not is_available("mmm-lint", str(root), str(home))
    assert available_commands(str(root), str(home)) == ()


def test_the_users_folder():
    assert claude_home({"CLAUDE_CONFIG_DIR": "/c", "HOME": "/h"}) == "/c"
    assert claude_home({"HOME": "/h"}) == "/h/.claude"
