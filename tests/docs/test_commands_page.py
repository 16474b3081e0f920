"""docs/commands.md: its command lines work, its playbook is right, and it names every command."""

from __future__ import annotations

import re

from mmm_lang.agents.checkout import argument_hint
from mmm_lang.analysis.check import analyse
from mmm_lang.commands.texts import NAMES
from mmm_lang.source import Source
from tests.docs.executed import DOCS, PROJECT, Reader, blocks

PAGE = DOCS / "commands.md"
SPECIFICATION = PROJECT / "spec" / "commands.md"


def test_every_command_line_works(tmp_path):
    reader = Reader.at(tmp_path)
    reader.here = tmp_path / "home" / "projects" / "app"
    reader.here.mkdir(parents=True)
    assert reader.shell("git init --quiet").returncode == 0
    for page in (PAGE, SPECIFICATION):
        for block in blocks(page, "sh"):
            reader.run(block, f"{page.name}:{block.line}")
    assert len(reader.ran) >= 9


def test_its_playbooks_are_right():
    playbooks = [block for page in (PAGE, SPECIFICATION) for block in blocks(page, "yaml")]
    assert playbooks
    for block in playbooks:
        assert [one.message for one in analyse(Source("p.yml", block.text)).diagnostics] == []


def test_it_names_every_command():
    assert set(re.findall(r"`/(mmm-[a-z-]+)`", PAGE.read_text(encoding="utf-8"))) == set(NAMES)


def test_the_command_of_ones_own_is_one(tmp_path):
    [block] = blocks(PAGE, "markdown")
    path = tmp_path / "changelog.md"
    path.write_text(block.text, encoding="utf-8")
    assert argument_hint(str(path)) == "<version> [--dry-run]"
