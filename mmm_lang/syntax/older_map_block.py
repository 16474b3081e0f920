"""``map:`` of the older dialect as the ``map:`` and ``steps:`` of today."""

from __future__ import annotations

import re

from mmm_lang.record import evolve, frozen
from mmm_lang.syntax.core_schema import resolve
from mmm_lang.syntax.durations import seconds_of
from mmm_lang.syntax.older_filters import Refused, rewritten_filter, rewritten_sort
from mmm_lang.syntax.older_nodes import as_plain, as_text, plain_entry, printed, renamed, with_text
from mmm_lang.syntax.older_policy import RETRIED, ErrorPolicy
from mmm_lang.syntax.older_report import Report
from mmm_lang.syntax.yaml_nodes import Damaged, Entry, Item, Mapping, Scalar, Sequence

_TIMEOUTS = ("agent_timeout_secs", "timeout_per_agent", "timeout_config")
_FILES = re.compile(r"[^\s|;&<>()`'\"]+\.(?:json|jsonl|ndjson|txt|csv|lst|list)")
_ONE_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_DIGITS = re.compile(r"[0-9]+")


def goes_into(whole: Entry | None) -> bool:
    """Whether the ``setup:`` of the header goes into ``map:``, which has none of its own."""
    return whole is not None and isinstance(whole.value, Mapping) and whole.value.get("setup") is None


def phase(report: Report, entry: Entry) -> Entry:
    """The entry of a phase with its steps alone: they may stand in a mapping, under ``commands``."""
    if not isinstance(entry.value, Mapping):
        return entry
    commands = entry.value.get("commands")
    if commands is None:
        return entry
    for inner in entry.value.entries:
        if inner is commands:
            continue
        if inner.key.value == "timeout":
            report.ignored(inner, "write `timeout:` on its steps, or `defaults: {timeout: …}`")
        elif inner.key.value == "capture_outputs":
            report.ignored(inner, "give the steps an `id:`, and write `${id.output}` in the steps after them")
        else:
            report.ignored(inner, "remove it")
    return Entry(entry.key, commands.value, commands.place)


