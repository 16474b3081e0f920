"""``mmm doctor``: what is here, what is missing, and what to do about it."""

from __future__ import annotations

import argparse
import json
import os
import sys
import textwrap
from collections.abc import Iterator, Sequence

from mmm_lang.cli.doctor_findings import Finding
from mmm_lang.cli.failure import UsageFailure
from mmm_lang.cli.terminal import is_terminal, width_of, write_output
from mmm_lang.diagnostics.colour import Palette, palette_for
from mmm_lang.diagnostics.display import visible
from mmm_lang.figures import plural

EXIT_SOUND, EXIT_ILL = 0, 1

_NARROW = 64
"""Columns below which a finding gets lines of its own."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``mmm doctor``."""
    parser.add_argument(
        "-p", "--path", metavar="DIR", default=".", help="a folder in the repository (default: this one)"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def run(arguments: argparse.Namespace) -> int:
    """Look and report; 1 where something would stop a cook, else 0.

    Raises `UsageFailure` where ``--path`` is no folder.
    """
    from mmm_lang.cli.doctor_look import Doctor

    folder = os.path.expanduser(arguments.path)
    if not os.path.isdir(folder):
        raise UsageFailure(f"`{visible(folder)}` is no folder; name one inside a git repository")
    findings = tuple(Doctor(folder, os.environ).findings())
    if arguments.format == "json":
        write_output(_as_json(findings))
    else:
        palette = palette_for("auto", os.environ, terminal=is_terminal(sys.stdout))
        write_output(render(findings, palette, width_of(sys.stdout)))
    return EXIT_ILL if _count(findings, "problem") else EXIT_SOUND


def render(findings: Sequence[Finding], palette: Palette, width: int | None) -> str:
    """The report as a table; ``width`` in columns, ``None`` where lines may be as long as they are."""
    subjects = max(len(one.subject) for one in findings)
    lines: list[str] = []
    for one in findings:
        painted = palette.paint(_style(one, palette), f"{one.standing:<7}")
        if width is not None and width < _NARROW:
            lines.append(f"{painted}  {one.subject}")
            lines += _paragraphs(one, palette, "    ", width)
            continue
        indent = " " * (7 + 2 + subjects + 2)
        first, *rest = _paragraphs(one, palette, indent, width)
        lines += [f"{painted}  {one.subject:<{subjects}}  {first.removeprefix(indent)}", *rest]
    problems, warnings = _count(findings, "problem"), _count(findings, "warning")
    said = f"{plural(problems, 'problem')}, {plural(warnings, 'warning')}"
    return "\n".join((*lines, "", said if problems or warnings else "everything is there")) + "\n"


def _paragraphs(one: Finding, palette: Palette, indent: str, width: int | None) -> Iterator[str]:
    """What was found, and below it what to do."""
    yield from _wrapped(visible(one.said), indent, indent, width)
    if one.advice is not None:
        for line in _wrapped(f"help: {visible(one.advice)}", indent, indent + " " * 6, width):
            yield line.replace("help:", palette.paint(palette.help, "help:"), 1)


def _wrapped(text: str, first: str, later: str, width: int | None) -> list[str]:
    if width is None:
        return [first + text]
    return textwrap.wrap(
        text,
        max(width, len(later) + 10),
        initial_indent=first,
        subsequent_indent=later,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _style(one: Finding, palette: Palette) -> str:
    return {"ok": palette.help, "warning": palette.warning, "problem": palette.error}[one.standing]


def _count(findings: Sequence[Finding], standing: str) -> int:
    return sum(one.standing == standing for one in findings)


def _as_json(findings: Sequence[Finding]) -> str:
    listed = [
        {"subject": one.subject, "standing": one.standing, "message": one.said, "help": one.advice}
        for one in findings
    ]
    summary = {"problems": _count(findings, "problem"), "warnings": _count(findings, "warning")}
    return json.dumps({"version": 1, "findings": listed, "summary": summary}, indent=2) + "\n"
