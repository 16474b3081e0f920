"""`mmm doctor` looks at the real `claude`, and asks no model."""

from __future__ import annotations

import json

import pytest

from tests.e2e.binary import VERSION
from tests.e2e.kitchen import RealKitchen

LOGINS = {
    "a key": ({}, "ok", "by an API key (ANTHROPIC_API_KEY)"),
    "a token": (
        {"ANTHROPIC_API_KEY": "", "CLAUDE_CODE_OAUTH_TOKEN": "sk-ant-oat01-test"},
        "ok",
        "by a token",
    ),
    "nobody": ({"ANTHROPIC_API_KEY": ""}, "problem", "nobody is logged in"),
}


@pytest.mark.parametrize(("env", "standing", "words"), LOGINS.values(), ids=LOGINS)
def test_the_program_and_its_login(
    kitchen: RealKitchen, env: dict[str, str], standing: str, words: str
) -> None:
    done = kitchen.run("doctor", "--format", "json", **env)
    findings = {one["subject"]: one for one in json.loads(done.stdout)["findings"]}
    assert findings["claude"]["standing"] == "ok"
    assert findings["claude"]["message"].startswith(VERSION)
    assert (findings["login"]["standing"], words in findings["login"]["message"]) == (standing, True), done
    assert done.exit_code == (standing == "problem")
    assert kitchen.api.requests == []
