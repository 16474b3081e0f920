"""Maps in place: the items of a playbook, one after another, as one thing that is resumed, limited and told of."""

from __future__ import annotations

import json
import signal
from pathlib import Path

from tests.cook.living import cooking, end, leftovers
from tests.cook.maps import map_events, map_id, map_story, mmm, part_names
from tests.process.programs import eventually
from tests.process.test_leftovers import linux
from tests.support.cooking import Kitchen, playbook

pytestmark = linux

LISTED = """
map:
  over: {items: [{name: b, size: 2}, {name: a, size: 3}, {name: c, size: 1}, {name: d, size: 0}]}
  filter: "${item.size} > 0"
  sort_by: "item.name"
  max_items: 2
  setup:
    - shell: "echo ready > ready"
steps:
  - shell: "test -e ready && echo $INDEX/$TOTAL ${item.name} ${item.size} >> done"
    commit_message: "did ${item.name}"
reduce:
  - shell: "printf '%s\\n' ${map.results} > results; echo ${map.succeeded} ${map.failed} ${map.total} > counts"
    commit_message: "reduced"
"""


def test_items_of_the_playbook_with_setup_and_reduce(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, LISTED)
    cooked = kitchen.cook()
    assert cooked.exit_code == 0, cooked
    assert kitchen.subjects()[1:] == ["did a", "did b", "reduced"]
    assert (kitchen.repo / "done").read_text() == "1/2 a 3\n2/2 b 2\n"
    assert (kitchen.repo / "counts").read_text() == "2 0 2\n"
    results = json.loads((kitchen.repo / "results").read_text())
    assert [(one["index"], one["item"]["name"], one["status"], one["commits"]) for one in results] == [
        (1, "a", "succeeded", 1),
        (2, "b", "succeeded", 1),
    ]
    assert part_names(kitchen) == ["001", "002", "reduce", "setup"]
    assert "📋 2 of 2 items succeeded" in cooked.stdout
    state = json.loads((kitchen.repo / ".mmm" / "state.json").read_text())
    assert (state["last_session"], state["last_status"]) == (map_id(kitchen), "succeeded")


def test_items_of_a_command_and_the_command_line_in_their_place(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        map:
          over: {shell: "echo looked >> looked; cat work.json", json: "$.todo[*]"}
          filter: "${item} != 'skip'"
        steps: [{shell: "echo $INDEX/$TOTAL ${item} >> done"}]
        """,
    ).with_file("work.json", '{"todo": ["x", "skip", "y"]}\n')
    assert kitchen.cook().exit_code == 0
    assert (kitchen.repo / "done").read_text() == "1/2 x\n2/2 y\n"
    cooked = kitchen.cook("--args", "z", "--args", "skip")
    assert cooked.exit_code == 0, cooked
    assert (kitchen.repo / "done").read_text() == "1/2 x\n2/2 y\n1/1 z\n"
    assert (kitchen.repo / "looked").read_text() == "looked\n"


def test_no_items_is_a_good_end(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, "map: {over: 'none/*.md'}\nsteps: [{shell: 'echo x >> done'}]\n")
    cooked = kitchen.cook()
    assert cooked.exit_code == 0, cooked
    assert "There are no items" in cooked.stdout
    assert [one["event"] for one in map_events(kitchen)] == ["map_started", "map_finished"]


def test_what_cannot_be_the_items_is_said_before_anything_runs(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, "map: {over: {file: work.json}}\nsteps: [{shell: 'true'}]\n")
    cooked = kitchen.cook()
    assert cooked.exit_code == 2
    assert "work.json" in cooked.stderr
    assert kitchen.sessions() == []


FUSSY = "- shell: 'test $ARG != two || test -e ../fixed && echo $ARG >> done'\n"


def test_failed_runs_just_the_failed_items_again(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, FUSSY)
    cooked = kitchen.cook("--args", "one", "--args", "two", "--args", "three")
    assert cooked.exit_code == 1
    assert f"mmm resume --failed {map_id(kitchen)}" in cooked.stdout
    (tmp_path / "fixed").touch()
    resumed = mmm(kitchen, "resume --failed")
    assert resumed.exit_code == 0, resumed
    assert (kitchen.repo / "done").read_text() == "one\nthree\ntwo\n"
    assert [event for event in map_story(kitchen) if event[0] == "item_started"] == [
        ("item_started", 1),
        ("item_started", 2),
        ("item_started", 3),
        ("item_started", 2),
    ]
    again = mmm(kitchen, "resume --failed", map_id(kitchen))
    assert again.exit_code == 2
    assert "has failed" in again.stderr


def test_a_session_of_a_map_goes_on_with_its_map(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, FUSSY)
    kitchen.cook("--args", "one", "--args", "two")
    refused = mmm(kitchen, "resume", f"{map_id(kitchen)}-002")
    assert refused.exit_code == 2
    assert f"`mmm resume {map_id(kitchen)}`" in refused.stderr


def paying(tmp_path: Path, **rule: object) -> Kitchen:
    kitchen = playbook(
        tmp_path,
        """
        steps:
          - {id: pay, claude: "/mmm-pay ${ARG}"}
          - {id: after, shell: "echo $ARG >> done", commit_message: "did ${ARG}"}
        """,
    )
    return kitchen.with_agent("/mmm-pay", cost=0.25, **rule)


ITEMS = ("--args", "one", "--args", "two", "--args", "three")


def test_limits_are_for_all_items_together(tmp_path: Path) -> None:
    kitchen = paying(tmp_path)
    cooked = kitchen.cook(*ITEMS, "--max-calls", "2")
    assert cooked.exit_code == 4, cooked
    assert kitchen.scenario.prompts() == ["/mmm-pay one", "/mmm-pay two"]
    assert "all sessions together have made their 2 agent calls" in cooked.stdout
    assert kitchen.subjects() == ["did one", "did two"]
    resumed = mmm(kitchen, "resume", "--max-calls", "5")
    assert resumed.exit_code == 0, resumed
    assert kitchen.scenario.prompts() == ["/mmm-pay one", "/mmm-pay two", "/mmm-pay three"]
    assert kitchen.subjects() == ["did one", "did two", "did three"]


def test_an_items_own_limit_stops_the_map_in_place_and_only_itself_elsewhere(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        map: {over: {items: [1, 2]}, limits: {agent_calls: 1}}
        steps:
          - claude: "/mmm-pay ${item}"
          - {shell: "test ${item} = 2", on_failure: {claude: "/mmm-pay again", fail_workflow: false}}
          - shell: "echo ${item} > done-${item}"
        """,
    ).with_agent("/mmm-pay")
    cooked = kitchen.cook()
    assert cooked.exit_code == 4, cooked
    assert "1 not begun" in cooked.stdout
    resumed = mmm(kitchen, "resume", "--max-calls", "9")
    assert resumed.exit_code == 0, resumed
    assert kitchen.files() >= {"done-1", "done-2"}
    apart = kitchen.cook("--parallel", "1")
    assert apart.exit_code == 4, apart
    assert "1 of 2 items was stopped by a limit of its own" in apart.stdout


