"""docs/maps.md: a reader who has four specifications gets what the page shows, and what it promises."""

from __future__ import annotations

import pytest

from tests.docs.executed import (
    DOCS,
    Reader,
    assert_links_lead_somewhere,
    assert_playbooks_are_right,
)

PAGE = DOCS / "maps.md"
SPECS = ("lexer", "parser", "printer", "runner")

MAKEFILE = "test:\n\t@for each in tests/*.sh; do sh $$each || exit 1; done\n"

RESOLVE = """\
git merge -q @ARGS@ || true
sed -i.both -e '/^[<=>]/d' README.md
rm README.md.both
git commit -qam "Merge both sections"
"""


def reader_with_agent(folder):
    """A reader in a repository, whose `claude` cannot mend the runner at first."""
    reader = Reader.at(folder)
    agent = reader.scenario
    for name in SPECS:
        (reader.here / "specs").mkdir(exist_ok=True)
        (reader.here / "specs" / f"{name}.md").write_text(f"# The {name}\n")
        test = "false\n" if name == "runner" else "true\n"
        agent.on(
            f"Implement specs/{name}.md",
            writes={f"{name}.sh": f"echo {name}\n", f"tests/{name}.sh": f"echo testing the {name}\n{test}"},
            cost=0.30,
        )
    agent.on("The tests fail", times=1, text="I do not see why.", cost=0.10)
    agent.on("The tests fail", writes={"tests/runner.sh": "true\n"}, cost=0.10)
    agent.on("Write into CHANGES.md", appends={"CHANGES.md": "Done.\n"}, cost=0.05)
    for about in ("installing", "testing"):
        agent.on(f"Add a section on {about}", appends={"README.md": f"\n## {about}\n"}, cost=0.02)
    agent.on("/mmm-merge-worktree", sh=RESOLVE, text="done", cost=0.10)
    for name in SPECS:
        agent.on(f"Repair {name}.sh", appends={f"{name}.sh": "# better\n"}, cost=0.20)
    (reader.here / "tests").mkdir()
    (reader.here / "tests" / "start.sh").write_text("true\n")
    (reader.here / "Makefile").write_text(MAKEFILE)
    (reader.here / "README.md").write_text("# A program\n")
    made = reader.shell("git init -q && mmm init && git add . && git commit -qm start")
    assert made.returncode == 0, made.stdout
    return reader


@pytest.mark.slow
def test_it_can_be_followed(tmp_path):
    reader = reader_with_agent(tmp_path)
    reader.follow(PAGE)
    *merged, last = reader.shell("git log --merges --reverse --first-parent --format=%s").stdout.splitlines()
    assert [line.split()[2].rpartition("-")[2] for line in merged] == ["1", "2", "3", "4", "1"]
    assert last == "Merge both sections"
    assert "## installing\n" in (text := (reader.here / "README.md").read_text())
    assert "## testing\n" in text
    assert reader.shell("git status --porcelain --untracked-files=no; mmm worktree ls").stdout == (
        "No worktrees of sessions in this repository\n"
    )
    implemented = [prompt for prompt in reader.scenario.prompts() if prompt.startswith("Implement")]
    assert sorted(implemented) == [f"Implement specs/{name}.md, with tests" for name in SPECS]


def test_its_playbooks_are_right():
    assert_playbooks_are_right(PAGE)


def test_its_links_lead_somewhere():
    assert_links_lead_somewhere(PAGE)
