"""``mmm test``: run the tests of playbooks (`*.test.yml`), offline and free."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from mmm_lang.cli.failure import UsageFailure
from mmm_lang.cli.playbook_files import find_tests
from mmm_lang.cli.terminal import is_terminal, write_message, write_output

if TYPE_CHECKING:
    from mmm_lang.diagnostics.model import Diagnostic
    from mmm_lang.testing.coverage import Coverage
    from mmm_lang.testing.model import Case, TestFile
    from mmm_lang.testing.running import Playbook, Result

EXIT_PASSED, EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED = 0, 1, 2, 130


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``mmm test``."""
    add = parser.add_argument
    add(
        "paths",
        metavar="PATH",
        nargs="*",
        help="test files, playbooks or folders (default: those of this repository)",
    )
    add("-k", "--select", metavar="TEXT", help="run the tests whose name or file has this text in it")
    add("-x", "--exitfirst", action="store_true", help="stop at the first test that fails")
    add("-v", "--verbose", action="store_true", help="a line for each test")
    add("--update", action="store_true", help="write what was found into the expectations that are not met")
    add("--junit", metavar="FILE", help="write the results as JUnit XML, too")
    add(
        "--fail-under",
        metavar="PERCENT",
        type=_percent,
        help="fail where fewer edges of a playbook's graph are walked",
    )
    add("--format", choices=("text", "json"), default="text", help="default: text")


def run(arguments: argparse.Namespace) -> int:
    """Run the tests: 0 where all have passed, 1 where one has not, 2 for wrong usage."""
    found = find_tests(arguments.paths, os.getcwd())
    for problem in found.problems:
        write_message(f"error: {problem}")
    if found.problems:
        return EXIT_USAGE
    began = time.monotonic()
    tests = _Tests(arguments)
    sound = tests.read(found.paths)
    try:
        tests.run()
    except KeyboardInterrupt:
        write_message("stopped by Ctrl-C")
        return EXIT_INTERRUPTED
    code = tests.told(time.monotonic() - began)
    return code if sound else EXIT_FAILED


