"""`foreach:` with real processes and real git: a turn an item, its handlers, its failure, and going on in mid-turn."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cook.living import cooking
from tests.cook.test_resume import kill, resume
from tests.process.programs import eventually
from tests.process.test_leftovers import linux
from tests.support.cooking import Kitchen, playbook


def turns(kitchen: Kitchen) -> list[tuple[object, object]]:
    """Which turns began, by the key of their loop."""
    return [(one["step"], one["turn"]) for one in kitchen.of_kind("turn_started")]


def test_a_written_list_is_gone_through_in_its_order(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        - foreach: ["a b", 'it''s "$$HOME"', 3]
          id: names
          do:
            - {id: say, shell: "printf '%s\\n' ${item} >> said"}
            - {shell: "test ${say.exit_code} = 0"}
        - {shell: "echo ${names.items} ${names.status} > after"}
        """,
    )
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 0, cooked
    assert (kitchen.repo / "said").read_text() == 'a b\nit\'s "$HOME"\n3\n'
    assert (kitchen.repo / "after").read_text() == "3 succeeded\n"
    assert turns(kitchen) == [("names", 1), ("names", 2), ("names", 3)]
    assert "🔄 1/3 a b\n" in cooked.stdout
    assert "🔄 3/3 3\n" in cooked.stdout


def test_mappings_are_gone_into_and_their_values_may_be_references(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        - {id: who, shell: "printf World"}
        - foreach:
            - {name: "${who.output}", parts: [1, {deep: x}]}
          do:
            shell: "printf '%s|%s|%s' ${item.name} ${item.parts.1.deep} ${item} > said"
        """,
    )
    assert kitchen.cook("-n", "1").exit_code == 0
    whole = '{"name":"World","parts":["1",{"deep":"x"}]}'
    assert (kitchen.repo / "said").read_text() == f"World|x|{whole}"


def test_a_command_gives_lines_or_json(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        - foreach: {shell: "printf 'one\\n\\n  two \\n'"}
          max_items: 5
          do: {shell: "printf '<%s>' ${item} >> lines"}
        - foreach:
            shell: "cat data.json"
            json: "$.groups[*].files[*]"
          max_items: 5
          do: {shell: "printf '<%s>' ${item.path} >> paths"}
        """,
    ).with_file(
        "data.json", json.dumps({"groups": [{"files": [{"path": "a"}]}, {"files": [{"path": "b c"}]}]})
    )
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 0, cooked
    assert (kitchen.repo / "lines").read_text() == "<one><  two >"
    assert (kitchen.repo / "paths").read_text() == "<a><b c>"


def test_more_items_than_the_bound_are_left_out_and_that_is_said(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        - {id: many, shell: "seq 1 7"}
        - foreach: "${many.output | lines}"
          id: loop
          max_items: 2
          do: {shell: "echo ${item} >> said"}
        """,
    )
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 0
    assert (kitchen.repo / "said").read_text() == "1\n2\n"
    note = "7 items, and `max_items` is 2: the last 5 left out"
    assert f"note: {note}" in cooked.stdout
    [opened] = [one for one in kitchen.of_kind("step_started") if one["step"] == "loop"]
    assert opened["notes"] == [note]
    assert opened["items"] == ['"1"', '"2"']


def test_the_answer_of_an_agent_is_gone_through(tmp_path: Path) -> None:
    answer = json.dumps({"files": [{"path": "src/a", "why": "long"}, {"path": "src/b", "why": "slow"}]})
    kitchen = (
        playbook(
            tmp_path,
            """
            - {id: find, claude: "/mmm-find", commit_required: false}
            - foreach: ${find.json.files}
              max_items: 5
              do: {claude: "/mmm-fix ${item.path} because it is ${item.why}"}
            """,
        )
        .with_agent("/mmm-find", text=answer)
        .with_agent("/mmm-fix src/a because it is long", writes={"src/a": "short\n"})
        .with_agent("/mmm-fix src/b because it is slow", writes={"src/b": "fast\n"})
    )
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 0, cooked
    assert kitchen.subjects() == [
        "mmm: /mmm-fix src/a because it is long",
        "mmm: /mmm-fix src/b because it is slow",
    ]
    assert "🔄 2/2 src/b\n" in cooked.stdout


def test_what_is_no_list_fails_the_loop(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        - {id: ask, shell: "echo '{\\"files\\": 3}'"}
        - {foreach: "${ask.json.files}", max_items: 5, do: {shell: "true"}}
        """,
    )
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 1
    assert "`ask.json.files` is no list: `3`" in cooked.stdout
    assert turns(kitchen) == []


def test_a_list_that_is_empty_is_no_failure(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        - {foreach: {shell: "true"}, id: none, max_items: 5, do: {shell: "exit 1"}}
        - {shell: "echo ${none.items} > after"}
        """,
    )
    assert kitchen.cook("-n", "1").exit_code == 0
    assert (kitchen.repo / "after").read_text() == "0\n"


def test_a_handler_inside_a_turn_repairs_that_turn(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        - foreach: [a, b, c]
          do:
            - shell: "test ${item} != b || test -e mended-b"
              on_failure: {shell: "touch mended-${item}; echo repaired ${item} >> log"}
            - {shell: "echo done ${item} >> log"}
        """,
    )
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 0, cooked
    assert (kitchen.repo / "log").read_text() == "done a\nrepaired b\ndone b\ndone c\n"


