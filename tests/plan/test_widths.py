"""Figures that depend on the widths of maps: their laws, and how they are written."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mmm_lang.plan.bounds import Bound
from mmm_lang.plan.widths import Figure, WideBound

NAMES = ("specs/*.md", "src/**", "items")
widths = st.fixed_dictionaries({name: st.integers(0, 50) for name in NAMES})


@st.composite
def figures(draw):
    """Sums of products of up to three widths, built with the operations alone."""
    figure = Figure()
    for _ in range(draw(st.integers(0, 3))):
        term = Figure.of(draw(st.integers(0, 9)))
        for name in draw(st.lists(st.sampled_from(NAMES), max_size=3)):
            term *= Figure.width(name)
        figure += term
    return figure


@given(figures(), figures(), figures())
def test_sums_and_products_are_those_of_numbers(a, b, c):
    assert a + b == b + a
    assert a * b == b * a
    assert (a + b) + c == a + (b + c)
    assert (a * b) * c == a * (b * c)
    assert a * (b + c) == a * b + a * c
    assert a + Figure() == a == a * Figure.of(1)
    assert a * Figure() == Figure()


@given(figures(), figures(), widths)
def test_a_number_for_every_width(a, b, at):
    assert (a + b).at(at) == a.at(at) + b.at(at)
    assert (a * b).at(at) == a.at(at) * b.at(at)
    assert Figure.width("items").at(at) == at["items"]


@given(figures(), figures(), widths)
def test_one_or_the_other_is_below_neither(a, b, at):
    assert a.or_else(b).at(at) >= max(a.at(at), b.at(at))
    assert a.or_else(b) == b.or_else(a)
    assert a.or_else(a) == a


bounds = st.builds(
    Bound,
    st.integers(0, 10**15),
    st.integers(0, 99),
    st.none() | st.integers(0, 99).map(float),
    st.none() | st.integers(0, 9999).map(float),
)


@given(bounds, figures(), widths)
def test_a_bound_so_often_is_the_bound_times_that_number(bound, times, at):
    assert WideBound.of(bound, times).at(at) == Bound(
        bound.agent_calls * times.at(at),
        bound.shell_runs * times.at(at),
        None if bound.cost_usd is None else bound.cost_usd * times.at(at),
        None if bound.seconds is None else bound.seconds * times.at(at),
    )


def test_how_it_is_written():
    specs, items = Figure.width("specs/*.md"), Figure.width("items")
    assert (Figure.of(3) + Figure.of(7) * specs).written(str) == "3 + 7·|specs/*.md|"
    assert (specs * items + specs).written(str) == "|items|·|specs/*.md| + |specs/*.md|"
    assert (Figure.of(2) * specs).written(lambda n: f"{n} h 5 min") == "(2 h 5 min)·|specs/*.md|"
    assert Figure.of(1).written(str) == "1"
    assert Figure().written(str) == "0"
