"""The form for tools, against its schema and against the text."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given

from mmm_lang.diagnostics import Edit, Fix, Label
from mmm_lang.diagnostics.render_json import render_json, render_jsonl
from mmm_lang.source import Source
from tests.diagnostics.test_render_full import findings
from tests.diagnostics.writing import finding, label

SCHEMA = json.loads((Path(__file__).parents[2] / "spec" / "diagnostics.schema.json").read_text())
SOURCE = Source("é.yml", "- shell: a\n- claude: 日${x.y}\n")


def test_the_whole_document():
    other = Source("other.yml", "id: x\n")
    diagnostic = finding(
        SOURCE,
        label(SOURCE, "x.y", "no such step"),
        Label(label(other, "x").span, "there", other),
        message="no step `x`",
        help=("write `z`",),
        notes=("ids are case-sensitive",),
        fix=Fix("write `z`", "safe", (Edit(label(SOURCE, "x").span, "z"),)),
    )
    span = {
        "start": {"line": 2, "column": 14, "offset": 24},
        "end": {"line": 2, "column": 17, "offset": 27},
    }
    elsewhere = {"start": {"line": 1, "column": 5, "offset": 4}, "end": {"line": 1, "column": 6, "offset": 5}}
    edit = {"start": span["start"], "end": {"line": 2, "column": 15, "offset": 25}}
    document = json.loads(render_json([diagnostic, diagnostic]))
    assert document == {
        "version": 1,
        "diagnostics": [
            {
                "rule": "some-rule",
                "severity": "error",
                "message": "no step `x`",
                "path": "é.yml",
                "span": span,
                "labels": [
                    {"span": span, "message": "no such step", "primary": True},
                    {"span": elsewhere, "message": "there", "primary": False, "path": "other.yml"},
                ],
                "help": ["write `z`", "note: ids are case-sensitive"],
                "url": None,
                "fix": {
                    "title": "write `z`",
                    "applicability": "safe",
                    "edits": [{"span": edit, "text": "z"}],
                },
                "suppressed": None,
            }
        ],
        "summary": {"errors": 1, "warnings": 0, "notes": 0, "files": 1, "fixable": 1, "suppressed": 0},
    }
    jsonschema.validate(document, SCHEMA)


def test_the_schema_is_one_and_refuses_what_is_not_in_it():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    document = json.loads(render_json([]))
    jsonschema.validate(document, SCHEMA)
    for wrong in ({**document, "version": 2}, {**document, "more": 1}, {"version": 1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, SCHEMA)


@given(findings())
def test_every_document_is_ascii_and_fits_the_schema(diagnostics):
    diagnostics = [one for one in diagnostics if one.message]
    text = render_json(diagnostics)
    assert text.isascii()
    document = json.loads(text)
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    assert [json.loads(line) for line in render_jsonl(diagnostics).splitlines()] == document["diagnostics"]


def test_the_path_of_a_value():
    other = Source("other.yml", "id: x\n")
    flow = (label(SOURCE, "shell", "from here"), Label(label(other, "x").span, "through here", other))
    [found] = json.loads(render_json([finding(SOURCE, label(SOURCE, "x.y"), flow=flow)]))["diagnostics"]
    jsonschema.validate(json.loads(render_json([finding(SOURCE, label(SOURCE, "x.y"), flow=flow)])), SCHEMA)
    assert [(place["message"], place.get("path")) for place in found["flow"]] == [
        ("from here", None),
        ("through here", "other.yml"),
    ]
    assert found["flow"][0]["span"]["start"] == {"line": 1, "column": 3, "offset": 2}
