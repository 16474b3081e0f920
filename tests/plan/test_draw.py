"""Drawings: everything that runs once, every edge, and no text of a playbook that could break them."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import networkx as nx
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from mmm_lang.diagnostics.display import visible
from mmm_lang.plan.captions import Captions
from mmm_lang.plan.draw_dot import draw_dot
from mmm_lang.plan.draw_mermaid import draw_mermaid
from mmm_lang.plan.draw_text import WIDTH, draw_text
from mmm_lang.plan.graph import Plan
from mmm_lang.plan.ir import Region
from mmm_lang.plan.wording import condition
from tests.support.examples import example_playbooks
from tests.support.generate import playbooks
from tests.support.plans import plan_of

ROOT = Path(__file__).parents[2]
PLAYBOOKS = [
    path
    for path in sorted([*example_playbooks(), *ROOT.glob("tests/corpus/*/*.yml")])
    if path.stem != "implement-with-tests"
]

TDD = """
name: Test-driven
description: Write tests and mend until they pass
inputs: {test: {default: cargo test, description: what to run}}
max_iterations: 3
until: {shell: "cargo test --all", timeout: 20m}
limits: {agent_calls: 10, cost_usd: 5}
protect: ["tests/**"]
steps:
  - claude: "/mmm-coverage"
    id: coverage
    max_cost_usd: 0.5
    timeout: 10m
    outputs: {spec: {file_pattern: "*-coverage.md"}}
  - claude: "/mmm-write-tests ${coverage.spec}"
    commit_required: true
  - shell: sh -c "${inputs.test}"
    id: tests
    retry: {attempts: 2, backoff: 5s}
    on_exit_code:
      127: {fail_workflow: true}
    on_failure:
      claude: "/mmm-fix-test --error ${shell.output}"
      max_attempts: 2
      fail_workflow: false
    on_success: {shell: "git push"}
  - when: ${tests.status} == "succeeded"
    steps: [{name: mmm-lint}, {analyze: {}}]
