"""``mmm fmt``: playbooks in the one form that is best read, and older forms in the words of today."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from attrs import frozen

from mmm_lang.cli.failure import UsageFailure
from mmm_lang.cli.playbook_files import STDIN, Found, find_own_playbooks, find_playbooks
from mmm_lang.cli.playbook_path import resolve_playbook
from mmm_lang.cli.standard_input import read_stdin
from mmm_lang.cli.terminal import is_terminal, write_message, write_output
from mmm_lang.diagnostics.colour import Palette, palette_for
from mmm_lang.diagnostics.display import visible
from mmm_lang.diagnostics.model import Diagnostic
from mmm_lang.figures import plural
from mmm_lang.formatting.playbook import NotYaml, format_playbook
from mmm_lang.source import Source
from mmm_lang.syntax.reading import SourceError, read_source

EXIT_DONE, EXIT_FOUND, EXIT_USAGE = 0, 1, 2


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``mmm fmt``."""
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs="*",
        help="playbooks, folders of them, or `-` for standard input, which is printed formatted; "
        "without one the playbooks of this repository",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing; name what would change, and exit 1 if anything would",
    )
    parser.add_argument(
        "--diff",
        action="store_true",
        help="write nothing; print what would change, and exit 1 if anything would",
    )
    parser.add_argument(
        "--upgrade",
        action="store_true",
        help="write older forms in the words of today, and say what was done",
    )
    parser.add_argument(
        "--color", "--colour", choices=("auto", "always", "never"), default="auto", help="default: auto"
    )
    parser.add_argument(
        "--stdin-filename", metavar="NAME", default="<stdin>", help="what to call standard input"
    )


@frozen(eq=False)
class Formatted:
    """A playbook before and after, and what an upgrade has to say about it. ``path`` is ``-`` for standard input."""

    path: str
    before: Source
    after: Source
    remarks: tuple[str, ...] = ()

    @property
    def is_changed(self) -> bool:
        return self.after.text != self.before.text


@frozen(eq=False)
class Outcome:
    """All playbooks that could be formatted, the diagnostics of those that are not YAML, those of the folders that
    are no playbooks, and a sentence for each name that led nowhere or file that could not be read."""

    formatted: tuple[Formatted, ...]
    diagnostics: tuple[Diagnostic, ...]
    foreign: tuple[str, ...]
    problems: tuple[str, ...]


def run(arguments: argparse.Namespace) -> int:
    """Format, and return 0 (done), 1 (a file has mistakes of YAML and was left as it is; with ``--check`` or
    ``--diff`` also: something would change) or 2 (a name led nowhere, a file could not be read or written)."""
    outcome = _format_all(arguments)
    shows = arguments.check or arguments.diff
    refused: list[str] = []
    if arguments.diff:
        terminal = is_terminal(sys.stdout)
        palette = palette_for(arguments.color, os.environ, terminal=terminal)
        _show_difference(outcome.formatted, palette, terminal=terminal)
    elif arguments.check:
        write_output("".join(f"{visible(one.before.path)}\n" for one in outcome.formatted if one.is_changed))
    else:
        refused = _write_all(outcome.formatted)
    _report(outcome, palette_for(arguments.color, os.environ, terminal=is_terminal(sys.stderr)))
    problems = (*outcome.problems, *refused)
    for problem in problems:
        write_message(f"error: {visible(problem)}")
    write_message(_closing(outcome, would=shows, refused=len(refused)))
    if problems:
        return EXIT_USAGE
    would_change = shows and any(one.is_changed for one in outcome.formatted)
    return EXIT_FOUND if outcome.diagnostics or would_change else EXIT_DONE


def _format_all(arguments: argparse.Namespace) -> Outcome:
    found = _found_by(arguments.paths)
    named = {os.path.expanduser(path) for path in arguments.paths} | {STDIN}
    formatted: list[Formatted] = []
    diagnostics: list[Diagnostic] = []
    foreign: list[str] = []
    problems = [*found.problems]
    for path in found.paths:
        try:
            source = read_stdin(arguments.stdin_filename) if path == STDIN else read_source(path)
            if path in named or _is_playbook(source):
                formatted.append(_formatted(path, source, upgrade=arguments.upgrade))
            else:
                foreign.append(path)
        except SourceError as error:
            problems.append(str(error))
        except NotYaml as error:
            diagnostics += error.diagnostics
    return Outcome(tuple(formatted), tuple(diagnostics), tuple(foreign), tuple(problems))


