"""The tests of the examples: they pass, and walk every edge."""

from __future__ import annotations

import pytest

from mmm_lang.cli.main import main
from tests.support.cooking import IDENTITY
from tests.support.examples import example_playbooks


@pytest.mark.parametrize("playbook", example_playbooks(), ids=lambda path: path.stem)
def test_they_pass_and_walk_every_edge(playbook, capsys, monkeypatch):
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)
    code = main(["test", str(playbook), "--fail-under", "100"])
    assert code == 0, capsys.readouterr().out
