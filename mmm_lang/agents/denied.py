"""Tools that the agent was refused, and the rules that would allow them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from mmm_lang.agents.model import DeniedTool

MOST = 20
"""Denials that are reported; what is refused more often is one cause many times over."""

_WITH_SUBCOMMANDS = frozenset(
    {
        "apt", "brew", "bun", "bundle", "cargo", "composer", "deno", "docker", "dotnet", "gem", "gh", "git",
        "go", "gradle", "helm", "just", "kubectl", "make", "mix", "mvn", "nix", "npm", "npx", "nx", "pip",
        "pip3", "pipenv", "pnpm", "podman", "poetry", "rails", "rake", "ruff", "rustup", "swift", "task",
        "terraform", "turbo", "uv", "yarn",
    }
)  # fmt: skip
_WORD = re.compile(r"[A-Za-z0-9][\w.:@/+-]*")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_TOOL = re.compile(r"[A-Za-z][\w-]*")
_PROGRAM = re.compile(r"[\w./][\w.:@/+-]*")
_SEPARATORS = frozenset("|&;()")
_REDIRECTIONS = frozenset("<>&|")
_TOO_DEEP = ("$(", "`", "<(", ">(", "<<")
_LONGEST = 4000


def denied_tools(denials: Sequence[object]) -> tuple[DeniedTool, ...]:
    """Read ``permission_denials`` of result lines: no rule twice, in order, the first `MOST`."""
    found: dict[DeniedTool, None] = {}
    for denial in denials:
        if not isinstance(denial, dict):
            continue
        tool = denial.get("tool_name")
        if not isinstance(tool, str) or not _TOOL.fullmatch(tool):
            continue
        given = denial.get("tool_input")
        for rule in _rules(tool, given if isinstance(given, dict) else {}):
            found[DeniedTool(tool, rule)] = None
            if len(found) == MOST:
                return tuple(found)
    return tuple(found)


def _rules(tool: str, given: Mapping[str, object]) -> Iterable[str]:
    match tool:
        case "Bash":
            command = given.get("command")
            rules = list(dict.fromkeys(_bash_rules(command))) if isinstance(command, str) else []
            return rules or ["Bash"]
        case "WebFetch":
            host = _host(given.get("url"))
            return [f"WebFetch(domain:{host})" if host else "WebFetch"]
        case "Skill":
            skill = given.get("skill")
            return [f"Skill({skill})" if isinstance(skill, str) and _WORD.fullmatch(skill) else "Skill"]
        case _:
            return [tool]


def _bash_rules(command: str) -> Iterator[str]:
    """A rule for each program that a command line calls; none where it cannot be told from the text."""
    if len(command) > _LONGEST or any(mark in command for mark in _TOO_DEEP):
        return
    import shlex  # only where a tool was refused

    reader = shlex.shlex(command.replace("\n", ";"), posix=True, punctuation_chars=True)
    reader.whitespace_split = True
    try:
        words = list(reader)
    except ValueError:  # an open quote
        return
    for call in _simple_commands(words):
        program, *rest = call
        if not _PROGRAM.fullmatch(program):
            continue
        grouped = os.path.basename(program) in _WITH_SUBCOMMANDS and rest and _WORD.fullmatch(rest[0])
        yield f"Bash({program} {rest[0]}:*)" if grouped else f"Bash({program}:*)"


def _simple_commands(words: Iterable[str]) -> Iterator[list[str]]:
    """``FOO=1 npm test > log && tee x`` → ``["npm", "test"]``, ``["tee", "x"]``."""
    call: list[str] = []
    is_target = False
    for word in [*words, ";"]:
        if set(word) <= _SEPARATORS:
            if call:
                yield call
            call = []
        elif set(word) <= _REDIRECTIONS:
            is_target = True
        elif is_target:
            is_target = False
        elif call or not _ASSIGNMENT.match(word):
            call.append(word)


def _host(url: object) -> str | None:
    found = re.match(r"https?://(?:[^/@\s]*@)?([A-Za-z0-9.-]+)", url) if isinstance(url, str) else None
    return found[1] if found else None
