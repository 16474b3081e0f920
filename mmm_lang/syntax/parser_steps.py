"""Steps: one entry of a list, its one action and the keys beside it."""

from __future__ import annotations

from mmm_lang.record import frozen
from mmm_lang.source import Span
from mmm_lang.syntax.core_schema import describe, resolve
from mmm_lang.syntax.key_check import is_damaged, usable_entries
from mmm_lang.syntax.key_fit import fitting
from mmm_lang.syntax.keys import ACTIONS, KEYS
from mmm_lang.syntax.nodes import (
    Action,
    AnalyzeAction,
    ApproveAction,
    Broken,
    CallAction,
    ClaudeAction,
    GroupAction,
    Located,
    ShellAction,
    Step,
    UnavailableAction,
)
from mmm_lang.syntax.parser_blocks import parse_outputs, parse_schema, parse_settings
from mmm_lang.syntax.parser_handlers import Handlers
from mmm_lang.syntax.values import Values, is_nothing
from mmm_lang.syntax.yaml_nodes import Damaged, Entry, Item, Mapping, Scalar, Sequence

_MAY_BE_EMPTY = ("on_failure", "on_success")


@frozen(eq=False)
class Steps:
    """Reads lists of steps."""

    values: Values

    def steps(self, entry: Entry) -> tuple[Step, ...]:
        """The value of a key that holds a list of steps."""
        node = entry.value
        if isinstance(node, Sequence):
            if not node.items:
                self.values.empty(entry)
            return self.listed(node)
        if isinstance(node, Mapping):
            from mmm_lang.syntax.action_troubles import steps_without_dashes

            parts = steps_without_dashes(self.values.findings, entry, node)
            return tuple(self.step(part) for part in parts)
        if is_nothing(node):
            self.values.empty(entry)
        else:
            self.values.wrong_type(entry, "a list of steps", "write each step on its own line, after `- `")
        return ()

    def listed(self, node: Sequence) -> tuple[Step, ...]:
        """The entries of a list, each a step or a slash command."""
        return tuple(self._entry(item) for item in node.items)

    def _entry(self, item: Item) -> Step:
        node = item.node
        match node:
            case Mapping():
                return self.step(node)
            case Scalar():
                return self._command(node, item.place)
            case Sequence():
                self.values.findings.error(
                    "wrong-type",
                    node.span,
                    "a step cannot be a list",
                    "remove one `-`, or make it a group: `- steps:` with the list below it",
                )
                return Step(Broken(node.span), node.span)
            case Damaged():
                return Step(Broken(node.span), node.span)

    def _command(self, scalar: Scalar, place: Span) -> Step:
        """A bare string: a slash command, its ``/`` optional."""
        span = scalar.span if scalar.span.start < scalar.span.end else place
        value = resolve(scalar)
        if not isinstance(value, str) or not value.strip():
            found = "is empty" if value is None or isinstance(value, str) else f"is {describe(scalar)}"
            self.values.findings.error(
                "missing-action",
                span,
                f"this entry of the list {found}; a step needs an action",
                "write `claude:`, `shell:` or the name of a slash command after the `-`, or remove it",
            )
            return Step(Broken(span), span)
        from mmm_lang.syntax.action_troubles import key_without_colon

        if key_without_colon(self.values.findings, scalar, span):
            return Step(Broken(span), span)
        prompt = self.values.template_of(scalar, "prompt")
        return Step(ClaudeAction(prompt, "string", span), span)

    def step(self, node: Mapping) -> Step:
        """A step that is written with keys."""
        if any(entry.key.value in _MAY_BE_EMPTY and is_nothing(entry.value) for entry in node.entries):
            from mmm_lang.syntax.handler_troubles import with_handler_indented

            node = with_handler_indented(self.values.findings, node)
        known = usable_entries(self.values.findings, node.entries, "step")
        return self._keyed(node, known)

    def handler_step(self, node: Mapping) -> Step:
        """A step whose keys are mixed with the options of the handler that it is."""
        known = usable_entries(self.values.findings, node.entries, "handler", "step")
        for option in KEYS["handler"]:
            known.pop(option, None)
        return self._keyed(node, known)

    def _keyed(self, node: Mapping, known: dict[str, Entry]) -> Step:
        values = self.values
        actions = [entry for name, entry in known.items() if name in ACTIONS]
        entries = fitting(values.findings, known, actions)
        handlers = Handlers(values, self.step, self.handler_step, self.steps)
        exit_handlers, after_zero = handlers.by_exit_code(
            entries.get("on_exit_code"), entries.get("on_success")
        )
        on_failure = handlers.handler(entries.get("on_failure"))
        action = self._action(node, known, actions)
        if len(actions) == 1 and actions[0].key.value == "test":
            from mmm_lang.syntax.parser_test_step import deprecated_test

            action, own_handler = deprecated_test(values, actions[0], handlers, entries.get("on_failure"))
            on_failure = on_failure or own_handler
        return Step(
            action=action,
            span=node.span,
            keys=key_places(node),
            id=values.identifier(entries.get("id")),
            when=values.condition(entries.get("when")),
            on_failure=on_failure,
            on_exit_code=exit_handlers,
            on_success=handlers.following(entries.get("on_success")) or after_zero,
            commit_required=values.boolean(entries.get("commit_required")),
            commit=values.boolean(entries.get("commit")),
            capture_output=values.boolean(entries.get("capture_output")),
            outputs=parse_outputs(values, entries.get("outputs")),
            ok_exit_codes=values.exit_codes(entries.get("ok_exit_codes")),
            env=values.env(entries.get("env")),
            cwd=values.template(entries.get("cwd"), "text"),
            commit_message=values.template(entries.get("commit_message"), "text"),
            output_schema=parse_schema(values, entries.get("output_schema")),
            rerun=values.choice(entries.get("rerun"), KEYS["step"]["rerun"].choices),
            analysis=self._refresh(entries["analysis"]) if "analysis" in entries else None,
            settings=parse_settings(values, entries),
        )

    # --- the action ---

    def _action(self, node: Mapping, known: dict[str, Entry], actions: list[Entry]) -> Action:
        if len(actions) > 1 and any(one.key.value == "foreach" for one in actions):
            from mmm_lang.syntax.parser_loops import actions_beside_loop

            actions_beside_loop(self.values.findings, actions, "do" in known)
            return Broken(node.span)
        if len(actions) > 1:
            from mmm_lang.syntax.action_troubles import several_actions

            several_actions(self.values.findings, actions)
            return Broken(node.span)
        if not actions:
            from mmm_lang.syntax.action_troubles import no_action

            no_action(self.values.findings, node, known)
            return Broken(node.span)
        entry = actions[0]
        span = entry.span
        if is_damaged(entry):
            return Broken(span)
        name = entry.key.value
        if name == "claude":
            prompt = self.values.essence(entry, "prompt", "prompt")
            return Broken(span) if prompt is None else ClaudeAction(prompt, "claude", span)
        if name == "name":
            prompt = self.values.essence(entry, "prompt", "command")
            args = self.values.templates(known.get("args"))
            return Broken(span) if prompt is None else ClaudeAction(prompt, "name", span, args)
        if name == "shell":
            script = self.values.essence(entry, "shell", "script")
            return Broken(span) if script is None else ShellAction(script, span)
        if name == "steps":
            return GroupAction(self.steps(entry), span)
        if name == "analyze":
            return self._refresh(entry)
        if name == "foreach":
            from mmm_lang.syntax.parser_loops import parse_loop  # few playbooks have one

            handlers = Handlers(self.values, self.step, self.handler_step, self.steps)
            return parse_loop(self.values, handlers, entry, known)
        if name == "approve":
            question = self.values.essence(entry, "prompt", "question")
            return Broken(span) if question is None else ApproveAction(question, span)
        if name == "playbook":
            from mmm_lang.syntax.parser_calls import parse_passed  # few playbooks call another

            path = self.values.essence(entry, "text", "path")
            passed = parse_passed(self.values, known.get("inputs"))
            if path is None:
                return Broken(span)
            return CallAction(Located(path.raw.strip(), path.span), span, passed)
        return UnavailableAction(name, span)

    def _refresh(self, entry: Entry) -> AnalyzeAction:
        """``analyze:`` and ``analysis:``."""
        span = entry.span
        if is_nothing(entry.value):
            return AnalyzeAction(span)
        name = entry.key.value
        written = self.values.entries(entry, "a mapping", f"write `{name}: {{max_cache_age: 300}}`")
        options = usable_entries(
            self.values.findings, written, "analyze" if name == "analyze" else "analysis"
        )
        force = self.values.boolean(options.get("force_refresh"))
        return AnalyzeAction(span, force, self.values.pause(options.get("max_cache_age")))


def key_places(node: Mapping) -> dict[str, Span]:
    """The place of every key of a mapping; of keys inside its blocks too, as ``retry.attempts``."""
    places: dict[str, Span] = {}
    for entry in node.entries:
        places[entry.key.value] = entry.key.span
        if isinstance(entry.value, Mapping) and entry.key.value not in ("steps", "on_success", "do"):
            for inner in entry.value.entries:
                places[f"{entry.key.value}.{inner.key.value}"] = inner.key.span
        elif isinstance(entry.value, Sequence) and entry.key.value == "outputs":
            # names without what they are; that has been said, and references to them have no followers
            named = (item.node for item in entry.value.items if isinstance(item.node, Scalar))
            places.update((f"outputs.{name.value}", name.span) for name in named)
    return places