def _found_by(names: Sequence[str]) -> Found:
    """The playbooks that are meant. One that ships with mmm is not the user's to format."""
    if not names:
        return find_own_playbooks(os.curdir)
    shipped = [name for name in names if _is_shipped(name)]
    rest = [name for name in names if name not in shipped]
    found = find_playbooks(rest) if rest else Found((), ())
    problems = (f"`{name}` ships with mmm; copy it into your project and format the copy" for name in shipped)
    return Found(found.paths, (*problems, *found.problems))


def _is_shipped(name: str) -> bool:
    if name == STDIN or os.path.lexists(os.path.expanduser(name)):
        return False
    try:
        resolve_playbook(name)
    except UsageFailure:
        return False
    return True


def _is_playbook(source: Source) -> bool:
    """Whether a file that nobody named is one of ours: YAML that reads as a playbook without an error, or no YAML
    at all, about which people want to hear."""
    from mmm_lang.syntax.parser import parse_playbook
    from mmm_lang.syntax.yaml_tree import read_tree

    if any(one.severity == "error" for one in read_tree(source).diagnostics):
        return True
    _, diagnostics = parse_playbook(source)
    return all(one.severity != "error" for one in diagnostics)


def _formatted(path: str, source: Source, *, upgrade: bool) -> Formatted:
    if not upgrade:
        return Formatted(path, source, format_playbook(source))
    from mmm_lang.formatting.upgrade import upgrade_playbook

    upgraded = upgrade_playbook(source)
    remarks = tuple(f"{source.path}:{remark.line}: {remark.text}" for remark in upgraded.remarks)
    return Formatted(path, source, upgraded.source, remarks)


def _write_all(files: Sequence[Formatted]) -> list[str]:
    """Write what changed; standard input goes to standard output. A sentence for each file that refused."""
    from mmm_lang.cli.rewriting import NotWritten, rewrite

    problems: list[str] = []
    for one in files:
        if one.path == STDIN:
            write_output("\ufeff" * one.after.bom + one.after.text)
        elif one.is_changed:
            try:
                rewrite(one.before, one.after.text)
            except NotWritten as failure:
                problems.append(str(failure))
    return problems


def _show_difference(files: Sequence[Formatted], palette: Palette, *, terminal: bool) -> None:
    from mmm_lang.cli.check_fixing import MendedFile, unified_diff

    mended = (MendedFile(one.before, one.after, (), 0) for one in files)
    write_output("".join(unified_diff(one, palette, terminal=terminal) for one in mended))


def _report(outcome: Outcome, palette: Palette) -> None:
    """What there is to say besides: mistakes, remarks of an upgrade, files that are something else."""
    if outcome.diagnostics:
        from mmm_lang.diagnostics.render_full import render_full

        write_message(render_full(outcome.diagnostics, palette).rstrip("\n"))
    for one in outcome.formatted:
        for remark in one.remarks:
            write_message(visible(remark))
    for path in outcome.foreign:
        shown = visible(path)
        write_message(
            f"{shown}: left as it is, since it does not read as a playbook (`mmm check {shown}` says why)"
        )


def _closing(outcome: Outcome, *, would: bool, refused: int) -> str:
    """The last line: how many files changed, stayed, or could not be formatted."""
    changed = sum(one.is_changed for one in outcome.formatted)
    same = len(outcome.formatted) - changed
    broken = len({one.source.path for one in outcome.diagnostics})
    parts = []
    if changed > refused:
        parts.append(f"{plural(changed - refused, 'playbook')} {'would be ' if would else ''}formatted")
    if same:
        parts.append(f"{plural(same, 'playbook')} unchanged")
    if broken:
        parts.append(f"{plural(broken, 'file')} left as {'it is' if broken == 1 else 'they are'}: not YAML")
    return ", ".join(parts) or "nothing formatted"
