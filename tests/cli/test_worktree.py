"""`mmm worktree` on the command line: the list, names, and what is said where they are wrong."""

from __future__ import annotations

import json
import shutil

import pytest

from mmm_lang.git.repository import Repository
from mmm_lang.report.wording import cells
from mmm_lang.worktrees.map_lock import map_at_work
from mmm_lang.worktrees.record import record_path
from mmm_lang.worktrees.standing import worktrees_of
from mmm_lang.worktrees.table import table
from tests.cli.in_repository import asked
from tests.support.cooking import playbook
from tests.support.worktrees import branched, fresh


@pytest.fixture
def kitchen(tmp_path, monkeypatch):
    made = playbook(tmp_path, "- shell: echo x >> made")
    for name, value in made.env().items():
        monkeypatch.setenv(name, value)
    return made


def listed(capsys, kitchen):
    done = asked(capsys, kitchen, "worktree", "ls", "--format", "json")
    assert done.exit_code == 0
    data = json.loads(done.stdout)
    assert data["version"] == 1
    return {one["name"]: one for one in data["worktrees"]}


def test_where_there_is_none_the_list_says_so(kitchen, capsys):
    done = asked(capsys, kitchen, "worktree", "ls")
    assert (done.exit_code, done.stdout) == (0, "No worktrees of sessions in this repository\n")
    assert listed(capsys, kitchen) == {}


def test_the_list_has_a_session_with_what_it_did(kitchen, capsys):
    kitchen.cook("--worktree", "-n", "2")
    [one] = listed(capsys, kitchen).values()
    facts = ("status", "ahead", "iterations", "max_iterations", "cost_usd", "origin", "exists")
    assert [one[fact] for fact in facts] == ["succeeded", 2, 2, 2, 0.0, "main", True]
    assert one["sessions"] == [kitchen.sessions()[0].name]
    assert one["branch"] == one["name"]
    table = asked(capsys, kitchen, "worktree", "ls").stdout
    assert table.split("\n")[0].split() == [
        "NAME",
        "AGE",
        "STATUS",
        "ITERATIONS",
        "AHEAD",
        "COST",
        "FROM",
        "NOTE",
    ]
    assert "2/2" in table


def test_orphans_of_both_kinds_are_listed(kitchen, capsys):
    gone, forgotten, unborn = fresh(kitchen), fresh(kitchen), fresh(kitchen)
    shutil.rmtree(gone.path)
    common = str(kitchen.repo / ".git")
    (kitchen.repo / ".git" / "mmm" / "worktrees" / f"{forgotten.name}.json").unlink()
    kitchen.git("worktree", "remove", unborn.path)
    kitchen.git("branch", "-D", unborn.name)
    kitchen.git("branch", "mmm-only-1234567890")
    found = {name: one["status"] for name, one in listed(capsys, kitchen).items()}
    assert found == {
        gone.name: "no worktree",
        forgotten.name: "no record",
        unborn.name: "no branch",
        "mmm-only-1234567890": "no record",
    }
    with open(record_path(common, gone.name), "w") as file:
        file.write("{")
    assert listed(capsys, kitchen)[gone.name]["status"] == "unreadable"
    assert asked(capsys, kitchen, "worktree", "clean", gone.name, "--force").exit_code == 2
    assert asked(capsys, kitchen, "worktree", "merge", forgotten.name).exit_code == 2


@pytest.mark.parametrize("width", range(10, 140, 13))
def test_no_line_is_wider_than_the_window(kitchen, width):
    branched(kitchen, {"a": "new\n"})
    found = worktrees_of(Repository.find(str(kitchen.repo)), kitchen.env())
    lines = table(found, 0.0, width).splitlines()
    assert max(map(cells, lines)) <= width
    assert len(lines) == 2


def test_a_beginning_that_only_one_has_is_enough(kitchen, capsys):
    one, other = (
        branched(kitchen, {"a": "1\n"}, playbook="one"),
        branched(kitchen, {"b": "1\n"}, playbook="other"),
    )
    assert asked(capsys, kitchen, "worktree", "merge", "mmm-on").exit_code == 0
    assert (kitchen.repo / "a").exists()
    done = asked(capsys, kitchen, "worktree", "merge", "mmm-o")
    assert done.exit_code == 2
    assert f"`{one.name}`" in done.stderr
    assert f"`{other.name}`" in done.stderr


def test_a_name_that_is_nearly_right_gets_a_hint(kitchen, capsys):
    record = fresh(kitchen)
    done = asked(capsys, kitchen, "worktree", "clean", f"{record.name}x")
    assert done.exit_code == 2
    assert f"write `{record.name}`" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [("merge",), ("clean",), ("clean", "x", "--all"), ("remove",), (), ("ls", "--format", "xml")],
)
def test_wrong_usage_is_told(kitchen, capsys, arguments):
    done = asked(capsys, kitchen, "worktree", *arguments)
    assert done.exit_code == 2
    assert done.stderr


def test_all_merges_what_has_succeeded_the_oldest_first(kitchen, capsys):
    for number in range(2):
        kitchen.playbook.write_text(f"max_iterations: 1\nsteps:\n  - shell: echo x > made-{number}\n")
        assert kitchen.cook("--worktree").exit_code == 0
    kitchen.playbook.write_text("- shell: echo x > broken; git add -A; git commit -qm half; exit 1")
    assert kitchen.cook("--worktree").exit_code == 1
    done = asked(capsys, kitchen, "worktree", "merge", "--all")
    assert done.exit_code == 0
    assert "Found 2 worktrees to merge" in done.stdout
    assert "is left out: failed" in done.stdout
    assert (kitchen.repo / "made-0").exists()
    assert (kitchen.repo / "made-1").exists()
    assert not (kitchen.repo / "broken").exists()
    assert sorted(one["status"] for one in listed(capsys, kitchen).values()) == ["failed", "merged", "merged"]


def test_a_bare_repository_is_refused_with_a_sentence(kitchen, tmp_path, capsys):
    kitchen.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    from mmm_lang.cli.main import main

    assert main(["worktree", "ls", "--path", str(tmp_path / "bare.git")]) == 2
    assert "go to a work tree" in capsys.readouterr().err
    assert kitchen.cook("--worktree", "--path", str(tmp_path / "bare.git")).exit_code == 2


def test_items_of_a_map_that_runs_are_left_to_it(kitchen, capsys):
    one = branched(kitchen, {"a": "1\n"}, map="20260101T000000-aaaaaa")
    with map_at_work(str(kitchen.repo / ".git"), "20260101T000000-aaaaaa"):
        done = asked(capsys, kitchen, "worktree", "merge", "--all")
        assert (done.exit_code, f"{one.name} is left out: its map is running" in done.stdout) == (0, True)
    assert "its map is running" not in asked(capsys, kitchen, "worktree", "merge", "--all").stdout


def test_a_sparse_checkout_is_refused_with_a_sentence_and_nothing_stays(kitchen, capsys):
    kitchen.with_file("inner/file", "x")
    kitchen.git("sparse-checkout", "set", "--no-cone", "README")
    done = kitchen.cook("--worktree")
    assert done.exit_code == 2
    assert "is a sparse checkout" in done.stderr
    assert listed(capsys, kitchen) == {}
    assert len(kitchen.git("worktree", "list").splitlines()) == 1


def test_the_list_says_whose_item_a_worktree_is(kitchen, capsys):
    one = branched(kitchen, {"a": "1\n"}, map="20260101T000000-aaaaaa")
    assert listed(capsys, kitchen)[one.name]["map"] == "20260101T000000-aaaaaa"
