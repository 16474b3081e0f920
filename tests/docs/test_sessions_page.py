"""Each command line of docs/sessions.md works as it stands, in its order, with the ids of real sessions."""

from __future__ import annotations

import shlex

from mmm_lang.cli.main import main
from tests.cli.in_repository import ids
from tests.docs.executed import DOCS, command_lines
from tests.support.cooking import playbook

PAGE = DOCS / "sessions.md"
TAKEN_BACK, FAILED = "20261122T094310", "20261122T115824"
"""The sessions that the page speaks of."""


def test_every_command_line_works(tmp_path, capsys, monkeypatch):
    kitchen = playbook(tmp_path, "- shell: mkdir -p src; echo 1 > src/app.py\n")
    assert kitchen.cook("-n", "1").exit_code == 0
    kitchen.playbook.write_text(
        "- {shell: 'echo 2 > src/app.py; echo new > src/new.py', id: work}\n- {shell: exit 1, id: tests}\n"
    )
    assert kitchen.cook().exit_code == 1
    first, failed = ids(kitchen)
    monkeypatch.chdir(kitchen.repo)
    lines = command_lines(PAGE)
    assert len(lines) >= 20
    for line in lines:
        words = shlex.split(line.replace(FAILED, failed).replace(TAKEN_BACK, first))
        if words[0] == "undo":  # with what was put back thrown away, as the page says it must be
            kitchen.git("checkout", "-q", "--", ".")
            kitchen.git("clean", "-fdq")
        code = main(words)
        assert code == 0, f"mmm {line}: {capsys.readouterr().err}"
    assert ids(kitchen) == []
    assert kitchen.git("branch", "--format=%(refname:short)").split() == ["main", "second-try"]
