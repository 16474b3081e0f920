"""More findings than anybody reads."""

from __future__ import annotations

import json

from mmm_lang.analysis.check import analyse
from mmm_lang.diagnostics.colour import PLAIN
from mmm_lang.diagnostics.crowds import MOST_FOUND, MOST_SHOWN, bounded, shown
from mmm_lang.diagnostics.render_concise import render_concise
from mmm_lang.diagnostics.render_full import render_full
from mmm_lang.diagnostics.render_github import render_github
from mmm_lang.diagnostics.render_json import render_json
from mmm_lang.source import Source, Span
from tests.diagnostics.writing import Label, finding


def findings(number, path="p.yml", **rest):
    source = Source(path, "abc\n" * number)
    return [finding(source, Label(Span(4 * line, 4 * line + 3)), **rest) for line in range(number)]


def test_up_to_the_limit_all_are_shown():
    few = findings(MOST_SHOWN)
    assert shown(reversed(few)) == tuple(few)


def test_one_more_is_shown_itself():
    assert [one.message for one in shown(findings(MOST_SHOWN + 1))] == ["something is wrong"] * (
        MOST_SHOWN + 1
    )


def test_the_rest_is_one_finding_at_the_first_of_them():
    *kept, rest = shown(findings(MOST_SHOWN + 250))
    assert len(kept) == MOST_SHOWN
    assert rest.message == "this is the first of 250 more of its kind in this file"
    assert (rest.rule, rest.severity) == ("some-rule", "error")
    assert rest.source.position(rest.primary.span.start).line == MOST_SHOWN + 1


def test_rules_and_files_are_counted_apart():
    mixed = [*findings(80), *findings(80, rule="other-rule"), *findings(80, path="q.yml")]
    assert len(shown(mixed)) == 240


def test_suppressed_ones_do_not_count():
    assert shown(findings(300, suppressed="comment")) == ()


def test_of_a_rule_that_goes_on_the_rest_is_not_looked_for():
    looked = []

    def check():
        for one in findings(MOST_FOUND + 10):
            looked.append(one)
            yield one

    found = list(bounded(check()))
    assert len(found) == len(looked) == MOST_FOUND + 1
    assert (
        found[-1].message
        == "this is number 5,001 of its kind in this file: this one and those after it are not listed"
    )
    *_, rest = shown(found)
    assert rest.message == "this is the first of over 4,900 more of its kind in this file"


def test_people_see_the_first_and_tools_see_all():
    many = findings(700)
    for rendered in (render_concise(many, PLAIN), render_github(many, str)):
        assert len(rendered.splitlines()) == MOST_SHOWN + 1
        assert "600 more of its kind" in rendered
    assert render_full(many, PLAIN).count("error[some-rule]") == MOST_SHOWN + 1
    assert "`mmm check --format json` lists them" in render_full(many, PLAIN)
    document = json.loads(render_json(many))
    assert len(document["diagnostics"]) == document["summary"]["errors"] == 700


def test_mistakes_of_the_text_are_bounded_too():
    text = "steps: [{shell: a}]\n" + "".join(f"k{number}: 1\n" for number in range(MOST_FOUND + 500))
    found = analyse(Source("p.yml", text)).diagnostics
    assert len(found) == MOST_FOUND + 1
    assert "not listed" in found[-1].message
    assert found[-1].source.position(found[-1].primary.span.start).line == MOST_FOUND + 2
