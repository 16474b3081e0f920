"""Work trees with names that look like options, patterns or paths: nothing is misread, and nothing outside is touched."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.cooking import playbook

NAMES = (
    "--force",
    "-rf",
    "-",
    ":(top)x",
    "*",
    "a b",
    "quo'te\"",
    "new\nline",
    "HEAD",
    "@{-1}",
    "tab\t",
    "$(touch x)",
    "é",
)
MAKES = "import os\nfor number in range(len(NAMES)): open('./' + NAMES[number], 'w').write('made\\n')\n"


@pytest.mark.parametrize("branch", ["feature/--force", "we'ird-ünï$x", "a;b&c", "heads/main", "HEAD2"])
def test_odd_names_of_files_and_branches(tmp_path: Path, branch: str) -> None:
    kitchen = playbook(tmp_path, "").with_file("make.py", f"NAMES = {NAMES!r}\n{MAKES}")
    kitchen.playbook.write_text("- shell: python3 make.py\n- shell: exit 1\n")
    kitchen.git("checkout", "-q", "-b", branch)
    cooked = kitchen.cook("-n", "1", "--on-failure", "keep")
    assert cooked.exit_code == 1
    made = kitchen.git("-c", "core.quotePath=false", "ls-tree", "-rz", "--name-only", "HEAD").split("\0")
    assert set(NAMES) <= set(made)
    assert kitchen.git("symbolic-ref", "HEAD") == f"refs/heads/{branch}"
    again = kitchen.cook("-n", "1", "--allow-dirty")
    assert again.exit_code == 1
    assert "Traceback" not in cooked.stderr + again.stderr


def test_odd_files_survive_a_rollback(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, "").with_file("make.py", f"NAMES = {NAMES!r}\n{MAKES}")
    kitchen.playbook.write_text("- shell: python3 make.py; exit 1\n")
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 1
    assert kitchen.files() == {"README", "make.py", ".mmm/state.json", ".mmm/.gitignore"}
    [back] = kitchen.of_kind("rolled_back")
    kept = kitchen.git("ls-tree", "-rz", "--name-only", str(back["rescue"])).split("\0")
    assert set(NAMES) <= set(kept)


def test_links_that_leave_the_work_tree(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("mine\n")
    kitchen = playbook(
        tmp_path, "- shell: ln -s ../outside away; ln -s ../outside/file link\n- shell: exit 1\n"
    )
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 1
    assert (outside / "file").read_text() == "mine\n"
    assert not os.path.lexists(kitchen.repo / "away")
    assert sorted(path.name for path in outside.iterdir()) == ["file"]


def test_a_working_directory_behind_a_link(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, "- shell: ln -s .. up\n- {shell: 'echo x > x', cwd: up}\n")
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 1
    assert "`cwd` must stay inside the work tree, and `up` does not" in cooked.stdout
    assert not (tmp_path / "x").exists()


def test_an_output_outside_is_not_found(tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("mine\n")
    step = "- id: a\n  shell: ln -s ../secret.md link.md\n  outputs: {x: {file_pattern: '*.md'}}\n"
    kitchen = playbook(tmp_path, f"{step}- shell: 'echo ${{a.x}}'\n")
    assert kitchen.cook("-n", "1").exit_code == 0
    [found] = [one["outputs"] for one in kitchen.of_kind("step_finished") if one["step"] == "a"]
    assert found == {"x": "link.md"}


@pytest.mark.parametrize("item", ["--force", "../../etc/passwd", "$(touch pwned)", "-n"])
def test_items_that_look_like_something_else(tmp_path: Path, item: str) -> None:
    kitchen = playbook(tmp_path, "- shell: printf '%s' $ARG > got\n")
    assert kitchen.cook(f"--args={item}").exit_code == 0
    assert (kitchen.repo / "got").read_text() == item
    assert not (kitchen.repo / "pwned").exists()


@pytest.mark.parametrize("pattern", ["../*", "/etc/*", "up/*"])
def test_globs_that_leave_the_work_tree(tmp_path: Path, pattern: str) -> None:
    kitchen = playbook(tmp_path, "- shell: echo $ARG\n")
    cooked = kitchen.cook("--map", pattern)
    assert cooked.exit_code == 2
    assert f"no file matches `--map {pattern}`" in cooked.stderr
