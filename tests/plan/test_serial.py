"""The plan as JSON: what is written is read again, and is what ``spec/ir.schema.json`` says."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import jsonschema
import networkx as nx
import pytest
from attrs import NOTHING, fields
from hypothesis import given, settings

from mmm_lang.plan.serial import CLASSES, CODEC, plan_from_json, plan_to_json
from mmm_lang.tagged import UnreadableValue
from tests.support.generate import playbooks
from tests.support.plans import plan_of

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "spec" / "ir.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

EVERYTHING = """
name: Everything
description: Every kind of value once
inputs: {target: {default: src, description: where}}
env: {HERE: "$PWD"}
protect: ["tests/**"]
max_iterations: 3
until: {shell: goal, timeout: 1m}
limits: {agent_calls: 3, cost_usd: 2, duration: 1h}
map:
  over: {file: work.json, json: "$.items[*]"}
  filter: ${item.score} > 3
  sort_by: ["-item.score", item]
  max_items: 20
  parallel: 3
  fail_fast: true
  limits: {agent_calls: 2}
defaults: {timeout: 5m}
steps:
  - claude: "/mmm-coverage ${inputs.target}"
    id: coverage
    model: sonnet
    max_cost_usd: 1
    allowed_tools: [Read]
    permissions: plan
    agent: replay
    on_denied: warn
    output_schema: {type: object}
    outputs: {spec: {file_pattern: "*.md"}, score: {json: "$.score"}}
    commit_required: true
    commit_message: "coverage ${ITERATION}"
  - name: mmm-write-tests
    args: ["${coverage.spec | head(1):-none}"]
    when: "!(${coverage.score} >= 80) && ${coverage.status} in ['succeeded', 'skipped'] || $ITERATION matches /1/"
  - analyze: {max_cache_age: 300}
  - approve: "ship ${coverage.score} it?"
  - id: checks
    steps:
      - shell: 'cd "$target"; echo ${coverage.json.a.b} $(( ${coverage.exit_code} + 1 ))'
        id: tests
        shell_program: bash
        cwd: sub
        ok_exit_codes: [0, 3]
        commit: false
        capture_output: true
        retry: {attempts: 2, backoff: 5s}
        on_exit_code: {101: {claude: "fix ${shell.output}", max_attempts: 1}, default: {fail_workflow: false}}
        on_success: {claude: "/mmm-lint"}
"""


def same(one, other):
    """Whether two plans are equal, in the order of their nodes and edges too."""
    return (
        one.header == other.header
        and list(one.nodes.items()) == list(other.nodes.items())
        and list(one.graph.edges(keys=True, data=True)) == list(other.graph.edges(keys=True, data=True))
    )


@given(playbooks())
@settings(deadline=None, max_examples=60)
def test_what_is_written_is_read_again(text):
    plan = plan_of(text)
    written = plan_to_json(plan)
    VALIDATOR.validate(written)
    read = plan_from_json(json.loads(json.dumps(written)))
    assert same(read, plan)
    assert plan_to_json(read) == written


def test_every_kind_of_value():
    plan = plan_of(EVERYTHING)
    written = plan_to_json(plan)
    VALIDATOR.validate(written)
    assert same(plan_from_json(json.loads(json.dumps(written))), plan)


def test_networkx_reads_it():
    plan = plan_of(EVERYTHING)
    graph = nx.node_link_graph(plan_to_json(plan), edges="edges")
    assert list(graph.nodes) == list(plan.nodes)
    assert list(graph.edges(keys=True)) == list(plan.graph.edges(keys=True))
    assert nx.is_directed_acyclic_graph(graph)


def test_defaults_are_left_out():
    (_, step, _) = plan_to_json(plan_of("- shell: a\n"))["nodes"]
    assert step == {
        "id": "step-1",
        "node": {
            "kind": "step",
            "key": "step-1",
            "title": "a",
            "line": 1,
            "action": {"kind": "shell", "script": {"kind": "template", "parts": ["a"]}},
        },
    }


# --- the schema ---


@pytest.mark.parametrize("kind", sorted(CLASSES))
def test_the_schema_has_every_field(kind):
    described = SCHEMA["$defs"][kind]
    attributes = {one.name: one.default for one in fields(CLASSES[kind])}
    assert set(described["properties"]) == {"kind", *attributes}
    assert set(described["required"]) == {
        "kind",
        *(name for name, default in attributes.items() if default is NOTHING),
    }
    for name, default in attributes.items():
        stated = described["properties"][name].get("default")
        if default not in (NOTHING, None) and not hasattr(default, "factory"):
            assert stated == CODEC.encode(default)
        else:
            assert stated is None


def test_the_schema_refuses_what_is_no_plan():
    VALIDATOR.check_schema(SCHEMA)
    written = plan_to_json(plan_of(EVERYTHING))
    for spoil in (
        lambda data: data["nodes"][1]["node"].update(timeut=3),
        lambda data: data["nodes"][1]["node"].pop("title"),
        lambda data: data["nodes"][1]["node"]["action"].update(kind="shell"),
        lambda data: data["edges"][0].update(kind="loop"),
        lambda data: data["edges"][0].update(label="x"),
        lambda data: data["graph"].update(version=2),
    ):
        spoilt = copy.deepcopy(written)
        spoil(spoilt)
        assert not VALIDATOR.is_valid(spoilt)


# --- what is no plan ---


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda data: data.pop("graph"), "no version"),
        (lambda data: data["graph"].update(version=2), "version 2, this mmm reads version 1"),
        (lambda data: data["graph"].pop("header"), "no header"),
        (lambda data: data["graph"]["header"].update(kind="haeder"), "unknown kind 'haeder'"),
        (lambda data: data.update(nodes=None), "no list of nodes"),
        (lambda data: data.update(nodes=[1]), "not all objects"),
        (lambda data: data["nodes"][1].update(id="other"), "node 'other' cannot be read"),
        (lambda data: data["nodes"][1].update(node="text"), "node 'step-1' cannot be read"),
        (lambda data: data["nodes"][1]["node"].update(colour="red"), "unknown field 'colour' of 'step'"),
        (lambda data: data["nodes"][1]["node"].pop("title"), "'step' is not whole"),
        (lambda data: data.pop("edges"), "no list of edges"),
        (lambda data: data["edges"][0].update(target="nobody"), "edge from 'start' to 'nobody'"),
        (lambda data: data["edges"][0].update(target=["step-1"]), "cannot be read"),
        (lambda data: data["edges"][0].pop("key"), "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_said(spoil, message):
    data = plan_to_json(plan_of("- shell: a\n"))
    spoil(data)
    with pytest.raises(UnreadableValue, match=message):
        plan_from_json(data)
