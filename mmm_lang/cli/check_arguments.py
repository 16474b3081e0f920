"""The arguments of ``mmm check``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mmm_lang.cli.check_bounds import configure_bounds
from mmm_lang.cli.failure import UsageFailure

if TYPE_CHECKING:
    import argparse

_FORMATS = (
    "full: with source (the default); concise: a line each; json: one document; jsonl: an object a line; "
)


_FIXES = ""
"""What ``--diff`` is without a value."""


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
        choices=("full", "concise", "json", "jsonl", "github", "sarif"),
        default="full",
        help=f"{_FORMATS}github: annotations of GitHub Actions; "
        "sarif: for code scanning, exits 0 unless --fail-on is given",
    )
    parser.add_argument(
        "--fail-on",
        choices=("error", "warning", "note"),
        help="exit 1 where something of this severity or above was found (default: error)",
    )
    parser.add_argument(
        "--color", "--colour", choices=("auto", "always", "never"), default="auto", help="default: auto"
    )
    parser.add_argument(
        "--stdin-filename", metavar="NAME", default="<stdin>", help="what to call standard input"
    )
    parser.add_argument(
        "--watch", action="store_true", help="check again whenever a file changes; Ctrl-C ends it"
    )
    configure_bounds(parser)
    parser.add_argument(
        "--no-shellcheck",
        action="store_true",
        help="do not ask shellcheck about scripts, only whether a shell can read them",
    )
    _configure_fixes(parser)
    configure_settings(parser)
    _configure_baseline(parser)


def settle(arguments: argparse.Namespace) -> None:
    """Put right what ``argparse`` cannot know, and refuse what does not fit together.

    ``--write-baseline`` takes the next word, which is a playbook unless it ends in ``.json``. Raises
    `UsageFailure`.
    """
    _settle_diff(arguments)
    if arguments.write_baseline and not arguments.write_baseline.endswith(".json"):
        arguments.paths = [*arguments.paths, arguments.write_baseline]
        arguments.write_baseline = ""
    if arguments.unsafe_fixes and not (arguments.fix or arguments.diff):
        raise UsageFailure("`--unsafe-fixes` says which fixes are applied; add `--fix` or `--diff`")
    if arguments.diff and arguments.format not in ("full", "concise"):
        raise UsageFailure(f"`--diff` prints a patch; leave out `--format {arguments.format}`")
    if (arguments.bounds or arguments.since) and arguments.format in ("json", "jsonl", "sarif"):
        flag = "--bounds" if arguments.bounds else "--diff REV"
        raise UsageFailure(
            f"`{flag}` prints for people, not as {arguments.format}; `mmm plan PLAYBOOK --format json` has the figures"
        )
    if arguments.watch and "-" in arguments.paths:
        raise UsageFailure("`--watch` looks at files, and standard input can be read only once; name a file")
    if arguments.config is not None and arguments.no_config:
        raise UsageFailure("`--config` and `--no-config` contradict each other; leave one out")


def _settle_diff(arguments: argparse.Namespace) -> None:
    """``--diff`` takes the next word too: a path where there is one of that name, else a git revision. Afterwards
    ``diff`` says whether fixes are shown, and ``since`` is the revision."""
    word = arguments.diff
    arguments.diff = word is not None
    if word is None or word == _FIXES:
        return
    if word == "-" or os.path.lexists(os.path.expanduser(word)):
        arguments.paths = [*arguments.paths, word]
        return
    if arguments.since is not None:
        raise UsageFailure("`--diff REV` and `--since REV` are the same; leave one out")
    from mmm_lang.cli.revisions import is_revision

    first = os.path.abspath(os.path.expanduser(next(iter(arguments.paths), os.curdir)))
    places = (place for place in (first, os.path.dirname(first), os.curdir) if os.path.isdir(place))
    if not is_revision(word, next(places)):
        from mmm_lang.diagnostics.display import visible

        raise UsageFailure(
            f"`{visible(word)}` is neither a playbook nor a git revision; `--diff` alone shows what fixes would "
            "change, `--diff HEAD~1` how the worst case has moved"
        )
    arguments.diff, arguments.since = False, word


def _configure_fixes(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("fixes")
    group.add_argument("--fix", action="store_true", help="apply fixes that are safe; `-` is printed fixed")
    group.add_argument(
        "--unsafe-fixes",
        action="store_true",
        help="with --fix or --diff: also fixes that may change what a playbook means",
    )
    group.add_argument(
        "--diff",
        metavar="REV",
        nargs="?",
        const=_FIXES,
        help="print what fixes would change, and write nothing; with a git revision, "
        "how the worst case has moved since then",
    )


def configure_settings(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that choose the configuration; `mmm config show` has them too."""
    group = parser.add_argument_group("configuration")
    group.add_argument(
        "--config",
        metavar="FILE",
        help="a `.yml`, or a `.toml` with `[tool.mmm]`, in place of the nearest `.mmm/config.yml` or pyproject.toml",
    )
    group.add_argument("--no-config", action="store_true", help="look at no configuration")
    preset = group.add_mutually_exclusive_group()
    preset.add_argument(
        "--pedantic",
        dest="preset",
        action="store_const",
        const="pedantic",
        help="also rules about matters of taste and care",
    )
    preset.add_argument(
        "--audit", dest="preset", action="store_const", const="audit", help="also all that deserves a look"
    )


def _configure_baseline(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("baseline")
    group.add_argument(
        "--baseline", metavar="FILE", help="what is known already (default: the nearest `.mmm/baseline.json`)"
    )
    group.add_argument("--no-baseline", action="store_true", help="look at no baseline")
    group.add_argument(
        "--write-baseline",
        metavar="FILE.json",
        nargs="?",
        const="",
        help="write all that was found into the baseline, so that only what is new is reported from now on",
    )
