"""``mmm init``: the slash commands that ship with mmm, written out for a repository into ``.claude/commands``."""

from __future__ import annotations

import argparse
import os
import shlex
import textwrap
from collections.abc import Sequence

from attrs import frozen

from mmm_lang.agents.commands import claude_home, find_command
from mmm_lang.cli.command_files import FOLDER, Place, Standing, places, write
from mmm_lang.cli.failure import UsageFailure
from mmm_lang.cli.terminal import write_message, write_output
from mmm_lang.commands.survey import survey
from mmm_lang.commands.texts import NAMES, CommandTexts
from mmm_lang.commands.toolchain import Repository as Surveyed
from mmm_lang.diagnostics.display import visible
from mmm_lang.diagnostics.similar import nearest
from mmm_lang.figures import plural, series
from mmm_lang.git.call import split_nul
from mmm_lang.git.errors import GitError
from mmm_lang.git.repository import Repository

_MOST_READ = 1024 * 1024
"""Bytes of a manifest that are read."""

_SKIPPED: dict[Standing, str] = {
    "same": "there already",
    "older": "there in an older form; `--force` brings it up to date",
    "edited": "edited here; `--force` replaces it, and keeps yours as `.md.bak`",
}


_IGNORED = (
    f"git ignores `{FOLDER}`: the commands stay on this machine; take it out of `.gitignore` to share them"
)
_SPECS_IGNORED = "git ignores `specs/temp`, where commands commit what they find; take it out of `.gitignore`"


@frozen
class Done:
    """What became of a command: how its file stood before, whether it was written, where a backup is."""

    place: Place
    is_written: bool
    backup: str | None = None


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``mmm init``."""
    parser.add_argument(
        "-c",
        "--commands",
        metavar="A,B",
        action="append",
        help="only these",
    )
    parser.add_argument(
        "-f",
        "--force",
        action="store_true",
        help="replace those that are there; edited ones are kept as .md.bak",
    )
    parser.add_argument(
        "-p", "--path", metavar="DIR", default=".", help="a folder in the repository (default: this one)"
    )
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = textwrap.fill(
        f"commands: {', '.join(NAMES)}", 78, subsequent_indent="  ", break_on_hyphens=False
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the commands and report; 0. Raises `UsageFailure` for names that are none, outside of a repository, and
    where a file cannot be written."""
    names = _named(arguments.commands)
    repository = _repository(arguments.path)
    surveyed = _survey(repository)
    texts = CommandTexts(surveyed)
    found = places(repository.root, {name: texts.text(name) for name in names})
    write_output(f"Slash commands for {_described(surveyed)}, in {visible(repository.root)}\n\n")
    done = [_install(place, repository.root, force=arguments.force) for place in found]
    write_output(_report(done))
    is_ignored = _is_ignored(repository, done[0].place.path)
    notes = _overridden(repository, done)
    notes += [_IGNORED] if is_ignored else []
    notes += [_SPECS_IGNORED] if _is_ignored(repository, "specs/temp/iteration-0-improvements.md") else []
    for note in notes:
        write_message(f"note: {visible(note)}")
    write_output(_next(repository.root, commits=not is_ignored and any(one.is_written for one in done)))
    return 0


def _named(given: Sequence[str] | None) -> tuple[str, ...]:
    """The commands that ``--commands`` names, all without it."""
    if given is None:
        return NAMES
    names = [name.strip().removeprefix("/") for one in given for name in one.split(",")]
    names = list(dict.fromkeys(name for name in names if name))
    if not names:
        raise UsageFailure("`--commands` names no command; write `--commands mmm-lint,mmm-code-review`")
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        lines = [_unknown(name) for name in unknown]
        raise UsageFailure("\n".join((*lines, f"there are: {', '.join(NAMES)}")))
    return tuple(names)


def _unknown(name: str) -> str:
    similar = nearest(name, NAMES)
    advice = f"write `{similar}`" if similar else "write a command of your own into `.claude/commands`"
    return f"mmm brings no command `{name}`; {advice}"


