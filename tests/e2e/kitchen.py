"""Cook with the real `claude`: a repository, a playbook, and what the model will say.

kitchen.on("/mmm-lint", runs("git commit -am style"), says("clean"))
cooked = kitchen.cook("-n", "1")
assert cooked.exit_code == 0
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from attrs import define, field

from tests.e2e.api import Api
from tests.e2e.network import Network
from tests.e2e.turns import Turn
from tests.support.cooking import IDENTITY, Cooked, Kitchen

DATES = {"GIT_AUTHOR_DATE": "2024-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2024-01-01T00:00:00Z"}
ALLOWED = "---\ndescription: for a test\nallowed-tools: {tools}\n---\n\nDo it. $ARGUMENTS\n"


@define(eq=False)
class RealKitchen(Kitchen):
    """A `Kitchen` whose agent is the real program, alone with a scripted API."""

    api: Api = field(kw_only=True)
    network: Network = field(kw_only=True)
    claude: Path = field(kw_only=True)

    def env(self, **more: str) -> dict[str, str]:
        """Everything that the processes see: nothing of the user's own but PATH. What ``more`` has empty is out."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        shown = {
            name: os.environ[name]
            for name in ("PATH", "TMPDIR", "COVERAGE_PROCESS_START")
            if name in os.environ
        }
        environ = {
            **shown,
            **IDENTITY,
            **DATES,
            "LANG": "C.UTF-8",
            "NO_COLOR": "1",
            "HOME": str(home),
            "CLAUDE_CONFIG_DIR": str(self.folder / "config"),
            "MMM_CLAUDE": str(self.claude),
            "ANTHROPIC_API_KEY": "sk-test-of-mmm",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_AUTOUPDATER": "1",
            "CLAUDE_CODE_MAX_RETRIES": "0",
            "MMM_API_WAIT": "1ms",
            **more,
        }
        return {name: value for name, value in environ.items() if value}

    def on(self, key: str, *turns: Turn) -> RealKitchen:
        """What the model says to the next call of this prompt, see `Api.on`."""
        self.api.on(key, *turns)
        return self

    def allowing(self, name: str, tools: str) -> RealKitchen:
        """A command file with these ``allowed-tools``, committed."""
        self.with_file(f".claude/commands/{name}.md", ALLOWED.format(tools=tools))
        return self

    def command(self, *flags: str) -> list[str]:
        return self.mmm("cook", str(self.playbook), "--path", str(self.repo), *flags)

    def mmm(self, *arguments: str) -> list[str]:
        """The command line of mmm, alone with the API."""
        return self.network.command([sys.executable, "-m", "mmm_lang", *arguments])

    def run(self, *arguments: str, **env: str) -> Cooked:
        """Run mmm in the repository to its end."""
        done = subprocess.run(
            self.mmm(*arguments),
            cwd=self.repo,
            env=self.env(**env),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Cooked(done.returncode, done.stdout, done.stderr)

    def last_verdict(self) -> dict[str, object]:
        """The verdict on the step that ended last."""
        return self.of_kind("step_finished")[-1]

    def commands(self) -> list[str | None]:
        """The slash command of each call, in order, as the model was shown it."""
        calls = {request.session: request.command for request in self.api.requests}
        return list(calls.values())
