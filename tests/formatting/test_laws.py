"""What holds for every playbook, however it is written: the meaning stays, comments survive, twice is once."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmm_lang.analysis.check import analyse
from mmm_lang.formatting.playbook import NotYaml, format_playbook
from mmm_lang.formatting.same import same_value
from mmm_lang.formatting.upgrade import upgrade_playbook
from mmm_lang.source import Source
from mmm_lang.syntax.yaml_nodes import Mapping, Scalar, Sequence
from mmm_lang.syntax.yaml_tree import read_tree
from tests.formatting.noise import noisy_playbooks, older_playbooks
from tests.formatting.plans import meaning, meaning_in_words, spelled
from tests.support.generate import playbooks, wild_playbooks, written

LAW = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])


def source_of(text):
    return Source("playbook.yml", text)


def names_in(node):
    """The keys of a whole tree, in the order of the text."""
    if isinstance(node, Mapping):
        return [part for entry in node.entries for part in (entry.key.value, *names_in(entry.value))]
    if isinstance(node, Sequence):
        return [part for item in node.items for part in names_in(item.node)]
    return []


def block_scalars_in(node):
    """The values of all block scalars."""
    if isinstance(node, Mapping):
        return [one for entry in node.entries for one in block_scalars_in(entry.value)]
    if isinstance(node, Sequence):
        return [one for item in node.items for one in block_scalars_in(item.node)]
    return [node.value] if isinstance(node, Scalar) and node.style in ("literal", "folded") else []


@LAW
@given(noisy_playbooks())
def test_formatting(case):
    """One case serves all laws: to draw it is what costs."""
    tree, text, comments = case
    the_food_says_what_it_was_made_of(tree, text)
    once = format_playbook(source_of(text))
    assert format_playbook(once).text == once.text
    assert meaning(once) == meaning(source_of(text))
    comments_survive(text, once.text, comments)
    block_scalars_stay(text, once.text)
    lines_end_where_their_text_ends(once.text)


def the_food_says_what_it_was_made_of(tree, text):
    whole = text if text.endswith("\n") else f"{text}\n"
    read = read_tree(source_of(whole))
    assert [one.message for one in read.diagnostics] == []
    assert same_value(read.root, read_tree(source_of(written(tree))).root)


def comments_survive(text, formatted, comments):
    assert all(formatted.count(comment) == 1 for comment in comments)
    before, after = (names_in(read_tree(source_of(one)).root) for one in (text, formatted))
    if before == after:
        places = [formatted.index(comment) for comment in sorted(comments, key=text.index)]
        assert places == sorted(places)


def block_scalars_stay(text, formatted):
    before, after = (block_scalars_in(read_tree(source_of(one)).root) for one in (text, formatted))
    assert sorted(map(spelled, before)) == sorted(after)


def lines_end_where_their_text_ends(formatted):
    body = "".join(block_scalars_in(read_tree(source_of(formatted)).root))
    blank = [line for line in formatted.splitlines() if line.endswith((" ", "\t"))]
    assert all(line.strip() in body for line in blank)
    assert formatted.endswith("\n")


@LAW
@given(st.one_of(playbooks(), wild_playbooks()))
def test_whatever_is_yaml_can_be_formatted_and_upgraded(text):
    errors = [one for one in read_tree(source_of(text)).diagnostics if one.severity == "error"]
    for change in (format_playbook, lambda source: upgrade_playbook(source).source):
        if errors:
            with pytest.raises(NotYaml):
                change(source_of(text))
        else:
            once = change(source_of(text))
            assert change(once).text == once.text


@LAW
@given(noisy_playbooks())
def test_upgrading(case):
    """Nothing in these playbooks is without effect, so that an upgrade changes the forms alone."""
    _, text, comments = case
    once = upgrade_playbook(source_of(text))
    assert upgrade_playbook(once.source).source.text == once.source.text
    assert all(once.source.text.count(comment) == 1 for comment in comments)
    lines = text.count("\n") + 1
    assert all(1 <= remark.line <= lines for remark in once.remarks)
    assert meaning_in_words(once.source) == meaning_in_words(source_of(text))


@LAW
@given(older_playbooks())
def test_upgrading_an_older_dialect(case):
    """What had no effect is gone or has one, unless a remark says that a person must look."""
    _, text, comments = case
    once = upgrade_playbook(source_of(text))
    again = upgrade_playbook(once.source)
    assert again.source.text == once.source.text
    assert all(once.source.text.count(comment) == 1 for comment in comments)
    before, after = (analyse(source) for source in (source_of(text), once.source))
    assert after.ok == before.ok
    left = [one for one in after.diagnostics if one.rule == "ignored-key"]
    assert len(left) == sum("has no effect" in remark.text for remark in again.remarks)
