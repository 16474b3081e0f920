"""The playbooks that ship with mmm and the corpus, as a user would format them."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmm_lang.analysis.check import analyse
from mmm_lang.formatting.playbook import NotYaml, format_playbook
from mmm_lang.formatting.upgrade import upgrade_playbook
from mmm_lang.syntax.reading import read_source
from tests.formatting.plans import meaning, meaning_in_words
from tests.support.examples import example_playbooks

PROJECT = Path(__file__).resolve().parents[2]
EXAMPLES = example_playbooks()
CORPUS = sorted(PROJECT.glob("tests/corpus/*/*.yml"))
SILENT = sorted(PROJECT.glob("tests/playbooks/ok/*.yml"))
NOT_YAML = "implement-with-tests"
NO_EFFECT = {"product-enhancement-workflow"}
"""Playbooks with keys that an upgrade gives an effect."""


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_are_formatted(path):
    source = read_source(path)
    assert format_playbook(source).text == source.text


@pytest.mark.parametrize("path", [*CORPUS, *SILENT], ids=lambda path: path.stem)
def test_a_fixed_point_with_the_same_plan(path):
    source = read_source(path)
    if path.stem == NOT_YAML:
        with pytest.raises(NotYaml):
            format_playbook(source)
        return
    once = format_playbook(source)
    assert format_playbook(once).text == once.text
    assert meaning(once) == meaning(source)


@pytest.mark.parametrize(
    "path", [path for path in CORPUS if path.stem != NOT_YAML], ids=lambda path: path.stem
)
def test_the_corpus_upgraded(path):
    source = read_source(path)
    once = upgrade_playbook(source)
    assert upgrade_playbook(once.source).source.text == once.source.text
    analysis = analyse(once.source)
    assert analysis.ok
    assert not {one.rule for one in analysis.diagnostics} & {"deprecated-syntax", "ignored-key"}
    if path.stem not in NO_EFFECT:
        assert meaning_in_words(once.source) == meaning_in_words(source)
