"""From an analysed playbook to its graph: keys, edges, and everything around a step folded into it."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import pytest
from hypothesis import given, settings

from mmm_lang.analysis.check import analyse
from mmm_lang.plan import ir
from mmm_lang.plan.graph import handler_for
from mmm_lang.plan.lowering import lower
from mmm_lang.source import Source
from tests.support.generate import playbooks
from tests.support.plans import plan_of


def edges(plan, *kinds):
    """``source kind target``, in order; of all kinds but ``data`` where none is named."""
    return [
        f"{source} {kind} {target}" for source, target, kind, _ in plan.edges() if kind in (kinds or FLOW)
    ]


FLOW = ("then", "branch", "join", "on_failure", "on_exit", "on_success")


def only(text):
    """The one step of a playbook."""
    (step,) = plan_of(text).steps
    return step


def texts(template):
    """A template with its holes as they were written."""
    return "".join(part if isinstance(part, str) else f"<{part.written}>" for part in template.parts)


# --- the graph ---


def test_a_list_is_a_chain():
    plan = plan_of("- shell: a\n  id: first\n- shell: b\n- shell: c\n")
    assert edges(plan) == ["start then first", "first then step-2", "step-2 then step-3", "step-3 then end"]
    assert [step.key for step in plan.body()] == ["first", "step-2", "step-3"]


def test_a_question_is_a_template():
    plan = plan_of('- {id: one, shell: a}\n- {id: sure, approve: "ship ${one.exit_code} of $$5?"}\n')
    step = plan.step("sure")
    assert (texts(step.action.question), step.title) == (
        "ship <one.exit_code> of $5?",
        "ship ${one.exit_code} of $$5?",
    )
    assert edges(plan, "data") == ["one data sure"]


BRANCHED = """
until: {shell: goal}
steps:
  - id: checks
    steps: [{shell: a, id: a}, {shell: b, id: b}]
    on_failure: [{claude: c, id: c}, {shell: d, id: d}]
  - shell: e
    id: e
    on_exit_code:
      101: {claude: f, id: f}
      127: {fail_workflow: true}
      default: {fail_workflow: false}
    on_failure: {fail_workflow: false}
    on_success: [{shell: g, id: g}]
