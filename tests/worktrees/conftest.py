"""A kitchen whose environment is that of the test itself, so that commands can be called within its process."""

from __future__ import annotations

import pytest

from tests.support.cooking import playbook
from tests.worktrees.map_items import Map


@pytest.fixture
def kitchen(tmp_path, monkeypatch):
    made = playbook(tmp_path, "- shell: echo x >> made")
    for name, value in made.env().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("MMM_HOME", raising=False)
    return made


@pytest.fixture
def over(kitchen):
    """A map of that kitchen."""
    return Map(kitchen)
