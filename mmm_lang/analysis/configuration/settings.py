"""What a configuration decides: which rules are asked, and what becomes of what they say."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Literal

from mmm_lang.analysis.configuration.patterns import fits
from mmm_lang.analysis.configuration.programs import AgentProgram
from mmm_lang.analysis.registry import YAML_RULES, Preset
from mmm_lang.diagnostics.model import Diagnostic, Severity
from mmm_lang.record import evolve, field, frozen

Level = Literal["error", "warning", "note", "off"]
PRESETS: dict[Preset, tuple[Preset, ...]] = {
    "default": ("default",),
    "pedantic": ("default", "pedantic"),
    "audit": ("default", "pedantic", "audit"),
}
"""The presets, each with those whose rules it has."""


@frozen
class PathRules:
    """Rules that are silent in the files that a pattern fits."""

    pattern: str
    ignore: frozenset[str]


@frozen
class Settings:
    """All settings, each with a value. ``folder`` is the absolute path that patterns start from; ``select`` is
    ``None`` where every rule of the preset is asked; ``agents`` are the project's own, by name."""

    folder: str = os.sep
    select: frozenset[str] | None = None
    ignore: frozenset[str] = frozenset()
    level: Mapping[str, Level] = field(factory=dict)
    per_file: tuple[PathRules, ...] = ()
    preset: Preset = "default"
    fail_on: Severity = "error"
    agents: Mapping[str, AgentProgram] = field(factory=dict)

    @property
    def presets(self) -> tuple[Preset, ...]:
        """The presets whose rules are asked."""
        return PRESETS[self.preset]

    @property
    def also(self) -> frozenset[str]:
        """Rules that are asked by name, whatever preset they belong to."""
        levelled = {rule for rule, level in self.level.items() if level != "off"}
        return frozenset(levelled | (self.select or frozenset()))

    def apply(self, diagnostics: Iterable[Diagnostic], path: str) -> tuple[Diagnostic, ...]:
        """The diagnostics of the file at the absolute ``path`` with the severities that are set; those of
        silent rules are suppressed. What a comment has suppressed stays so, and mistakes of YAML itself stay
        as they are."""
        ignored = self._ignored(path)
        return tuple(self._applied(one, ignored) for one in diagnostics)

    def _applied(self, diagnostic: Diagnostic, ignored: frozenset[str]) -> Diagnostic:
        rule = diagnostic.rule
        if rule in YAML_RULES:
            return diagnostic
        level = self.level.get(rule)
        if level is not None and level != "off" and level != diagnostic.severity:
            diagnostic = evolve(diagnostic, severity=level)
        unselected = self.select is not None and rule not in self.also
        if diagnostic.suppressed is None and (level == "off" or rule in ignored or unselected):
            return evolve(diagnostic, suppressed="config")
        return diagnostic

    def _ignored(self, path: str) -> frozenset[str]:
        if not self.per_file:
            return self.ignore
        relative = os.path.relpath(path, self.folder).replace(os.sep, "/")
        if relative.startswith("../"):
            return self.ignore
        return self.ignore.union(*(one.ignore for one in self.per_file if fits(one.pattern, relative)))