def test_json_has_the_events_of_the_map_and_of_its_items(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, "- {shell: 'echo $ARG > $ARG'}\n")
    cooked = kitchen.cook("--args", "a", "--args", "b", "--format", "json")
    lines = [json.loads(line) for line in cooked.stdout.splitlines()]
    of_map = [one for one in lines if "item" not in one]
    assert [{**one} for one in of_map] == [
        {key: one[key] for key in one if key != "check"} for one in map_events(kitchen)
    ]
    begun = [(one["item"], one["session"]) for one in lines if one["event"] == "session_started"]
    assert begun == [(1, f"{map_id(kitchen)}-001"), (2, f"{map_id(kitchen)}-002")]


def test_killed_inside_an_item_and_between_two(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    kitchen = paying(tmp_path, do=[{"wait_for": str(gate)}])
    with cooking(kitchen, *ITEMS) as process:
        eventually(lambda: kitchen.scenario.prompts() == ["/mmm-pay one"])
        process.kill()
        process.wait()
        gate.touch()  # the call ends in peace, and its work is taken
        eventually(lambda: not leftovers(kitchen))
    told = mmm(kitchen, "sessions ls")
    assert "it died: 0 of 3 items are done" in told.stdout
    refused = mmm(kitchen, "sessions clean", map_id(kitchen))
    assert refused.exit_code == 2
    resumed = mmm(kitchen, "resume")
    assert resumed.exit_code == 0, resumed
    assert kitchen.scenario.prompts() == ["/mmm-pay one", "/mmm-pay two", "/mmm-pay three"]
    assert kitchen.subjects() == ["did one", "did two", "did three"]
    journal = kitchen.repo / ".git" / "mmm" / "sessions" / map_id(kitchen) / "journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    cut = next(at for at, line in enumerate(lines) if b'"item_finished","index":3' in line)
    journal.write_bytes(b"".join(lines[:cut]) + lines[cut][:20])  # killed before the verdict was on disk
    again = mmm(kitchen, "resume")
    assert again.exit_code == 0, again
    assert kitchen.subjects() == ["did one", "did two", "did three"]
    assert len(kitchen.scenario.prompts()) == 3


def test_ctrl_c_ends_the_map_and_resume_goes_on(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    kitchen = paying(tmp_path, do=[{"wait_for": str(gate)}])
    with cooking(kitchen, *ITEMS) as process:
        eventually(lambda: kitchen.scenario.prompts() == ["/mmm-pay one"])
        process.send_signal(signal.SIGINT)
        stopped = end(process, within=60)
    assert stopped.exit_code == 130, stopped
    assert map_events(kitchen)[-1]["exit_code"] == 130
    assert map_events(kitchen)[-1]["event"] == "map_finished"
    gate.touch()
    resumed = mmm(kitchen, "resume")
    assert resumed.exit_code == 0, resumed
    assert kitchen.subjects() == ["did one", "did two", "did three"]


def test_sessions_show_and_undo_of_a_map(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, FUSSY)
    kitchen.cook("--args", "one", "--args", "two")
    told = mmm(kitchen, "sessions show")
    assert "1 of 2 items succeeded" in told.stdout
    shown = json.loads(mmm(kitchen, "sessions show", map_id(kitchen), "--format", "json").stdout)
    assert [one["status"] for one in shown["items"]] == ["succeeded", "failed"]
    undone = mmm(kitchen, "undo", map_id(kitchen))
    assert undone.exit_code == 2
    assert f"`mmm undo {map_id(kitchen)}-001`" in undone.stderr
    gone = mmm(kitchen, "sessions clean", map_id(kitchen), "--force")
    assert gone.exit_code == 0, gone
    assert kitchen.sessions() == []


def test_a_secret_in_an_item_is_masked_in_the_journal_of_the_map(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        secrets: [API_KEY]
        map:
          over: {file: work.txt}
          setup: [{shell: "printf 'use %s here' $API_KEY > .git/work; ln -s .git/work work.txt"}]
        steps: [{shell: "echo ${item} > said"}]
        """,
    )
    cooked = kitchen.cook(API_KEY="correct-horse-battery")
    assert cooked.exit_code == 0, cooked
    assert (kitchen.repo / "said").read_text() == "use ***API_KEY*** here\n"
    for path in (kitchen.repo / ".git" / "mmm").rglob("*"):
        assert path.is_dir() or b"correct-horse-battery" not in path.read_bytes(), path
