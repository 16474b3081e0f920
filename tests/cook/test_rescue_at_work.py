"""`mmm rescue apply` where an agent is still at work whose session was killed."""

from __future__ import annotations

from pathlib import Path

from tests.cook.living import cooking
from tests.cook.maps import mmm
from tests.cook.test_resume import kill, thinking
from tests.process.programs import eventually
from tests.process.test_leftovers import linux

pytestmark = linux


def test_nothing_is_put_under_the_hands_of_an_agent(tmp_path: Path) -> None:
    kitchen = thinking(tmp_path)
    failing = {"times": 1, "do": [{"write": "aside", "text": "x"}], "rc": 1, "text": "no"}
    kitchen.scenario.rules.insert(0, {"match": "^/mmm-think", **failing})
    assert kitchen.cook("-n", "1").exit_code == 1
    aside = f"{kitchen.sessions()[0].name}/1"
    with cooking(kitchen, "-n", "1") as process:
        eventually((kitchen.repo / "half").exists)
        kill(kitchen, process, keeper=False)
        refused = mmm(kitchen, "rescue apply", aside)
        assert refused.exit_code == 2, refused
        name = kitchen.sessions()[1].name
        assert f"session {name} was killed, and its agent is still at work on `/mmm-think`" in refused.stderr
        assert not (kitchen.repo / "aside").exists()
    assert mmm(kitchen, "rescue apply", aside, "--branch", "aside").exit_code == 0
