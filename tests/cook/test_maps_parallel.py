"""Maps in worktrees: several items at once, merged in their order, and one thing to resume."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from attrs import evolve

from mmm_lang.runtime.journal import read_journal
from mmm_lang.worktrees.record import Merging, change_record
from tests.cook.living import cooking, leftovers, on_a_terminal, open_gate
from tests.cook.maps import first_line, map_events, map_id, map_story, mmm, part_names
from tests.process.programs import eventually
from tests.process.test_leftovers import linux
from tests.support.cooking import Kitchen, playbook

pytestmark = linux

APART = """
steps:
  - shell: "echo $ARG > $ARG"
    commit_message: "did ${ARG}"
"""
ITEMS = ("--args", "a", "--args", "b", "--args", "c")


def trees(kitchen: Kitchen) -> list[str]:
    """The branches of the work trees beside the main one."""
    told = kitchen.git("worktree", "list", "--porcelain")
    return [
        line.removeprefix("branch refs/heads/") for line in told.splitlines() if line.startswith("branch")
    ][1:]


def merges(kitchen: Kitchen) -> list[str]:
    return merges_of(kitchen, "HEAD")


def merges_of(kitchen: Kitchen, branch: str) -> list[str]:
    return kitchen.git("log", "--first-parent", "--merges", "--reverse", "--format=%s", branch).splitlines()


def test_several_at_once_are_merged_in_their_order(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        APART + "reduce:\n  - {shell: 'ls ? > all; echo ${map.succeeded} >> all', commit_message: reduced}\n"
        "map: {over: {items: [x]}}\n",
    )
    cooked = kitchen.cook(*ITEMS, "--parallel", "2", "--yes")
    assert cooked.exit_code == 0, cooked
    assert [line.rpartition("-")[2] for line in merges(kitchen)] == [
        "1 into main",
        "2 into main",
        "3 into main",
    ]
    assert (kitchen.repo / "all").read_text() == "a\nb\nc\n3\n"
    assert "📋 3 of 3 items succeeded, 3 merged" in cooked.stdout
    assert trees(kitchen) == []
    assert kitchen.git("branch", "--format=%(refname:short)") == "main"
    assert kitchen.git("status", "--porcelain") == ""
    assert part_names(kitchen) == ["001", "002", "003", "reduce"]
    story = map_story(kitchen)
    running = most = 0
    for event in story:
        running += {"item_started": 1, "item_finished": -1}.get(str(event[0]), 0)
        most = max(most, running)
    assert most == 2
    assert [index for name, *index in story if name == "item_merged"] == [[1], [2], [3]]
    for session in kitchen.sessions()[1:]:  # each lane has written its own journal, and nobody else in it
        lines = (session / "journal.jsonl").read_text().splitlines()
        assert len(read_journal(str(session))) == len(lines)
        assert json.loads(lines[0])["session"] == session.name


def test_nothing_is_merged_unasked_and_reduce_waits_for_it(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        APART + "reduce: [{shell: 'ls ? > all', commit_message: reduced}]\nmap: {over: {items: [x]}}\n",
    )
    cooked = kitchen.cook(*ITEMS[:4], "--parallel", "2")
    assert cooked.exit_code == 5, cooked
    assert f"mmm resume {map_id(kitchen)} --yes" in cooked.stdout
    assert kitchen.subjects() == []
    resumed = mmm(kitchen, "resume", map_id(kitchen), "--yes")
    assert resumed.exit_code == 0, resumed
    assert len(merges(kitchen)) == 2
    assert (kitchen.repo / "all").read_text() == "a\nb\n"


def test_reduce_is_for_the_branch_that_the_map_began_on(tmp_path: Path) -> None:
    """The user has gone on to another branch meanwhile: nothing is put on that one."""
    kitchen = playbook(
        tmp_path,
        """
        steps: [{shell: "echo $ARG > $ARG; git -C $MAIN switch -qc elsewhere 2> ignored || true; rm -f ignored"}]
        reduce: [{shell: "ls ? > all", commit_message: reduced}]
        map: {over: {items: [x]}}
        """,
    )
    cooked = kitchen.cook(*ITEMS, "--parallel", "2", "--yes", MAIN=str(kitchen.repo))
    assert cooked.exit_code == 1, cooked
    assert "the map works on `main`, and `elsewhere` is checked out here now" in cooked.stdout
    assert kitchen.git("rev-list", "--count", "elsewhere") == "1"
    assert len(merges_of(kitchen, "main")) == 3
    kitchen.git("switch", "-q", "main")
    again = mmm(kitchen, "resume")
    assert again.exit_code == 0, again
    assert (kitchen.repo / "all").read_text() == "a\nb\nc\n"
    assert kitchen.git("rev-list", "--count", "elsewhere") == "1"


def test_the_work_of_an_item_that_missed_its_until_is_named_with_what_merges_it(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, APART + 'until: {shell: "test -f never"}\nmax_iterations: 1\n')
    cooked = kitchen.cook("--args", "a", "--args", "b", "--parallel", "2", "--yes")
    assert cooked.exit_code == 3, cooked
    left = kitchen.git("branch", "--format=%(refname:short)", "--no-merged", "main").split()
    assert [name.rpartition("-")[2] for name in left] == ["1", "2"]
    for branch in left:
        assert f"; not merged: `git merge {branch}` does it" in cooked.stdout
    assert merges(kitchen) == []


def test_without_reduce_branches_that_nobody_asked_to_merge_are_a_good_end(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, APART)
    cooked = kitchen.cook(*ITEMS[:4], "--parallel", "2")
    assert cooked.exit_code == 0, cooked
    assert kitchen.subjects() == []
    assert mmm(kitchen, "resume", map_id(kitchen), "--yes").exit_code == 0
    assert len(merges(kitchen)) == 2
    assert mmm(kitchen, "resume", map_id(kitchen), "--yes").exit_code == 2


def test_a_conflict_is_told_and_reduce_goes_on_after_a_merge_by_hand(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        map: {over: {items: [x]}}
        steps: [{shell: "echo $ARG > same", commit_message: "did ${ARG}"}]
        reduce: [{shell: "cat same > reduced", commit_message: reduced}]
        """,
    )
    cooked = kitchen.cook(*ITEMS[:4], "--parallel", "2", "--yes", "--no-agent")
    assert cooked.exit_code == 1, cooked
    assert "not merged: " in cooked.stdout
    assert "1 was not merged, so `reduce:` did not run" in cooked.stdout
    assert kitchen.git("status", "--porcelain") == ""
    [branch] = [str(one["worktree"]) for one in map_events(kitchen) if one["event"] == "item_started"][1:]
    assert kitchen.git("branch", "--list", "mmm-*", "--format=%(refname:short)") == branch
    assert kitchen.git("show", f"{branch}:same") == "b"
    table = json.loads(mmm(kitchen, "worktree ls --format json").stdout)
    assert branch in json.dumps(table)
    subprocess.run(
        ["git", "merge", "-q", "-X", "theirs", "-m", "by hand", branch],
        cwd=kitchen.repo,
        env=kitchen.env(),
        check=True,
    )
    resumed = mmm(kitchen, "resume", "--yes")
    assert resumed.exit_code == 0, resumed
    assert (kitchen.repo / "reduced").read_text() == "b\n"


