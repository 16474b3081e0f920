"""What the agent may do: nothing reckless by itself, and exactly the line that mmm names makes it do more."""

from __future__ import annotations

import os
import re

import pytest

from tests.e2e.kitchen import RealKitchen
from tests.e2e.turns import Answer, Use, changes, runs, says, writes

_MARK = "it ran"

DENIED = {
    "a program": f"make check >> log; echo '{_MARK}' >> log",
    "a pipe with variables": f"CI=yes npm test 2>&1 | tail -5 >> log && echo '{_MARK}' >> log",
    "a loop": f"for one in a b; do make $one; done; echo '{_MARK}' >> log",
    "a value that a shell computes": f"make $(date +%s) && echo '{_MARK}' >> log",
    "a job in the background": f"make check & echo '{_MARK}' >> log",
    "a file elsewhere": f"cat /etc/passwd > /dev/null; echo '{_MARK}' >> log",
    "a group": f"( make check; echo '{_MARK}' >> log )",
    "git elsewhere": f"cd sub && git status && echo '{_MARK}' >> ../log",
}


def stubs(kitchen: RealKitchen) -> dict[str, str]:
    """Programs in place of real ones, which need not be here."""
    folder = kitchen.folder / "bin"
    folder.mkdir(exist_ok=True)
    for name in ("make", "npm"):
        (folder / name).write_text("#!/bin/sh\nexit 0\n")
        (folder / name).chmod(0o755)
    return {"PATH": f"{folder}:{kitchen.env()['PATH']}"}


def the_line(printed: str) -> str:
    """The line that mmm says would allow what was refused."""
    found = re.search(r"to allow it: `(allowed_tools: \[.*?\])`", printed)
    assert found, printed
    return found[1]


@pytest.mark.parametrize("script", DENIED.values(), ids=DENIED)
def test_a_denied_script_runs_with_exactly_the_line_that_mmm_names(kitchen: RealKitchen, script: str) -> None:
    kitchen.allowing("mmm-think", "Read(./**)").with_file("sub/file", "x\n")
    env = stubs(kitchen)
    kitchen.playbook.write_text("- claude: '/mmm-think'\n")
    kitchen.on("/mmm-think", runs(script), says("I was not allowed to."))
    cooked = kitchen.cook("-n", "1", **env)
    assert cooked.exit_code == 1, cooked
    assert kitchen.last_verdict()["fault"] == "denied"
    assert "the agent was refused `Bash`" in cooked.stdout

    line = the_line(cooked.stdout)
    kitchen.playbook.write_text(f"- claude: '/mmm-think'\n  {line}\n")
    kitchen.on("/mmm-think", runs(script), says("I did it."))
    cooked = kitchen.cook("-n", "1", **env)
    assert cooked.exit_code == 0, cooked
    assert "the agent was refused" not in cooked.stdout
    assert _MARK in (kitchen.repo / "log").read_text()


def test_a_file_outside_of_the_work_tree(kitchen: RealKitchen) -> None:
    """No default lets the agent write there; the line that mmm names allows that file and no other."""
    outside, other = kitchen.folder / "outside.txt", kitchen.folder / "other.txt"
    kitchen.playbook.write_text("- claude: 'Write it.'\n")
    kitchen.on("Write it.", writes(outside, "x\n"), says("I was not allowed to."))
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 1, cooked
    assert not outside.exists()
    line = the_line(cooked.stdout)
    kitchen.playbook.write_text(f"- claude: 'Write it.'\n  {line}\n")
    kitchen.on("Write it.", writes(outside, "x\n"), writes(other, "x\n"), says("One of them."))
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 1, cooked
    assert outside.read_text() == "x\n"
    assert not other.exists()
    assert the_line(cooked.stdout) == f'{line[:-1]}, "Edit(/{other})"]', (
        "the whole line, with what it has already"
    )


def test_what_the_command_file_allows_and_what_the_step_allows_add_up(kitchen: RealKitchen) -> None:
    kitchen.allowing("mmm-think", "Bash(make check:*)")
    kitchen.playbook.write_text("- claude: '/mmm-think'\n  allowed_tools: ['Bash(npm test:*)']\n")
    kitchen.on("/mmm-think", runs("make check"), runs("npm test"), says("done"))
    cooked = kitchen.cook("-n", "1", **stubs(kitchen))
    assert cooked.exit_code == 0, cooked
    assert "the agent was refused" not in cooked.stdout


