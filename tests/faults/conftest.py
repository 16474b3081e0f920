"""One nursery for all faults of a worker, and each story once as it goes when nobody disturbs it."""

from __future__ import annotations

from functools import cache

import pytest

from tests.cook.test_disk import small_disk  # noqa: F401  a fixture
from tests.faults.lives import Life, Script, buried_at_last
from tests.faults.nursery import Nursery


@pytest.fixture(scope="session")
def nursery():
    with Nursery() as one:
        yield one


@pytest.fixture(scope="session")
def undisturbed(nursery, tmp_path_factory):
    """Gives the life of a script that nobody disturbs; it is led once."""

    @cache
    def of(script: Script) -> Life:
        life = Life(nursery, script, tmp_path_factory.mktemp("undisturbed") / script.name)
        life.lead()
        life.whole()
        return life

    return of


@pytest.fixture
def live(nursery, tmp_path):
    """Begins a life; at the test's end nothing of it is left."""
    with buried_at_last(Life, nursery, tmp_path) as begin:
        yield begin


@pytest.fixture
def tally(record_property):
    """Counts for the figure that the summary prints: lives that were disturbed, deaths, paid calls, duplicates."""

    def count(life: Life, original: Life, victims: str) -> None:
        deaths = len(life.parts) - len(original.parts)
        again = life.paid() - original.paid()
        record_property("faults", (1, deaths, life.paid(), 0 if victims != "mmm" else again, again))

    return count
