"""The older dialect ``mode: mapreduce``, read as a playbook with ``map:`` and ``reduce:`` of today.

The translation is one of YAML trees: keys get their names of today, ``commands:`` wrappers go, the steps of
``agent_template`` stand under ``steps:``, and so on. Nodes keep their places in the text, so that everything behind works
on the file as it is written. What has no counterpart is reported as a key without effect; what would mean something else
is an error that says what to write.
"""

from __future__ import annotations

import re

from mmm_lang.record import define, evolve, field, frozen
from mmm_lang.syntax.findings import Findings
from mmm_lang.syntax.older_environment import OlderEnvironment
from mmm_lang.syntax.older_map_block import OlderMap, goes_into, phase
from mmm_lang.syntax.older_policy import ErrorPolicy
from mmm_lang.syntax.older_references import Renaming
from mmm_lang.syntax.older_report import Report, Trouble
from mmm_lang.syntax.yaml_nodes import Entry, Mapping, Node, Scalar, Sequence

PHASES = ("setup", "reduce", "merge")
"""Keys of the header whose steps may stand in a mapping, under ``commands``."""
_MERGING = re.compile(r"\s*/[\w:.-]*\bmerge-worktree\b[^\n]*\$\{merge\.\w+\}")
_PROFILES = "write what differs as `inputs:`, and give it with `--set NAME=VALUE`"


@frozen(eq=False)
class Translated:
    """A playbook in today's words, and what there is to say. ``mark`` is the key that shows the dialect."""

    root: Mapping
    mark: Scalar
    troubles: tuple[Trouble, ...]

    @property
    def says_lanes(self) -> bool:
        """Whether it is written how many items run side by side."""
        entry = self.root.get("map")
        return (
            entry is not None and isinstance(entry.value, Mapping) and entry.value.get("parallel") is not None
        )


def dialect_mark(root: Node | None) -> Scalar | None:
    """The key that shows that a playbook is of the older dialect: ``mode: mapreduce``, or the ``map:`` of one that
    lacks it; ``None`` for every other."""
    if not isinstance(root, Mapping):
        return None
    mode, whole = root.get("mode"), root.get("map")
    if mode is not None and isinstance(mode.value, Scalar) and mode.value.value.casefold() == "mapreduce":
        return mode.key
    if whole is None or not isinstance(whole.value, Mapping):
        return None
    is_older = whole.value.get("agent_template") is not None and whole.value.get("over") is None
    return whole.key if is_older else None


def in_todays_words(root: Mapping, mark: Scalar) -> Translated:
    """The same playbook with ``map:`` and ``reduce:`` of today."""
    return _Translation(root, mark).result()


def report_translated(findings: Findings, root: Mapping, mark: Scalar) -> Mapping:
    """The same tree, after one warning about the dialect and what there is to say about its keys."""
    translated = in_todays_words(root, mark)
    advice = [
        "`mmm fmt --upgrade` writes it in the words of today: `map:` with `over:`, `steps:` and `reduce:`"
    ]
    if not translated.says_lanes:
        advice.append(
            "without `max_parallel` ten items ran at once, and one does now: write `parallel: 10` for ten"
        )
    if root.get("map") is not None:
        name = "`mode: mapreduce`" if mark.value == "mode" else "this `map:`"
        findings.warning("deprecated-syntax", mark.span, f"{name} is an older way to write a map", *advice)
    for one in translated.troubles:
        report = findings.error if one.severity == "error" else findings.warning
        report(one.rule, one.span, one.message, *one.advice)
    return translated.root


@define(eq=False)
class _Translation:
    root: Mapping
    mark: Scalar
    report: Report = field(factory=Report)

    def result(self) -> Translated:
        policy = ErrorPolicy(self.report)
        read = [entry for entry in self.root.entries if policy.takes(entry)]
        older_map = OlderMap(self.root, policy, self.report)
        map_entry = self.root.get("map")
        renaming = Renaming()
        environment = dict(OlderEnvironment(self.root, self.report).entries())
        found = list(environment.values())
        for entry in self.root.entries:
            name = entry.key.value
            is_mark = name == "mode" and entry.key is self.mark
            if is_mark or any(entry is other for other in read) or name in environment:
                continue
            if name == "profiles":
                self.report.ignored(entry, _PROFILES)
            elif name == "map" and isinstance(entry.value, Mapping):
                found += older_map.entries(entry, entry.value)
            elif name == "setup" and goes_into(map_entry):
                continue
            elif name in PHASES:
                steps = phase(self.report, entry)
                found += self._without_merging(steps) if name == "merge" else [steps]
            else:
                found.append(entry)
        if map_entry is None:
            self.report.error(
                "missing-key",
                self.mark.span,
                "a playbook in `mode: mapreduce` needs `map:`",
                "write `map: {over: …}` with the items, or remove `mode`",
            )
        entries = tuple(renaming.entry(entry) for entry in found)
        return Translated(Mapping(entries, self.root.span), self.mark, tuple(self.report.troubles))

    def _without_merging(self, entry: Entry) -> list[Entry]:
        """``merge:`` without the step that merged the worktree, which mmm does itself, before these steps."""
        if not isinstance(entry.value, Sequence):
            return [entry]
        kept = []
        for item in entry.value.items:
            action = item.node.get("claude") if isinstance(item.node, Mapping) else None
            if action is not None and isinstance(action.value, Scalar) and _MERGING.match(action.value.value):
                self.report.without_effect(
                    action.key.span,
                    "this step has no effect in `merge:`",
                    "remove it: mmm merges the worktree itself, before these steps",
                )
            else:
                kept.append(item)
        if len(kept) == len(entry.value.items):
            return [entry]
        return [evolve(entry, value=Sequence(tuple(kept), entry.value.span))] if kept else []
