"""docs/commands.md: its command lines work, its playbook is right, and it names every command."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from mmm_lang.agents.checkout import argument_hint
from mmm_lang.analysis.check import analyse
from mmm_lang.commands.texts import NAMES
from mmm_lang.source import Source
from tests.cli.processes import environment, mmm

PROJECT = Path(__file__).parents[2]
PAGE = (PROJECT / "docs" / "commands.md").read_text(encoding="utf-8")
SPECIFICATION = (PROJECT / "spec" / "commands.md").read_text(encoding="utf-8")


def blocks(page, kind):
    return re.findall(rf"^```{kind}\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)


def test_every_command_line_works(tmp_path):
    app = tmp_path / "projects" / "app"
    app.mkdir(parents=True)
    identity = {f"GIT_{who}_{what}": "t@e" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    env = {**identity, "HOME": str(tmp_path), "CLAUDE_CONFIG_DIR": ""}
    subprocess.run(["git", "init", "--quiet"], cwd=app, check=True)
    lines = [
        line for page in (PAGE, SPECIFICATION) for block in blocks(page, "sh") for line in block.splitlines()
    ]
    assert len(lines) >= 9
    for line in lines:
        if line.startswith("mmm "):
            words = [word.replace("~", str(tmp_path)) for word in line.split()[1:]]
            done = mmm(*words, cwd=app, env=env)
        else:
            done = subprocess.run(
                line, shell=True, cwd=app, env=environment(**env), capture_output=True, text=True, check=False
            )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"


def test_its_playbooks_are_right():
    texts = [text for page in (PAGE, SPECIFICATION) for text in blocks(page, "yaml")]
    assert texts
    for text in texts:
        assert [one.message for one in analyse(Source("p.yml", text)).diagnostics] == []


def test_it_names_every_command():
    assert set(re.findall(r"`/(mmm-[a-z-]+)`", PAGE)) == set(NAMES)


def test_the_command_of_ones_own_is_one(tmp_path):
    [text] = blocks(PAGE, "markdown")
    path = tmp_path / "changelog.md"
    path.write_text(text, encoding="utf-8")
    assert argument_hint(str(path)) == "<version> [--dry-run]"
