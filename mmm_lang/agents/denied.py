"""Tools that the agent was refused, and the rules that would allow them.

The program reads a script as a shell would, and a rule for a program (`Bash(make:*)`) does not cover everything that is
done with it: loops, groups, background jobs, values that only the shell knows, files outside of the work tree. For those
only `Bash` itself is a rule that helps. What it accepts was tried with the program, and tests/e2e tries it again.
"""

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
_INTERPRETED = frozenset(
    {
        ".", "[[", "case", "do", "done", "elif", "else", "esac", "eval", "exec", "fi", "for", "function", "if",
        "select", "source", "then", "until", "while", "{", "}",
    }
)  # fmt: skip
"""Words that make a command line more than calls of programs."""
_OF_FILES = frozenset(
    {
        "awk", "base64", "cat", "cd", "chmod", "cp", "cut", "diff", "file", "find", "grep", "head", "jq", "ln",
        "ls", "mkdir", "mv", "nl", "od", "paste", "rg", "rm", "rmdir", "sed", "sort", "stat", "strings", "tail",
        "tee", "touch", "tr", "uniq", "wc",
    }
)  # fmt: skip
"""Programs whose arguments are files, so that it matters where those are."""
_FIND_ACTS = frozenset({"-delete", "-exec", "-execdir", "-fls", "-fprint", "-fprint0", "-ok", "-okdir"})
_WORD = re.compile(r"[A-Za-z0-9][\w.:@/+-]*")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_PLAIN_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=[\w.:@/+-]*")
_PLAIN_PATH = re.compile(r"/[\w.@+/ -]+")
_DESCRIPTOR = re.compile(r"(?<=[\s;&|])\d+(?=[<>])")
_BRACES = re.compile(r"\{[^\s{}]*,[^\s{}]*\}")
_TOOL = re.compile(r"[A-Za-z][\w-]*")
_PROGRAM = re.compile(r"[\w./][\w.:@/+-]*")
_SEPARATORS = frozenset("|&;()")
_REDIRECTIONS = frozenset("<>&|")
_TOO_DEEP = ("$", "`", "<(", ">(", "<<")
_LONGEST = 4000


def denied_tools(denials: Sequence[object], cwd: str = "/") -> tuple[DeniedTool, ...]:
    """Read ``permission_denials`` of result lines: no rule twice, in order, the first `MOST`.

    ``cwd`` is the work tree of the call: a file outside of it needs a rule of its own.
    """
    found: dict[DeniedTool, None] = {}
    for denial in denials:
        if not isinstance(denial, dict):
            continue
        tool = denial.get("tool_name")
        if not isinstance(tool, str) or not _TOOL.fullmatch(tool):
            continue
        given = denial.get("tool_input")
        for rule in _rules(tool, given if isinstance(given, dict) else {}, cwd):
            found[DeniedTool(tool, rule)] = None
            if len(found) == MOST:
                return tuple(found)
    return tuple(found)


def _rules(tool: str, given: Mapping[str, object], cwd: str) -> Iterable[str]:
    match tool:
        case "Bash":
            command = given.get("command")
            rules = list(dict.fromkeys(_bash_rules(command, cwd))) if isinstance(command, str) else []
            return rules if rules and "Bash" not in rules else ["Bash"]
        case "Read" | "Edit" | "Write" | "MultiEdit":
            return [_file_rule(tool, given.get("file_path"), cwd)]
        case "WebFetch":
            host = _host(given.get("url"))
            return [f"WebFetch(domain:{host})" if host else "WebFetch"]
        case "Skill":
            skill = given.get("skill")
            return [f"Skill({skill})" if isinstance(skill, str) and _WORD.fullmatch(skill) else "Skill"]
        case _:
            return [tool]


def _file_rule(tool: str, path: object, cwd: str) -> str:
    """The tool; only for this file, where it lies outside of the work tree."""
    if not isinstance(path, str) or not _PLAIN_PATH.fullmatch(path) or not _is_outside(path, cwd):
        return tool
    return f"{'Read' if tool == 'Read' else 'Edit'}(/{os.path.normpath(path)})"


def _is_outside(path: str, cwd: str) -> bool:
    if path.startswith("~"):
        return True
    whole, root = os.path.normpath(os.path.join(cwd, path)), os.path.normpath(cwd).rstrip("/")
    return whole != os.devnull and whole != root and not whole.startswith(root + "/")


def _bash_rules(command: str, cwd: str) -> Iterator[str]:
    """A rule for each program that a command line calls; none, or `Bash`, where one for a program would not do."""
    if len(command) > _LONGEST or any(mark in command for mark in _TOO_DEEP) or _BRACES.search(command):
        return
    import shlex  # only where a tool was refused

    script = _DESCRIPTOR.sub("", command.replace("\n", ";"))
    reader = shlex.shlex(script, posix=True, punctuation_chars=True)
    reader.whitespace_split = True
    try:
        words = list(reader)
    except ValueError:  # an open quote
        return
    if _needs_a_shell(words, cwd):
        return
    calls = list(_simple_commands(words))
    programs = {os.path.basename(_program(call)) for call in calls}
    if {"cd", "git"} <= programs:
        return
    for call in calls:
        yield _call_rule(call, cwd)


def _call_rule(call: Sequence[str], cwd: str) -> str:
    program = _program(call)
    start = call.index(program) + 1 if program else len(call)
    rest, before = call[start:], call[: start - 1]
    base = os.path.basename(program)
    if not _PROGRAM.fullmatch(program) or program in _INTERPRETED:
        return "Bash"
    if not all(_PLAIN_ASSIGNMENT.fullmatch(word) for word in before):
        return "Bash"
    if base == "find" and not _FIND_ACTS.isdisjoint(rest):
        return "Bash"
    if base in _OF_FILES and any(_is_outside(word, cwd) for word in rest):
        return "Bash"
    named = [*before, program]
    if base in _WITH_SUBCOMMANDS and rest and _WORD.fullmatch(rest[0]):
        named.append(rest[0])
    return f"Bash({' '.join(named)}:*)"


def _program(call: Sequence[str]) -> str:
    """The first word that is no assignment; none where there are only those."""
    return next((word for word in call if not _ASSIGNMENT.match(word)), "")


def _needs_a_shell(words: Sequence[str], cwd: str) -> bool:
    """Whether there is a group, a background job, or a redirection out of the work tree."""
    for word, after in zip(words, [*words, ""][1:], strict=True):
        if set(word) & set("()") and set(word) <= _SEPARATORS:
            return True
        if word == "&":
            return True
        if set(word) <= _REDIRECTIONS and set(word) & set("<>") and _is_outside(after, cwd):
            return True
    return False


def _simple_commands(words: Iterable[str]) -> Iterator[list[str]]:
    """``FOO=1 npm test > log && tee x`` → ``["FOO=1", "npm", "test"]``, ``["tee", "x"]``."""
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
        elif call or word != "!":
            call.append(word)


def _host(url: object) -> str | None:
    found = re.match(r"https?://(?:[^/@\s]*@)?([A-Za-z0-9.-]+)", url) if isinstance(url, str) else None
    return found[1] if found else None
