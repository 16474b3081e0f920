"""Playbooks that are called, in a world in memory: what goes in, what comes out, and that all else is as if their steps
stood in the caller."""

from __future__ import annotations

import random
import tempfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmm_lang.runtime.events import IterationFinished, StepFinished, StepStarted
from tests.support.calls import moved_into_a_call
from tests.support.generate import playbook_trees, written
from tests.support.library import plan_of_all
from tests.support.memory import Deed, live
from tests.support.plans import plan_of

LEAF = """
    inputs: {target: {}, level: {type: number, default: 3}, names: {type: list, default: [x]}}
    outputs: {report: "${tests.output}", none: "${maybe.json.a}", spec: "${last.spec}"}
    steps:
      - {id: tests, shell: 'echo "${inputs.target}" ${inputs.level} "${inputs.names | json}"'}
      - {id: maybe, shell: "true", when: "${inputs.level} > 5"}
"""


def lived(tmp_path, main, fate=lambda *_: Deed(), **texts):
    files = {"main.yml": main, "leaf.yml": LEAF, **{f"{name}.yml": text for name, text in texts.items()}}
    return live(plan_of_all(files), fate, str(tmp_path), max_iterations=1)


def values_of(life, step):
    """The values that a step's script was given, in order."""
    (command,) = (one for one in life.commands if one.env["MMM_STEP"] == step)
    return [value for name, value in command.env.items() if name.startswith("MMM_V")]


def verdicts(life):
    return [(one.step, one.status) for one in life.of(StepFinished)]


def test_inputs_are_those_of_the_call_that_the_step_is_in(tmp_path):
    main = """
        - {id: a, playbook: leaf.yml, inputs: {target: one, level: 4, names: [p, "q r"]}}
        - {id: b, playbook: leaf.yml, inputs: {target: "two ${a.status}"}}
    """
    life = lived(tmp_path, main)
    assert values_of(life, "a/tests") == ["one", "4", '["p", "q r"]']
    assert values_of(life, "b/tests") == ["two succeeded", "3", '["x"]']
    (first, second) = [one for one in life.of(StepStarted) if one.inputs is not None]
    assert first.inputs == {"target": "one", "level": "4", "names": '["p", "q r"]'}
    assert second.inputs == {"target": "two succeeded", "level": "3", "names": '["x"]'}


def test_scripts_find_them_in_their_environment_and_not_the_callers(tmp_path):
    main = """
        inputs: {mine: {default: m}, target: {default: t}}
        steps:
          - {id: before, shell: "true"}
          - {id: a, playbook: leaf.yml, inputs: {target: one}}
    """
    files = {"main.yml": main, "leaf.yml": LEAF}
    started = {"inputs.mine": "m", "inputs.target": "t"}
    life = live(plan_of_all(files), lambda *_: Deed(), str(tmp_path), max_iterations=1, variables=started)
    before, inside = life.commands[0].env, life.commands[1].env
    assert (before["mine"], before["target"]) == ("m", "t")
    assert (inside.get("mine"), inside["target"], inside["level"]) == (None, "one", "3")


def test_outputs_are_what_the_caller_sees(tmp_path):
    main = """
        - {id: a, playbook: leaf.yml, inputs: {target: one}}
        - {id: use, shell: 'echo "${a.outputs.report}"'}
        - {id: skip, shell: 'echo "${a.outputs.none}"'}
    """
    life = lived(tmp_path, main, lambda key, _: Deed(stdout="fine\n" if key == "a/tests" else ""))
    assert values_of(life, "use") == ["fine"]
    finished = {one.step: one for one in life.of(StepFinished)}
    assert finished["a"].outputs == {"report": "fine"}
    assert finished["skip"].status == "skipped"
    assert finished["skip"].reason == "nothing to work on: `a.none`"


def test_an_input_that_has_no_value_leaves_nothing_to_do(tmp_path):
    main = '- {id: one, shell: "true"}\n- {id: a, playbook: leaf.yml, inputs: {target: "${one.spec}"}}'
    life = lived(tmp_path, main)
    assert verdicts(life) == [("one", "succeeded"), ("a", "skipped")]


def test_an_input_that_is_none_of_its_type_is_a_failure_of_the_call(tmp_path):
    main = """
        - {id: one, shell: "true"}
        - id: a
          playbook: leaf.yml
          inputs: {target: x, level: "${one.output}"}
          on_failure: {fail_workflow: false}
        - {id: after, shell: "true"}
    """
    life = lived(tmp_path, main, lambda *_: Deed(stdout="high\n"))
    (failed,) = [one for one in life.of(StepFinished) if one.step == "a"]
    assert (failed.status, failed.fault) == ("failed", "value")
    assert failed.reason == "the input `level` of `leaf.yml` is a number, and `high` is none"
    assert verdicts(life)[-1] == ("after", "succeeded")


def test_an_output_that_cannot_be_had_is_a_failure_of_the_call(tmp_path):
    main = "- {id: a, playbook: odd.yml}"
    odd = 'outputs: {n: "${x.json.a}"}\nsteps: [{id: x, shell: "true"}]'
    life = lived(tmp_path, main, lambda *_: Deed(stdout="no json"), odd=odd)
    (failed,) = [one for one in life.of(StepFinished) if one.step == "a"]
    assert (failed.status, failed.fault) == ("failed", "output")
    assert life.end.status == "failed"


