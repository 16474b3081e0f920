"""What holds for each playbook that is checked: its settings and its baseline, found or named by a flag."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from mmm_lang.analysis.configuration.discovery import Nearby, Neighbourhood, root_of
from mmm_lang.analysis.policy import OpenBaseline, Policy
from mmm_lang.cli.check_bounds import verdict_of
from mmm_lang.cli.failure import UsageFailure
from mmm_lang.diagnostics.model import Diagnostic, Severity
from mmm_lang.source import Source

if TYPE_CHECKING:
    import argparse

    from mmm_lang.analysis.called_files import CalledFiles
    from mmm_lang.analysis.configuration.reading import Configuration
    from mmm_lang.analysis.configuration.settings import Settings
    from mmm_lang.analysis.library import Found, Library, NotFound
    from mmm_lang.analysis.surroundings import Surroundings
    from mmm_lang.cli.embedded_scripts import EmbeddedScripts


class Held(NamedTuple):
    """What a playbook is held to: how it is judged, and the severity that fails the check."""

    policy: Policy
    fail_on: Severity

    def judge(self, source: Source) -> tuple[Diagnostic, ...]:
        """All that there is to say about a text, suppressed diagnostics included."""
        return self.policy.judge(source)[1]


class _FilesWhenCalled:
    """The library of the files on the disk; what finds them is loaded where a playbook calls another, which few do."""

    @cached_property
    def _files(self) -> CalledFiles:
        from mmm_lang.analysis.called_files import CalledFiles

        return CalledFiles()

    def key(self, source: Source) -> str:
        return self._files.key(source)

    def find(self, caller: Source, written: str) -> Found | NotFound:
        return self._files.find(caller, written)


class Policies:
    """Finds the policy of each playbook. ``arguments`` are those of ``mmm check``; ``library`` finds the playbooks that
    are called (on the disk, where none is given).

    Raises `UsageFailure` where a file that a flag names, or that lies in the way, cannot be read.
    """

    def __init__(self, arguments: argparse.Namespace, library: Library | None = None) -> None:
        self._arguments = arguments
        self._last = verdict_of(arguments)
        self._neighbourhood = Neighbourhood()
        self._scripts: EmbeddedScripts | None = None
        self._configurations: dict[str, Configuration | None] = {}
        self._baselines: dict[str, OpenBaseline] = {}
        self._rivals: dict[str, Diagnostic] = {}
        self._checkouts: dict[str, Surroundings] = {}
        self._library = library or _FilesWhenCalled()

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What is wrong with the configurations that were read so far."""
        read = [one for one in self._configurations.values() if one is not None]
        return (*(one for read_one in read for one in read_one.diagnostics), *self._rivals.values())

    @property
    def baselines(self) -> tuple[OpenBaseline, ...]:
        """The baselines that were read so far."""
        return tuple(self._baselines.values())

    def of(self, path: str) -> Held:
        """What holds for the playbook at ``path``, as it is printed."""
        nearby = self.nearby(path)
        configuration = self.configuration(nearby)
        baseline = self._baseline(nearby)
        settings = configuration.settings if configuration is not None else None
        if self._arguments.preset is not None:
            settings = with_preset(settings, self._arguments.preset)
        fail_on = self._arguments.fail_on or (settings.fail_on if settings is not None else "error")
        around = self._around(nearby.root)
        policy = Policy(settings, baseline, around, self.scripts, self._last, self._library)
        return Held(policy, fail_on)

    @property
    def scripts(self) -> EmbeddedScripts:
        """The reader of scripts that all playbooks share."""
        if self._scripts is None:
            from mmm_lang.cli.embedded_scripts import EmbeddedScripts

            self._scripts = EmbeddedScripts(wants_shellcheck=not self._arguments.no_shellcheck)
        return self._scripts

    def _around(self, root: str | None) -> Surroundings | None:
        """The repository at ``root``; nothing of it is read before a rule asks."""
        if root is None:
            return None
        if root not in self._checkouts:
            from mmm_lang.agents.checkout import Checkout

            self._checkouts[root] = Checkout(root)
        return self._checkouts[root]

    def nearby(self, path: str) -> Nearby:
        """What the folders above a path hold for it."""
        return self._neighbourhood.of(os.path.dirname(os.path.abspath(path)))

    def configuration(self, nearby: Nearby) -> Configuration | None:
        """The configuration that counts there, if there is one."""
        if self._arguments.no_config:
            return None
        if self._arguments.config is not None:
            return self._named_configuration(os.path.abspath(self._arguments.config))
        if nearby.config is None:
            return None
        found = self._read_configuration(nearby.config)
        if nearby.rival is not None and nearby.config not in self._rivals:
            rival = self._read_configuration(nearby.rival)
            if rival is not None and found is not None:
                self._configurations[nearby.rival] = None
                self._rivals[nearby.config] = _rivalry(found, rival)
        return found

    def _named_configuration(self, path: str) -> Configuration:
        if not path.endswith((".toml", ".yml", ".yaml")):
            from mmm_lang.diagnostics.display import visible

            raise UsageFailure(f"`{visible(path)}` is no configuration: its name ends in `.yml` or `.toml`")
        found = self._read_configuration(path)
        if found is None:
            from mmm_lang.diagnostics.display import visible

            raise UsageFailure(
                f"`{visible(path)}` has no table `[tool.mmm]`; add it, or leave `--config` out"
            )
        return found

    def _read_configuration(self, path: str) -> Configuration | None:
        if path not in self._configurations:
            from mmm_lang.analysis.configuration.reading import read_configuration

            self._configurations[path] = read_configuration(_read(path), root_of(path))
        return self._configurations[path]

    def _baseline(self, nearby: Nearby) -> OpenBaseline | None:
        if self._arguments.no_baseline or self._arguments.write_baseline is not None:
            return None
        named = self._arguments.baseline
        path = os.path.abspath(named) if named is not None else nearby.baseline
        if path is None:
            return None
        if path not in self._baselines:
            self._baselines[path] = open_baseline(path)
        return self._baselines[path]