def test_a_failed_item_keeps_its_worktree_and_goes_on_in_it(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, f"- shell: 'echo $ARG > $ARG; test $ARG != b || test -e {tmp_path}/fixed'\n")
    cooked = kitchen.cook(*ITEMS, "--parallel", "2", "--yes")
    assert cooked.exit_code == 1, cooked
    assert len(merges(kitchen)) == 2
    assert [name.rpartition("-")[2] for name in trees(kitchen)] == ["2"]
    (tmp_path / "fixed").touch()
    resumed = mmm(kitchen, "resume --failed")
    assert resumed.exit_code == 0, resumed
    assert len(merges(kitchen)) == 3
    assert trees(kitchen) == []
    assert sorted(path.name for path in kitchen.repo.glob("?")) == ["a", "b", "c"]


def test_killed_while_two_items_run_and_resumed(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    kitchen = playbook(
        tmp_path,
        """
        - claude: "/mmm-pay ${ARG}"
        - {shell: "echo $ARG > $ARG", commit_message: "did ${ARG}"}
        """,
    ).with_agent("/mmm-pay", do=[{"wait_for": str(gate)}])
    with cooking(kitchen, *ITEMS, "--parallel", "2", "--yes") as process:
        eventually(lambda: len(kitchen.scenario.prompts()) == 2)
        process.kill()
        process.wait()
        gate.touch()
        eventually(lambda: not leftovers(kitchen))
    resumed = mmm(kitchen, "resume")
    assert resumed.exit_code == 0, resumed
    assert sorted(kitchen.scenario.prompts()) == ["/mmm-pay a", "/mmm-pay b", "/mmm-pay c"]
    assert len(merges(kitchen)) == 3
    assert sorted(path.name for path in kitchen.repo.glob("?")) == ["a", "b", "c"]
    assert trees(kitchen) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_killed_again_and_again_at_any_moment(tmp_path: Path, seed: int) -> None:
    kitchen = playbook(
        tmp_path,
        """
        map: {over: {items: [a, b, c, d]}, setup: [{shell: "echo s > s"}]}
        steps:
          - claude: "/mmm-pay ${item}"
          - {shell: "echo $ARG >> $ARG", commit_message: "did ${item}"}
        reduce: [{shell: "cat a b c d > all", commit_message: reduced}]
        """,
    ).with_agent("/mmm-pay")
    dice, deaths = random.Random(seed), 0
    command = kitchen.command("--parallel", "2", "--yes")
    while True:
        process = subprocess.Popen(command, env=kitchen.env(), stdout=subprocess.DEVNULL)
        try:
            code = process.wait(dice.uniform(0.4, 2.0) if deaths < 8 else 240)
            break
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            deaths += 1
        if any("map_started" in first_line(folder / "journal.jsonl") for folder in kitchen.sessions()):
            command = [sys.executable, "-m", "mmm_lang", "resume", "--path", str(kitchen.repo)]
    assert code in (0, 2)  # 2: it was killed when all was done
    assert (kitchen.repo / "all").read_text() == "a\nb\nc\nd\n"
    assert sorted(kitchen.scenario.prompts()) == [f"/mmm-pay {one}" for one in "abcd"]
    assert [line.rpartition("-")[2] for line in merges(kitchen)] == [
        f"{one} into main" for one in (1, 2, 3, 4)
    ]
    assert kitchen.git("branch", "--format=%(refname:short)") == "main"
    assert kitchen.git("status", "--porcelain") == ""


def test_a_merge_that_was_cut_off_is_no_merge_by_hand(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, APART)
    assert kitchen.cook(*ITEMS[:4], "--parallel", "2").exit_code == 0
    [name, _] = [str(one["worktree"]) for one in map_events(kitchen) if one["event"] == "item_started"]
    head, tree, tip = kitchen.git("rev-parse", "HEAD", "HEAD^{tree}", name).splitlines()
    kitchen.git("merge", "-q", "--no-ff", "-m", f"Merge worktree {name} into main", name)
    common = str(kitchen.repo / ".git")
    merging = Merging(time.time(), head, tree, tip, str(kitchen.repo), own=False)
    change_record(common, name, lambda record: evolve(record, merging=merging))
    resumed = mmm(kitchen, "resume", map_id(kitchen), "--yes")
    assert resumed.exit_code == 0, resumed
    assert sorted(path.name for path in kitchen.repo.glob("?")) == ["a", "b"]
    assert len(merges(kitchen)) == 2


def test_json_of_several_at_once(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, APART)
    cooked = kitchen.cook(*ITEMS[:4], "--parallel", "2", "--yes", "--format", "json")
    lines = [json.loads(line) for line in cooked.stdout.splitlines()]
    assert {one["item"] for one in lines if "item" in one} == {1, 2}
    assert lines[0]["event"] == "map_started"
    assert lines[-1]["event"] == "map_finished"
    assert lines[-1]["merged"] == 2


def test_parallel_wants_items(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, "- shell: 'true'\n")
    cooked = kitchen.cook("--parallel", "2")
    assert cooked.exit_code == 2
    assert "give them with `--map GLOB`" in cooked.stderr


@pytest.mark.parametrize("merges", [("--yes",), ()])
def test_a_map_in_worktrees_begins_while_another_mmm_merges_here(
    tmp_path: Path, merges: tuple[str, ...]
) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    checks = f"echo half >> README; cat {gate}; git checkout -q README"
    kitchen = playbook(
        tmp_path,
        f'max_iterations: 1\nsteps: [{{shell: "echo o > one"}}]\nmerge: [{{shell: "{checks}"}}]\n',
    )
    with cooking(kitchen, "--worktree", "--yes") as first:
        eventually(lambda: "half" in (kitchen.repo / "README").read_text())
        kitchen.playbook.write_text("steps: [{shell: 'echo $ARG > $ARG; cat one'}]\n")
        refused = kitchen.cook(*ITEMS[:4])
        assert refused.exit_code == 2
        assert "is under way in" in refused.stderr
        with cooking(kitchen, *ITEMS[:4], "--parallel", "2", *merges) as second:
            eventually(lambda: len(kitchen.git("branch", "--list", "mmm-*-[12]").splitlines()) == 2)
            open_gate(gate)
            assert first.wait(60) == 0
            assert second.wait(60) == 0, second.communicate()
    assert (kitchen.repo / "one").read_text() == "o\n"
    assert (kitchen.repo / "a").exists() is bool(merges)
    assert kitchen.git("status", "--porcelain") == ""


@pytest.mark.parametrize("stop", [None, signal.SIGINT])
def test_merges_wait_for_a_session_that_runs_here(tmp_path: Path, stop: int | None) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    kitchen = playbook(
        tmp_path, f'max_iterations: 1\nsteps: [{{shell: "echo half >> README; cat {gate}"}}]\n'
    )
    with cooking(kitchen) as first:
        eventually(lambda: "half" in (kitchen.repo / "README").read_text())
        kitchen.playbook.write_text("steps: [{shell: 'echo $ARG > $ARG'}]\n")
        kitchen.git("update-index", "--assume-unchanged", "README")
        with cooking(kitchen, *ITEMS[:4], "--parallel", "2", "--yes") as second:
            assert second.stdout is not None
            said = ""
            while "Waiting to merge: session" not in said:
                said = second.stdout.readline()
                assert said
            kitchen.git("update-index", "--no-assume-unchanged", "README")
            if stop is not None:
                second.send_signal(stop)
                assert second.wait(60) == 130, second.communicate()
            open_gate(gate)
            assert first.wait(60) == 0
            if stop is None:
                assert second.wait(60) == 0, second.communicate()
    resumed = mmm(kitchen, "resume", "--yes")
    assert resumed.exit_code == (2 if stop is None else 0), resumed
    assert len(merges(kitchen)) == 2
    assert "half" in (kitchen.repo / "README").read_text()


def test_items_are_merged_into_a_clean_work_tree_only(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, APART)
    (kitchen.repo / "README").write_text("changed\n")
    cooked = kitchen.cook(*ITEMS, "--parallel", "2", "--yes")
    assert cooked.exit_code == 2
    assert "help: commit or stash them: the items are merged into this work tree" in cooked.stderr
    assert kitchen.cook(*ITEMS, "--parallel", "2").exit_code == 0  # beside it, with nothing merged
    assert (kitchen.repo / "README").read_text() == "changed\n"


def test_one_worktree_for_all_items_together(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, "- {shell: 'echo $ARG >> done', commit_message: 'did ${ARG}'}\n")
    cooked = kitchen.cook(*ITEMS[:4], "--worktree", "--yes")
    assert cooked.exit_code == 0, cooked
    assert (kitchen.repo / "done").read_text() == "a\nb\n"
    assert len(merges(kitchen)) == 1


@pytest.mark.parametrize(("typed", "merged"), [(b"y\n", True), (b"\n", False)])
def test_at_a_terminal_one_is_asked_at_the_end(tmp_path: Path, typed: bytes, *, merged: bool) -> None:
    kitchen = playbook(tmp_path, APART)
    with on_a_terminal(kitchen, *ITEMS[:4], "--parallel", "2") as terminal:
        eventually(lambda: b"merge the completed 2 worktrees now? (y/N): " in terminal.said)
        terminal.type(typed)
        assert terminal.process.wait(60) == 0
    assert (len(merges(kitchen)) == 2) is merged
    assert (b"--yes" in terminal.said) is not merged


def test_a_map_says_before_anything_runs_what_it_can_do_at_most(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        "limits: {agent_calls: 30}\nmap: {over: {shell: 'echo a; echo b'}, limits: {duration: 20m}}\n"
        + APART,
    )
    told = kitchen.cook("--parallel", "2", "--yes").stdout.splitlines()
    assert told[0].endswith(
        "items that are looked up first, 2 at once, each in a worktree, merged into `main` as they end"
    )
    assert told[1:4] == [
        "   at most |items| agent calls and 1 + |items| shell runs",
        "   limits: 30 agent calls",
        "   limits of an item: 20 min",
    ]
    assert "📋 2 items: at most 2 agent calls and 3 shell runs" in told


def test_items_one_after_another_are_foretold_together_too(tmp_path: Path) -> None:
    told = playbook(tmp_path, APART).cook(*ITEMS).stdout.splitlines()
    assert told[0].endswith(": 3 items, one after another")
    assert told[1] == "   at most 0 agent calls and 3 shell runs"


def test_the_sessions_that_help_with_a_merge_are_the_maps(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, APART + "merge: [{shell: 'test ! -e b'}]\n")
    cooked = kitchen.cook("--args", "a", "--args", "b", "--parallel", "2", "--yes")
    assert cooked.exit_code == 1, cooked
    assert part_names(kitchen) == ["001", "001-merge", "002", "002-merge"]
    again = mmm(kitchen, "worktree merge", "--all")
    assert again.exit_code == 1, again
    assert part_names(kitchen)[-1] == "002-merge-2"
    listed = mmm(kitchen, "sessions ls").stdout.splitlines()
    assert [line.startswith("  ") for line in listed] == [False, False, *[True] * 5]
    refused = mmm(kitchen, "resume", f"{map_id(kitchen)}-002-merge")
    assert refused.exit_code == 2
    assert f"`mmm resume {map_id(kitchen)}`" in refused.stderr
    assert mmm(kitchen, "sessions clean", map_id(kitchen), "--force").exit_code == 0
    assert kitchen.sessions() == []
    assert mmm(kitchen, "resume").stderr == "Nothing to resume\n"


@pytest.mark.parametrize("wait", [True, False])
def test_a_quota_that_a_merge_meets_stops_the_map_and_nothing_more_is_merged(
    tmp_path: Path, wait: bool
) -> None:
    kitchen = playbook(tmp_path, "steps: [{shell: 'echo $ARG > same'}]").with_command("mmm-merge-worktree")
    merged = "git merge -q --no-ff --no-commit @ARGS@ || true; echo @ARGS@ >> ../all; cp ../all same; git commit -qam m"
    said = f"Claude AI usage limit reached|{int(time.time()) + 2}"
    kitchen.scenario.on("/mmm-merge-worktree", text=said, is_error=True, rc=1, times=1)
    kitchen.scenario.on("/mmm-merge-worktree", sh=merged, text="done", cost=0.2)
    cooked = kitchen.cook(*ITEMS, "--parallel", "2", "--yes", *(["--wait"] if wait else []))
    if not wait:
        assert cooked.exit_code == 5, cooked
        assert len(kitchen.scenario.receipts()) == 1
        assert len(merges(kitchen)) == 1
        cooked = mmm(kitchen, "resume", "--yes", "--wait")
    assert cooked.exit_code == 0, cooked
    assert len(merges(kitchen)) == 3
    assert len(kitchen.scenario.receipts()) == 3


def test_a_call_of_a_merge_that_was_cut_off_is_on_the_maps_bill(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, "steps: [{shell: 'echo $ARG > same'}]").with_command("mmm-merge-worktree")
    gate = tmp_path / "gate"
    merged = (
        "git merge -q --no-ff --no-commit @ARGS@ || true; printf 'a\\nb\\n' > same; git commit -qam merged"
    )
    waits = f"touch ../met; until test -e {gate}; do sleep 0.02; done"
    kitchen.scenario.on("/mmm-merge-worktree", sh=f"{waits}; {merged}", text="done", cost=0.2)
    with cooking(kitchen, "--args", "a", "--args", "b", "--parallel", "2", "--yes") as process:
        eventually((tmp_path / "met").exists)
        process.kill()
        process.wait()
    gate.touch()
    again = mmm(kitchen, "resume", "--yes")
    assert again.exit_code == 0, again
    finished = map_events(kitchen)[-1]
    assert finished["calls"] == len(kitchen.scenario.receipts())
    assert finished["cost_usd"] is None  # nobody has heard what the first of them cost


def test_items_of_a_detached_head_are_not_offered_to_a_merge_that_cannot_be(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, APART)
    kitchen.git("checkout", "-q", "--detach")
    cooked = kitchen.cook(*ITEMS[:2], "--parallel", "2")
    assert cooked.exit_code == 0, cooked
    assert "check out a branch and run `git merge mmm-" in cooked.stdout
    assert "--yes" not in cooked.stdout
    assert mmm(kitchen, "resume", map_id(kitchen), "--yes").exit_code == 0
    assert mmm(kitchen, "resume", "--yes").stderr == "Nothing to resume\n"


def test_the_last_map_is_merged_when_that_is_asked_for_without_its_name(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, APART)
    assert kitchen.cook(*ITEMS[:4], "--parallel", "2").exit_code == 0
    assert mmm(kitchen, "resume").stderr == "Nothing to resume\n"
    assert mmm(kitchen, "resume", "--yes").exit_code == 0
    assert len(merges(kitchen)) == 2
    assert mmm(kitchen, "resume", "--yes").stderr == "Nothing to resume\n"
