"""docs/getting-started.md: a newcomer who pastes it line by line gets what it shows."""

from __future__ import annotations

import pytest

from tests.docs.executed import DOCS, Reader, assert_links_lead_somewhere, assert_playbooks_are_right

PAGE = DOCS / "getting-started.md"
SPEC = "specs/temp/iteration-1708123456-improvements.md"


def reader_with_agent(folder):
    """A reader whose `claude` finds one thing to improve, and improves it."""
    reader = Reader.at(folder)
    reader.scenario.on("/mmm-code-review", times=1, writes={SPEC: "# Improve\n"}, commits="review: specify")
    reader.scenario.on(
        "/mmm-implement-spec", writes={"README.md": "# Shop\n"}, deletes=[SPEC], commits="fix: it"
    )
    for quiet in ("/mmm-code-review", "/mmm-lint"):
        reader.scenario.on(quiet, text="nothing to do")
    return reader


@pytest.mark.slow
def test_it_can_be_followed(tmp_path):
    reader = reader_with_agent(tmp_path)
    reader.follow(PAGE)
    assert [prompt.split()[0] for prompt in reader.scenario.prompts()] == [
        "/mmm-code-review",
        "/mmm-implement-spec",
        "/mmm-lint",
        "/mmm-code-review",
        "/mmm-lint",
    ]
    assert [line.split(":")[0] for line in reader.shell("git log --format=%s").stdout.splitlines()] == [
        "fix",
        "review",
        "Slash commands of mmm, and a playbook",
        "mmm",
        "A shop with a mistake",
    ]


def test_its_playbooks_are_right():
    assert_playbooks_are_right(PAGE)


def test_its_links_lead_somewhere():
    assert_links_lead_somewhere(PAGE)
