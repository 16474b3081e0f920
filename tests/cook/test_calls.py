"""A playbook that calls others, with real git and real processes: inputs, outputs, failures, and death inside."""

from __future__ import annotations

import textwrap
from pathlib import Path

from tests.cook.living import alive, cooking, end
from tests.cook.test_resume import kill, resume
from tests.cook.test_worktree import worktrees
from tests.process.programs import eventually
from tests.process.test_leftovers import linux
from tests.support.cooking import Kitchen, playbook

pytestmark = linux

MAIN = """
max_iterations: 1
inputs: {folder: {type: path, default: src}}
steps:
  - playbook: lib/write.yml
    id: write
    inputs: {folder: "${inputs.folder}", words: [one, "two words", "$(touch hacked)"]}
  - claude: "/mmm-review ${write.outputs.first} ${write.outputs.count}"
  - shell: echo "${write.outputs.first}" > seen
"""
WRITE = """
inputs:
  folder: {type: path}
  words: {type: list}
  level: {type: number, default: 2}
outputs: {first: "${make.stdout | head(1)}", count: "${count.outputs.n}"}
env: {GREETING: "hello from ${inputs.folder}"}
steps:
  - id: make
    shell: |
      mkdir -p "$folder"
      echo "$GREETING" > "$folder/greeting"
      echo '${inputs.words}' | tee "${inputs.folder}/words"
  - playbook: count/lines.yml
    id: count
    inputs: {file: "${inputs.folder}/words"}
"""
"""The second call starts from the folder of this file."""

LINES = """
inputs: {file: {}}
outputs: {n: "${lines.output}"}
steps:
  - {id: lines, shell: 'wc -l < "${inputs.file}" | tr -d " "'}
"""


def kitchen_of(tmp_path: Path, main: str, **files: str) -> Kitchen:
    """A kitchen whose playbook stands beside others; `lib__write` is `lib/write.yml`."""
    kitchen = playbook(tmp_path, main)
    for name, text in files.items():
        path = tmp_path / f"{name.replace('__', '/')}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    return kitchen


def test_values_go_in_and_come_out(tmp_path):
    kitchen = kitchen_of(tmp_path, MAIN, lib__write=WRITE, lib__count__lines=LINES)
    kitchen.with_agent("/mmm-review one 3", writes={"review": "fine\n"})
    cooked = kitchen.cook()
    assert cooked.exit_code == 0, cooked
    assert kitchen.subjects() == [
        'mmm: mkdir -p "src" …',
        "mmm: /mmm-review one 3",
        'mmm: echo "one" > seen',
    ]
    assert (kitchen.repo / "src" / "greeting").read_text() == "hello from src\n"
    assert (kitchen.repo / "src" / "words").read_text() == "one\ntwo words\n$(touch hacked)\n"
    assert (kitchen.repo / "seen").read_text() == "one\n"
    assert not (kitchen.repo / "hacked").exists()
    assert [one["inputs"] for one in kitchen.of_kind("step_started") if "inputs" in one] == [
        {"folder": "src", "words": '["one", "two words", "$(touch hacked)"]', "level": "2"},
        {"file": "src/words"},
    ]
    assert "Mmm-Step: write/make" in kitchen.git("log", "--format=%B")


def test_an_input_of_the_session_has_its_type(tmp_path):
    kitchen = playbook(
        tmp_path, "inputs: {n: {type: number}}\nsteps: [{shell: 'echo $((${inputs.n} + 1)) > n'}]"
    )
    refused = kitchen.cook("--set", "n=many", "-n", "1")
    assert refused.exit_code == 2
    assert "the input `n` is a number, and `many` is none" in refused.stderr
    assert kitchen.sessions() == []
    assert kitchen.cook("--set", "n=41", "-n", "1").exit_code == 0
    assert (kitchen.repo / "n").read_text() == "42\n"


def test_a_call_that_cannot_be_made_starts_nothing(tmp_path):
    kitchen = kitchen_of(tmp_path, "- playbook: lib/wirte.yml\n", lib__write=WRITE)
    cooked = kitchen.cook()
    assert cooked.exit_code == 1
    assert "error[missing-playbook]" in cooked.stderr
    assert "lib/write.yml" in cooked.stderr
    assert kitchen.sessions() == []