"""


def test_branches_lead_in_and_joins_lead_on():
    assert edges(plan_of(BRANCHED)) == [
        "start then checks",
        "checks branch a",
        "checks on_failure checks.on_failure",
        "checks then e",
        "a then b",
        "b join e",
        "checks.on_failure branch c",
        "c then d",
        "d join e",
        "e on_exit e.on_exit.101",
        "e on_exit e.on_exit.127",
        "e on_exit e.on_exit.default",
        "e on_failure e.on_failure",
        "e on_success g",
        "e then until",
        "e.on_exit.101 branch f",
        "f join until",
        "e.on_exit.default join until",
        "e.on_failure join until",
        "g join until",
        "until then end",
    ]


def test_the_questions_that_readers_ask():
    plan = plan_of(BRANCHED)
    assert [step.key for step in plan.body()] == ["checks", "e"]
    assert [step.key for step in plan.inside("checks")] == ["a", "b"]
    assert [step.key for step in plan.inside("checks.on_failure")] == ["c", "d"]
    assert [step.key for step in plan.after_success("e")] == ["g"]
    assert plan.until is not None
    assert plan.until.key == "until"
    assert list(plan_of("- shell: a\n").inside("step-1")) == []
    with pytest.raises(KeyError):
        plan.step("checks.on_failure")
    with pytest.raises(KeyError):
        plan.handler("checks")


def test_the_handler_that_answers():
    handlers = plan_of(BRANCHED).handlers("e")
    answers = {code: handler_for(handlers, code) for code in (101, 127, 1, None)}
    assert {code: one.key.removeprefix("e.") for code, one in answers.items()} == {
        101: "on_exit.101",
        127: "on_exit.127",
        1: "on_exit.default",
        None: "on_failure",
    }
    assert handler_for((), 1) is None


def test_what_handlers_hold():
    handlers = {one.key: one for one in plan_of(BRANCHED).handlers("e")}
    assert handlers["e.on_exit.101"] == ir.Handler("e.on_exit.101", "e", codes=(101,))
    assert handlers["e.on_exit.127"] == ir.Handler("e.on_exit.127", "e", codes=(127,), empty=True)
    assert handlers["e.on_exit.default"] == ir.Handler(
        "e.on_exit.default", "e", fail_workflow=False, default=True, empty=True
    )
    assert handlers["e.on_failure"] == ir.Handler("e.on_failure", "e", fail_workflow=False, empty=True)
    (own,) = plan_of(
        "- {shell: a, on_failure: {claude: b, max_attempts: 5, fail_workflow: false}}\n"
    ).handlers("step-1")
    assert (own.max_attempts, own.fail_workflow) == (5, False)


def test_nodes_stand_in_the_order_of_the_text():
    assert list(plan_of(BRANCHED).nodes) == [
        "start",
        *("checks", "a", "b", "checks.on_failure", "c", "d"),
        *("e", "e.on_exit.101", "f", "e.on_exit.127", "e.on_exit.default", "e.on_failure", "g"),
        *("until", "end"),
    ]


def test_values_flow_along_data_edges():
    plan = plan_of("""
    - {claude: "/mmm-coverage", id: coverage, outputs: {score: {regex: "(\\\\d+)"}}}
    - shell: echo ${coverage.spec} ${coverage.score} ${coverage.spec}
      id: tests
      env: {LOG: "${coverage.output_file}"}
      when: ${coverage.status} == "succeeded"
      on_failure: {claude: "/mmm-fix ${shell.output} ${coverage.spec:-none}"}
    """)
    data = [(source, target, label) for source, target, kind, label in plan.edges() if kind == "data"]
    assert data == [
        ("coverage", "tests", "spec, score, output_file, status"),
        ("coverage", "tests.on_failure.1", "spec"),
        ("tests", "tests.on_failure.1", "output"),
    ]


@given(playbooks())
@settings(deadline=None, max_examples=80)
def test_a_plan_is_acyclic_and_everything_in_it_can_be_reached(text):
    plan = plan_of(text)
    assert nx.is_directed_acyclic_graph(plan.graph)
    assert set(nx.descendants(plan.graph, "start")) == set(plan.nodes) - {"start"}
    assert set(plan.nodes) == {key for key, node in plan.nodes.items() if node.key == key}
    keys = list(plan.nodes)
    assert (keys[0], keys[-1]) == ("start", "end")


@given(playbooks())
@settings(deadline=None, max_examples=30)
def test_lowering_is_a_function_of_the_text(text):
    one, other = plan_of(text), plan_of(text)
    assert one.nodes == other.nodes
    assert list(one.edges()) == list(other.edges())


def test_keys_do_not_hang_on_what_stands_after():
    before = plan_of("- shell: a\n- {shell: b, on_failure: {claude: c}}\n")
    after = plan_of("- shell: a\n- {shell: b, on_failure: {claude: c}}\n- shell: d\n")
    assert set(before.nodes) < set(after.nodes)
    assert all(after.nodes[key] == node for key, node in before.nodes.items())


def test_a_playbook_with_errors_has_no_plan():
    with pytest.raises(ValueError, match="no plan"):
        lower(analyse(Source("p.yml", "- shel: a\n")))


# --- what is folded into a step ---


def test_defaults_hold_for_every_step_that_says_nothing_else():
    plan = plan_of("""
    shell_program: bash
    model: opus
    defaults:
      {timeout: 20m, model: sonnet, max_cost_usd: 0.5, retry: {attempts: 2, backoff: 3s}, permissions: plan,
       allowed_tools: [Read, "Bash(git *)"], on_denied: warn, agent: replay}
    steps:
      - {claude: a, id: a}
      - {claude: b, id: b, timeout: 1m, model: haiku, max_cost_usd: 2, retry: {attempts: 1}, on_denied: fail}
      - {shell: c, id: c, on_failure: {claude: d, id: d}}
      - {shell: e, id: e, shell_program: sh}
    """)
    a, b, c, d, e = (plan.step(key) for key in "abcde")
    assert a.action == d.action.__class__(
        ir.Template(("a",)), (), None, "replay", "sonnet", 0.5, ("Read", "Bash(git *)"), "plan", "warn"
    )
    assert (a.timeout, a.attempts, a.backoff) == (1200.0, 2, 3.0)
    assert (b.timeout, b.attempts, b.backoff) == (60.0, 1, 0.0)
    assert (b.action.model, b.action.max_cost_usd, b.action.on_denied) == ("haiku", 2.0, "fail")
    assert (c.action.program, e.action.program) == ("bash", "sh")
    assert (c.timeout, c.attempts, d.timeout) == (1200.0, 2, 1200.0)


def test_defaults_are_for_what_runs_and_not_for_groups():
    plan = plan_of(
        "defaults: {timeout: 20m, retry: {attempts: 2}}\nsteps: [{id: g, steps: [{shell: a, id: a}]}]\n"
    )
    assert (plan.step("g").attempts, plan.step("g").timeout) == (1, None)
    assert (plan.step("a").attempts, plan.step("a").timeout) == (2, 1200.0)
    assert plan_of("- {id: g, retry: {attempts: 4}, steps: [{shell: a}]}\n").step("g").attempts == 4


def test_the_criterion_is_a_step():
    until = plan_of("""
    shell_program: bash
    env: {A: "1"}
    defaults: {timeout: 5m, retry: {attempts: 3}}
    until: {shell: "make check"}
    steps: [{shell: a}]
    """).until
    assert until == ir.Step(
        "until",
        "make check",
        5,
        ir.ShellRun(ir.Template(("make check",)), "bash"),
        timeout=300.0,
        commit=False,
        env=(("A", ir.Template(("1",))),),
    )
    own = plan_of("defaults: {timeout: 5m}\nuntil: {shell: x, timeout: 9m}\nsteps: [{shell: a}]\n").until
    assert own is not None
    assert own.timeout == 540.0


def test_the_environment_around_a_step_is_in_it_outermost_first():
    plan = plan_of("""
    env: {A: header, B: header}
    steps:
      - env: {B: group, C: $HOME}
        steps:
          - {shell: x, id: x, env: {C: step}, on_failure: {claude: y, id: y}, on_success: {shell: z, id: z}}
        on_failure: {shell: w, id: w}
    """)
    env = {key: [(name, texts(value)) for name, value in plan.step(key).env] for key in "xyzw"}
    outside = [("A", "header"), ("B", "header")]
    group = [*outside, ("B", "group"), ("C", "<HOME>")]
    assert env == {"x": [*group, ("C", "step")], "y": group, "z": group, "w": outside}
    assert plan.step("y").env[-1][1].holes[0].target == ir.Environment("HOME")


def test_every_other_key_of_a_step():
    step = only("""
    - shell: run
      id: x
      cwd: sub
      ok_exit_codes: [0, 3]
      commit: false
      capture_output: true
      commit_message: "step ${ITERATION}"
      outputs: {a: {file_pattern: "*.md"}, b: {json: "$.x"}}
    """)
    assert step == ir.Step(
        "x",
        "run",
        2,
        ir.ShellRun(ir.Template(("run",)), cwd=ir.Template(("sub",)), ok_exit_codes=(0, 3)),
        id="x",
        commit=False,
        commit_message=ir.Template(("step ", ir.Hole(ir.Variable("ITERATION"), "ITERATION"))),
        capture_output=True,
        outputs=(ir.Output("a", "file_pattern", "*.md"), ir.Output("b", "json", "$.x")),
    )


def test_what_stands_in_a_handler_is_not_on_the_main_line():
    plan = plan_of(BRANCHED)
    assert {step.key for step in plan.steps if not step.main_line} == {"c", "d", "f"}


def test_the_header():
    plan = plan_of(
        """
        name: Small
        description: A small one
        inputs: {target: {default: src, description: where}, depth: {}}
        protect: ["tests/**"]
        max_iterations: 3
        limits: {agent_calls: 10, cost_usd: 5, duration: 1h}
        commands: [mmm-lint]
        """
    )
    assert plan.header == ir.Header(
        "Small",
        "commands",
        "A small one",
        (ir.Input("target", "src", "where"), ir.Input("depth")),
        ("tests/**",),
        3,
        ir.Limits(10, 5.0, 3600.0),
    )
    assert plan_of("- shell: a\n", "some/where/tidy.mmm.yml").header == ir.Header("tidy")


# --- slash commands ---


@pytest.mark.parametrize(
    ("text", "prompt", "command"),
    [
        ("- claude: /mmm-lint --fix\n", "/mmm-lint --fix", "mmm-lint"),
        ("- claude: Tidy up\n", "Tidy up", None),
        ("- claude: /tmp/x is full\n", "/tmp/x is full", None),
        ("- {name: mmm-lint}\n", "/mmm-lint", "mmm-lint"),
        ("- {name: /mmm-lint}\n", "/mmm-lint", "mmm-lint"),
        ("- {name: 'grp:inner'}\n", "/grp:inner", "grp:inner"),
        ("commands: [mmm-lint]\n", "/mmm-lint", "mmm-lint"),
        ("commands: [/mmm-lint --fix]\n", "/mmm-lint --fix", "mmm-lint"),
        ("- claude: /mmm-${ARG:-lint}\n", "/mmm-<ARG>", None),
        ("- claude: /mmm-lint ${ARG:-x}\n", "/mmm-lint <ARG>", "mmm-lint"),
    ],
)
def test_the_forms_of_a_command(text, prompt, command):
    call = only(text).action
    assert (texts(call.prompt), call.command) == (prompt, command)


def test_each_argument_is_one_of_its_own():
    call = only('- {name: mmm-test-generate, args: ["--security", "$ARG"]}\n').action
    assert [texts(one) for one in call.args] == ["--security", "<ARG>"]
    assert (
        only('- {name: mmm-test-generate, args: ["--security"]}\n').title == "/mmm-test-generate --security"
    )


@pytest.mark.parametrize(
    "text",
    [
        "- claude: /mmm-implement-spec\n",
        "- name: mmm-implement-spec\n",
        "- {name: mmm-implement-spec, args: []}\n",
        "commands: [mmm-implement-spec]\n",
        "- claude: |\n    /mmm-implement-spec\n",
    ],
)
def test_implement_spec_without_an_argument_gets_the_latest_spec(text):
    call = only(text).action
    assert call.prompt == ir.Template(("/mmm-implement-spec ", ir.Hole(ir.Variable("SPEC_ID"), "SPEC_ID")))
    assert call.command == "mmm-implement-spec"


@pytest.mark.parametrize(
    "text",
    [
        "- claude: /mmm-implement-spec 33\n",
        "- claude: /mmm-implement-spec $ARG\n",
        "- {name: mmm-implement-spec, args: ['33']}\n",
        "- claude: /mmm-implement-specs\n",
    ],
)
def test_implement_spec_with_an_argument_keeps_it(text):
    call = only(text).action
    assert "SPEC_ID" not in [hole.written for hole in call.prompt.holes]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("commands: [mmm-lint]\n", "implied"),
        ("- {name: mmm-lint}\n", "implied"),
        ("- {name: mmm-lint, commit_required: false}\n", "optional"),
        ("- {name: mmm-lint, commit_required: true}\n", "required"),
        ("- {claude: /mmm-lint}\n", "optional"),
        ("- {claude: /mmm-lint, commit_required: true}\n", "required"),
        ("- {shell: make fmt}\n", "optional"),
        ("- {shell: make fmt, commit_required: true}\n", "required"),
    ],
)
def test_commit_rules(text, rule):
    assert only(text).commit_rule == rule


def test_in_a_handler_a_name_implies_no_commit():
    plan = plan_of(
        "- {shell: a, on_failure: {name: mmm-fix, id: fix}, on_success: {name: mmm-lint, id: lint}}\n"
    )
    assert (plan.step("fix").commit_rule, plan.step("lint").commit_rule) == ("optional", "implied")


# --- values ---


def test_references_are_resolved_and_know_how_they_were_written():
    call = only("- claude: 'a ${ARG | tail(5) | json:-x} $$ b'\n").action
    filters = (ir.Filter("tail", 5), ir.Filter("json"))
    assert call.prompt == ir.Template(("a ", ir.Hole(ir.Variable("ARG"), "ARG", "x", filters), " $ b"))


def test_fields_outputs_and_inputs():
    plan = plan_of("""
    inputs: {target: {default: src}}
    steps:
      - {shell: a, id: a, outputs: {score: {regex: x}}}
      - {claude: "${a.outputs.score} ${a.score} ${a.json.x.y} ${last.output} ${target} ${inputs.target}", id: b}
    """)
    assert [hole.target for hole in plan.step("b").action.prompt.holes] == [
        ir.StepField("a", "score"),
        ir.StepField("a", "score"),
        ir.StepField("a", "json", ("x", "y")),
        ir.StepField("a", "output"),
        ir.Variable("inputs.target"),
        ir.Variable("inputs.target"),
    ]


def test_the_shells_own_variables_stay_text_and_ours_have_a_place():
    script = only("""- shell: 'x=1; echo $x ${HOME%/} "$ITERATION" $ITERATION $$'\n""").action.script
    assert texts(script) == 'x=1; echo $x ${HOME%/} "<ITERATION>" <ITERATION> $$'
    assert [hole.place for hole in script.holes] == ["double", "bare"]


@pytest.mark.parametrize(
    ("written", "expression"),
    [
        ("true", ir.Constant(True)),
        (
            "!($ITERATION > 1)",
            ir.Not(
                ir.Comparison(
                    ">", ir.Operand(ir.Hole(ir.Variable("ITERATION"), "ITERATION")), ir.Constant(1.0)
                )
            ),
        ),
        (
            "${ARG:-x} in [1, 'a'] || false",
            ir.Both(
                "||",
                ir.Membership(
                    ir.Operand(ir.Hole(ir.Variable("ARG"), "ARG", "x")),
                    (ir.Constant(1.0), ir.Constant("a")),
                ),
                ir.Constant(False),
            ),
        ),
    ],
)
def test_conditions(written, expression):
    assert only(f'- shell: a\n  when: "{written}"\n').when == expression


CORPUS = sorted((Path(__file__).parents[1] / "corpus").glob("*/*.yml"))


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_real_playbooks_have_a_plan(path):
    analysis = analyse(Source(str(path), path.read_text(encoding="utf-8")))
    if analysis.ok:
        assert nx.is_directed_acyclic_graph(lower(analysis).graph)
    else:
        assert path.stem == "implement-with-tests"


def test_a_group_without_steps_leads_nowhere_but_on():
    plan = plan_of("- {id: nothing, steps: []}\n- {shell: go, id: go}\n")
    assert list(plan.inside("nothing")) == []
    assert [step.key for step in plan.body()] == ["nothing", "go"]