def _repository(path: str) -> Repository:
    try:
        return Repository.find(os.path.expanduser(path))
    except GitError as error:
        raise UsageFailure(str(error)) from None


def _survey(repository: Repository) -> Surveyed:
    """What the repository is made of, by the files that git knows or would add."""

    def read(path: str) -> str:
        try:
            with open(os.path.join(repository.root, path), encoding="utf-8-sig", errors="replace") as file:
                return file.read(_MOST_READ)
        except OSError:
            return ""

    try:
        listed = repository.git.read("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    except GitError as error:
        raise UsageFailure(str(error)) from None
    return survey(split_nul(listed), read)


def _install(place: Place, root: str, *, force: bool) -> Done:
    standing = place.standing
    if standing == "absent":
        return Done(place, True, write(place, root, backup=False))
    if force and standing != "same":
        return Done(place, True, write(place, root, backup=standing == "edited"))
    return Done(place, False)


def _described(surveyed: Surveyed) -> str:
    """`Rust and TypeScript (web)`."""
    if not surveyed.toolchains:
        return "any language (no manifest that mmm knows was found)"
    parts = [
        one.language if one.folder == "." else f"{one.language} ({one.folder})" for one in surveyed.toolchains
    ]
    parts += [f"{len(surveyed.unlisted)} more"] if surveyed.unlisted else []
    return series(parts)


def _report(done: Sequence[Done]) -> str:
    """A line for each command, and how many of each."""
    width = max(len(one.place.name) for one in done)
    lines = [f"  {'✅' if one.is_written else '· '} {one.place.name:<{width}}  {_said(one)}" for one in done]
    written = sum(one.is_written for one in done)
    skipped = f", {len(done) - written} skipped" if written < len(done) else ""
    return "\n".join((*lines, "", f"{plural(written, 'command')} written to {FOLDER}{skipped}")) + "\n"


def _said(one: Done) -> str:
    if not one.is_written:
        return _SKIPPED[one.place.standing]
    if one.backup is not None:
        return f"replaced; yours is kept as {visible(one.backup)}"
    return "written" if one.place.standing == "absent" else "brought up to date"


def _overridden(repository: Repository, done: Sequence[Done]) -> list[str]:
    """Commands that are not found as they were written, because the user has one of that name."""
    notes = []
    home = claude_home(os.environ)
    for one in done:
        path = find_command(one.place.name, repository.root, home)
        if path is not None and os.path.realpath(path) != one.place.path:
            notes.append(f"`/{one.place.name}` is yours at `{path}`, which wins over the repository's")
    return notes


def _is_ignored(repository: Repository, path: str) -> bool:
    """Whether git would not add a file of this path."""
    return repository.git.ask("check-ignore", "--quiet", path).exit_code == 0


def _next(root: str, *, commits: bool) -> str:
    """What to do now, from where the caller is; with ``commits``, to commit the files first."""
    here = os.getcwd()
    place = "" if _is_inside(here, root) else visible(shlex.quote(_named_from(here, root)))
    lines = ["", "Next:"]
    if commits:
        message = "-m 'chore: add slash commands of mmm'"
        if place:  # a pattern for git, since the shell would look for it here
            lines.append(f"  git -C {place} add ':(glob){FOLDER}/*.md' && git -C {place} commit {message}")
        else:
            folder = os.path.relpath(os.path.join(root, FOLDER), here)
            lines.append(f"  git add {folder}/*.md && git commit {message}")
    path = f" --path {place}" if place else ""
    lines += [
        f"  mmm plan default{path}      what would run, and the worst case",
        f"  mmm cook default{path}      review, implement, test and lint, until nothing is left to improve",
    ]
    return "\n".join(lines) + "\n"


def _is_inside(folder: str, root: str) -> bool:
    """Whether git, called in ``folder``, works on the repository at ``root`` and on none inside it."""
    try:
        return Repository.find(folder).root == root
    except GitError:
        return False


def _named_from(here: str, root: str) -> str:
    """The folder ``root`` as one names it in ``here``: relative where it lies below, else from the top."""
    relative = os.path.relpath(root, here)
    return root if relative.startswith((os.pardir, "-")) else relative