def open_baseline(path: str) -> OpenBaseline:
    """The baseline at an absolute path. Raises `UsageFailure` where it is none."""
    from mmm_lang.analysis.baseline import NotABaseline, read_baseline

    try:
        return OpenBaseline(read_baseline(_read(path)), root_of(path))
    except NotABaseline as error:
        from mmm_lang.diagnostics.display import visible

        raise UsageFailure(
            f"`{visible(os.path.relpath(path))}` is no baseline: {error}; "
            "write it anew with `mmm check --write-baseline`"
        ) from None


def with_preset(settings: Settings | None, preset: str) -> Settings:
    """The settings, or those that nothing has set, with the preset that a flag names."""
    from mmm_lang.analysis.configuration.settings import PRESETS, Settings
    from mmm_lang.record import evolve

    (name,) = (one for one in PRESETS if one == preset)
    return evolve(settings or Settings(), preset=name)


def stale(policies: Policies, diagnostics: Sequence[Diagnostic], checked: Sequence[str]) -> list[Diagnostic]:
    """Notes about entries of baselines that excuse nothing in the playbooks that were ``checked``."""
    if not policies.baselines:
        return []
    from mmm_lang.analysis.baseline import stale_entries

    return [
        note
        for one in policies.baselines
        for note in stale_entries(one.baseline, diagnostics, one.path_of, checked)
    ]


def _read(path: str) -> Source:
    from mmm_lang.syntax.reading import SourceError, read_source

    try:
        return read_source(os.path.relpath(path))
    except SourceError as error:
        raise UsageFailure(str(error)) from None


def _rivalry(counts: Configuration, rival: Configuration) -> Diagnostic:
    from mmm_lang.diagnostics.model import Label

    return Diagnostic(
        rule="invalid-config",
        severity="error",
        message=f"there are two configurations, and only `{counts.source.path}` counts",
        source=rival.source,
        primary=Label(rival.span, "this one has no effect"),
        secondary=(Label(counts.span, "this one counts", counts.source),),
        help=("put all settings into one of the two files",),
    )
