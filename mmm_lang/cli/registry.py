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


class CommandGroup(NamedTuple):
    """A command of several parts. Each is a `Command` whose name has two words, such as `sessions ls`."""

    name: str
    summary: str
    commands: tuple[Command, ...]


COMMANDS: tuple[Command | CommandGroup, ...] = (
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
    Command("resume", "go on where a session stopped", "mmm_lang.cli.resume"),
    Command("test", "run the tests of playbooks, offline and free", "mmm_lang.cli.test"),
    CommandGroup(
        "sessions",
        "what ran: list, tell, follow, tidy up",
        (
            Command("sessions ls", "list the sessions of a repository", "mmm_lang.cli.sessions_ls"),
            Command("sessions show", "tell the whole story of a session", "mmm_lang.cli.sessions_show"),
            Command("sessions logs", "print what its steps printed", "mmm_lang.cli.sessions_logs"),
            Command("sessions clean", "remove what nobody needs any more", "mmm_lang.cli.sessions_clean"),
        ),
    ),
    Command("undo", "take a session's commits back", "mmm_lang.cli.undo"),
    CommandGroup(
        "rescue",
        "work that was set aside: list, show, put back",
        (
            Command("rescue ls", "list the work that was set aside", "mmm_lang.cli.rescue_ls"),
            Command("rescue show", "show what one reference holds", "mmm_lang.cli.rescue_show"),
            Command("rescue apply", "put that work back", "mmm_lang.cli.rescue_apply"),
            Command("rescue drop", "give such work up for good", "mmm_lang.cli.rescue_drop"),
        ),
    ),
    CommandGroup(
        "worktree",
        "worktrees of sessions: list, merge, clean",
        (
            Command("worktree ls", "list the worktrees of sessions", "mmm_lang.cli.worktree_ls"),
            Command("worktree merge", "bring their work into your branch", "mmm_lang.cli.worktree_merge"),
            Command("worktree clean", "remove what nobody needs any more", "mmm_lang.cli.worktree_clean"),
        ),
    ),
    Command("init", "write mmm's slash commands into a repository", "mmm_lang.cli.init"),
    Command("analyze", "refresh what mmm knows about a project, and print it", "mmm_lang.cli.analyze"),
    Command("doctor", "what is missing here, and how to get it", "mmm_lang.cli.doctor"),
    Command("demo", "see the whole loop in a scratch repository; no account, no cost", "mmm_lang.cli.demo"),
    Command("lsp", "serve an editor: diagnostics, completion, renaming", "mmm_lang.cli.lsp"),
)

ALIASES = {"improve": "cook"}
"""Other names of commands."""


def find_command(name: str) -> Command | CommandGroup | None:
    """The command of that name or alias, or ``None``."""
    name = ALIASES.get(name, name)
    for command in COMMANDS:
        if command.name == name:
            return command
    return None


def group_help(group: CommandGroup) -> str:
    """What ``mmm GROUP --help`` prints."""
    width = max(len(command.name) for command in group.commands) + 2
    lines = [f"usage: mmm {group.name} COMMAND [ARGUMENTS]", "", group.summary, ""]
    lines += [f"  mmm {command.name:<{width}}{command.summary}" for command in group.commands]
    lines += ["", f"`mmm {group.name} COMMAND --help` says more about one"]
    return "\n".join(lines) + "\n"


def help_text(version: str) -> str:
    """What ``mmm`` alone prints."""
    width = max(len(command.name) for command in COMMANDS) + 2
    lines = [f"mmm {version}: bounded, declarative AI development workflows", ""]
    lines += ["usage: mmm COMMAND [ARGUMENTS]", "", "commands:"]
    for command in COMMANDS:
        other = "".join(f" (also: {alias})" for alias, name in ALIASES.items() if name == command.name)
        lines.append(f"  {command.name:<{width}}{command.summary}{other}")
    lines += ["", "`mmm COMMAND --help` says more about one; `mmm --version` prints the version"]
    return "\n".join(lines) + "\n"
