"""The laws of the score: what is better never lowers it."""

from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from mmm_lang.context.score import WEIGHTS, CodeFile, score_of

FILES = st.lists(
    st.builds(
        CodeFile,
        code_lines=st.integers(1, 3000),
        functions=st.lists(st.tuples(st.integers(1, 200), st.integers(1, 60)), max_size=4).map(tuple),
        markers=st.integers(0, 20),
        tested=st.none() | st.floats(0, 1),
        in_cycle=st.booleans(),
    ),
    min_size=1,
    max_size=6,
)


def total(files):
    score = score_of(files)
    assert score is not None
    return score.value


def test_it_is_the_sum_of_its_parts():
    assert sum(WEIGHTS.values()) == 100
    perfect = CodeFile(100, ((10, 1),), 0, 1.0, False)
    assert total([perfect]) == 100.0
    awful = CodeFile(5000, ((4000, 90),), 10_000, 0.0, True)
    assert total([awful]) == pytest.approx(0.0, abs=0.1)
    half = score_of([perfect, evolve(perfect, tested=0.0, in_cycle=True)])
    assert half.parts == {"tested": 20.0, "simple": 25.0, "acyclic": 7.5, "small": 10.0, "clear": 10.0}
    assert half.value == 72.5
    assert score_of([]) is None


@given(files=FILES, which=st.integers(0, 5), more=st.integers(1, 50))
def test_laws(files, which, more):
    at = which % len(files)
    one = files[at]
    before = total(files)
    assert 0 <= before <= 100

    def after(**change):
        return total([*files[:at], evolve(one, **change), *files[at + 1 :]])

    # more debt never raises it
    assert after(markers=one.markers + more) <= before
    assert after(in_cycle=True) <= before
    worse = tuple((lines, complexity + more) for lines, complexity in one.functions)
    assert after(functions=worse) <= before
    # more tests never lower it
    if one.tested is not None:
        assert after(tested=min(1.0, one.tested + more / 50)) >= before
        assert after(tested=0.0) <= before