@frozen(eq=False)
class OlderMap:
    """Translates ``map:`` of a playbook with this root."""

    root: Mapping
    policy: ErrorPolicy
    report: Report

    def entries(self, entry: Entry, node: Mapping) -> list[Entry]:
        """``map:`` of today, and ``steps:``."""
        given = {inner.key.value: inner for inner in node.entries}
        found: list[Entry] = []
        template: Entry | None = None
        bound: Entry | None = None
        for inner in node.entries:
            name = inner.key.value
            if name == "input" and "over" not in given:
                found.append(self._over(inner, given.get("json_path")))
            elif name == "json_path" and "input" in given and "over" not in given:
                continue
            elif name == "agent_template":
                template = phase(self.report, inner)
            elif name == "max_parallel":
                found.append(renamed(self._number(inner), "parallel"))
            elif name == "max_items":
                found.append(self._number(inner))
            elif name == "filter":
                found.append(self._filter(inner))
            elif name == "sort_by":
                found.append(self._sort(inner))
            elif name in _TIMEOUTS:
                bound = self._timeout(inner, bound, given.get("limits"))
            elif name in ("retry_on_failure", "max_retries"):
                self.report.ignored(inner, RETRIED)
            elif name == "offset":
                self._offset(inner)
            elif name == "distinct":
                self.report.no_counterpart(
                    inner, "let the command that makes the items do it, as in `jq '[.[]] | unique_by(.id)'`"
                )
            else:
                found.append(inner)
        if bound is not None:
            found.append(bound)
        setup = self.root.get("setup")
        if setup is not None and goes_into(entry):
            found.append(phase(self.report, setup))
        if self.policy.fail_fast is not None and "fail_fast" not in given:
            found.append(plain_entry(self.policy.fail_fast, "fail_fast", "true"))
        whole = Entry(entry.key, Mapping(tuple(found), node.span), entry.place)
        return [whole, *self._steps(entry, template)]

    def _steps(self, entry: Entry, template: Entry | None) -> list[Entry]:
        others = [other for name in ("steps", "commands") if (other := self.root.get(name)) is not None]
        if template is not None and others:
            self.report.error(
                "misplaced-key",
                others[0].key.span,
                f"`{others[0].key.value}` stands beside `agent_template`, which has the steps of an item",
                "put what runs before the items into `setup:`, and what runs after them into `reduce:`",
            )
            return []
        if template is None and not others:
            self.report.error(
                "missing-key",
                entry.key.span,
                "`map` lacks `agent_template`, the steps that are run for every item",
                "write them as `steps:` at the top, beside `map:`",
            )
        return [] if template is None else [renamed(template, "steps")]

    def _over(self, entry: Entry, path: Entry | None) -> Entry:
        """``input`` and ``json_path`` as ``over``."""
        key, value = entry.key, entry.value
        if not isinstance(value, Scalar):
            if isinstance(value, Sequence):
                items = Mapping((renamed(entry, "items"),), value.span)
                return Entry(evolve(key, value="over"), items, value.span)
            return renamed(entry, "over")
        is_file = _FILES.fullmatch(value.value.strip()) is not None
        source = renamed(entry, "file" if is_file and "$" not in value.value else "shell")
        if is_file and source.key.value == "shell":
            source = evolve(source, value=printed(value))
        inner = [source]
        if path is not None and isinstance(path.value, Scalar) and resolve(path.value) not in (None, ""):
            inner.append(renamed(path, "json"))
        elif is_file and value.value.strip().endswith(".json"):
            inner.append(plain_entry(key, "json", "$[*]"))
        return Entry(evolve(key, value="over"), Mapping(tuple(inner), value.span), value.span)

    def _number(self, entry: Entry) -> Entry:
        """A number that may be written in quotes, or as a variable of ``env:``."""
        value = entry.value
        if not isinstance(value, Scalar) or not isinstance(resolve(value), str):
            return entry
        text = value.value.strip()
        named = _ONE_VARIABLE.fullmatch(text)
        if named is not None:
            text = self._variable(named[1] or named[2]) or text
        if not _DIGITS.fullmatch(text):
            return entry
        return evolve(entry, value=as_plain(value, text))

    def _variable(self, name: str) -> str | None:
        """The value that ``env:`` gives a variable in this file."""
        env = self.root.get("env")
        entry = env.value.get(name) if env is not None and isinstance(env.value, Mapping) else None
        return entry.value.value.strip() if entry is not None and isinstance(entry.value, Scalar) else None

    def _filter(self, entry: Entry) -> Entry:
        if not isinstance(entry.value, Scalar) or not isinstance(resolve(entry.value), str):
            return entry
        rewritten = rewritten_filter(entry.value.value)
        if isinstance(rewritten, Refused):
            self.report.refused(entry.value, rewritten, "condition-syntax")
            return evolve(entry, value=Damaged(entry.value.span))
        return evolve(entry, value=with_text(entry.value, rewritten.text, rewritten.origins))

    def _sort(self, entry: Entry) -> Entry:
        value = entry.value
        if not isinstance(value, Scalar) or not isinstance(resolve(value), str):
            return entry
        keys = rewritten_sort(value.value)
        if isinstance(keys, Refused):
            self.report.refused(value, keys, "invalid-value")
            return evolve(entry, value=Damaged(value.span))
        texts = tuple(as_text(value, key) for key in keys)
        if len(texts) == 1:
            return evolve(entry, value=texts[0])
        return evolve(entry, value=Sequence(tuple(Item(text, value.span) for text in texts), value.span))

    def _offset(self, entry: Entry) -> None:
        number = resolve(entry.value) if isinstance(entry.value, Scalar) else None
        if number == 0 and not isinstance(number, bool):
            self.report.ignored(entry, "remove it")
        else:
            self.report.no_counterpart(
                entry, "let the command that makes the items leave out the first, as in `jq '.items[10:]'`"
            )

    def _timeout(self, entry: Entry, before: Entry | None, limits: Entry | None) -> Entry | None:
        """``limits: {duration: …}`` for the time that an item may take."""
        inner = entry
        if isinstance(entry.value, Mapping):
            inner_entry = entry.value.get("agent_timeout_secs")
            for other in entry.value.entries:
                if other is not inner_entry:
                    self.report.ignored(other, "remove it; `timeout:` on a step bounds that step")
            if inner_entry is None:
                return before
            inner = inner_entry
        if before is not None or limits is not None:
            self.report.ignored(inner, "remove it: `limits: {duration: …}` is said already")
            return before
        value = inner.value
        if isinstance(value, Scalar) and isinstance(resolve(value), str):
            value = as_plain(value, value.value.strip()) if seconds_of(value) is None else value
            named = _ONE_VARIABLE.fullmatch(value.value)
            known = self._variable(named[1] or named[2]) if named is not None else None
            if known is not None:
                value = as_plain(value, known)
        duration = Entry(evolve(inner.key, value="duration"), value, value.span)
        block = Mapping((duration,), inner.key.span.to(inner.place))
        return Entry(evolve(entry.key, value="limits"), block, block.span)