class _Tests:
    """The test files of one command, and what came of them."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._arguments = arguments
        self._files: list[tuple[TestFile, Playbook]] = []
        self._results: list[Result] = []
        self._unusable: list[tuple[TestFile, Result]] = []
        self._left_out = 0
        self._playbooks: dict[str, Playbook] = {}

    def read(self, paths: Sequence[str]) -> bool:
        """Read test files and their playbooks; whether all are sound. What is wrong is printed."""
        from mmm_lang.syntax.reading import SourceError, read_source
        from mmm_lang.testing.reading import read_test_file
        from mmm_lang.testing.running import unusable

        diagnostics: list[Diagnostic] = []
        for path in paths:
            try:
                source = read_source(path)
            except SourceError as error:
                raise UsageFailure(str(error)) from None
            file = read_test_file(source, lambda playbook: self._playbook(playbook).plan)
            diagnostics += file.diagnostics
            if not file.ok:
                self._unusable.append((file, unusable(file)))
            elif file.playbook in self._playbooks:
                self._files.append((file, self._playbooks[file.playbook]))
        if not diagnostics:
            return True
        from mmm_lang.diagnostics.colour import palette_for
        from mmm_lang.diagnostics.render_full import render_full

        palette = palette_for("auto", os.environ, terminal=is_terminal(sys.stderr))
        write_message(render_full(diagnostics, palette).rstrip("\n"))
        return all(one.severity != "error" for one in diagnostics)

    def _playbook(self, path: str) -> Playbook:
        """The playbook at a path, compiled once. Raises `NoPlaybook`."""
        from mmm_lang.analysis.called_files import CalledFiles
        from mmm_lang.analysis.check import analyse
        from mmm_lang.cli.compiled import known_agents
        from mmm_lang.diagnostics.display import visible
        from mmm_lang.figures import plural
        from mmm_lang.plan.lowering import lower
        from mmm_lang.syntax.reading import SourceError, read_source
        from mmm_lang.testing.reading import NoPlaybook
        from mmm_lang.testing.running import Playbook

        if path not in self._playbooks:
            try:
                source = read_source(path)
            except SourceError as error:
                raise NoPlaybook(f"there is no playbook to test: {error}") from None
            analysis = analyse(source, agents=known_agents(path), library=CalledFiles())
            if not analysis.ok:
                count = sum(one.severity == "error" for one in analysis.diagnostics)
                shown = visible(path)
                raise NoPlaybook(
                    f"the playbook `{shown}` has {plural(count, 'error')}; `mmm check {shown}` shows them"
                )
            self._playbooks[path] = Playbook(path, source, lower(analysis))
        return self._playbooks[path]

    def run(self) -> None:
        """Run what is selected, and print a dot or a line for each."""
        from mmm_lang.testing.running import run_case
        from mmm_lang.testing.telling import DOTS

        loud = self._arguments.format == "text"
        for file, playbook in self._files:
            cases = list(self._selected(file))
            self._left_out += len(file.cases) - len(cases)
            dots = ""
            for case in cases:
                result = run_case(file, case, playbook, os.environ)
                self._results.append(result)
                dots += DOTS[result.status]
                if loud and self._arguments.verbose:
                    write_output(f"{file.source.path}:{result.line} {_verdict(result)}\n")
                if result.interrupted:
                    raise KeyboardInterrupt
                if result.status != "passed" and self._arguments.exitfirst:
                    break
            if loud and dots and not self._arguments.verbose:
                write_output(f"{file.source.path} {dots}\n")
            if self._arguments.exitfirst and any(one.status != "passed" for one in self._results):
                return

    def _selected(self, file: TestFile) -> Iterator[Case]:
        text = (self._arguments.select or "").lower()
        for case in file.cases:
            if text in case.name.lower() or text in file.source.path.lower():
                yield case

    def told(self, seconds: float) -> int:
        """Print and write what came of it; the exit code."""
        from mmm_lang.testing.telling import as_json, covered, failure, percent, summary

        updated = self._update() if self._arguments.update else ()
        failed = [one for one in self._results if one.status != "passed"]
        coverages = self._coverages()
        least = self._arguments.fail_under
        short = [path for path, found in coverages.items() if least is not None and found.percent < least]
        everything = [*(result for _, result in self._unusable), *self._results]
        files = [file for file, _ in (*self._unusable, *self._files)]
        sources = {file.source.path: file.source for file in files}
        if self._arguments.format == "json":
            write_output(as_json(everything, sources, coverages, self._left_out, seconds))
        else:
            for result in failed:
                write_output("\n" + "\n".join(failure(result, sources[result.file])) + "\n")
            if coverages:
                write_output("\ncoverage\n")
            for path, found in coverages.items():
                write_output("".join(f"  {line}\n" for line in covered(path, found)))
            for path in updated:
                write_output(f"\nupdated {path}\n")
            write_output(f"\n{summary(everything, self._left_out, seconds)}\n")
        for path in short:
            write_message(
                f"error: {percent(coverages[path])} % of `{path}` is walked, `--fail-under` asks for {least:g} %"
            )
        if self._arguments.junit is not None:
            self._write_junit(self._arguments.junit, everything)
        if not self._results and not self._left_out:
            return EXIT_USAGE
        unmet = [one for one in failed if one.file not in updated or not one.can_be_written]
        return EXIT_FAILED if unmet or short else EXIT_PASSED

    def _coverages(self) -> dict[str, Coverage]:
        """The coverage of each playbook that was tested as a whole: with `-k` and `-x` nothing can be said of it."""
        from mmm_lang.testing.coverage import coverage

        if self._arguments.select or len(self._results) < sum(len(file.cases) for file, _ in self._files):
            return {}
        sessions: dict[str, list[Result]] = {}
        of_file = {file.source.path: playbook for file, playbook in self._files}
        for result in self._results:
            sessions.setdefault(of_file[result.file].path, []).append(result)
        return {
            path: coverage(self._playbooks[path].plan, (result.events for result in results))
            for path, results in sessions.items()
        }

    def _update(self) -> tuple[str, ...]:
        """Rewrite the expectations that are not met; the paths of the files that have changed.

        Raises `NotWritten`.
        """
        from mmm_lang.cli.rewriting import rewrite
        from mmm_lang.testing.updating import updated

        changed = []
        for file, _ in self._files:
            differences = [
                one
                for result in self._results
                if result.file == file.source.path
                for one in result.differences
            ]
            text = updated(file.source, differences)
            if text != file.source.text:
                rewrite(file.source, text)
                changed.append(file.source.path)
        return tuple(changed)

    def _write_junit(self, path: str, results: Sequence[Result]) -> None:
        from mmm_lang.testing.junit import junit_xml

        try:
            with open(os.path.expanduser(path), "wb") as file:
                file.write(junit_xml(results))
        except OSError as error:
            raise UsageFailure(
                f"`--junit {path}` cannot be written: {(error.strerror or str(error)).lower()}"
            ) from None


def _verdict(result: Result) -> str:
    return f"{result.status.upper():<6} {result.case.name} ({result.seconds:.2f} s)"


def _percent(text: str) -> float:
    try:
        value = float(text.removesuffix("%"))
    except ValueError:
        value = -1.0
    if not 0 <= value <= 100:
        raise argparse.ArgumentTypeError(f"`{text}` is not a percentage from 0 to 100")
    return value
