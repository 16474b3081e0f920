"""YAML to the syntax tree of a playbook: its three forms and its header.

The parser never raises and always gives a whole ``Playbook``; what is wrong is in the diagnostics. Names
(ids, references, variables) are not looked up here; that is the analysis' work.
"""

from __future__ import annotations

from typing import Literal

from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label
from mmm_lang.record import frozen
from mmm_lang.source import Source, Span
from mmm_lang.syntax.core_schema import describe, resolve
from mmm_lang.syntax.findings import Findings
from mmm_lang.syntax.key_check import usable_entries
from mmm_lang.syntax.keys import ACTIONS, KEYS
from mmm_lang.syntax.nodes import GroupAction, Map, Playbook, PlaybookOutput, Step
from mmm_lang.syntax.parser_blocks import (
    parse_defaults,
    parse_inputs,
    parse_limits,
    parse_settings,
    parse_until,
)
from mmm_lang.syntax.parser_steps import Steps, key_places
from mmm_lang.syntax.values import Values, is_nothing
from mmm_lang.syntax.yaml_nodes import Damaged, Entry, Mapping, Node, Scalar, Sequence
from mmm_lang.syntax.yaml_tree import Tree, read_tree

_EXAMPLE = 'write a list of steps, such as `- claude: "/mmm-code-review"`'


def parse_playbook(source: Source) -> tuple[Playbook, tuple[Diagnostic, ...]]:
    """The playbook that a source holds, and what is wrong with it, in the order of the text."""
    return parse_tree(source, read_tree(source))


def parse_tree(source: Source, tree: Tree) -> tuple[Playbook, tuple[Diagnostic, ...]]:
    """The same for a source whose YAML has been read."""
    findings = Findings(source)
    findings.add(*tree.diagnostics)
    parser = _Parser(findings, Values(findings), Steps(Values(findings)))
    playbook, found = parser.playbook(_in_todays_words(findings, tree.root)), findings.in_order()
    if found:
        from mmm_lang.syntax.renamed_references import gathered

        found = gathered(found)
    return playbook, found


def _in_todays_words(findings: Findings, root: Node | None) -> Node | None:
    """The tree of an older map and reduce playbook as one of today; every other as it is."""
    if not isinstance(root, Mapping):
        return root
    whole = root.get("map")
    has_template = (
        whole is not None and isinstance(whole.value, Mapping) and whole.value.get("agent_template")
    )
    if root.get("mode") is None and not has_template:
        return root
    from mmm_lang.syntax.older_maps import dialect_mark, report_translated

    mark = dialect_mark(root)
    return root if mark is None else report_translated(findings, root, mark)


