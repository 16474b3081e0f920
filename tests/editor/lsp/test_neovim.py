"""A real editor: headless Neovim, with its own client, gets diagnostics, completes, renames, formats."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.processes import environment

SCRIPT = Path(__file__).parent / "neovim.lua"
PAGE = Path(__file__).parents[3] / "docs" / "editors.md"
PATIENCE = 120
PLAYBOOK = "- shell: make test\n  id: tests\n- claude: /fix ${test.output}\n"

pytestmark = pytest.mark.skipif(
    shutil.which("nvim") is None,
    reason="NEOVIM IS NOT INSTALLED: no real editor was tried; install it (apt-get install neovim)",
)


def settings_of_the_page():
    """What the page for editors says that any Neovim needs."""
    _, portable = re.findall(
        r"^```lua\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    return portable


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What the editor saw, by stage."""
    root = tmp_path_factory.mktemp("project")
    (root / "work.mmm.yml").write_text(PLAYBOOK)
    commands = root / ".claude" / "commands"
    commands.mkdir(parents=True)
    for name in ("fix", "next"):
        (commands / f"{name}.md").write_text("Do it.\n")
    (root / "init.lua").write_text(settings_of_the_page())
    program = root / "bin" / "mmm"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m mmm_lang "$@"\n')
    program.chmod(0o755)
    result = root / "seen.json"
    done = subprocess.run(
        [
            "nvim",
            "--headless",
            "-n",
            "-i",
            "NONE",
            "-u",
            "init.lua",
            "work.mmm.yml",
            "-c",
            f"luafile {SCRIPT}",
        ],
        cwd=root,
        env=environment(
            PATH=f"{program.parent}{os.pathsep}{os.environ['PATH']}",
            SEEN=str(result),
            PATIENCE=str(PATIENCE),
            HOME=str(root),
            XDG_CONFIG_HOME=str(root / "config"),
            XDG_DATA_HOME=str(root / "data"),
            XDG_CACHE_HOME=str(root / "cache"),
            XDG_STATE_HOME=str(root / "state"),
            CLAUDE_CONFIG_DIR=str(root / "none"),
        ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=2 * PATIENCE,
        check=False,
    )
    assert result.exists(), done.stdout + done.stderr
    return json.loads(result.read_text())


def test_every_stage_was_reached(seen):
    assert seen["ended"] == "done", seen


def test_diagnostics_arrive(seen):
    assert any(
        "no step named `test` is defined before this one" in message for message in seen["diagnostics"]
    )


def test_a_code_action_mends_it(seen):
    assert seen["fixed"] == PLAYBOOK.replace("test.", "tests.").rstrip("\n")


def test_references_are_completed(seen):
    assert seen["completed"] == ["tests"]
    assert seen["fields"][0] == "output}"
    assert seen["written"].endswith("- claude: /next ${tests.output}")


def test_a_step_is_renamed_everywhere(seen):
    expected = seen["written"].replace("tests", "cargo")
    assert expected.count("cargo") == 3
    assert seen["renamed"] == expected


def test_the_buffer_is_formatted(seen):
    assert seen["formatted"].startswith(f"{seen['renamed']}\n- claude: x")


def test_hover_is_shown(seen):
    assert seen["hover"].startswith("step `cargo`, shell step in line 1")
