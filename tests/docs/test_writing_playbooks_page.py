"""docs/writing-playbooks.md: every playbook is right, costs what the page says, and cooks as the page shows."""

from __future__ import annotations

import re

import pytest

from tests.docs.executed import (
    DOCS,
    Reader,
    assert_links_lead_somewhere,
    assert_playbooks_are_right,
    blocks,
)

PAGE = DOCS / "writing-playbooks.md"
SPEC = "specs/temp/iteration-1708123456-debt.md"


def reader_with_agent(folder):
    """A reader whose `claude` does what the page says that it does."""
    reader = Reader.at(folder)
    agent = reader.scenario
    agent.on("Write into NOTES.md", writes={"NOTES.md": "A program with tests.\n"}, cost=0.02)
    agent.on("Name one file", text="test.sh; touch hacked", cost=0.01)
    agent.on("The tests fail.", text="Mended.", deletes=["broken"], cost=0.05)
    agent.on("NOTES.md does not say", text="It says so already.", cost=0.01)
    agent.on("/mmm-cleanup-tech-debt", writes={SPEC: "# Less\n"}, commits="review: specify", cost=0.2)
    agent.on("/mmm-implement-spec", writes={"less.sh": "echo less\n"}, deletes=[SPEC], cost=0.3)
    agent.on("Make the tests faster.", writes={"test.sh": "exit 0\n"}, cost=0.04)
    for name in ("less.sh", "test.sh"):
        agent.on(f"Write long notes about {name}", writes={f"notes/{name}.md": "Long.\n"}, cost=0.02)
    return reader


@pytest.mark.slow
def test_it_can_be_followed(tmp_path):
    reader = reader_with_agent(tmp_path)
    reader.follow(PAGE)
    assert not (reader.here / "hacked").exists()
    assert (reader.here / "notes" / "test.sh.md").exists()


def test_every_playbook_is_looked_at():
    page = PAGE.read_text(encoding="utf-8")
    for block in blocks(PAGE, "yaml"):
        assert re.search(rf"^(\w+=\S+ )?mmm \w+ .*\b{re.escape(block.marks['file'])}", page, re.MULTILINE)


def test_its_playbooks_are_right():
    assert_playbooks_are_right(PAGE)


def test_its_links_lead_somewhere():
    assert_links_lead_somewhere(PAGE)
