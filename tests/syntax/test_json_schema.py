"""The JSON Schema and the parser agree on shape, in both directions."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator, Draft202012Validator

from mmm_lang.cli.main import main
from mmm_lang.source import Source
from mmm_lang.syntax.core_schema import resolve
from mmm_lang.syntax.json_schema import playbook_schema, schema_text
from mmm_lang.syntax.keys import KEYS
from mmm_lang.syntax.parser import parse_playbook
from mmm_lang.syntax.reading import read_source
from mmm_lang.syntax.yaml_nodes import Mapping, Scalar, Sequence
from mmm_lang.syntax.yaml_tree import read_tree
from tests.support.examples import example_playbooks
from tests.support.generate import playbook_trees, written

PROJECT = Path(__file__).resolve().parents[2]
SCHEMA = playbook_schema()
VALIDATORS = (Draft7Validator(SCHEMA), Draft202012Validator(SCHEMA))
SHAPE = {
    "unknown-key", "wrong-type", "invalid-value", "missing-action", "several-actions", "misplaced-key", "missing-key",
    "empty-playbook", "invalid-id",
}  # fmt: skip
"""Rules about shape: what a schema can say."""
NO_SHAPE = {"invalid-value-quotes"}
"""Files whose mistake of such a rule is in the way that YAML is written, which a schema does not see."""


def plain(node):
    """A YAML tree as JSON has it."""
    if isinstance(node, Mapping):
        return {entry.key.value: plain(entry.value) for entry in node.entries}
    if isinstance(node, Sequence):
        return [plain(item.node) for item in node.items]
    return resolve(node) if isinstance(node, Scalar) else None


def accepts(value):
    """The verdict of the schema, the same by both drafts."""
    verdicts = {validator.is_valid(value) for validator in VALIDATORS}
    assert len(verdicts) == 1
    return verdicts.pop()


def errors_of(source):
    """The rules of the errors of the parser."""
    return {one.rule for one in parse_playbook(source)[1] if one.severity == "error"}


def test_it_is_a_schema_of_both_drafts():
    Draft7Validator.check_schema(SCHEMA)
    Draft202012Validator.check_schema(SCHEMA)


def test_the_one_that_is_kept_is_current(capsys):
    kept = (PROJECT / "spec" / "playbook.schema.json").read_text(encoding="utf-8")
    assert kept == schema_text(), "write it anew: mmm schema > spec/playbook.schema.json"
    assert main(["schema"]) == 0
    assert capsys.readouterr().out == kept


def test_every_key_is_explained():
    shown = schema_text()
    for rows in KEYS.values():
        for key in rows.values():
            if key.feature is None and (
                key.actions is None or any(KEYS["step"][a].feature is None for a in key.actions)
            ):
                assert json.dumps(key.meaning.replace("`", ""), ensure_ascii=False) in shown, key.name


def test_every_reference_leads_somewhere():
    used = {name.split('"')[0] for name in schema_text().split('"#/definitions/')[1:]}
    assert used == SCHEMA["definitions"].keys()


FILES = sorted(
    (
        *example_playbooks(),
        *PROJECT.glob("tests/corpus/*/*.yml"),
        *PROJECT.glob("tests/playbooks/*/*.yml"),
    )
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_agrees_with_the_parser_about_files(path):
    source = read_source(path)
    tree = read_tree(source)
    if any(one.severity == "error" for one in tree.diagnostics):
        return
    errors = errors_of(source)
    if not errors:
        assert accepts(plain(tree.root))
    elif errors <= SHAPE | {"not-available"} and path.stem not in NO_SHAPE:
        assert not accepts(plain(tree.root))


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(playbook_trees())
def test_it_accepts_what_is_valid(tree):
    assert accepts(as_json(tree))


def as_json(tree):
    """Plain values with texts for keys, as an editor sees them."""
    return json.loads(json.dumps(tree))


# --- one mistake at a time ---

ODD = (
    7,
    True,
    None,
    "",
    "text",
    "10m",
    "0s",
    -1,
    0,
    2.5,
    [],
    ["a"],
    {},
    {"a": 1},
    [[]],
    "/",
    {"shell": "x"},
    ["mmm-x"],
)
NAMES = sorted({name for rows in KEYS.values() for name in rows} | {"idd", "0", "256", "101", "default"})


@st.composite
def changed(draw):
    """A valid playbook with one value replaced, one key renamed, removed or added."""
    tree = copy.deepcopy(draw(playbook_trees()))
    places = list(places_of(tree))
    holder, name = draw(st.sampled_from(places))
    how = draw(st.sampled_from(["replace", "rename", "remove", "add"]))
    if how == "replace" or isinstance(holder, list):
        holder[name] = draw(st.sampled_from(ODD))
    elif how == "remove":
        del holder[name]
    else:
        value = holder.pop(name) if how == "rename" else draw(st.sampled_from(ODD))
        holder.setdefault(draw(st.sampled_from(NAMES)), value)
    return tree


def places_of(value):
    """Every place of a tree: what holds it, and its key or index."""
    for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield value, name
        if isinstance(inner, (dict, list)):
            yield from places_of(inner)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@example([{"shell": "a", "on_failure": {"fail_workflow": False, "args": ["b"]}}])
@example([{"shell": "a", "retry": {}}])
@given(changed())
def test_it_agrees_with_the_parser_about_mistakes(tree):
    tree = as_json(tree)
    errors = errors_of(Source("playbook.yml", written(tree)))
    if not errors:
        assert accepts(tree)
    elif errors <= SHAPE:
        assert not accepts(tree)
