"""Reading a configuration: a text becomes settings, and its mistakes diagnostics with their places.

What is wrong is left out, and the rest counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from mmm_lang.analysis.configuration.programs import read_programs
from mmm_lang.analysis.configuration.settings import PRESETS, Level, PathRules, Settings
from mmm_lang.analysis.configuration.tree import Array, Entry, Node, Table, Word, describe, from_yaml
from mmm_lang.analysis.registry import YAML_RULES, Preset, presets_of_rules
from mmm_lang.diagnostics.model import Diagnostic, Severity
from mmm_lang.diagnostics.similar import nearest
from mmm_lang.figures import series
from mmm_lang.record import define, evolve, field, frozen
from mmm_lang.source import Source, Span
from mmm_lang.syntax.findings import Findings

LATER = ("permissions",)
"""Keys that other commands read."""
KEYS = ("select", "ignore", "level", "per_file", "preset", "fail_on", "agents", *LATER)
_LEVELS: dict[str, Level] = {"error": "error", "warning": "warning", "note": "note", "off": "off"}
_SEVERITIES: dict[str, Severity] = {"error": "error", "warning": "warning", "note": "note"}
_T = TypeVar("_T")
_PRESETS: dict[str, Preset] = {preset: preset for preset in PRESETS}


@frozen(eq=False)
class Configuration:
    """A configuration that was read. ``places`` says where each value is set, by names such as ``preset``,
    ``level.raw-filter`` and ``per_file.examples/*``."""

    source: Source
    settings: Settings
    places: Mapping[str, Span]
    diagnostics: tuple[Diagnostic, ...]
    span: Span
    """Where it begins: the header of its table, or the first line."""


def read_configuration(source: Source, folder: str) -> Configuration | None:
    """The settings of a text whose patterns start from the absolute path ``folder``; never raises.

    A source whose name ends in ``.toml`` is TOML with a table ``[tool.mmm]``, and ``None`` where it has none;
    any other is YAML with the keys at the top.
    """
    findings = Findings(source)
    if source.path.endswith(".toml"):
        from mmm_lang.analysis.configuration.toml_text import NotToml, read_toml  # `tomllib` takes a while

        try:
            root: Node | None = _own_table(read_toml(source))
        except NotToml as mistake:
            findings.error("invalid-config", mistake.span, f"this is not TOML: {mistake}")
            return Configuration(source, Settings(folder), {}, findings.in_order(), source.whole())
        if root is None:
            return None
    else:
        root = _yaml(source, findings)
    reader = Reader(findings, presets_of_rules())
    settings = evolve(reader.settings(root), folder=folder)
    span = source.whole() if root is None or not source.path.endswith(".toml") else root.span
    return Configuration(source, settings, reader.places, findings.in_order(), span)


def _own_table(root: Table) -> Node | None:
    """The value of ``tool.mmm``, if there is one."""
    tool = root.get("tool")
    own = tool.value.get("mmm") if tool is not None and isinstance(tool.value, Table) else None
    return own.value if own is not None else None


def _yaml(source: Source, findings: Findings) -> Node | None:
    from mmm_lang.syntax.yaml_tree import read_tree

    tree = read_tree(source)
    findings.add(*tree.diagnostics)
    return from_yaml(tree.root) if tree.root is not None else None


@define(eq=False)
class Reader:
    """Reads the values of one configuration, and keeps where each is set."""

    findings: Findings
    rules: Mapping[str, Preset]
    places: dict[str, Span] = field(factory=dict)

    def settings(self, root: Node | None) -> Settings:
        """The settings that a configuration's tree holds; ``folder`` is still to be set."""
        settings = Settings()
        if root is None or (isinstance(root, Word) and root.value is None):
            return settings
        if not isinstance(root, Table):
            self.wrong(root, "a configuration is a table of keys", "write keys such as `preset: pedantic`")
            return settings
        for entry in root.entries:
            settings = self.with_entry(settings, entry)
        return settings

    def with_entry(self, settings: Settings, entry: Entry) -> Settings:
        """The settings with one key's value in them, where that is sound."""
        self.places[entry.key] = entry.key_span
        match entry.key:
            case "select":
                rules = self.rules_of(entry)
                return settings if rules is None else evolve(settings, select=rules)
            case "ignore":
                return evolve(settings, ignore=self.rules_of(entry) or frozenset())
            case "level":
                return evolve(settings, level=self.levels(entry))
            case "per_file":
                return evolve(settings, per_file=tuple(self.path_rules(entry)))
            case "preset":
                return evolve(settings, preset=self.choice(entry, _PRESETS) or "default")
            case "fail_on":
                return evolve(settings, fail_on=self.choice(entry, _SEVERITIES) or "error")
            case "agents":
                return evolve(settings, agents=read_programs(self, entry))
            case key if key not in LATER:
                self.unknown(entry, KEYS)
        return settings

    def levels(self, entry: Entry) -> dict[str, Level]:
        levels: dict[str, Level] = {}
        for rule in self.entries(entry, "write rules with their levels, such as `raw-filter: error`"):
            level = self.choice(rule, _LEVELS)
            if self.is_rule(rule.key, rule.key_span) and level is not None:
                levels[rule.key] = level
                self.places[f"level.{rule.key}"] = rule.key_span
        return levels

    def path_rules(self, entry: Entry) -> Iterable[PathRules]:
        advice = "write patterns with what is ignored there, such as `examples/*: {ignore: [raw-filter]}`"
        for pattern in self.entries(entry, advice):
            if not pattern.key or pattern.key.startswith(("/", "../")):
                self.findings.error(
                    "invalid-config",
                    pattern.key_span,
                    f"the pattern `{pattern.key}` fits no file",
                    "a pattern is relative to the folder of the configuration, such as `examples/*.yml`",
                )
                continue
            ignored: frozenset[str] = frozenset()
            for inner in self.entries(pattern, "write `ignore:` with a list of rules below it"):
                if inner.key == "ignore":
                    ignored = self.rules_of(inner) or frozenset()
                else:
                    self.unknown(inner, ("ignore",))
            self.places[f"per_file.{pattern.key}"] = pattern.key_span
            yield PathRules(pattern.key, ignored)

    def entries(self, entry: Entry, advice: str) -> tuple[Entry, ...]:
        """The entries of a table; nothing, which is said, where it is none."""
        if isinstance(entry.value, Table):
            return entry.value.entries
        self.wrong(entry.value, f"`{entry.key}` is a table", advice)
        return ()

    def rules_of(self, entry: Entry) -> frozenset[str] | None:
        """A list of rules; ``None`` where it is no list."""
        if not isinstance(entry.value, Array):
            self.wrong(entry.value, f"`{entry.key}` is a list of rules", "write it as `[raw-filter]`")
            return None
        names: set[str] = set()
        for item in entry.value.items:
            if not isinstance(item, Word) or not isinstance(item.value, str):
                self.wrong(item, "a rule is named by its name", "`mmm rules` lists all there are")
            elif self.is_rule(item.value, item.span):
                names.add(item.value)
        return frozenset(names)

    def is_rule(self, name: str, span: Span) -> bool:
        """Whether a rule of that name can be set; where not, that is said."""
        if name in YAML_RULES:
            self.findings.error(
                "invalid-config",
                span,
                f"`{name}` is always an error",
                "leave it out; a text that is not sound YAML cannot be checked for anything else",
            )
            return False
        if name not in self.rules:
            guess = nearest(name, self.rules)
            advice = f"replace with `{guess}`" if guess else "`mmm rules` lists all there are"
            self.findings.warning("unknown-rule", span, f"there is no rule `{name}`", advice)
            return False
        return True

    def choice(self, entry: Entry, choices: Mapping[str, _T]) -> _T | None:
        """One of a few words; ``None`` where it is none of them."""
        value = entry.value.value if isinstance(entry.value, Word) else None
        if isinstance(value, str) and value in choices:
            return choices[value]
        guess = nearest(value, choices) if isinstance(value, str) else None
        self.places.pop(entry.key, None)
        words = series((f"`{choice}`" for choice in choices), "or")
        self.wrong(
            entry.value,
            f"`{entry.key}` is {words}",
            f"replace with `{guess}`" if guess else f"write `{entry.key}` with one of these, or leave it out",
        )
        return None

    def wrong(self, node: Node, expected: str, advice: str) -> None:
        """Say that a value is not what is expected."""
        message = f"{expected}, found {describe(node)}"
        self.findings.error("invalid-config", node.span, message, advice)

    def unknown(self, entry: Entry, known: Iterable[str]) -> None:
        """Say that there is no such key."""
        names = tuple(known)
        guess = nearest(entry.key, names)
        self.findings.warning(
            "unknown-config-key",
            entry.key_span,
            f"the configuration has no key `{entry.key}`" + (" here" if names[-1] == "ignore" else ""),
            f"replace with `{guess}`" if guess else f"it has {series(f'`{name}`' for name in names)}",
        )