def test_a_failing_turn_ends_the_loop_and_the_iteration_is_rolled_back(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        - foreach: [a, b, c]
          id: each
          do: {shell: "echo ${item} > ${item}; test ${item} != b"}
        """,
    )
    before = kitchen.git("rev-parse", "HEAD")
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 1
    assert "Reason: `each` failed (line 2)" in cooked.stdout
    assert kitchen.git("rev-parse", "HEAD") == before
    assert turns(kitchen) == [("each", 1), ("each", 2)]
    assert not (kitchen.repo / "a").exists()


def test_a_loop_that_may_fail_lets_the_session_go_on(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        - foreach: [a, b, c]
          id: loop
          do: {shell: "echo ${item} > ${item}; test ${item} != b"}
          on_failure: {fail_workflow: false}
        - {shell: "echo ${loop.status} > after"}
        """,
    )
    assert kitchen.cook("-n", "1").exit_code == 0
    assert (kitchen.repo / "after").read_text() == "failed\n"
    assert kitchen.subjects() == ["mmm: echo a > a; test a != b", "mmm: echo failed > after"]


def test_a_retry_goes_through_the_list_again_from_where_it_began(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        - foreach: [a, b]
          retry: {attempts: 2}
          do: {shell: "echo ${item} >> said; test ${item} != b || test -e ../again || { touch ../again; exit 1; }"}
        """,
    )
    assert kitchen.cook("-n", "1").exit_code == 0
    assert (kitchen.repo / "said").read_text() == "a\nb\n"
    assert turns(kitchen) == [("step-1", 1), ("step-1", 2), ("step-1", 1), ("step-1", 2)]


def test_nothing_of_an_earlier_turn_is_read_in_a_later_one(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        - foreach: [a, b]
          do:
            - {id: first, when: '${item} == "a"', shell: "echo made by a"}
            - {shell: "echo ${item}: ${first.output:-nothing} ${first.status} >> said"}
        """,
    )
    assert kitchen.cook("-n", "1").exit_code == 0
    assert (kitchen.repo / "said").read_text() == "a: made by a succeeded\nb: nothing skipped\n"


def test_of_nested_loops_the_innermost_item_is_meant(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        - foreach: [{name: x, parts: [1, 2]}, {name: y, parts: [3]}]
          do:
            - {id: outer, shell: "printf %s ${item.name}"}
            - foreach: ${item.parts}
              max_items: 5
              do: {shell: "echo ${outer.output}${item} >> said"}
            - {shell: "echo ${item.name} >> said"}
        """,
    )
    assert kitchen.cook("-n", "1").exit_code == 0
    assert (kitchen.repo / "said").read_text() == "x1\nx2\nx\ny3\ny\n"


def test_an_item_with_nothing_to_improve_ends_its_turn_and_not_the_iteration(tmp_path: Path) -> None:
    kitchen = (
        playbook(
            tmp_path,
            """
            - foreach: [a, b]
              do:
                - {name: mmm-fix, args: ["${item}"]}
                - {shell: "echo ${item} >> ../followed"}
            """,
        )
        .with_agent("/mmm-fix a", text="fine as it is")
        .with_agent("/mmm-fix b", writes={"b": "mended\n"})
    )
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 0, cooked
    assert (tmp_path / "followed").read_text() == "b\n"
    assert kitchen.subjects() == ["mmm: /mmm-fix b"]


@linux
def test_a_session_that_is_killed_in_a_turn_goes_on_in_that_turn(tmp_path: Path) -> None:
    """The list is looked up once: what it would be now does not matter."""
    kitchen = playbook(
        tmp_path,
        """
        - foreach: {shell: "cat ../list"}
          id: loop
          max_items: 5
          do:
            - {id: note, shell: "echo ${item} >> said"}
            - {claude: "/mmm-think ${item}"}
        """,
    )
    (tmp_path / "list").write_text("a\nb\nc\n")
    for item in ("a", "c"):
        kitchen.with_agent(f"/mmm-think {item}", writes={item: "thought\n"})
    doing = [{"write": "half", "text": "half\n"}, {"wait_for": str(tmp_path / "gate")}]
    kitchen.with_agent("/mmm-think b", times=1, do=doing)
    kitchen.scenario.on_regex("", writes={"b": "thought\n"})
    with cooking(kitchen, "-n", "1") as process:
        eventually((kitchen.repo / "half").exists)
        kill(kitchen, process, keeper=True)
        (tmp_path / "list").write_text("x\n")
        cooked = resume(kitchen)
    assert cooked.exit_code == 0, cooked
    assert (kitchen.repo / "said").read_text() == "a\nb\nc\n"
    assert turns(kitchen) == [("loop.each", 1), ("loop.each", 2), ("loop.each", 3)]
    assert kitchen.subjects()[-1] == "mmm: /mmm-think c"
    assert all((kitchen.repo / item).read_text() == "thought\n" for item in "abc")


def test_a_loop_whose_command_failed_had_no_items(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        - foreach: {shell: "exit 4"}
          id: loop
          max_items: 3
          do: {shell: "echo ${item}"}
          on_failure: {fail_workflow: false}
        - foreach: {shell: "seq 2"}
          id: two
          max_items: 3
          do: {shell: "echo ${item}"}
        - {shell: "echo ${loop.items} ${loop.status} ${two.items} > after"}
        """,
    )
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 0, cooked
    assert (kitchen.repo / "after").read_text() == "0 failed 2\n"
