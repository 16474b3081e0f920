"""What a scripted `claude` shall do, written by a test: see `tests/support/claude` for every key of a rule.

scenario = (
    Scenario(tmp_path)
    .on("/mmm-code-review", times=1, writes={"specs/iteration-1-improvements.md": "# spec"}, commits="review")
    .on("/mmm-implement-spec", writes={"src/app.py": "x = 1\\n"}, text="implemented")
    .on("/mmm-lint", text="nothing to do")
)
subprocess.run([...], env=scenario.env())
assert scenario.prompts() == ["/mmm-code-review", ...]
"""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

CLAUDE = Path(__file__).with_name("claude")

Action = Mapping[str, object]


class Scenario:
    """Rules for the scripted `claude`, in order; the first that fits and is not used up answers."""

    def __init__(self, folder: Path) -> None:
        """``folder`` gets the scenario, its state and a ``bin`` with `claude`; not in the repository under test."""
        self.folder = folder
        self.rules: list[dict[str, object]] = []
        self.state = folder / "scenario.state"

    def on(
        self,
        prompt: str,
        *,
        times: int | None = None,
        writes: Mapping[str, str] | None = None,
        appends: Mapping[str, str] | None = None,
        deletes: Iterable[str] = (),
        sh: str | None = None,
        do: Iterable[Action] = (),
        commits: str | None = None,
        **rule: object,
    ) -> Scenario:
        """Answer prompts that begin with ``prompt``; ``"/name"`` alone is that slash command with any arguments.

        In order: ``writes``, ``appends``, ``deletes``, ``sh``, the actions ``do``, then ``commits`` (a message).
        ``rule``: the other keys of a rule: ``text``, ``cost``, ``rc``, ``is_error``, ``subtype``, ``denials``, …
        """
        after = r"(?:\s|$)" if re.fullmatch(r"/\S+", prompt) else ""
        return self.on_regex(
            f"^{re.escape(prompt)}{after}",
            times=times,
            writes=writes,
            appends=appends,
            deletes=deletes,
            sh=sh,
            do=do,
            commits=commits,
            **rule,
        )

    def on_regex(
        self,
        pattern: str,
        *,
        times: int | None = None,
        writes: Mapping[str, str] | None = None,
        appends: Mapping[str, str] | None = None,
        deletes: Iterable[str] = (),
        sh: str | None = None,
        do: Iterable[Action] = (),
        commits: str | None = None,
        **rule: object,
    ) -> Scenario:
        """Like `on`, for prompts in which ``pattern`` is found (``""``: every prompt)."""
        actions: list[Action] = [{"write": path, "text": text} for path, text in (writes or {}).items()]
        actions += [{"append": path, "text": text} for path, text in (appends or {}).items()]
        actions += [{"delete": path} for path in deletes]
        actions += [] if sh is None else [{"sh": sh}]
        actions += do
        actions += [] if commits is None else [{"commit": commits}]
        self.rules.append({"match": pattern, "times": times, "do": actions, **rule})
        return self

    def env(self, **more: str) -> dict[str, str]:
        """The whole environment for a process that shall find this `claude` on PATH; ``more`` goes over it.

        What the caller has of ``MMM_*``, ``CLAUDE*``, ``ANTHROPIC_*`` is left out, and the user's own Claude folder is
        replaced by an empty one. Writes the scenario: call it after the last rule.
        """
        folder = self.folder / "bin"
        folder.mkdir(parents=True, exist_ok=True)
        program = f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -I -S {shlex.quote(str(CLAUDE))} "$@"\n'
        put(folder / "claude", program, 0o755)
        scenario = self.folder / "scenario.json"
        put(scenario, json.dumps(self.rules, indent=1), 0o644)
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("MMM_", "CLAUDE", "ANTHROPIC_", "IS_SANDBOX"))
        }
        return {
            **inherited,
            "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "MMM_SCENARIO": str(scenario),
            "MMM_SCENARIO_STATE": str(self.state),
            "CLAUDE_CONFIG_DIR": str(self.folder / "claude-home"),
            **more,
        }

    def receipts(self) -> list[dict[str, object]]:
        """What each call was given: ``pid``, ``argv``, ``prompt``, ``session``, ``resumed``, ``cwd``, ``env``."""
        path = self.state / "receipts.jsonl"
        if not path.exists():
            return []
        return [json.loads(line) for line in path.read_text().splitlines()]

    def prompts(self) -> list[str]:
        """The prompts of all calls, in order."""
        return [str(receipt["prompt"]) for receipt in self.receipts()]


def put(path: Path, text: str, mode: int) -> None:
    """Write a file by rename: calls that are under way read the old one or the new one, never half of it."""
    if path.exists() and path.read_text() == text:
        return
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    temporary.write_text(text)
    temporary.chmod(mode)
    temporary.replace(path)
