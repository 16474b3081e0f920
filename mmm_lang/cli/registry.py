"""The table of commands: what there is, in the order of the help, and which module has it.

A module of a command has two functions: ``configure(parser)`` adds arguments to an
``argparse.ArgumentParser``, and ``run(arguments)`` does the work and returns the exit code. It is imported
only when its command is called.
"""

from __future__ import annotations

from typing import NamedTuple


class Command(NamedTuple):
    """A command that works. ``module`` is the full name of its module."""

    name: str
    summary: str
    module: str


class AbsentCommand(NamedTuple):
    """A command that a later version will have. ``instead`` says what serves until then, or is empty."""

    name: str
    summary: str
    instead: str


COMMANDS = (
    Command("check", "find mistakes in playbooks", "mmm_lang.cli.check"),
    Command("fmt", "format playbooks, and upgrade older forms", "mmm_lang.cli.fmt"),
    Command("explain", "the page of one rule: what, why, wrong, right", "mmm_lang.cli.explain"),
    Command("rules", "list the rules that `mmm check` knows", "mmm_lang.cli.rules"),
    Command("config", "the configuration that holds, and where each value comes from", "mmm_lang.cli.config"),
    Command("schema", "the JSON Schema of playbooks, for editors", "mmm_lang.cli.schema"),
    Command("graph", "draw what a playbook does", "mmm_lang.cli.graph"),
    Command("compile", "print a playbook's graph as JSON", "mmm_lang.cli.compile"),
    Command("plan", "what would run, and the worst case; runs nothing", "mmm_lang.cli.plan"),
    Command("cook", "run a playbook", "mmm_lang.cli.cook"),
    Command("demo", "see the whole loop in a scratch repository; no account, no cost", "mmm_lang.cli.demo"),
    Command("lsp", "serve an editor: diagnostics, completion, renaming", "mmm_lang.cli.lsp"),
)

ABSENT_COMMANDS = (
    AbsentCommand(
        "resume",
        "go on where a session stopped",
        "run `mmm cook PLAYBOOK` again; what was committed is kept",
    ),
    AbsentCommand(
        "undo",
        "take a session's commits back",
        "find them with `git log --grep Mmm-Session` and take them back with `git revert`",
    ),
    AbsentCommand(
        "sessions",
        "what ran",
        "every session has a folder under `mmm/sessions` in the folder that "
        "`git rev-parse --git-common-dir` names",
    ),
    AbsentCommand(
        "rescue",
        "work that was set aside",
        "`git for-each-ref refs/mmm/rescue` lists it, and `git show` shows one",
    ),
    AbsentCommand(
        "worktree",
        "worktrees of sessions: list, merge, clean",
        "make one with `git worktree add` and run `mmm cook PLAYBOOK --path` in it",
    ),
    AbsentCommand(
        "init",
        "write mmm's slash commands into a repository",
        "write each command that a playbook calls into `.claude/commands/NAME.md`",
    ),
    AbsentCommand("analyze", "refresh what mmm knows about a project", ""),
    AbsentCommand("test", "replay recorded sessions", ""),
    AbsentCommand(
        "doctor", "what is missing and how to get it", "`mmm cook` says so before it runs anything"
    ),
)

ALIASES = {"improve": "cook"}
"""Other names of commands."""


def find_command(name: str) -> Command | AbsentCommand | None:
    """The command of that name or alias, or ``None``."""
    name = ALIASES.get(name, name)
    for command in (*COMMANDS, *ABSENT_COMMANDS):
        if command.name == name:
            return command
    return None


def help_text(version: str) -> str:
    """What ``mmm`` alone prints."""
    width = max(len(command.name) for command in (*COMMANDS, *ABSENT_COMMANDS)) + 2
    lines = [f"mmm {version}: bounded, declarative AI development workflows", ""]
    lines += ["usage: mmm COMMAND [ARGUMENTS]", "", "commands:"]
    for command in COMMANDS:
        other = "".join(f" (also: {alias})" for alias, name in ALIASES.items() if name == command.name)
        lines.append(f"  {command.name:<{width}}{command.summary}{other}")
    lines += ["", "not in this version:"]
    lines += [f"  {absent.name:<{width}}{absent.summary}" for absent in ABSENT_COMMANDS]
    lines += ["", "`mmm COMMAND --help` says more about one; `mmm --version` prints the version"]
    return "\n".join(lines) + "\n"