def test_commands_of_a_playbook_that_is_called_have_to_be_there(tmp_path):
    kitchen = kitchen_of(tmp_path, "- playbook: other.yml\n", other="\n- claude: /mmm-nowhere\n")
    cooked = kitchen.cook()
    assert cooked.exit_code == 2
    assert "other.yml, line 2) has no command file" in cooked.stderr


TESTED = """
max_iterations: 1
steps:
  - id: checked
    playbook: check.yml
    inputs: {name: mended}
    on_failure: {claude: "/mmm-repair ${checked.status}", max_attempts: 2}
  - shell: echo after > after
"""
CHECK = """
inputs: {name: {}}
steps:
  - {shell: "echo try >> tries"}
  - {id: look, shell: 'test -e "${inputs.name}"'}
"""


def test_a_failure_inside_is_repaired_by_the_handler_of_the_call(tmp_path):
    kitchen = kitchen_of(tmp_path, TESTED, check=CHECK).with_agent(
        "/mmm-repair failed", writes={"mended": "yes\n"}
    )
    cooked = kitchen.cook()
    assert cooked.exit_code == 0, cooked
    assert kitchen.statuses() == [
        ("checked/step-1", "succeeded"),
        ("checked/look", "failed"),
        ("checked", "failed"),
        ("checked.on_failure.1", "succeeded"),
        ("checked/step-1", "succeeded"),
        ("checked/look", "succeeded"),
        ("checked", "succeeded"),
        ("step-2", "succeeded"),
    ]
    assert (kitchen.repo / "tries").read_text() == "try\ntry\n"


def test_a_failure_inside_that_nobody_repairs_is_told_with_its_file(tmp_path):
    kitchen = kitchen_of(tmp_path, TESTED, check=CHECK).with_agent("/mmm-repair failed")
    cooked = kitchen.cook()
    assert cooked.exit_code == 1
    assert "failed (line 4): `test -e " in cooked.stdout + cooked.stderr
    assert not (kitchen.repo / "tries").exists(), "rolled back"


def test_a_session_that_dies_inside_goes_on_inside(tmp_path):
    gate = tmp_path / "gate"
    waits = f"""
        inputs: {{word: {{}}}}
        outputs: {{said: "${{say.output}}"}}
        steps:
          - {{shell: 'echo "${{inputs.word}}" > first'}}
          - id: wait
            shell: |
              touch there
              while test ! -e {gate}; do sleep 0.05; done
              echo "${{inputs.word}}" > second
          - {{id: say, shell: 'echo "${{inputs.word}}!"'}}
    """
    main = """
        max_iterations: 1
        steps:
          - {id: inner, playbook: waits.yml, inputs: {word: "hello"}}
          - shell: echo "${inner.outputs.said}" > third
    """
    kitchen = kitchen_of(tmp_path, main, waits=waits)
    with cooking(kitchen) as process:
        eventually((kitchen.repo / "there").exists)
        kill(kitchen, process, keeper=True)
    (tmp_path / "waits.yml").write_text("- shell: exit 1\n")  # what runs was settled when it began
    gate.touch()
    cooked = resume(kitchen)
    assert cooked.exit_code == 0, cooked
    assert (kitchen.repo / "second").read_text() == "hello\n"
    assert (kitchen.repo / "third").read_text() == "hello!\n"
    opened = [one for one in kitchen.of_kind("step_started") if one["step"] == "inner"]
    assert len(opened) == 1


def test_in_a_worktree_too(tmp_path):
    kitchen = kitchen_of(tmp_path, MAIN, lib__write=WRITE, lib__count__lines=LINES)
    kitchen.with_agent("/mmm-review")
    cooked = kitchen.cook("--worktree")
    assert cooked.exit_code == 0, cooked
    [made] = worktrees(kitchen)
    assert (made / "seen").read_text() == "one\n"


