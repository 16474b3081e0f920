"""The slash commands of `mmm init` may do all that they tell the agent to do: nothing that they name is refused."""

from __future__ import annotations

import re

import pytest

from mmm_lang.commands.texts import NAMES
from tests.e2e.kitchen import RealKitchen
from tests.e2e.test_workflows import LANGUAGES, populate, toolchains
from tests.e2e.turns import Answer, Use, says

_ALWAYS = (
    "printenv MMM_AUTOMATION",
    "git status",
    "git log --oneline -20",
    "git diff HEAD",
    "ls",
    "grep -rn x .",
)
_END_OF_TOOLS = "Run nothing but"


def scripts_of(text: str) -> list[str]:
    """Every line that a command's text tells to run, with something in place of what is to be filled in."""
    tools = text.split(_END_OF_TOOLS)[0]
    told = [line for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
    told += re.findall(r"^- [a-z ]+: `([^`]+)`$", tools, re.MULTILINE)
    told += ["date +%s"] if "Bash(date +%s)" in text else []
    told += ["rm -r -- coverage.left"] if "`rm`" in text else []
    filled = (re.sub(r"<[^>]*>", "1700000000", line).replace("PATH …", "README") for line in told)
    return list(dict.fromkeys((*_ALWAYS, *(line.strip() for line in filled if line.strip()))))


def share(language: str) -> list[str]:
    """The commands that are tried in a repository of this language; each is tried in one."""
    number = list(LANGUAGES).index(language)
    return list(NAMES[number :: len(LANGUAGES)])


def test_every_command_is_tried() -> None:
    assert sorted(name for language in LANGUAGES for name in share(language)) == sorted(NAMES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_refused_that_a_command_tells(kitchen: RealKitchen, language: str) -> None:
    populate(kitchen, LANGUAGES[language])
    steps = [
        f"- {{claude: '/{name} specs/1.md', commit: false, on_denied: fail}}\n" for name in share(language)
    ]
    kitchen.playbook.write_text("".join(steps))
    told = 0
    for name in share(language):
        text = (kitchen.repo / f".claude/commands/{name}.md").read_text()
        scripts = scripts_of(text)
        told += len(scripts) - len(_ALWAYS)
        uses = (Use("Bash", {"command": script, "description": "as told"}) for script in scripts)
        kitchen.on(f"/{name}", Answer(uses=tuple(uses)), says("result: nothing"))
    cooked = kitchen.cook("-n", "1", **toolchains(kitchen))
    assert cooked.exit_code == 0, cooked
    assert "the agent was refused" not in cooked.stdout
    assert told > 15, "the texts name what they run"
    assert kitchen.commands() == share(language)
