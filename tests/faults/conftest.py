"""One nursery for all faults of a worker, and each story once as it goes when nobody disturbs it."""

from __future__ import annotations

import pytest

from tests.cook.test_disk import small_disk  # noqa: F401  a fixture
from tests.faults.lives import Life, Script
from tests.faults.nursery import Nursery


@pytest.fixture(scope="session")
def nursery():
    with Nursery() as one:
        yield one


@pytest.fixture(scope="session")
def undisturbed(nursery, tmp_path_factory):
    """Gives the life of a script that nobody disturbs; it is led once."""
    known: dict[str, Life] = {}

    def of(script: Script) -> Life:
        if script.name not in known:
            life = Life(nursery, script, tmp_path_factory.mktemp("undisturbed") / script.name)
            life.lead()
            life.whole()
            known[script.name] = life
        return known[script.name]

    return of


@pytest.fixture
def live(nursery, tmp_path):
    """Begins a life; at the test's end nothing of it is left."""
    lives: list[Life] = []

    def begin(script: Script) -> Life:
        lives.append(Life(nursery, script, tmp_path / f"{script.name}-{len(lives)}"))
        return lives[-1]

    yield begin
    for life in lives:
        life.bury()


@pytest.fixture
def tally(record_property):
    """Counts for the figure that the summary prints: lives that were disturbed, deaths, paid calls, duplicates."""

    def count(life: Life, original: Life, victims: str) -> None:
        deaths = len(life.parts) - len(original.parts)
        again = life.paid() - original.paid()
        record_property("faults", (1, deaths, life.paid(), 0 if victims != "mmm" else again, again))

    return count