"""

DRAWN = """\
Test-driven
  Write tests and mend until they pass
  input test (what to run): cargo test
  protects tests/**

up to 3 iterations; fewer where nothing changes
├─ coverage ─ claude: /mmm-coverage
│       makes spec (file *-coverage.md) · at most $0.50 and 10 min
├─ step-2 ─ claude: /mmm-write-tests ${coverage.spec}
│       reads coverage.spec (skipped without it) · must commit
├─ tests ─ shell: sh -c "${inputs.test}"
│  │    reads inputs.test · up to 2 runs a round, 5 s apart
│  ├─ on exit code 127: the session fails
│  ├─ on failure: up to 2 rounds, each followed by `tests` again
│  │  │    after the last, the session goes on
│  │  ╰─ tests.on_failure.1 ─ claude: /mmm-fix-test --error ${shell.output}
│  │          reads tests.output
│  ╰─ on success, once
│     ╰─ tests.on_success.1 ─ shell: git push
├─ step-4 ─ group of 2 steps
│  │    when ${tests.status} == "succeeded"
│  ├─ step-4.1 ─ claude: /mmm-lint
│  │       must commit (implied)
│  ╰─ step-4.2 ─ analyze: refresh the project context
│          at most 10 min · mmm commits nothing
╰─ until ─ shell: cargo test --all
        ends the session where it succeeds · at most 20 min

one iteration at most: 5 agent calls and 8 shell runs
all 3 at most: 15 agent calls and 24 shell runs
limits: 10 agent calls, $5.00; what does not fit is not started
"""

TROUBLE = r"""
name: '"quotes" <b>bold</b> & #35; `tick` [br] {c} \ %%{init: {}}%% | end;'
steps:
  - claude: '1. say "hi" <script>alert(1)</script> &lt; #quot; [a](b) *x* _y_'
    id: a_b
    outputs: {spec: {file_pattern: '*-<x>|"y".md'}}
  - shell: '- a\nb \N \l --> x ; style fill:#fff; $$x^2$$ %%{init: {"theme":"dark"}}%%'
    commit_message: "fix(x): ~~z~~ https://www.example.org 日本語 🚀 style:x#y; `"
  - when: '${a_b.output} matches /a|b"<c>/'
    steps: [{claude: "/x ${a_b.spec}"}]
    on_failure: {claude: "\e[31mred\u202e"}
"""


# --- reading drawings ---


def text_keys(drawn):
    """The keys of a text drawing: entries that are a key alone, or a key before a dash."""
    return re.findall(r"^[│ ]*[├╰]─ (\S+)(?: ─ .*)?$", drawn, re.MULTILINE)


def mermaid_parts(drawn):
    """Names with the lines of their labels, and edges with arrow and caption, as mermaid decodes them."""
    nodes, edges = {}, []
    head, *lines = drawn.splitlines()
    assert head == "flowchart TD"
    for line in lines:
        edge = re.fullmatch(r'    (n\d+) (-->|==>|-\.->)(?:\|"([^"|]*)"\|)? (n\d+)', line)
        if edge:
            source, arrow, caption, target = edge.groups(default="")
            edges.append((source, target, arrow, decoded(caption)))
            continue
        name, label = re.fullmatch(r'    (n\d+)[(\[{/]+"([^"]*)"[)\]}\\]+', line).groups()
        nodes[name] = tuple(decoded(part) for part in label.split("<br/>"))
    return nodes, edges


def decoded(label):
    """A label without its entity codes; what is left of special characters would be mermaid's."""
    assert not re.search(r'["<>`*\[\]{}|$%&\\~!]|#(?!\d+;)|(?<!\d);|__', label)
    return re.sub(r"#(\d+);", lambda match: chr(int(match[1])), label).replace("\\\u200bn", "\\n")


DOT_LABEL = r'"((?:[^"\\]|\\.)*)"'


def dot_parts(drawn):
    """Names with the words of their labels, edges, and the names in each cluster."""
    nodes, edges, clusters, open_ones = {}, [], {}, []
    for line in map(str.strip, drawn.splitlines()):
        if cluster := re.fullmatch(r"subgraph cluster_(n\d+) \{", line):
            open_ones.append(cluster[1])
            clusters[cluster[1]] = []
        elif line == "}" and open_ones:
            open_ones.pop()
        elif edge := re.fullmatch(rf"(n\d+) -> (n\d+)(?: \[(?:label={DOT_LABEL})?.*\])?;", line):
            edges.append((edge[1], edge[2], dot_text(edge[3] or "")))
        elif node := re.match(rf"(n\d+) \[label={DOT_LABEL}", line):
            assert node[1] not in nodes
            nodes[node[1]] = dot_text(node[2])
            if open_ones:
                clusters[open_ones[-1]].append(node[1])
    return nodes, edges, clusters


def dot_text(label):
    """A label as graphviz reads it, without blanks: it is wrapped at any of them, and in words that are too long."""
    plain = re.sub(r"\\(.)", lambda match: " " if match[1] in "ln" else match[1], label)
    assert "&" not in plain.replace("&amp;", "")
    return unspaced(plain.replace("&amp;", "&"))


def unspaced(text):
    return "".join(text.split())


# --- text ---


def test_a_drawing_for_a_terminal():
    assert draw_text(plan_of(TDD)) == DRAWN


@given(playbooks())
@settings(deadline=None, max_examples=40)
def test_text_has_everything_that_runs_once(text):
    plan = plan_of(text)
    assert Counter(text_keys(draw_text(plan))) == Counter(step.key for step in plan.steps)


@pytest.mark.parametrize("path", PLAYBOOKS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_real_playbooks_fit_a_terminal(path):
    drawn = draw_text(plan_of(path.read_text(encoding="utf-8"), str(path)))
    assert max(map(len, drawn.splitlines())) <= WIDTH
    assert "\n\n\n" not in drawn
    assert not re.search(r"[ \t]$", drawn, re.MULTILINE)


def test_what_a_playbook_says_cannot_disturb_a_terminal():
    drawn = draw_text(plan_of(TROUBLE))
    assert all(visible(line) == line for line in drawn.splitlines())


def test_a_handler_of_a_group_is_drawn_beside_its_steps():
    drawn = draw_text(
        plan_of("- steps: [{shell: a}, {shell: b}]\n  on_failure: [{claude: c}, {claude: d}]\n")
    )
    assert drawn.splitlines()[3:10] == [
        "╰─ step-1 ─ group of 2 steps",
        "   ├─ step-1.1 ─ shell: a",
        "   ├─ step-1.2 ─ shell: b",
        "   ╰─ on failure: up to 3 rounds, each followed by `step-1` again",
        "      │    after the last, the session fails",
        "      ├─ step-1.on_failure.1 ─ claude: c",
        "      ╰─ step-1.on_failure.2 ─ claude: d",
    ]


@pytest.mark.parametrize(
    ("keys", "phrase"),
    [
        (
            "{shell: a, shell_program: bash, cwd: 'x/$ITERATION'}",
            "runs in bash · in the folder x/${ITERATION}",
        ),
        ("{shell: a, ok_exit_codes: [0, 3]}", "succeeds with exit code 0 or 3"),
        ("{shell: a, commit: false}", "mmm commits nothing"),
        ("{shell: a, capture_output: true}", "sets $CAPTURED_OUTPUT"),
        ("{shell: a, env: {A: '1', B: '2'}}", "env A, B"),
        ("{shell: a, commit_message: 'x ${ITERATION}'}", "commits as x ${ITERATION}"),
        ("{claude: a, model: opus, agent: replay}", "agent replay · model opus"),
        ("{claude: a, allowed_tools: [Read, Edit]}", "may use Read, Edit"),
        ("{claude: a, on_denied: warn}", "a refused tool is no failure"),
        ("{claude: a, output_schema: {type: object}}", "answers as JSON of its schema"),
        ("{claude: /mmm-implement-spec}", "reads $SPEC_ID (skipped without it)"),
        ("{claude: 'x ${ARG:-y}'}", "reads $ARG"),
        ("{shell: a, outputs: {b: {regex: '(x)'}, c: {json: $.d}}}", "makes b (regex (x)), c (json $.d)"),
    ],
)
def test_what_is_said_of_a_step(keys, phrase):
    assert phrase in draw_text(plan_of(f"- {keys}\n"))


@pytest.mark.parametrize(
    "written",
    [
        'true && (${a.output} == "x" || !(${a.exit_code} >= 2))',
        "${a.output | tail(2):-none} matches /^a b$/",
        '${a.output} in [1, 2.5, "x"]',
        "${a.exit_code} in [1, 2.5]",
        "$ITERATION == 1 || $ITERATION == 2 || false".replace("$ITERATION", "${ITERATION}"),
    ],
)
def test_conditions_are_drawn_as_they_are_written(written):
    plan = plan_of(f"- {{shell: x, id: a}}\n- shell: y\n  id: b\n  when: '{written}'\n")
    assert condition(plan.step("b").when) == written


# --- mermaid ---


@given(playbooks())
@settings(deadline=None, max_examples=40)
def test_mermaid_has_every_node_once_and_every_edge(text):
    plan = plan_of(text)
    nodes, edges = mermaid_parts(draw_mermaid(plan))
    names = dict(zip(plan.nodes, nodes, strict=True))
    assert [lines[0] for lines in nodes.values()] == list(plan.nodes)
    assert list(nodes) == [f"n{number}" for number in range(len(plan.nodes))]
    arrows = {"data": "-.->", "on_failure": "==>", "on_exit": "==>"}
    captions = Captions.of(plan)
    assert edges == [
        (names[edge[0]], names[edge[1]], arrows.get(edge[2], "-->"), captions.edge(*edge))
        for edge in plan.edges()
    ]


def test_mermaid():
    plan = plan_of(
        "- {claude: /a, id: a}\n- {shell: 'b ${a.spec}', on_failure: {claude: c, max_attempts: 1}}\n"
    )
    assert draw_mermaid(plan).splitlines() == [
        "flowchart TD",
        '    n0(["start<br/>playbook<br/>up to 10 iterations (1 an item with --map, --args)"])',
        '    n1("a<br/>claude: /a")',
        '    n2["step-2<br/>shell: b #36;#123;a.spec#125;<br/>reads a.spec (skipped without it)"]',
        '    n3{{"step-2.on_failure<br/>up to 1 round, each followed by #96;step-2#96; again'
        '<br/>after the last, the session fails"}}',
        '    n4("step-2.on_failure.1<br/>claude: c")',
        '    n5(["end"])',
        "    n0 --> n1",
        "    n1 --> n2",
        '    n1 -.->|"spec"| n2',
        '    n2 ==>|"on failure, up to 1 round"| n3',
        "    n2 --> n5",
        "    n3 --> n4",
        '    n4 -->|"once step-2 succeeds"| n5',
    ]


def named(text):
    """A plan with any name at all."""
    plan = plan_of("- shell: a\n")
    return Plan(nx.MultiDiGraph(plan.graph, header=evolve(plan.header, name=text)))


@given(st.text(max_size=60))
@settings(max_examples=150)
def test_any_text_is_a_label(text):
    mermaid, _ = mermaid_parts(draw_mermaid(named(text)))
    dot, _, _ = dot_parts(draw_dot(named(text)))
    assert mermaid["n0"][1] == visible(text)
    assert dot["n0"] == unspaced(" ".join(mermaid["n0"]))


def test_no_text_is_markup_to_mermaid():
    plan = plan_of(TROUBLE)
    nodes, _ = mermaid_parts(draw_mermaid(plan))
    assert list(nodes.values()) == [Captions.of(plan).node(node) for node in plan.nodes.values()]


# --- graphviz ---


@given(playbooks())
@settings(deadline=None, max_examples=40)
def test_dot_has_every_node_once_and_every_edge(text):
    plan = plan_of(text)
    nodes, edges, clusters = dot_parts(draw_dot(plan))
    names = {key: f"n{number}" for number, key in enumerate(plan.nodes)}
    captions = Captions.of(plan)
    assert nodes == {names[key]: unspaced(" ".join(captions.node(node))) for key, node in plan.nodes.items()}
    assert edges == [
        (names[edge[0]], names[edge[1]], unspaced(captions.edge(*edge))) for edge in plan.edges()
    ]
    handlers = [handler.key for step in plan.steps for handler in plan.handlers(step.key)]
    groups = [step.key for step in plan.steps if isinstance(step.action, Region)]
    assert set(clusters) == {names[key] for key in (*handlers, *groups)}
    for key in (*handlers, *groups):
        inside = [names[step.key] for step in plan.inside(key) if not isinstance(step.action, Region)]
        assert set(clusters[names[key]]) >= {names[key], *inside}


def test_no_text_is_markup_to_graphviz():
    plan = plan_of(TROUBLE)
    nodes, _, _ = dot_parts(draw_dot(plan))
    captions = Captions.of(plan)
    assert sorted(nodes.values()) == sorted(
        unspaced(" ".join(captions.node(node))) for node in plan.nodes.values()
    )


@pytest.mark.skipif(shutil.which("dot") is None, reason="graphviz is not installed")
@pytest.mark.parametrize("text", [TDD, TROUBLE], ids=["tdd", "trouble"])
def test_graphviz_draws_it(text):
    plan = plan_of(text)
    done = subprocess.run(
        ["dot", "-Tplain"], input=draw_dot(plan), capture_output=True, encoding="utf-8", check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    kinds = Counter(line.split(" ", 1)[0] for line in done.stdout.splitlines())
    assert (kinds["node"], kinds["edge"]) == (len(plan.nodes), len(list(plan.edges())))


# --- captions ---


def test_an_arrow_out_of_handlers_says_what_has_to_succeed_first():
    plan = plan_of("""
    - shell: a
      id: a
      on_failure:
        shell: b
        id: b
        fail_workflow: false
        on_failure: {claude: c, id: c}
        on_success: {shell: d, id: d}
    - steps: [{shell: e, id: e}]
    """)
    captions = Captions.of(plan)
    joins = {edge[0]: captions.edge(*edge) for edge in plan.edges() if edge[2] == "join"}
    assert joins == {
        "b": "once a succeeds or its rounds are spent",
        "c": "once b succeeds, then a succeeds or its rounds are spent",
        "d": "once a succeeds or its rounds are spent",
        "e": "",
    }


@given(playbooks())
@settings(deadline=None, max_examples=20)
def test_drawings_are_functions_of_the_text(text):
    for draw in (draw_text, draw_mermaid, draw_dot):
        assert draw(plan_of(text)) == draw(plan_of(text))