def test_a_secret_of_a_playbook_that_is_called_is_masked_everywhere(tmp_path):
    kitchen = kitchen_of(
        tmp_path,
        "max_iterations: 1\nsteps: [{id: a, playbook: hush.yml}, {shell: 'printf %s \"${a.outputs.it}\" > it'}]\n",
        hush='secrets: [HUSH]\noutputs: {it: "${say.output}"}\nsteps: [{id: say, shell: "echo $HUSH"}]\n',
    )
    cooked = kitchen.cook("--verbose", HUSH="correct horse battery")
    assert cooked.exit_code == 0, cooked
    assert "correct horse" not in cooked.stdout + cooked.stderr
    assert "correct horse" not in (kitchen.sessions()[0] / "journal.jsonl").read_text()
    assert (kitchen.repo / "it").read_text() == "***HUSH***"


def test_the_repositorys_own_playbooks_are_found_by_name(tmp_path):
    kitchen = playbook(tmp_path, "")
    kitchen.with_file(".mmm/playbooks/greet.yml", "- shell: echo hi > hi\n")
    kitchen.with_file("flows/main.yml", "max_iterations: 1\nsteps:\n- playbook: greet\n")
    command = kitchen.command()
    command[command.index(str(kitchen.playbook))] = str(kitchen.repo / "flows" / "main.yml")
    with alive(kitchen, command, kitchen.env()) as process:
        assert end(process).exit_code == 0
    assert (kitchen.repo / "hi").read_text() == "hi\n"


def test_going_back_to_a_step_inside(tmp_path):
    """`mmm resume --from` takes the keys that the plan has."""
    kitchen = kitchen_of(tmp_path, TESTED, check=CHECK).with_agent("/mmm-repair failed")
    assert kitchen.cook("--on-failure", "keep").exit_code == 1
    assert resume(kitchen, "--from", "checked/lok").exit_code == 2
    before = len(kitchen.events())
    assert resume(kitchen, "--from", "checked/look").exit_code == 1
    begun = [one["step"] for one in kitchen.events()[before:] if one["event"] == "step_started"]
    assert begun[0] == "checked/look"
    assert (kitchen.repo / "tries").read_text().startswith("try\n")


def test_calls_and_cost_are_those_of_all_that_ran_inside(tmp_path):
    main = """
    max_iterations: 1
    steps:
      - {playbook: ask.yml, id: asked}
      - steps: [{claude: /mmm-review three}, {shell: "true"}]
        id: group
      - shell: >-
          echo ${asked.calls} ${asked.cost_usd} ${group.calls} ${group.cost_usd} > seen;
          awk 'BEGIN { exit !(${asked.duration} > 0) }'
    """
    ask = """
    steps:
      - {claude: /mmm-review zero}
      - foreach: [one, two]
        do: {claude: "/mmm-review ${item}"}
    """
    kitchen = kitchen_of(tmp_path, main, ask=ask)
    kitchen.with_agent("/mmm-review", writes={"review": "fine\n"}, cost=0.25)
    cooked = kitchen.cook()
    assert cooked.exit_code == 0, cooked
    assert (kitchen.repo / "seen").read_text() == "3 0.75 1 0.25\n"


def test_an_input_of_json_goes_on_inside_on_both_sides_of_a_call(tmp_path):
    main = """
    max_iterations: 1
    inputs: {cfg: {type: json, default: {parts: [{name: "a b", deep: [1, 2]}], n: 3}}}
    steps:
      - {playbook: parts.yml, id: parts, inputs: {part: "${inputs.cfg.parts.0}"}}
      - foreach: ${inputs.cfg.parts}
        max_items: 3
        do: {shell: "echo ${item.name} ${parts.outputs.first} ${inputs.cfg.m:-none} ${inputs.cfg.n} > seen"}
      - shell: "echo ${inputs.cfg.nowhere}"
        on_failure: {fail_workflow: false}
    """
    parts = """
    inputs: {part: {type: json}}
    outputs: {first: "${inputs.part.deep.0}"}
    steps: [{shell: 'test "${inputs.part.name}" = "a b"'}]
    """
    kitchen = kitchen_of(tmp_path, main, parts=parts)
    cooked = kitchen.cook()
    assert cooked.exit_code == 0, cooked
    assert (kitchen.repo / "seen").read_text() == "a b 1 none 3\n"
    assert "`inputs.cfg.nowhere`: the input has no `nowhere` there" in cooked.stdout
