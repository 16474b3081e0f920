"""``mmm demo``: the whole loop in a scratch repository, with a recorded agent. No account, no cost."""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from mmm_lang.cli.failure import UsageFailure
from mmm_lang.cli.terminal import write_message, write_output

_SETTINGS = (
    ("user.name", "mmm demo"),
    ("user.email", "demo@mmm.invalid"),
    ("commit.gpgSign", "false"),
    ("core.hooksPath", os.devnull),
    ("core.autocrlf", "false"),
)
"""The scratch repository's own settings: those of the user's other repositories must not stop the demo."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``mmm demo``."""
    parser.add_argument("--keep", action="store_true", help="keep the scratch repository and say where it is")
    parser.add_argument(
        "--agent",
        choices=("replay", "claude"),
        default="replay",
        help="replay (the default): the recording that ships with mmm; claude: the real one, which costs money",
    )


def run(arguments: argparse.Namespace) -> int:
    """Cook the demo's playbook in a scratch repository; the exit code is that of ``mmm cook``."""
    from mmm_lang.cli.compiled import compile_named
    from mmm_lang.cli.cook import NotCooked, cook_compiled
    from mmm_lang.figures import money
    from mmm_lang.resources import resource_path
    from mmm_lang.runtime.cook import Options

    compiled = compile_named(resource_path("examples", "demo.yml"))
    recording = resource_path("assets", "demo", "recording.yml")
    with _scratch(resource_path("assets", "demo", "project"), keep=arguments.keep) as repository:
        write_output(f"📝 A small program with a failing test, in {repository}\n\n")
        options = Options(
            path=repository, agent=arguments.agent, replay=recording if arguments.agent == "replay" else None
        )
        try:
            outcome = cook_compiled(compiled, options, "plain", os.environ)
        except NotCooked as stopped:
            return stopped.exit_code
        write_output("\n$ git log --oneline\n" + _git(repository, "log", "--oneline"))
        if arguments.agent == "replay":
            cost, calls = outcome.finished.cost_usd or 0.0, outcome.finished.calls
            write_output(
                f"\nThe agent was a recording, so nothing was spent; for {calls} calls like these the recording says "
                f"{money(cost)}.\nTests, commits and the repair were real.\n"
            )
        if not arguments.keep:
            write_output("`mmm demo --keep` leaves the repository for you to look at.\n")
        return outcome.finished.exit_code


@contextmanager
def _scratch(project: str, *, keep: bool) -> Iterator[str]:
    """A repository with the demo's program in one commit."""
    folder = tempfile.mkdtemp(prefix="mmm-demo-")
    repository = os.path.join(folder, "bill")
    try:
        shutil.copytree(project, repository, ignore=shutil.ignore_patterns("__pycache__"))
        _git(repository, "init", "--quiet", "--initial-branch=main")
        for name, value in _SETTINGS:
            _git(repository, "config", name, value)
        _git(repository, "add", "--all")
        _git(repository, "commit", "--quiet", "--message", "start: bill, with a failing test")
        yield repository
    finally:
        if keep:
            write_output(f"The repository is kept in {repository}\n")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _git(repository: str, *arguments: str) -> str:
    """Run git in the scratch repository and give what it prints. Raises `UsageFailure`."""
    from mmm_lang.git.call import environment
    from mmm_lang.process.errors import ProcessError
    from mmm_lang.process.short import run_short

    try:
        done = run_short(("git", *arguments), cwd=repository, env=environment())
    except ProcessError as error:
        raise UsageFailure(str(error)) from None
    if done.exit_code != 0:
        write_message(os.fsdecode(done.stderr).rstrip())
        raise UsageFailure(f"the demo cannot set up its repository: `git {arguments[0]}` failed")
    return os.fsdecode(done.stdout)
