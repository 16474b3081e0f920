"""docs/getting-started.md: a newcomer who pastes it line by line gets what it shows."""

from __future__ import annotations

import subprocess

from tests.docs.executed import DOCS, Reader, assert_links_lead_somewhere, assert_playbooks_are_right

PAGE = DOCS / "getting-started.md"
SPEC = "specs/temp/iteration-1708123456-improvements.md"


def test_it_can_be_followed(tmp_path):
    reader = Reader.at(tmp_path)
    reader.scenario.on("/mmm-code-review", times=1, writes={SPEC: "# Improve\n"}, commits="review: specify")
    reader.scenario.on(
        "/mmm-implement-spec", writes={"README.md": "# Shop\n"}, deletes=[SPEC], commits="fix: it"
    )
    for quiet in ("/mmm-code-review", "/mmm-lint"):
        reader.scenario.on(quiet, text="nothing to do")
    reader.follow(PAGE)
    assert [prompt.split()[0] for prompt in reader.scenario.prompts()] == [
        "/mmm-code-review",
        "/mmm-implement-spec",
        "/mmm-lint",
        "/mmm-code-review",
        "/mmm-lint",
    ]
    log = subprocess.run(
        ["git", "log", "--format=%s"], cwd=reader.here, capture_output=True, text=True, check=True
    )
    assert log.stdout.splitlines() == [
        "fix: it",
        "review: specify",
        "Slash commands of mmm, and a playbook",
        "mmm: The tests fail. Mend the program: …",
        "A shop with a mistake",
    ]


def test_its_playbooks_are_right():
    assert_playbooks_are_right(PAGE)


def test_its_links_lead_somewhere():
    assert_links_lead_somewhere(PAGE)
