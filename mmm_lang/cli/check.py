"""``mmm check``: find mistakes in playbooks before they cost anything."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from mmm_lang.cli.playbook_files import STDIN, find_own_playbooks, find_playbooks
from mmm_lang.cli.terminal import is_terminal, write_message, write_output
from mmm_lang.diagnostics import Diagnostic
from mmm_lang.diagnostics.colour import Palette, palette_for
from mmm_lang.diagnostics.display import visible
from mmm_lang.diagnostics.ordering import unsuppressed
from mmm_lang.diagnostics.summary import Counts, count, plural, summarise
from mmm_lang.source import Source

EXIT_CLEAN, EXIT_FOUND, EXIT_USAGE = 0, 1, 2

_SEVERITIES = ("error", "warning", "note")
_FOR_PEOPLE = ("full", "concise")
_FOR_TOOLS = ("json", "jsonl")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``mmm check``."""
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs="*",
        help="playbooks, folders of them, or `-` for standard input; "
        "without one the playbooks of this repository",
    )
    parser.add_argument(
        "--format",
        choices=(*_FOR_PEOPLE, *_FOR_TOOLS),
        default="full",
        help="full: with source (the default); concise: a line each; json: one document; jsonl: an object a line",
    )
    parser.add_argument(
        "--fail-on",
        choices=_SEVERITIES,
        default="error",
        help="exit 1 where something of this severity or above was found (default: error)",
    )
    parser.add_argument(
        "--color", "--colour", choices=("auto", "always", "never"), default="auto", help="default: auto"
    )
    parser.add_argument(
        "--stdin-filename", metavar="NAME", default="<stdin>", help="what to call standard input"
    )


def run(arguments: argparse.Namespace) -> int:
    """Check, print what was found, and return 0 (clean), 1 (found something at or above ``--fail-on``) or 2
    (a name led nowhere or a file could not be read; the others are checked all the same)."""
    found = find_playbooks(arguments.paths) if arguments.paths else find_own_playbooks(os.curdir)
    sources, unread = _read_all(found.paths, arguments.stdin_filename)
    problems = (*found.problems, *unread)
    diagnostics = _analyse_all(sources)
    palette = palette_for(arguments.color, os.environ, terminal=is_terminal(sys.stdout))
    if diagnostics or arguments.format in _FOR_TOOLS:
        write_output(_renderer(arguments.format, palette)(diagnostics))
    for problem in problems:
        write_message(f"error: {visible(problem)}")
    counts = count(diagnostics)
    if arguments.format in _FOR_PEOPLE and sources:
        write_message(_closing(diagnostics, counts, len(sources)))
    if problems:
        return EXIT_USAGE
    return EXIT_FOUND if _found_at(arguments.fail_on, counts) else EXIT_CLEAN


def _read_all(paths: Sequence[str], stdin_name: str) -> tuple[list[Source], list[str]]:
    from mmm_lang.syntax.reading import SourceError, read_source

    sources: list[Source] = []
    problems: list[str] = []
    for path in paths:
        try:
            sources.append(_read_stdin(stdin_name) if path == STDIN else read_source(path))
        except SourceError as error:
            problems.append(str(error))
    return sources, problems


def _read_stdin(name: str) -> Source:
    from mmm_lang.syntax.reading import MAX_BYTES, Unreadable, source_of_bytes

    if sys.stdin is None:
        raise Unreadable(name, "standard input is closed")
    try:
        content = sys.stdin.buffer.read(MAX_BYTES + 1)
    except OSError as error:
        raise Unreadable(name, f"standard input cannot be read ({error.strerror})") from None
    return source_of_bytes(name, content)


def _analyse_all(sources: Sequence[Source]) -> list[Diagnostic]:
    if not sources:
        return []
    from mmm_lang.analysis.check import analyse

    return [diagnostic for source in sources for diagnostic in analyse(source).diagnostics]


def _renderer(name: str, palette: Palette) -> Callable[[Sequence[Diagnostic]], str]:
    """The renderer of a format, imported only now."""
    if name in _FOR_TOOLS:
        from mmm_lang.diagnostics.render_json import render_json, render_jsonl

        return render_json if name == "json" else render_jsonl
    if name == "concise":
        from mmm_lang.diagnostics.render_concise import render_concise

        return lambda diagnostics: render_concise(diagnostics, palette)
    from mmm_lang.diagnostics.render_full import render_full

    return lambda diagnostics: render_full(diagnostics, palette)


def _closing(diagnostics: Sequence[Diagnostic], counts: Counts, checked: int) -> str:
    """The last line for people, with the numbers and where to read more."""
    shown = unsuppressed(diagnostics)
    if not shown:
        return f"{plural(checked, 'playbook')} checked: {summarise(counts)}"
    worst = min(shown, key=lambda diagnostic: _SEVERITIES.index(diagnostic.severity))
    return f"{summarise(counts)}; more about a rule: `mmm explain {worst.rule}`"


def _found_at(severity: str, counts: Counts) -> bool:
    numbers = (counts.errors, counts.warnings, counts.notes)
    return any(numbers[: _SEVERITIES.index(severity) + 1])
