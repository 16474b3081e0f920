"""docs/safety.md: its commands work, its playbook costs what it says, and its promises have their sections."""

from __future__ import annotations

import re

from tests.docs.executed import DOCS, Reader, assert_links_lead_somewhere, assert_playbooks_are_right

PAGE = DOCS / "safety.md"


def reader_with_agent(folder):
    """A reader in a repository, whose `claude` writes the notes."""
    reader = Reader.at(folder)
    reader.scenario.on("Write NOTES.md.", writes={"NOTES.md": "Notes.\n"}, cost=0.02)
    made = reader.shell("git init --quiet && git commit --quiet --allow-empty --message start")
    assert made.returncode == 0, made.stdout
    return reader


def test_it_can_be_followed(tmp_path):
    reader = reader_with_agent(tmp_path)
    reader.follow(PAGE)
    assert reader.scenario.prompts() == ["Write NOTES.md."] * 2


def test_every_promise_names_its_section():
    paragraphs = PAGE.read_text(encoding="utf-8").split("\n\n")
    promises = [paragraph for paragraph in paragraphs if paragraph.startswith("**")]
    assert len(promises) >= 14
    bare = [one for one in promises if not re.search(r"\]\((\.\./spec/)?[a-z]+\.md#", one)]
    assert bare == []


def test_its_playbooks_are_right():
    assert_playbooks_are_right(PAGE)


def test_its_links_lead_somewhere():
    assert_links_lead_somewhere(PAGE)
