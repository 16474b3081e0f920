"""Scripts of playbooks read by shellcheck where it is found, else by the shell itself, for syntax alone."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence

from mmm_lang.analysis.embedded import (
    EmbeddedScript,
    Remark,
    embedded_diagnostics,
    embedded_scripts,
)
from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic
from mmm_lang.figures import plural

PATIENCE = 20.0
"""Seconds to wait for answers about the scripts of one playbook."""
MORE_PATIENCE = 1.0
"""Seconds more for each further playbook of the same run."""
_PATIENCE_WITH_ONE = 5.0
"""Seconds to wait for what a shell says about one script."""
_MEMORY = 1 << 20
"""KiB of memory that shellcheck may use: of substitutions inside each other it takes some hundred MB for a thousand."""
_BATCH = 200
"""How many scripts one process reads, at most, and how many characters: one that takes too long spoils no others."""
_BATCH_SIZE = 100_000
_MOST_FAILURES = 3
"""After how many processes without an answer nobody is asked again."""


class EmbeddedScripts:
    """Reads the scripts of playbooks, each text once however often it is asked for.

    ``wants_shellcheck``: whether it is asked at all; ``patience``: seconds that reading the scripts of one playbook may
    take in all.
    """

    def __init__(self, *, wants_shellcheck: bool, patience: float = PATIENCE) -> None:
        self._wants_shellcheck = wants_shellcheck
        self._program: str | None = None
        self._is_sought = False
        self._remarks: dict[EmbeddedScript, tuple[Remark, ...]] = {}
        self._refusals: dict[EmbeddedScript, str | None] = {}
        self._left = patience
        self._failures: list[str] = []
        self._unread: set[EmbeddedScript] = set()

    @property
    def problems(self) -> tuple[str, ...]:
        """A sentence where answers did not come: without it, silence would pass for praise."""
        if not self._unread:
            return ()
        if self._program is None:
            return (f"{self._unread_scripts()} not read by the shell: {self._failures[0]}",)
        if not self._remarks:
            return (f"shellcheck was left out: {self._failures[0]}",)
        return (f"{self._unread_scripts()} not read by shellcheck: {self._failures[0]}",)

    def _unread_scripts(self) -> str:
        return f"{plural(len(self._unread), 'script')} {'was' if len(self._unread) == 1 else 'were'}"

    def read_together(self, playbooks: Sequence[Facts]) -> None:
        """Have shellcheck read the scripts of all playbooks in one process, before they are judged one by one."""
        self._left += MORE_PATIENCE * max(0, len(playbooks) - 1)
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
        done = self._remarks.keys() | self._unread
        for batch in _batches([script for script in dict.fromkeys(scripts) if script not in done]):
            self._read_batch(batch)
        return [self._remarks.get(script, ()) for script in scripts]

    def _read_batch(self, batch: Sequence[EmbeddedScript]) -> None:
        from mmm_lang.analysis.shellcheck import NoAnswer

        if self._is_over():
            self._unread.update(batch)
            return
        began = time.monotonic()
        try:
            self._remarks |= zip(batch, _ask(self.program() or "", batch, self._left), strict=True)
        except NoAnswer as error:
            self._failures.append(str(error))
            self._unread.update(batch)
        self._left -= time.monotonic() - began

    def _refusal(self, script: EmbeddedScript) -> str | None:
        if script in self._refusals or script in self._unread:
            return self._refusals.get(script)
        if self._is_over():
            self._unread.add(script)
            return None
        began = time.monotonic()
        try:
            self._refusals[script] = _refusal(script, min(self._left, _PATIENCE_WITH_ONE))
        except _NotRead as error:
            self._failures.append(str(error))
            self._unread.add(script)
        self._left -= time.monotonic() - began
        return self._refusals.get(script)

    def _is_over(self) -> bool:
        """Whether nobody is asked any more; that is said once."""
        if self._left <= 0 and not self._failures:
            self._failures.append("reading the others took all the time there is")
        return self._left <= 0 or len(self._failures) >= _MOST_FAILURES


class _NotRead(Exception):
    """A shell did not say whether it can read a script."""


def _batches(scripts: Sequence[EmbeddedScript]) -> Iterator[list[EmbeddedScript]]:
    """The scripts in portions, short ones first: those that take long keep nobody waiting."""
    batch: list[EmbeddedScript] = []
    size = 0
    for script in sorted(scripts, key=lambda one: len(one.text)):
        if batch and (len(batch) == _BATCH or size + len(script.text) > _BATCH_SIZE):
            yield batch
            batch, size = [], 0
        batch.append(script)
        size += len(script.text)
    if batch:
        yield batch


def _program_in(folders: Sequence[str], name: str) -> str | None:
    """The program of that name in the first folder that has it; ``shutil.which`` loads four libraries first."""
    for folder in folders:
        path = os.path.join(folder, name)
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return None


def _ask(program: str, scripts: Sequence[EmbeddedScript], patience: float) -> tuple[tuple[Remark, ...], ...]:
    """One process for all scripts, for ``patience`` seconds at most. Raises `NoAnswer`."""
    from tempfile import TemporaryDirectory

    from mmm_lang.analysis.shellcheck import OPTIONS, NoAnswer, file_of, read_answer
    from mmm_lang.process.errors import ProcessError, TimedOut
    from mmm_lang.process.short import run_short

    bounded = ["sh", "-c", f'ulimit -v {_MEMORY} 2>/dev/null; exec "$@"', "sh", program]
    names = [f"{number}.sh" for number in range(1, len(scripts) + 1)]
    try:
        with TemporaryDirectory(prefix="mmm-shellcheck-") as folder:
            for name, script in zip(names, scripts, strict=True):
                with open(os.path.join(folder, name), "wb") as file:
                    file.write(file_of(script))
            done = run_short([*bounded, *OPTIONS, *names], cwd=folder, timeout=patience)
    except TimedOut:
        raise NoAnswer(f"it did not answer within {patience:.0f} s") from None
    except (ProcessError, OSError) as error:
        raise NoAnswer(str(error)) from None
    if done.exit_code not in (0, 1):
        raise NoAnswer(f"it ended with exit code {done.exit_code}")
    return read_answer(done.stdout, names)


def _refusal(script: EmbeddedScript, patience: float) -> str | None:
    """What the shell says about a script that it cannot read; ``None`` where it can, or where there is no such shell.
    Raises `_NotRead` where it does not say within ``patience`` seconds."""
    from mmm_lang.process.errors import ProcessError, TimedOut
    from mmm_lang.process.short import run_short

    try:
        text = script.text.encode("utf-8", "surrogateescape")
        done = run_short([script.dialect, "-n"], cwd=os.curdir, stdin=text, timeout=patience)
    except TimedOut:
        raise _NotRead(f"`{script.dialect} -n` did not answer within {patience:.0f} s") from None
    except (ProcessError, OSError, ValueError):
        return None
    if done.exit_code < 0:
        raise _NotRead(f"`{script.dialect} -n` was ended by signal {-done.exit_code}")
    if done.exit_code == 0:
        return None
    first = next(iter(done.stderr.decode("utf-8", "replace").splitlines()), "")
    return first.partition(": ")[2] or first
