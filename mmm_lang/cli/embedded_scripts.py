"""Scripts of playbooks read by shellcheck where it is found, else by the shell itself, for syntax alone."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence

from mmm_lang.analysis.embedded import (
    EmbeddedScript,
    Remark,
    embedded_diagnostics,
    embedded_scripts,
)
from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic

PATIENCE = 120.0
"""Seconds to wait for an answer about all scripts of a run."""


class EmbeddedScripts:
    """Reads the scripts of playbooks, each text once however often it is asked for.

    ``wants_shellcheck``: whether it is asked at all. ``problems`` has a sentence about an answer that did not come.
    """

    def __init__(self, *, wants_shellcheck: bool) -> None:
        self._wants_shellcheck = wants_shellcheck
        self._program: str | None = None
        self._is_sought = False
        self._remarks: dict[EmbeddedScript, tuple[Remark, ...]] = {}
        self._refusals: dict[EmbeddedScript, str | None] = {}
        self.problems: list[str] = []

    def read_together(self, playbooks: Sequence[Facts]) -> None:
        """Have shellcheck read the scripts of all playbooks in one process, before they are judged one by one."""
        if len(playbooks) > 1 and self.program() is not None:
            self._read([script for facts in playbooks for _, script in embedded_scripts(facts)])

    def judge(self, facts: Facts) -> Iterable[Diagnostic]:
        """What is to be said about the scripts of a playbook: errors and warnings."""
        return self._judge(facts, notes=False)

    def judge_closely(self, facts: Facts) -> Iterable[Diagnostic]:
        """The same with shellcheck's hints."""
        return self._judge(facts, notes=True)

    def _judge(self, facts: Facts, *, notes: bool) -> Iterable[Diagnostic]:
        if next(embedded_scripts(facts), None) is None:
            return ()
        if self.program() is not None:
            return embedded_diagnostics(facts, self._read, notes=notes)
        from mmm_lang.analysis.script_syntax import syntax_diagnostics

        return syntax_diagnostics(facts, self._refusal)

    def program(self) -> str | None:
        """The path of shellcheck: on the `PATH`, or beside the interpreter that runs mmm."""
        if not self._is_sought and self._wants_shellcheck:
            folders = [*os.get_exec_path(), os.path.dirname(sys.executable)]
            self._program = _program_in(folders, "shellcheck")
            self._is_sought = True
        return self._program

    def _read(self, scripts: Sequence[EmbeddedScript]) -> list[tuple[Remark, ...]]:
        new = [script for script in dict.fromkeys(scripts) if script not in self._remarks]
        if new and not self.problems:
            from mmm_lang.analysis.shellcheck import NoAnswer

            try:
                self._remarks |= zip(new, _ask(self.program() or "", new), strict=True)
            except NoAnswer as error:
                self.problems.append(f"shellcheck was left out: {error}")
        return [self._remarks.get(script, ()) for script in scripts]

    def _refusal(self, script: EmbeddedScript) -> str | None:
        if script not in self._refusals:
            self._refusals[script] = _refusal(script)
        return self._refusals[script]


def _program_in(folders: Sequence[str], name: str) -> str | None:
    """The program of that name in the first folder that has it; ``shutil.which`` loads four libraries first."""
    for folder in folders:
        path = os.path.join(folder, name)
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return None


def _ask(program: str, scripts: Sequence[EmbeddedScript]) -> tuple[tuple[Remark, ...], ...]:
    """One process for all scripts. Raises `NoAnswer`."""
    from tempfile import TemporaryDirectory

    from mmm_lang.analysis.shellcheck import OPTIONS, NoAnswer, file_of, read_answer
    from mmm_lang.process.errors import ProcessError
    from mmm_lang.process.short import run_short

    names = [f"{number}.sh" for number in range(1, len(scripts) + 1)]
    try:
        with TemporaryDirectory(prefix="mmm-shellcheck-") as folder:
            for name, script in zip(names, scripts, strict=True):
                with open(os.path.join(folder, name), "wb") as file:
                    file.write(file_of(script))
            done = run_short([program, *OPTIONS, *names], cwd=folder, timeout=PATIENCE)
    except (ProcessError, OSError) as error:
        raise NoAnswer(str(error)) from None
    if done.exit_code not in (0, 1):
        raise NoAnswer(f"it ended with exit code {done.exit_code}")
    return read_answer(done.stdout, names)


def _refusal(script: EmbeddedScript) -> str | None:
    """What the shell says about a script that it cannot read; ``None`` where it can, or where there is no such shell."""
    from mmm_lang.process.errors import ProcessError
    from mmm_lang.process.short import run_short

    try:
        text = script.text.encode("utf-8", "surrogateescape")
        done = run_short([script.dialect, "-n"], cwd=os.curdir, stdin=text, timeout=PATIENCE)
    except (ProcessError, OSError, ValueError):
        return None
    if done.exit_code == 0:
        return None
    first = next(iter(done.stderr.decode("utf-8", "replace").splitlines()), "")
    return first.partition(": ")[2] or first
