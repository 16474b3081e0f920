"""Handlers: ``on_failure``, ``on_exit_code`` and ``on_success`` in all their shapes.

A handler is a step (with ``max_attempts`` and ``fail_workflow`` among its keys), a list of steps, ``steps:``
with these options, or the options alone.
"""

from __future__ import annotations

from collections.abc import Callable

from mmm_lang.diagnostics.model import Label
from mmm_lang.record import evolve, frozen
from mmm_lang.syntax.key_check import usable_entries
from mmm_lang.syntax.keys import KEYS
from mmm_lang.syntax.nodes import ExitHandler, Handler, Located, Step
from mmm_lang.syntax.values import Values, is_nothing
from mmm_lang.syntax.yaml_nodes import Damaged, Entry, Mapping, Scalar, Sequence

_ZERO_ATTEMPTS = "for no handler at all write `on_failure: {fail_workflow: true}` or `{fail_workflow: false}`"


@frozen(eq=False)
class Handlers:
    """Reads handlers. ``step`` reads one step, ``steps`` a list of them; both come from the steps' own room."""

    values: Values
    step: Callable[[Mapping], Step]
    handler_step: Callable[[Mapping], Step]
    """Like ``step``, for one among whose keys are a handler's options."""
    steps: Callable[[Entry], tuple[Step, ...]]

    def handler(self, entry: Entry | None) -> Handler | None:
        """The value of ``on_failure``, or of one exit code."""
        if entry is None:
            return None
        key, node = entry.key, entry.value
        if is_nothing(node) or (isinstance(node, Mapping) and not node.entries):
            self.values.empty(entry)
            return None
        if isinstance(node, Sequence):
            from mmm_lang.syntax.handler_troubles import without_options

            listed = evolve(entry, value=without_options(self.values.findings, node))
            return Handler(self.steps(listed), node.span, key.span)
        if not isinstance(node, Mapping):
            self._not_a_step(entry)
            return None
        options = {row: node.get(row) for row in KEYS["handler"]}
        steps = self._steps_beside(node)
        attempts = options["max_attempts"]
        if not steps and attempts is not None and len(node.entries) == sum(map(bool, options.values())):
            self.values.findings.warning(
                "misplaced-key",
                attempts.key.span,
                "`max_attempts` counts runs of a handler, and this one has no step",
                "add `claude:` or `shell:` beside it, or remove it",
            )
        return Handler(
            steps,
            node.span,
            key.span,
            max_attempts=self.values.integer(attempts, 1, _ZERO_ATTEMPTS),
            fail_workflow=self.values.boolean(options["fail_workflow"]),
        )

    def _steps_beside(self, node: Mapping) -> tuple[Step, ...]:
        """The steps that stand beside a handler's options."""
        others = [entry for entry in node.entries if entry.key.value not in KEYS["handler"]]
        known = [entry for entry in others if entry.key.value in KEYS["step"]]
        if not known:
            usable_entries(self.values.findings, others, "handler", "step")
            return ()
        if len(others) == 1 and known[0].key.value == "steps":
            return self.steps(known[0])
        return (self.handler_step(node),)

    def following(self, entry: Entry | None) -> tuple[Step, ...]:
        """The value of ``on_success``: a step or a list of steps."""
        if entry is None:
            return ()
        if is_nothing(entry.value):
            self.values.empty(entry)
        elif isinstance(entry.value, Sequence):
            return self.steps(entry)
        elif isinstance(entry.value, Mapping):
            return (self.step(entry.value),)
        else:
            self._not_a_step(entry)
        return ()

    def by_exit_code(
        self, entry: Entry | None, on_success: Entry | None
    ) -> tuple[tuple[ExitHandler, ...], tuple[Step, ...]]:
        """The value of ``on_exit_code``: its handlers, and the steps of its code 0, which is ``on_success``."""
        found: list[ExitHandler] = []
        after_success: tuple[Step, ...] = ()
        seen: dict[int, Scalar] = {}
        example = 'write exit codes with steps, as in `101: {claude: "…"}`'
        if entry is not None and isinstance(entry.value, Mapping) and not entry.value.entries:
            self.values.empty(entry)
        for coded in self.values.entries(entry, "a mapping of exit codes to steps", example):
            code = self._code(coded.key, seen)
            if code is not None and code.value == 0:
                after_success = self.following(coded)
                if on_success is not None:
                    self._twice(coded, on_success)
                continue
            if code is None and coded.key.value != "default":
                continue
            handler = self.handler(coded)
            if handler is not None:
                found.append(ExitHandler(code, handler))
        return tuple(found), after_success

    def _code(self, key: Scalar, seen: dict[int, Scalar]) -> Located[int] | None:
        if key.value == "default":
            return None
        advice = "write a number from 0 to 255, or `default` for all others"
        if key.value in KEYS["step"]:
            advice = f"write the exit code before the step, as in `default: {{{key.value}: …}}`"
        code = self.values.exit_code(key, advice)
        if code is None:
            return None
        if code.value in seen:
            self.values.findings.error(
                "duplicate-key", key.span, f"the exit code {code.value} is written twice", "keep one of them",
                label="again here", secondary=(Label(seen[code.value].span, "first here"),),
            )  # fmt: skip
            return None
        seen[code.value] = key
        return code

    def _twice(self, coded: Entry, on_success: Entry) -> None:
        self.values.findings.error(
            "misplaced-key",
            coded.key.span,
            "the exit code 0 means success, and the step has `on_success` too",
            "move its steps into `on_success`",
            secondary=(Label(on_success.key.span, "`on_success` is here"),),
        )

    def _not_a_step(self, entry: Entry) -> None:
        if not isinstance(entry.value, Damaged):
            from mmm_lang.syntax.mistyped import instead_of_word_for_handler

            instead = instead_of_word_for_handler(entry)
            self.values.wrong_type(entry, "a step or a list of steps", *instead.advice, fix=instead.fix)