def test_a_refusal_is_told_and_no_failure_where_the_step_shows_its_work(kitchen: RealKitchen) -> None:
    kitchen.playbook.write_text("- claude: 'Try both.'\n")
    kitchen.on("Try both.", runs("make check"), writes(kitchen.repo / "work.txt", "x\n"), says("One."))
    cooked = kitchen.cook("-n", "1", **stubs(kitchen))
    assert cooked.exit_code == 0, cooked
    assert the_line(cooked.stdout) == 'allowed_tools: ["Bash(make check:*)"]'
    assert kitchen.subjects() == ["mmm: Try both."]


def test_edits_in_the_work_tree_need_no_word(kitchen: RealKitchen) -> None:
    """`acceptEdits`, the default."""
    kitchen.playbook.write_text("- claude: 'Mend it.'\n")
    kitchen.on("Mend it.", changes(kitchen.repo / "README", "start", "begin"), says("done"))
    assert kitchen.cook("-n", "1").exit_code == 0
    assert (kitchen.repo / "README").read_text() == "begin\n"


def test_nothing_is_edited_where_the_playbook_says_so(kitchen: RealKitchen) -> None:
    kitchen.playbook.write_text("- claude: 'Mend it.'\n  permissions: default\n")
    kitchen.on("Mend it.", changes(kitchen.repo / "README", "start", "begin"), says("I may not."))
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 1, cooked
    assert the_line(cooked.stdout) == 'allowed_tools: ["Edit"]'
    assert (kitchen.repo / "README").read_text() == "start\n"


BYPASSES = {
    "the playbook": ("  permissions: bypass\n", ()),
    "the flag": ("", ("--dangerously-skip-permissions",)),
}


@pytest.mark.parametrize(("option", "flags"), BYPASSES.values(), ids=BYPASSES)
def test_everything_is_allowed_by_an_explicit_word_only(
    kitchen: RealKitchen, option: str, flags: tuple[str, ...]
) -> None:
    """As root too, for which the program has to be told that this is a sandbox."""
    kitchen.playbook.write_text(f"- claude: 'Do all.'\n{option}")
    outside = kitchen.folder / "outside.txt"
    kitchen.on("Do all.", runs(f"make $(date +%s); echo '{_MARK}' > {outside}"), says("done"))
    cooked = kitchen.cook("-n", "1", *flags, **stubs(kitchen))
    assert cooked.exit_code == 0, cooked
    assert outside.read_text() == f"{_MARK}\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is refused")
def test_the_program_refuses_root_where_mmm_does_not_say_that_it_is_a_sandbox(kitchen: RealKitchen) -> None:
    """What `IS_SANDBOX`, which mmm sets for root, is for."""
    wrapper = kitchen.folder / "claude"
    wrapper.write_text(f'#!/bin/sh\nunset IS_SANDBOX\nexec "{kitchen.claude}" "$@"\n')
    wrapper.chmod(0o755)
    kitchen.playbook.write_text("- claude: 'Do all.'\n  permissions: bypass\n")
    cooked = kitchen.cook("-n", "1", MMM_CLAUDE=str(wrapper))
    assert cooked.exit_code == 1, cooked
    assert "the agent refuses to skip permissions as root; set IS_SANDBOX=1" in cooked.stdout


def test_a_rule_of_the_users_that_denies_wins_over_everything(kitchen: RealKitchen) -> None:
    config = kitchen.folder / "config"
    config.mkdir()
    (config / "settings.json").write_text('{"permissions": {"deny": ["Bash(make:*)"]}}')
    kitchen.playbook.write_text("- claude: 'Do all.'\n  permissions: bypass\n")
    kitchen.on("Do all.", runs("make check"), says("I was not allowed to."))
    cooked = kitchen.cook("-n", "1", **stubs(kitchen))
    assert cooked.exit_code == 1, cooked
    assert "the agent was refused `Bash`, by a `deny` rule or a hook of its own settings" in cooked.stdout


def test_a_plan_changes_nothing(kitchen: RealKitchen) -> None:
    kitchen.playbook.write_text("- claude: 'Plan it.'\n  permissions: plan\n  commit_required: false\n")
    kitchen.on(
        "Plan it.",
        Answer("I look.", (Use("Read", {"file_path": str(kitchen.repo / "README")}),)),
        says("A plan."),
    )
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 0, cooked
    assert kitchen.api.requests[0].shows("Plan mode")
    assert kitchen.subjects() == []