def test_its_handler_repairs_what_is_inside(tmp_path):
    main = """
        - id: a
          playbook: leaf.yml
          inputs: {target: x}
          on_failure: {shell: 'echo "${a.status}"', id: repair}
    """
    runs = []

    def fate(key, _):
        runs.append(key)
        return Deed(exit_code=1 if runs.count("a/tests") == 1 and key == "a/tests" else 0)

    life = lived(tmp_path, main, fate)
    assert life.end.status == "succeeded"
    assert verdicts(life) == [
        ("a/tests", "failed"),
        ("a", "failed"),
        ("repair", "succeeded"),
        ("a/tests", "succeeded"),
        ("a/maybe", "skipped"),
        ("a", "succeeded"),
    ]


def test_in_a_loop_each_turn_has_inputs_of_its_own(tmp_path):
    main = """
        - foreach: [p, q]
          id: each
          do:
            - {id: a, playbook: leaf.yml, inputs: {target: "${item}"}}
            - {shell: 'echo "${a.outputs.report}"', id: use}
    """
    life = lived(tmp_path, main, lambda key, number: Deed(stdout=f"{number}\n"))
    targets = [one.env["MMM_V1"] for one in life.commands if one.env["MMM_STEP"] == "a/tests"]
    assert targets == ["p", "q"]
    assert [one.env["MMM_V1"] for one in life.commands if one.env["MMM_STEP"] == "use"] == ["1", "3"]


def test_a_call_in_a_call_hands_on_what_it_was_given(tmp_path):
    middle = """
        inputs: {it: {}}
        outputs: {it: "${leaf.outputs.report}!"}
        steps:
          - {id: leaf, playbook: leaf.yml, inputs: {target: "<${inputs.it}>"}}
    """
    main = '- {id: m, playbook: middle.yml, inputs: {it: deep}}\n- {id: use, shell: "echo ${m.outputs.it}"}'
    life = lived(tmp_path, main, lambda *_: Deed(stdout="out\n"), middle=middle)
    assert values_of(life, "m/leaf/tests")[0] == "<deep>"
    assert values_of(life, "use") == ["out!"]


def test_what_it_protects_is_protected_inside_it_alone(tmp_path):
    guarded = 'protect: ["src/**"]\nsteps: [{id: x, shell: "true"}]'
    main = """
        - {id: before, shell: "true"}
        - {id: a, playbook: guarded.yml, on_failure: {fail_workflow: false}}
        - {id: after, shell: "true"}
    """

    def fate(key, _):
        return Deed(writes={"src/app": f"by {key}\n"})

    life = lived(tmp_path, main, fate, guarded=guarded)
    found = {one.step: (one.status, one.fault) for one in life.of(StepFinished)}
    assert found["before"] == ("succeeded", None)
    assert found["a/x"] == ("failed", "protected")
    assert found["after"] == ("succeeded", None)


@settings(deadline=None)
@given(playbook_trees(), st.integers(0, 10_000))
def test_steps_that_are_moved_into_a_file_that_is_called_do_the_same(tree, seed):
    inline, called = plan_of(written(tree)), plan_of_all(moved_into_a_call(tree))
    one, other = _lived(inline, seed), _lived(called, seed)
    assert other.end.status == one.end.status
    assert other.end.exit_code == one.end.exit_code
    assert _verdicts(other) == _verdicts(one)
    assert _history(other) == _history(one)


def _lived(plan, seed):
    runs: dict[str, int] = {}

    def fate(key, _):
        key = key.removeprefix("body/")
        runs[key] = runs.get(key, 0) + 1
        chance = random.Random(f"{seed} {key} {runs[key]}").randrange(7)
        changes = {f"{key}.txt": f"{runs[key]}\n"} if chance in (1, 2) else {}
        return Deed(writes=changes, stdout='{"items": ["a", "b"]}', exit_code=1 if chance == 0 else 0)

    with tempfile.TemporaryDirectory() as folder:
        variables = {name: "src" for name in ("inputs.target",) if plan.header.inputs}
        return live(plan, fate, folder, max_iterations=2, variables=variables)


def _verdicts(life):
    return [
        (one.step.removeprefix("body/"), one.attempt, one.status, one.fault, one.converged, one.outputs)
        for one in life.of(StepFinished)
        if one.step != "body"
    ]


def _history(life):
    """What is in the work tree at the end, and what each iteration came to."""
    return life.tree.snapshot().tree, life.state.total_commits, life.of(IterationFinished)


@pytest.mark.parametrize("value", ["x" * (1024 * 1024 + 1)])
def test_what_is_too_long_for_a_journal_is_handed_over_as_a_path(tmp_path, value):
    main = '- {id: one, shell: "true"}\n- {id: a, playbook: leaf.yml, inputs: {target: "${one.output}"}}'
    life = lived(tmp_path, main, lambda *_: Deed(stdout=value))
    (failed,) = [one for one in life.of(StepFinished) if one.step == "a"]
    assert failed.fault == "value"
    assert "hand over a path, such as `${id.output_file}`" in failed.reason
