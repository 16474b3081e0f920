"""`map:` and `reduce:`: what is known of items, and which names mean something in which part of the file."""

from __future__ import annotations

import pytest

from mmm_lang.analysis.check import analyse
from mmm_lang.analysis.taint import View
from mmm_lang.analysis.types import type_of
from mmm_lang.source import Source


def analysed(text):
    return analyse(Source("playbook.yml", text))


def said(text):
    """Rule and message of everything that is said."""
    return [(one.rule, one.message) for one in analysed(text).diagnostics]


def of_body(over, prompt):
    return f"map: {{over: {over}}}\nsteps:\n  - claude: '{prompt}'\n"


@pytest.mark.parametrize(
    ("over", "reference", "kind", "taint"),
    [
        ('"*.md"', "item", "path", "structured"),
        ("{shell: ls}", "item", "text", "arbitrary"),
        ("{shell: ls, json: '$[*]'}", "item.a", None, "arbitrary"),
        ("{file: work.txt}", "item", "text", "arbitrary"),
        ("{items: [1, 2.5]}", "item", "number", "fixed"),
        ("{items: [a, b]}", "item", "text", "fixed"),
        ("{items: [a, 1]}", "item", None, "fixed"),
        ("{items: [{a: true}]}", "item.a", "boolean", "fixed"),
        ("{items: [{a: {b: 1}}]}", "item.a", "json", "fixed"),
    ],
)
def test_what_is_known_of_an_item(over, reference, kind, taint):
    analysis = analysed(of_body(over, f"${{{reference}}}"))
    assert analysis.ok
    [resolution] = analysis.resolutions.values()
    found = type_of(resolution)
    assert (found.kind if found is not None else None) == kind
    assert View(analysis.facts).taint_of(resolution).taint == taint


def test_the_outcome_of_items_has_types_too():
    text = of_body('"*.md"', "$ARG") + "reduce: [{claude: x, when: '${map.failed} == \"none\"'}]\n"
    assert said(text) == [("type-mismatch", "`map.failed` is a number, and never the text `none`")]
    assert said(text.replace('"none"', "0")) == []


@pytest.mark.parametrize(
    ("reference", "message", "advice"),
    [
        ("map.successful", "`map` has no field `successful`", "replace with `succeeded`"),
        ("map.faild", "`map` has no field `faild`", "replace with `failed`"),
        ("map.colour", "`map` has no field `colour`", "it has `results`, `succeeded`, `failed`, `total`"),
        (
            "map.total.x",
            "`map.total` is a number, and has no `x` in it",
            "write `${map.total}` for the whole",
        ),
        (
            "map.results.0",
            "`map.results` is JSON text, and has no `0` in it",
            "write `${map.results}` for the whole",
        ),
    ],
)
def test_names_that_the_outcome_of_items_does_not_have(reference, message, advice):
    text = of_body('"*.md"', "$ARG") + f"reduce: [{{claude: 'x ${{{reference}}}'}}]\n"
    [diagnostic] = analysed(text).diagnostics
    assert (diagnostic.rule, diagnostic.message) == ("unknown-field", message)
    assert diagnostic.help == (advice,)


def test_values_of_items_are_data_in_scripts():
    text = 'map: {over: "*.md"}\nsteps:\n  - shell: "wc -l \'${item}\' $ARG"\n'
    analysis = analysed(text)
    assert said(text) == []
    assert {place.place for place in analysis.facts.places.values()} == {"single", "bare"}


def test_a_name_that_the_script_assigns_is_its_own():
    text = 'map: {over: "*.md"}\nsteps:\n  - shell: "for item in a b; do echo $item; done"\n'
    assert [rule for rule, _ in said(text)] == ["shadowed-variable"]
    assert said(text.replace('map: {over: "*.md"}\n', "")) == []


@pytest.mark.parametrize(
    "use",
    [
        "reduce: [{claude: '${inputs.a}'}]",
        "reduce: [{shell: 'echo $a'}]",
        "merge: [{claude: '${inputs.a}'}]",
    ],
)
def test_an_input_that_another_part_reads_is_used(use):
    text = "inputs: {a: x}\nmap: {over: '*.md'}\nsteps: [{claude: '$ARG'}]\n"
    assert [rule for rule, _ in said(text)] == ["unused-input"]
    assert said(text + use) == []
    assert said(text.replace("over: '*.md'", "over: '*.md', setup: [{claude: '${inputs.a}'}]")) == []
    assert said(text.replace("over: '*.md'", "over: '*.md', filter: '${item} != ${inputs.a}'")) == []


def test_what_is_wrong_in_a_part_is_said_once():
    text = (
        "map: {over: {shell: 'ls ${a.x}', json: '$.['}, setup: [{shell: 'echo ${b.x}'}]}\n"
        "steps: [{claude: '${c.x}'}]\nreduce: [{claude: '${d.x}'}]\nmerge: [{claude: '${e.x}'}]\n"
    )
    found = [one.primary.span for one in analysed(text).diagnostics]
    assert len(found) == len(set(found)) == 6


def test_ids_may_be_used_again_in_another_part():
    text = (
        "map: {over: '*.md', setup: [{shell: a, id: x}]}\n"
        "steps: [{shell: b, id: x}, {shell: 'echo ${x.output}'}]\n"
        "reduce: [{shell: c, id: x}, {shell: 'echo ${x.output}'}]\n"
    )
    assert said(text) == []


def test_a_default_stands_for_what_no_item_sets():
    body = "steps: [{claude: '$ARG ${FILE:-none}'}]\n"
    assert said("map: {over: {shell: ls}}\n" + body) == []
    assert said("map: {over: '*.md'}\nsteps: [{claude: x}]\nreduce: [{claude: '${ARG:-all}'}]\n") == []
    assert [rule for rule, _ in said("map: {over: {shell: ls}}\n" + body.replace(":-none", ""))] == [
        "context-not-available"
    ]
