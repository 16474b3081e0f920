"""From a playbook's name to its plan: what `compile`, `graph`, `plan`, `cook` and `demo` have in common."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from mmm_lang.api import PlaybookHasErrors as PlaybookHasErrors
from mmm_lang.cli.failure import UsageFailure
from mmm_lang.cli.playbook_path import resolve_playbook
from mmm_lang.cli.terminal import is_terminal, write_message
from mmm_lang.plan.graph import Plan
from mmm_lang.source import Source

if TYPE_CHECKING:
    from mmm_lang.plan.whole import Plans


@frozen
class Compiled:
    """A playbook without errors. ``path`` is where it was found; ``merge``, ``opening`` and ``reduce`` are the plans of
    its other steps, where it has such."""

    plan: Plan
    source: Source
    path: str
    merge: Plan | None = None
    opening: Plan | None = None
    reduce: Plan | None = None

    @property
    def plans(self) -> Plans:
        """All of its plans."""
        from mmm_lang.plan.whole import Plans

        return Plans(self.plan, self.opening, self.reduce, self.merge)


def compile_named(name: str) -> Compiled:
    """Find, check and lower a playbook; what the check has to say goes to standard error.

    Raises `UsageFailure` where it cannot be read, `PlaybookHasErrors` where it has errors, which were printed.
    """
    from mmm_lang.analysis.called_files import CalledFiles
    from mmm_lang.analysis.check import analyse
    from mmm_lang.diagnostics.colour import palette_for
    from mmm_lang.diagnostics.ordering import unsuppressed
    from mmm_lang.diagnostics.render_full import render_full
    from mmm_lang.diagnostics.summary import count, summarise
    from mmm_lang.syntax.reading import SourceError, read_source

    path = resolve_playbook(name)
    try:
        source = read_source(path)
    except SourceError as error:
        raise UsageFailure(str(error)) from None
    analysis = analyse(source, agents=known_agents(path), library=CalledFiles())
    # An error keeps the playbook from running whether or not the check is to be silent about it.
    said = [evolve(one, suppressed=None) if one.severity == "error" else one for one in analysis.diagnostics]
    shown = [one for one in unsuppressed(said) if one.severity != "note"]
    if shown:
        palette = palette_for("auto", os.environ, terminal=is_terminal(sys.stderr))
        write_message(render_full(shown, palette).rstrip("\n"))
    if not analysis.ok:
        write_message(f"{summarise(count(shown))}; nothing was run")
        raise PlaybookHasErrors(tuple(one for one in said if one.severity == "error"))
    from mmm_lang.plan.lowering import lower, lower_merge, lower_opening, lower_reduce

    return Compiled(
        lower(analysis),
        source,
        path,
        lower_merge(analysis),
        lower_opening(analysis),
        lower_reduce(analysis),
    )


def known_agents(path: str) -> tuple[str, ...]:
    """Names of agents that the settings around a playbook, or around the caller's folder, have. Mistakes there are told
    by those who run the agents, and by `mmm config show`."""
    from mmm_lang.analysis.configuration.discovery import Neighbourhood, root_of

    neighbourhood = Neighbourhood()
    names: dict[str, None] = {}
    folders = (os.path.dirname(os.path.abspath(path)), os.getcwd())
    for config in dict.fromkeys(neighbourhood.of(folder).config for folder in folders):
        if config is not None:
            from mmm_lang.analysis.configuration.reading import read_configuration
            from mmm_lang.syntax.reading import SourceError, read_source

            try:
                configuration = read_configuration(read_source(config), root_of(config))
            except SourceError:
                continue
            names.update(dict.fromkeys(configuration.settings.agents if configuration is not None else ()))
    return tuple(names)
