"""Cook a playbook in a test: a real repository, real processes, a scripted `claude`.

kitchen = playbook(tmp_path, "- shell: make test").with_agent("/mmm-fix", writes={"a": "b"}).with_file("a", "…")
cooked = kitchen.cook("--max-iterations", "2")
assert cooked.exit_code == 0
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

from attrs import define, frozen

from tests.support.scenario import Scenario

IDENTITY = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
}


@frozen
class Cooked:
    """How `mmm cook` ended."""

    exit_code: int
    stdout: str
    stderr: str


@define
class Kitchen:
    """A repository under ``folder / "repo"``, a playbook beside it, and what the agent will do."""

    folder: Path
    scenario: Scenario

    @property
    def repo(self) -> Path:
        return self.folder / "repo"

    @property
    def playbook(self) -> Path:
        return self.folder / "playbook.yml"

    def git(self, *args: str) -> str:
        """Run git in the repository and give what it prints."""
        done = subprocess.run(
            ["git", *args], cwd=self.repo, env=self.env(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def env(self, **more: str) -> dict[str, str]:
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        return self.scenario.env(**{**IDENTITY, "HOME": str(home), "NO_COLOR": "1", **more})

    def with_agent(self, prompt: str, **rule: object) -> Kitchen:
        """The scripted `claude` answers prompts that begin so; its command file is made."""
        self.scenario.on(prompt, **rule)  # type: ignore[arg-type]
        return self.with_command(prompt.split()[0].removeprefix("/"))

    def with_command(self, name: str) -> Kitchen:
        path = f".claude/commands/{name.replace(':', '/')}.md"
        return self if (self.repo / path).exists() else self.with_file(path, f"Do what /{name} does.\n")

    def with_file(self, path: str, text: str, *, mode: int = 0o644) -> Kitchen:
        """A file of the repository, committed."""
        target = self.repo / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(textwrap.dedent(text))
        target.chmod(mode)
        self.git("add", "-A", "--", path)
        self.git("commit", "-qm", f"add {path}")
        return self

    def command(self, *flags: str) -> list[str]:
        return [
            sys.executable,
            "-m",
            "mmm_lang",
            "cook",
            str(self.playbook),
            "--path",
            str(self.repo),
            *flags,
        ]

    def cook(self, *flags: str, **env: str) -> Cooked:
        """Run `mmm cook` to its end."""
        done = subprocess.run(
            self.command(*flags),
            env=self.env(**env),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Cooked(done.returncode, done.stdout, done.stderr)

    def start(self, *flags: str, **env: str) -> subprocess.Popen[str]:
        """Start `mmm cook` and return; the caller waits for it."""
        pipe = subprocess.PIPE
        return subprocess.Popen(
            self.command(*flags), env=self.env(**env), stdout=pipe, stderr=pipe, text=True
        )

    # --- what came of it ---

    def subjects(self) -> list[str]:
        """The first lines of the commits that were made after the set-up, oldest first."""
        log = self.git("log", "--reverse", "--format=%s")
        return [line for line in log.splitlines() if not line.startswith(("add ", "start"))]

    def sessions(self) -> list[Path]:
        folder = self.repo / ".git" / "mmm" / "sessions"
        return sorted(folder.iterdir()) if folder.exists() else []

    def events(self, session: int = -1) -> list[dict[str, object]]:
        """The journal of a session, the last by default."""
        lines = (self.sessions()[session] / "journal.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines]

    def of_kind(self, event: str, session: int = -1) -> list[dict[str, object]]:
        return [one for one in self.events(session) if one["event"] == event]

    def statuses(self, session: int = -1) -> list[tuple[object, object]]:
        """Step and status of every verdict."""
        return [(one["step"], one["status"]) for one in self.of_kind("step_finished", session)]

    def files(self) -> set[str]:
        """Every file of the work tree, git's own folder aside."""
        found = (path for path in self.repo.rglob("*") if path.is_file() or path.is_symlink())
        return {str(path.relative_to(self.repo)) for path in found if ".git" not in path.parts}


def playbook(folder: Path, text: str) -> Kitchen:
    """A new repository with one commit, and this playbook."""
    kitchen = Kitchen(folder, Scenario(folder / "agent"))
    (folder / "agent").mkdir(exist_ok=True)
    kitchen.repo.mkdir()
    kitchen.playbook.write_text(textwrap.dedent(text))
    kitchen.git("init", "-q", "-b", "main")
    (kitchen.repo / "README").write_text("start\n")
    kitchen.git("add", "README")
    kitchen.git("commit", "-qm", "start")
    return kitchen
