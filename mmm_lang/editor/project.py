"""What holds for a playbook that stands in a folder: the settings, the baseline, the slash commands.

The same as for ``mmm check``. Everything is looked up anew for each judgement: these files change while the editor runs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from attrs import frozen

from mmm_lang.agents.checkout import Checkout
from mmm_lang.agents.commands import claude_home
from mmm_lang.analysis.baseline import NotABaseline, read_baseline
from mmm_lang.analysis.called_files import CalledFiles, nothing_unsaved
from mmm_lang.analysis.configuration.discovery import Nearby, Neighbourhood, root_of
from mmm_lang.analysis.configuration.reading import read_configuration
from mmm_lang.analysis.configuration.settings import Settings
from mmm_lang.analysis.policy import OpenBaseline, Policy, ScriptReader
from mmm_lang.editor.command_pages import CommandPages
from mmm_lang.editor.document import Commands, Judge, Judgement, NoCommands, plain_judge
from mmm_lang.source import Source
from mmm_lang.syntax.reading import SourceError, read_source


@frozen(eq=False)
class Project:
    """How the texts of one file are judged, and the commands that they can call."""

    judge: Judge
    commands: Commands


NOWHERE = Project(plain_judge, NoCommands())
"""For a text that has no file."""


def project_of(
    path: str,
    environ: Mapping[str, str],
    scripts: ScriptReader | None = None,
    unsaved: Callable[[str], Source | None] = nothing_unsaved,
) -> Project:
    """What holds for the file at an absolute path. Settings and baselines that cannot be read hold for nothing;
    without ``scripts`` no other program is asked about scripts. Of a playbook that is called, what ``unsaved`` has for
    its real path is its text."""
    nearby = Neighbourhood().of(os.path.dirname(path))
    home = claude_home(environ)
    around = Checkout(nearby.root, home) if nearby.root is not None else None
    library = CalledFiles(unsaved)
    policy = Policy(_settings(nearby), _baseline(nearby), around, scripts, library=library)

    def judge(source: Source) -> Judgement:
        return Judgement(*policy.judge(source))

    return Project(judge, CommandPages(nearby.root or os.path.dirname(path), home))


def _settings(nearby: Nearby) -> Settings:
    source = _read(nearby.config)
    found = read_configuration(source, root_of(source.path)) if source is not None else None
    return found.settings if found is not None else Settings()


def _baseline(nearby: Nearby) -> OpenBaseline | None:
    source = _read(nearby.baseline)
    if source is None:
        return None
    try:
        return OpenBaseline(read_baseline(source), root_of(source.path))
    except NotABaseline:
        return None


def _read(path: str | None) -> Source | None:
    if path is None:
        return None
    try:
        return read_source(path)
    except SourceError:
        return None
