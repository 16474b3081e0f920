"""Sound playbooks with one mistake each: it is found, and on its line.

Every kind of tests/support/mutations.py is applied at every place of every sound playbook that declares it. A kind
passes when 99 of 100 of its mistakes are found; the figure over all kinds is in the summary of the run.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from mmm_lang.analysis.check import analyse
from mmm_lang.source import Source
from tests.support.examples import example_playbooks
from tests.support.mutations import KINDS, take_apart

PROJECT = Path(__file__).parents[2]
PLAYBOOKS = sorted([*PROJECT.glob("tests/corpus/*/*.yml"), *example_playbooks()])
WANTED = 0.99


@cache
def sound_playbooks():
    texts = {str(path.relative_to(PROJECT)): path.read_text(encoding="utf-8") for path in PLAYBOOKS}
    return [take_apart(path, text) for path, text in texts.items() if analyse(Source(path, text)).ok]


def blamed(source):
    """The lines that an error begins, goes on or ends on."""
    lines = set()
    for one in analyse(source).diagnostics:
        if one.severity == "error":
            first, last = (
                source.position(place).line for place in (one.primary.span.start, one.primary.span.end)
            )
            lines.update(range(first, last + 1))
    return lines


def test_there_is_something_to_spoil():
    assert len(sound_playbooks()) >= 35
    assert len(KINDS) >= 40


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_a_mistake_is_found_on_its_line(name, record_property):
    made, missed = 0, []
    for sound in sound_playbooks():
        for mutant in KINDS[name](sound):
            made += 1
            if not blamed(Source(sound.path, mutant.text)) & mutant.lines:
                missed.append((sound.path, min(mutant.lines)))
    record_property("mutations", [made, made - len(missed)])
    assert made > 0
    assert made - len(missed) >= WANTED * made, missed
