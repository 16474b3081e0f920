"""What holds for every playbook."""

from __future__ import annotations

from hypothesis import given, settings

from mmm_lang.analysis.check import analyse
from mmm_lang.analysis.flow import order
from mmm_lang.analysis.scopes import StepTarget
from mmm_lang.source import Source
from tests.support.generate import playbooks, wild_playbooks


@given(playbooks())
@settings(max_examples=60, deadline=None)
def test_a_valid_playbook_has_no_error(text: str):
    analysis = analyse(Source("playbook.yml", text))
    assert [one.message for one in analysis.diagnostics if one.severity == "error"] == []
    assert analysis.ok


@given(wild_playbooks())
@settings(max_examples=100, deadline=None)
def test_every_text_has_a_verdict_in_order_of_print(text: str):
    analysis = analyse(Source("playbook.yml", text))
    keys = [one.sort_key for one in analysis.diagnostics]
    assert keys == sorted(keys)
    assert analysis.ok == all(one.severity != "error" for one in analysis.diagnostics)
    for one in analysis.diagnostics:
        for label in (one.primary, *one.secondary):
            assert label.span.end <= len(text)


@given(wild_playbooks())
@settings(max_examples=60, deadline=None)
def test_every_hole_stands_for_something_or_says_why_not(text: str):
    analysis = analyse(Source("playbook.yml", text))
    for resolution in analysis.resolutions.values():
        assert resolution.target is not None or resolution.problems


@given(playbooks())
@settings(max_examples=60, deadline=None)
def test_values_flow_down_and_keys_are_unique(text: str):
    analysis = analyse(Source("playbook.yml", text))
    outline = analysis.facts.outline
    for resolution in analysis.resolutions.values():
        if isinstance(resolution.target, StepTarget):
            assert order(outline, resolution.site, resolution.target.step) == "before"
    keys = [*analysis.keys.steps.values(), *analysis.keys.handlers.values()]
    assert len(keys) == len(set(keys))
