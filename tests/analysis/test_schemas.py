"""What an `output_schema` says about a path."""

from __future__ import annotations

import pytest

from mmm_lang.analysis.schemas import Found, NoSuchProperty, along, choices_of, kinds_of
from tests.analysis.verdict import mended, only, rules

SCHEMA = {
    "type": "object",
    "properties": {
        "grade": {"type": "integer"},
        "issues": {"type": "array", "items": {"$ref": "#/$defs/issue"}},
        "pair": {"type": "array", "prefixItems": [{"type": "string"}]},
        "extra": {"type": "object", "additionalProperties": {"type": "number"}},
        "free": {"type": "object"},
        "either": {"anyOf": [{"type": "string"}, {"type": "object"}]},
        "maybe": {"type": ["object", "null"], "properties": {"x": {"type": "string"}}},
        "open": {"type": "object", "properties": {"a": {}}, "additionalProperties": True},
        "nowhere": {"$ref": "https://example.org/schema"},
    },
    "required": ["grade", "issues"],
    "$defs": {
        "issue": {"type": "object", "properties": {"title": {"enum": ["a", "b"]}}, "required": ["title"]}
    },
}


@pytest.mark.parametrize(
    "path",
    [
        "grade",
        "issues.0.title",
        "pair.0",
        "pair.7",
        "extra.anything",
        "free.a.b.c",
        "either.x",
        "maybe.x",
        "open.zebra",
        "nowhere.x.y",
    ],
)
def test_it_may_be_there(path):
    assert isinstance(along(SCHEMA, tuple(path.split("."))), Found)


@pytest.mark.parametrize(
    ("path", "position", "kind"),
    [
        ("garde", 0, None),
        ("issues.title", 1, "array"),
        ("issues.0.titel", 2, None),
        ("grade.x", 1, "integer"),
        ("maybe.y", 1, None),
        ("pair.0.x", 2, "string"),
    ],
)
def test_it_cannot_be_there(path, position, kind):
    found = along(SCHEMA, tuple(path.split(".")))
    assert isinstance(found, NoSuchProperty)
    assert (found.position, found.kind) == (position, kind)


def test_what_need_not_be_there():
    assert along(SCHEMA, ("issues", "0", "title")).optional is None
    assert along(SCHEMA, ("maybe", "x")).optional == 0
    assert along(SCHEMA, ("grade",)).optional is None


def test_a_reference_to_itself_ends():
    schema = {"type": "object", "properties": {"next": {"$ref": "#"}, "loop": {"$ref": "#/properties/loop"}}}
    assert isinstance(along(schema, ("next",) * 50), Found)
    assert isinstance(along(schema, ("loop", "x")), Found)


def test_kinds_and_choices():
    assert kinds_of({"properties": {}}) == {"object"}
    assert kinds_of({}) == frozenset()
    assert choices_of({"enum": ["a", 1]}) is None
    assert choices_of({"const": "a"}) == ("a",)


STEP = """\
- claude: "Grade."
  id: x
  output_schema:
    type: object
    properties: {grade: {type: integer}, level: {enum: [low, high]}, list: {type: array}}
"""


class TestReferences:
    def test_a_misspelt_property(self):
        text = STEP + '- shell: "echo ${x.json.garde}"\n'
        diagnostic = only(text)
        assert diagnostic.rule == "unknown-field"
        assert mended(diagnostic) == text.replace("garde", "grade")

    def test_without_a_schema_nothing_is_known(self):
        assert rules('- {shell: a, id: x}\n- shell: "echo ${x.json.anything}"') == []

    def test_numbers_are_fine_where_the_agent_has_to_give_one(self):
        assert rules(STEP + '- {shell: b, when: "${x.json.grade} > 5"}') == []

    @pytest.mark.parametrize(
        "condition", ['${x.json.level} == "hihg"', "${x.json.list} > 3", '${x.json.grade} == "A"']
    )
    def test_comparisons(self, condition):
        assert rules(STEP + f"- {{shell: b, when: '{condition}'}}") == ["type-mismatch"]

    def test_a_schema_that_is_no_json_has_its_own_diagnostic(self):
        text = '- {claude: a, id: x, output_schema: "{"}\n- shell: "echo ${x.json.a}"'
        assert rules(text) == ["invalid-value"]
