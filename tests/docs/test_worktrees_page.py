"""Each command line of docs/worktrees.md works as it stands, in its order, with the names of real worktrees."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

from mmm_lang.cli.main import main
from mmm_lang.worktrees.record import record_names
from tests.support.cooking import playbook

PAGE = Path(__file__).parents[2] / "docs" / "worktrees.md"
NAME = "mmm-performance-1708123456"
"""The worktree that the page speaks of."""


def test_every_command_line_works(tmp_path, capsys, monkeypatch):
    kitchen = playbook(tmp_path, "name: Performance\nsteps:\n  - shell: date +%N >> fast-$$\n")
    shutil.copy(kitchen.playbook, kitchen.repo / "playbook.yml")
    for name, value in kitchen.env().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("MMM_HOME", raising=False)
    monkeypatch.chdir(kitchen.repo)
    common = str(kitchen.repo / ".git")
    lines = re.findall(r"^mmm (.*)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert len(lines) >= 10
    first = ""
    for line in lines:
        words = [*shlex.split(line.replace(NAME, first or NAME))]
        if words[0] == "cook":
            words += ["-n", "1"]
        code = main(words)
        assert code == 0, f"mmm {line}: {capsys.readouterr().err}"
        first = first or record_names(common)[0]
    assert record_names(common) == ()
    assert kitchen.git("branch", "--format=%(refname:short)") == "main"
    assert len(list(kitchen.repo.glob("fast-*"))) == 2
