"""Every playbook of the README runs to its end, with an agent that does what the real commands would."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.commands import with_real_commands
from tests.support.cooking import playbook

CORPUS = Path(__file__).parents[1] / "corpus" / "readme"

CARGO = """\
#!/bin/sh
# `cargo`, as far as these playbooks need it: tests fail until somebody fixes them
echo "cargo $*"
case "$1" in
    test) test -e fixed || { echo "test adds ... FAILED"; exit 101; } ;;
esac
"""


ENDINGS = {
    "01-what-is-mmm": "converged",
    "02-simple-improve": "converged",
    "03-tdd": "converged",
    "04-security-audit": "converged",
    "05-performance": "converged",
    "06-command-arguments": "converged",
    "07-alternative-string": "converged",
    "08-commit-requirements": "limit",
    "09-security-workflow": "converged",
    "10-performance-workflow": "converged",
    "11-quick-fix": "converged",
    "12-test-coverage": "converged",
}


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.yml")), ids=lambda path: path.stem)
def test_the_readmes_playbooks_run_to_their_end(path: Path, tmp_path: Path) -> None:
    kitchen = with_real_commands(playbook(tmp_path, path.read_text()))
    cargo = tmp_path / "agent" / "bin" / "cargo"
    cargo.parent.mkdir(parents=True, exist_ok=True)
    cargo.write_text(CARGO)
    cargo.chmod(0o755)
    flags = ("--args", "specs/add.md") if "$ARG" in path.read_text() else ()
    cooked = kitchen.cook(*flags)
    assert cooked.exit_code == 0, cooked.stdout + cooked.stderr
    [end] = kitchen.of_kind("session_finished")
    assert end["reason"] == ENDINGS[path.stem]
    assert kitchen.git("status", "--porcelain") == ""
    assert int(str(end["commits"])) == len(kitchen.subjects()) > 0


def test_the_corpus_is_whole() -> None:
    assert {path.stem for path in CORPUS.glob("*.yml")} == set(ENDINGS)