@frozen(eq=False)
class _Parser:
    findings: Findings
    values: Values
    steps: Steps

    def playbook(self, root: Node | None) -> Playbook:
        match root:
            case Sequence():
                if not root.items:
                    self._empty(root.span)
                return self._bare("list", root.span, self.steps.listed(root))
            case Mapping():
                return self._with_keys(root)
            case Damaged():
                return self._bare("list", root.span, ())
            case Scalar() if not is_nothing(root):
                self.findings.error(
                    "wrong-type",
                    root.span,
                    f"a playbook is a list of steps, found {describe(root)}",
                    _EXAMPLE,
                )
                return self._bare("list", root.span, ())
            case _:
                span = self.findings.source.whole()
                if not self.findings.in_order():
                    self._empty(span)
                return self._bare("list", span, ())

    def _bare(self, form: Literal["list", "steps"], span: Span, steps: tuple[Step, ...]) -> Playbook:
        return Playbook(self.findings.source, form, span, {}, steps)

    def _empty(self, span: Span) -> None:
        self.findings.error("empty-playbook", span, "this playbook has no steps", _EXAMPLE)

    def _with_keys(self, root: Mapping) -> Playbook:
        names = {entry.key.value for entry in root.entries}
        lone_actions = [entry for entry in root.entries if entry.key.value in _LONE_ACTIONS]
        if lone_actions and not names & {"steps", "commands"}:
            from mmm_lang.syntax.action_troubles import split_at_actions

            parts = split_at_actions(root)
            repeated = self.findings.retract("duplicate-key", root.span)
            others = sorted((*repeated, *(part.entries[0].key.span for part in parts[1:])))
            self.findings.error(
                "missing-key",
                parts[0].entries[0].key.span,
                "a step stands where the list of steps should be",
                f"write `- ` before `{parts[0].entries[0].key.value}:` and indent the other keys of the step",
                label="`- ` is missing before this",
                secondary=tuple(Label(place, "and before this") for place in others),
            )
            return self._bare("list", root.span, tuple(self.steps.step(part) for part in parts))
        glued = [entry for entry in root.entries if entry.key.value in _GLUED_ACTIONS]
        if glued:
            return self._with_glued_dashes(root, glued)
        entries = usable_entries(self.findings, root.entries, "header")
        form, steps = self._steps_of(root, entries)
        setup = self._setup(entries.get("setup"))
        values = self.values
        self._check_version(entries.get("version"))
        return Playbook(
            source=self.findings.source,
            form=form,
            span=root.span,
            keys=key_places(root),
            steps=steps if setup is None else (setup, *steps),
            name=values.text(entries.get("name")),
            description=values.text(entries.get("description")),
            inputs=parse_inputs(values, entries.get("inputs")),
            outputs=self._outputs(entries.get("outputs")),
            env=values.env(entries.get("env")),
            secrets=values.variables(entries.get("secrets")),
            protect=values.texts(entries.get("protect")) or (),
            max_iterations=values.integer(
                entries.get("max_iterations"), 1, "write how many times the steps may run"
            ),
            until=parse_until(values, entries.get("until")),
            setup=setup,
            merge=self.steps.steps(entries["merge"]) if "merge" in entries else (),
            map=self._map(entries.get("map")),
            reduce=self._reduce(entries),
            limits=parse_limits(values, entries.get("limits")),
            defaults=parse_defaults(values, entries.get("defaults")),
            settings=parse_settings(values, entries),
        )

    def _with_glued_dashes(self, root: Mapping, glued: list[Entry]) -> Playbook:
        """A file of ``-claude: …`` alone: keys to YAML, items of a list to whoever wrote it."""
        first, *others = (entry.key.span for entry in glued)
        dashes = [Span(place.start + 1, place.start + 1) for place in (first, *others)]
        self.findings.error(
            "yaml-syntax",
            Span(first.start, first.start + 1),
            "an item of a list needs a space after `-`",
            f"write `- {glued[0].key.value[1:]}: …`",
            secondary=tuple(Label(Span(place.start, place.start + 1), "here too") for place in others),
            fix=Fix("insert the space", "safe", tuple(Edit(place, " ") for place in dashes)),
        )
        return self._bare("list", root.span, ())

    def _steps_of(
        self, root: Mapping, entries: dict[str, Entry]
    ) -> tuple[Literal["commands", "steps"], tuple[Step, ...]]:
        """The list of steps, from ``steps`` or ``commands``."""
        written = [entries[name] for name in ("steps", "commands") if name in entries]
        if not written:
            self._check_missing(root, entries)
            return "steps", ()
        if len(written) == 2:
            first, second = sorted(written, key=lambda entry: entry.key.span)
            self.findings.error(
                "misplaced-key",
                second.key.span,
                "a playbook has `steps` or `commands`, not both",
                "put all steps into one list; steps of every kind may be mixed",
                secondary=(Label(first.key.span, "the other list"),),
            )
            written = [first]
        entry = written[0]
        form: Literal["commands", "steps"] = "commands" if entry.key.value == "commands" else "steps"
        if is_nothing(entry.value) or (isinstance(entry.value, Sequence) and not entry.value.items):
            self._empty(entry.key.span)
            return form, ()
        return form, self.steps.steps(entry)

    def _setup(self, entry: Entry | None) -> Step | None:
        """The steps of `setup:` as a group."""
        if entry is None:
            return None
        inner = self.steps.steps(entry)
        span = entry.span
        action = GroupAction(inner, entry.key.span)
        return Step(action, span, {"steps": entry.key.span}) if inner else None

    def _outputs(self, entry: Entry | None) -> tuple[PlaybookOutput, ...]:
        """The value of `outputs:`."""
        if entry is None:
            return ()
        from mmm_lang.syntax.parser_calls import parse_results  # few playbooks are called by another

        return parse_results(self.values, entry)

    def _map(self, entry: Entry | None) -> Map | None:
        """The value of `map:`."""
        if entry is None:
            return None
        from mmm_lang.syntax.parser_map import MapReader  # few playbooks have one

        return MapReader(self.values, self.steps).read(entry)

    def _reduce(self, entries: dict[str, Entry]) -> tuple[Step, ...]:
        """The steps of `reduce:`, which mean nothing without `map:`."""
        entry = entries.get("reduce")
        if entry is None:
            return ()
        if "map" not in entries:
            self.findings.error(
                "misplaced-key",
                entry.key.span,
                "`reduce` belongs to a playbook with `map:`: it runs once after all items",
                "write `map: {over: …}` with the items, or put these steps at the end of `steps:`",
            )
        return self.steps.steps(entry)

    def _check_missing(self, root: Mapping, entries: dict[str, Entry]) -> None:
        """No list of steps. An unknown or unavailable key is likely what stands for it, and is reported."""
        unavailable = any(KEYS["header"][name].feature for name in entries)
        unknown = any(entry.key.value not in KEYS["header"] for entry in root.entries)
        if unavailable or unknown or self.findings.has("several-documents"):
            return
        at = root.entries[0].key.span if root.entries else root.span
        self.findings.error(
            "missing-key", at, "this playbook has no `steps`", "add `steps:` with a list of steps below it"
        )

    def _check_version(self, entry: Entry | None) -> None:
        if entry is None or isinstance(entry.value, Damaged):
            return
        value = resolve(entry.value) if isinstance(entry.value, Scalar) else None
        if value in (1, "1", 1.0) and not isinstance(value, bool):
            return
        if isinstance(value, (int, float, str)) and not isinstance(value, bool):
            self.findings.error(
                "unsupported-version",
                entry.value.span,
                "the only version of the playbook language is 1",
                "write `version: 1`, remove the key, or use a newer mmm",
            )
        else:
            self.values.wrong_type(entry, "the number 1", "write `version: 1`, or remove the key")


_GLUED_ACTIONS = frozenset(f"-{action}" for action in ACTIONS)
_LONE_ACTIONS = frozenset(ACTIONS) - {"name", "steps"}
