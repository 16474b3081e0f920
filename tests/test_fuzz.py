"""The fuzz targets, for a moment; `make fuzz` runs them longer."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz import check, journal, mutants, seeds


@settings(deadline=None, max_examples=60)
@given(mutants("check"))
def test_any_text_can_be_checked(content: bytes) -> None:
    check(content)


@settings(deadline=None)
@given(mutants("journal"))
def test_any_journal_is_read_or_refused(content: bytes) -> None:
    journal(content)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_bytes_are_no_journal(content: bytes) -> None:
    journal(content)


def test_the_seeds_themselves() -> None:
    assert len(seeds("check")) > 50
    assert len(seeds("journal")) > 5
    for seed in seeds("journal"):
        journal(seed)
