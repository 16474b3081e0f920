"""Did you mean …? The names that people mistype, and those that must not be guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmm_lang.diagnostics.similar import nearest, nearest_all

_KEYS = (
    "id args commit_required commit capture_output outputs on_failure on_success on_exit_code ok_exit_codes "
    "when timeout retry rerun analysis env cwd commit_message model max_cost_usd allowed_tools permissions "
    "agent output_schema claude shell name analyze steps approve parallel foreach do max_items playbook inputs "
    "test max_attempts fail_workflow version description secrets defaults protect max_iterations until limits "
    "setup merge commands shell_program"
)
KEYS = tuple(_KEYS.split())


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("cladue", "claude"),
        ("clade", "claude"),
        ("shel", "shell"),
        ("wehn", "when"),
        ("ags", "args"),
        ("di", "id"),
        ("comit_requried", "commit_required"),
        ("retries", "retry"),
        ("ID", "id"),
        ("onFailure", "on_failure"),
        ("on-failure", "on_failure"),
        ("time_out", "timeout"),
        ("attempts", "max_attempts"),
        ("iterations", "max_iterations"),
        ("attempts_max", "max_attempts"),
        ("maxIter", "max_iterations"),
        ("desc", "description"),
        ("on_exit", "on_exit_code"),
        ("step_id", "id"),
        ("environment", "env"),
        ("shell_command", "shell"),
    ],
)
def test_what_was_meant(word, meant):
    assert nearest(word, KEYS) == meant


@pytest.mark.parametrize(
    "word", ["uses", "then", "cmd", "if", "on", "run", "needs", "jobs", "with", "while", "", "-"]
)
def test_no_false_friends(word):
    assert nearest(word, KEYS) is None


def test_a_part_of_several_names_is_no_guess_but_a_list():
    assert nearest("max", ["max_attempts", "max_items"]) is None
    assert nearest_all("max", ["max_attempts", "max_items"]) == ("max_items", "max_attempts")


def test_the_word_itself_is_never_proposed():
    assert nearest("coverage", ["coverage", "coverages"]) == "coverages"


def test_a_thousand_long_names_are_no_burden():
    names = [f"{number:04}" * 250 for number in range(1000)]
    assert nearest("x" * 1000, names) is None


names = st.text(alphabet="abcAB_-0é ", max_size=12)


@given(names, st.lists(names, max_size=8))
def test_every_guess_is_a_candidate_and_the_order_of_candidates_is_no_matter(word, candidates):
    found = nearest_all(word, candidates)
    assert set(found) <= set(candidates) - {word}
    assert len(set(found)) == len(found)
    assert nearest_all(word, candidates[::-1]) == found
    assert nearest(word, candidates) in (*found[:1], None)


@given(st.sampled_from(KEYS), st.data())
def test_two_swapped_letters_of_a_long_key_lead_back(key, data):
    if len(key) < 6:
        return
    at = data.draw(st.integers(0, len(key) - 2))
    swapped = key[:at] + key[at + 1] + key[at] + key[at + 2 :]
    assert swapped == key or nearest(swapped, KEYS) == key or swapped in KEYS
