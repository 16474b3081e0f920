"""Rules that are not asked would have said nothing."""

from __future__ import annotations

from functools import cache
from itertools import chain
from pathlib import Path

import pytest

from mmm_lang.analysis.facts import facts_of
from mmm_lang.analysis.occasions import RULES_BY_OCCASION, silent_rules
from mmm_lang.analysis.registry import all_rules, checks, presets_of_rules
from mmm_lang.source import Source
from mmm_lang.syntax.parser import parse_playbook
from tests.analysis.around import EXAMPLE
from tests.analysis.test_mutations import sound_playbooks
from tests.analysis.test_pages import examples
from tests.support.examples import example_playbooks
from tests.support.mutations import KINDS

PROJECT = Path(__file__).parents[2]
PLAYBOOKS = sorted([*PROJECT.glob("tests/corpus/*/*.yml"), *example_playbooks()])
EVERY = 29
"""Of so many mistakes one is tried: all of them would take a minute."""


@cache
def texts():
    """Playbooks, sound and with mistakes, and the examples of all rules."""
    whole = [path.read_text(encoding="utf-8") for path in PLAYBOOKS]
    shown = [
        example
        for page in all_rules()
        if page.subject == "playbook"
        for section in ("Example", "Use instead")
        for example in examples(page, section)
    ]
    spoilt = (mutant.text for sound in sound_playbooks() for kind in KINDS.values() for mutant in kind(sound))
    return [*whole, *shown, *(text for number, text in enumerate(spoilt) if number % EVERY == 0)]


@pytest.mark.parametrize("around", [None, EXAMPLE], ids=["a text", "in a repository"])
def test_a_silent_rule_has_nothing_to_say(around):
    everybody = presets_of_rules().keys()
    for text in texts():
        playbook, _ = parse_playbook(Source("p.yml", text))
        facts = facts_of(playbook, around)
        silent = silent_rules(facts)
        asked = checks(("default",), also=silent, without=everybody - silent)
        assert [one.rule for one in chain.from_iterable(check(facts) for check in asked)] == [], text


def test_the_rows_name_rules():
    named = {name for names in RULES_BY_OCCASION.values() for name in names.split()}
    assert named <= presets_of_rules().keys()


def test_a_plain_playbook_gives_most_rules_no_occasion():
    playbook, _ = parse_playbook(Source("p.yml", '- {claude: "/a", id: x}\n- claude: "/b ${x.spec}"\n'))
    silent = silent_rules(facts_of(playbook))
    assert len(silent) > 50
    assert "undefined-step" in silent
    assert "id-naming" not in silent


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('- shell: "true"\n  timeout: 010\n', "octal-looking"),
        ('- claude: "/a ${nobody.output}"\n', "undefined-step"),
        ('- shell: "sleep 9 &"\n', "background-process"),
        ("- mmm-lint\n", "implied-commit"),
    ],
)
def test_an_occasion_wakes_its_rules(text, name):
    playbook, _ = parse_playbook(Source("p.yml", text))
    assert name not in silent_rules(facts_of(playbook))
