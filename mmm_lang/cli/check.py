"""``mmm check``: find mistakes in playbooks before they cost anything."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from mmm_lang.cli.check_arguments import configure as configure
from mmm_lang.cli.check_arguments import settle
from mmm_lang.cli.check_policy import Held, Policies, stale
from mmm_lang.cli.playbook_files import STDIN, Found, find_own_playbooks, find_playbooks
from mmm_lang.cli.terminal import is_terminal, width_of, write_message, write_output
from mmm_lang.diagnostics import Diagnostic
from mmm_lang.diagnostics.ordering import unsuppressed
from mmm_lang.diagnostics.summary import Counts, count, summarise
from mmm_lang.figures import plural
from mmm_lang.source import Source

if TYPE_CHECKING:
    import argparse
    from typing import TextIO

    from mmm_lang.analysis.library import Library
    from mmm_lang.cli.check_fixing import MendedFile
    from mmm_lang.diagnostics.colour import Palette

EXIT_CLEAN, EXIT_FOUND, EXIT_USAGE = 0, 1, 2

_SEVERITIES = ("error", "warning", "note")
_FOR_PEOPLE = ("full", "concise", "github")
_FOR_TOOLS = ("json", "jsonl", "sarif")


class Checked(NamedTuple):
    """A playbook, what holds for it, and all there is to say about it."""

    source: Source
    policy: Held
    diagnostics: tuple[Diagnostic, ...]
    is_stdin: bool

    def judge(self, source: Source) -> tuple[Diagnostic, ...]:
        """All there is to say about this text, or another one in its place."""
        return self.diagnostics if source is self.source else self.policy.judge(source)


class Report(NamedTuple):
    """What a check prints. ``diagnostics`` is everything in all files, ``counts`` its numbers, ``problems`` a
    sentence for every name that led nowhere, ``skipped`` one for every kind of check that was not made; ``fixed`` is
    how many fixes were made, or would be."""

    checked: Sequence[Checked]
    diagnostics: Sequence[Diagnostic]
    counts: Counts
    problems: Sequence[str]
    skipped: Sequence[str]
    fixed: int


def run(arguments: argparse.Namespace) -> int:
    """Check, print what was found, and return 0 (clean), 1 (found something at or above ``--fail-on``, or with
    ``--diff`` something to fix) or 2 (a name led nowhere or a file could not be read; the others are checked all
    the same). Raises `UsageFailure` where arguments do not fit together."""
    settle(arguments)
    if not arguments.watch:
        return check_once(arguments)
    from mmm_lang.analysis.called_files import CalledFiles
    from mmm_lang.cli.check_inputs import inputs
    from mmm_lang.cli.watch import watch

    called: set[str] = set()

    def once() -> None:
        library = CalledFiles()
        check_once(arguments, library)
        called.update(library.paths)

    return watch(lambda: (*inputs(arguments, found_by(arguments).paths), *called), once)


def found_by(arguments: argparse.Namespace) -> Found:
    """The playbooks that the arguments name."""
    return find_playbooks(arguments.paths) if arguments.paths else find_own_playbooks(os.curdir)


def check_once(arguments: argparse.Namespace, library: Library | None = None) -> int:
    """One check from finding the files to the exit code; ``library`` finds the playbooks that those call."""
    found = found_by(arguments)
    sources, unread = _read_all(found.paths, arguments.stdin_filename)
    policies = Policies(arguments, library)
    checked = _check_all(sources, policies)
    mended: list[MendedFile] = []
    if arguments.fix or arguments.diff:
        checked, mended = _mend_all(checked, arguments)
    if arguments.write_baseline is not None:
        from mmm_lang.cli.baseline_file import excuse_all

        checked = excuse_all(checked, arguments.write_baseline, policies)
    everything = [diagnostic for one in checked for diagnostic in one.diagnostics]
    everything += stale(policies, everything, [one.source.path for one in checked])
    everything += policies.diagnostics
    fixed = sum(one.fixed for one in mended)
    report = Report(
        checked, everything, count(everything), (*found.problems, *unread), policies.scripts.problems, fixed
    )
    if arguments.diff:
        _show_diff(mended, arguments)
    else:
        _show(report, arguments, mended)
    if (arguments.bounds or arguments.since) and arguments.format in _FOR_PEOPLE:
        from mmm_lang.cli.check_bounds import bounds_text

        write_output("".join(bounds_text(one.source, arguments) for one in checked))
    _tell("note", report.skipped)
    _tell("error", report.problems)
    if arguments.diff:
        write_message(_closing_of_diff(report, mended))
    elif arguments.format in _FOR_PEOPLE and sources:
        write_message(_closing(report))
    if report.problems:
        return EXIT_USAGE
    if arguments.format == "sarif" and arguments.fail_on is None:
        return EXIT_CLEAN  # whoever reads the log decides; a failed job would not hand it over
    would_change = arguments.diff and any(one.is_changed for one in mended)
    return EXIT_FOUND if would_change or _has_failed(report, arguments.fail_on or "error") else EXIT_CLEAN


def _tell(kind: str, problems: Sequence[str]) -> None:
    """A line to standard error for each of them."""
    for problem in problems:
        from mmm_lang.diagnostics.display import visible

        write_message(f"{kind}: {visible(problem)}")


def _read_all(paths: Sequence[str], stdin_name: str) -> tuple[list[tuple[str, Source]], list[str]]:
    """The sources that could be read, each with the path it was found at, and a sentence for each other."""
    from mmm_lang.syntax.reading import SourceError, read_source

    sources: list[tuple[str, Source]] = []
    problems: list[str] = []
    for path in paths:
        try:
            sources.append((path, _read_stdin(stdin_name) if path == STDIN else read_source(path)))
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


def _check_all(sources: Sequence[tuple[str, Source]], policies: Policies) -> list[Checked]:
    found = [(path, source, policies.of(source.path)) for path, source in sources]
    looked = [held.policy.look(source) for _, source, held in found]
    policies.scripts.read_together([part.facts for one in looked for part in (one, *one.parts)])
    return [
        Checked(source, held, held.policy.conclude(one)[1], path == STDIN)
        for (path, source, held), one in zip(found, looked, strict=True)
    ]


def _mend_all(
    checked: Sequence[Checked], arguments: argparse.Namespace
) -> tuple[list[Checked], list[MendedFile]]:
    """Every playbook after its fixes, which are written unless only the difference is wanted."""
    from mmm_lang.cli.check_fixing import mend_file, write_mended

    after: list[Checked] = []
    files: list[MendedFile] = []
    for one in checked:
        mended = mend_file(one.source, one.judge, "unsafe" if arguments.unsafe_fixes else "safe")
        if not arguments.diff and not one.is_stdin:
            write_mended(mended)
        files.append(mended)
        after.append(one._replace(source=mended.after, diagnostics=mended.diagnostics))
    return after, files


def _show(report: Report, arguments: argparse.Namespace, mended: Sequence[MendedFile]) -> None:
    """Print the diagnostics; where standard output is for the mended standard input, to standard error."""
    piped = [file.after for file, one in zip(mended, report.checked, strict=False) if one.is_stdin]
    stream = sys.stderr if piped else sys.stdout
    text = ""
    if report.diagnostics or arguments.format in _FOR_TOOLS:
        text = _renderer(arguments.format, _palette(arguments, stream), report)(report.diagnostics)
    if piped:
        write_output("".join("\ufeff" * source.bom + source.text for source in piped))
        if text:
            write_message(text.rstrip("\n"))
    elif text:
        write_output(text)


def _show_diff(mended: Sequence[MendedFile], arguments: argparse.Namespace) -> None:
    """Print what fixes would change."""
    from mmm_lang.cli.check_fixing import unified_diff

    terminal = is_terminal(sys.stdout)
    palette = _palette(arguments, sys.stdout)
    text = "".join(unified_diff(one, palette, terminal=terminal) for one in mended)
    if text:
        write_output(text)


def _palette(arguments: argparse.Namespace, stream: TextIO | None) -> Palette:
    """The colours that a stream is written in."""
    from mmm_lang.diagnostics.colour import palette_for

    return palette_for(arguments.color, os.environ, terminal=is_terminal(stream))


def _renderer(name: str, palette: Palette, report: Report) -> Callable[[Sequence[Diagnostic]], str]:
    """The renderer of a format, imported only now."""
    if name == "sarif":
        from mmm_lang import __version__
        from mmm_lang.analysis.registry import all_rules
        from mmm_lang.diagnostics.render_sarif import render_sarif

        return lambda diagnostics: render_sarif(
            diagnostics, all_rules(), _path_in_workspace, __version__, report.problems, report.skipped
        )
    if name in _FOR_TOOLS:
        from mmm_lang.diagnostics.render_json import render_json, render_jsonl

        return render_json if name == "json" else render_jsonl
    if name == "github":
        from mmm_lang.diagnostics.render_github import render_github

        return lambda diagnostics: render_github(diagnostics, _path_in_workspace)
    if name == "concise":
        from mmm_lang.diagnostics.render_concise import render_concise

        return lambda diagnostics: render_concise(diagnostics, palette)
    from mmm_lang.diagnostics.render_full import render_full

    return lambda diagnostics: render_full(diagnostics, palette, width_of(sys.stdout))


def _path_in_workspace(path: str) -> str:
    """A path as GitHub wants it: from the root of the checked-out repository, with ``/``."""
    root = os.environ.get("GITHUB_WORKSPACE")
    if root:
        path = os.path.relpath(os.path.abspath(path), root)
    return path.replace(os.sep, "/")


def _closing(report: Report) -> str:
    """The last line for people, with the numbers and where to read more."""
    shown = unsuppressed(report.diagnostics)
    fixed = f"{report.fixed} fixed; " if report.fixed else ""
    if not shown:
        return f"{fixed}{plural(len(report.checked), 'playbook')} checked: {summarise(report.counts)}"
    worst = min(shown, key=lambda diagnostic: _SEVERITIES.index(diagnostic.severity))
    return f"{fixed}{summarise(report.counts)}; more about a rule: `mmm explain {worst.rule}`"


def _closing_of_diff(report: Report, mended: Sequence[MendedFile]) -> str:
    """The last line after a difference: what fixes would do, and what they would leave."""
    files = sum(one.is_changed for one in mended)
    would = f"{report.fixed} would be fixed in {plural(files, 'file')}" if files else "nothing would be fixed"
    return f"{would}; after that: {summarise(report.counts)}"


def _has_failed(report: Report, elsewhere: str) -> bool:
    """Whether something was found at or above the severity that fails: that of each playbook's settings, and
    ``elsewhere`` for what lies in other files."""
    limits = {one.source.path: one.policy.fail_on for one in report.checked}
    return any(
        _SEVERITIES.index(one.severity) <= _SEVERITIES.index(limits.get(one.source.path, elsewhere))
        for one in unsuppressed(report.diagnostics)
    )
