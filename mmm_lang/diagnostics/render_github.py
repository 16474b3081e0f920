"""Diagnostics as annotations of GitHub Actions: workflow commands on standard output.

GitHub shows ten errors, ten warnings and ten notices of a step and drops the others, so the first ten of each are
commands and the rest are plain lines, which the log keeps. Nothing in a playbook can forge a command.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mmm_lang.diagnostics.colour import PLAIN
from mmm_lang.diagnostics.crowds import shown
from mmm_lang.diagnostics.display import visible
from mmm_lang.diagnostics.model import Diagnostic, Severity
from mmm_lang.diagnostics.render_concise import render_concise

MOST = 10
"""How many annotations of each severity GitHub shows for a step."""

_COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "note": "notice"}


def render_github(diagnostics: Sequence[Diagnostic], path_of: Callable[[str], str]) -> str:
    """A workflow command for each of the first `MOST` diagnostics of every severity, errors first, then the
    others as ``path:line:col: error[rule] message``. ``path_of`` turns the path of a source into one that
    starts from the root of the repository."""
    seen = shown(diagnostics)
    commands: list[str] = []
    rest: list[Diagnostic] = []
    for severity in _COMMANDS:
        ranked = [one for one in seen if one.severity == severity]
        commands += [_command(one, path_of) for one in ranked[:MOST]]
        rest += ranked[MOST:]
    lines = [_harmless(line) for one in rest for line in render_concise([one], PLAIN).splitlines()]
    return "".join(f"{line}\n" for line in (*commands, *lines))


def _command(diagnostic: Diagnostic, path_of: Callable[[str], str]) -> str:
    source, span = diagnostic.source, diagnostic.primary.span
    start, end = source.position(span.start), source.position(span.end)
    properties = {"file": path_of(source.path), "line": str(start.line), "endLine": str(end.line)}
    if start.line == end.line:
        # With several lines, GitHub takes the columns for those of the first line.
        properties |= {"col": str(start.column), "endColumn": str(end.column)}
    properties["title"] = f"mmm ({diagnostic.rule})"
    written = ",".join(f"{name}={_property(visible(value))}" for name, value in properties.items())
    advice = diagnostic.help or ((diagnostic.fix.title,) if diagnostic.fix is not None else ())
    lines = [diagnostic.message, *(f"help: {one}" for one in advice)]
    lines += [f"note: {one}" for one in diagnostic.notes]
    message = "\n".join(visible(line) for text in lines for line in text.split("\n"))
    return f"::{_COMMANDS[diagnostic.severity]} {written}::{_text(message)}"


def _text(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _text(value).replace(":", "%3A").replace(",", "%2C")


def _harmless(line: str) -> str:
    """A line of the log that no command can hide in: neither ``::`` at its start nor ``##[`` anywhere."""
    line = line.replace("##[", "# #[")
    return f"./{line.lstrip()}" if line.lstrip().startswith("::") else line
