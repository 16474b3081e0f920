"""The real program, a scripted API, and a repository for each test; the law that holds for all of them.

Whatever a test does: nothing went to anybody but the scripted API, every request had a turn, every turn was taken, and no
process is left.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cook.living import leftovers, sweep_up
from tests.e2e.api import Api
from tests.e2e.binary import VERSION, OutOfReach, claude
from tests.e2e.kitchen import RealKitchen
from tests.e2e.network import Network
from tests.process.programs import eventually
from tests.support.scenario import Scenario

_HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)  # before `-m` looks at the marks
def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def program() -> Path:
    """The pinned `claude`."""
    try:
        return claude()
    except OutOfReach as error:
        pytest.skip(f"NO TEST WITH THE REAL claude {VERSION} WAS RUN: {error}")


@pytest.fixture
def kitchen(tmp_path: Path, program: Path, request: pytest.FixtureRequest) -> Iterator[RealKitchen]:
    """A new repository with one commit; the playbook is the test's to write."""
    with tempfile.TemporaryDirectory(prefix="mmm-e2e-") as short:
        network = Network(Api(), Path(short))
        made = RealKitchen(tmp_path, Scenario(tmp_path), api=network.api, network=network, claude=program)
        try:
            made.repo.mkdir()
            made.git("init", "-q", "-b", "main")
            (made.repo / "README").write_text("start\n")
            made.git("add", "README")
            made.git("commit", "-qm", "start")
            yield made
            eventually(lambda: not leftovers(made), within=10)
        finally:
            sweep_up(made)
            network.close()
    assert made.api.strayed == []
    assert made.api.surprises == []
    assert made.api.left == []
