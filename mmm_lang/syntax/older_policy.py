"""What the older map and reduce dialect says about items that fail: today ``fail_fast``, and `mmm resume --failed`."""

from __future__ import annotations

from mmm_lang.record import define
from mmm_lang.syntax.core_schema import resolve
from mmm_lang.syntax.older_report import Report
from mmm_lang.syntax.yaml_nodes import Entry, Mapping, Scalar

RETRIED = "remove it: `mmm resume --failed` runs the items again that have failed"
"""Advice about retries of whole items."""
_POLICY = {
    "failure_threshold": "remove it; `fail_fast: true` begins no item after the first failure",
    "error_collection": "remove it: every failure is told when it happens, and again at the end",
    "circuit_breaker": "remove it; `fail_fast: true` begins no item after the first failure",
    "retry_config": "write `retry: {attempts: 3, backoff: 10s}` on the steps, or `defaults: {retry: …}`",
    "retry_defaults": "write `defaults: {retry: {attempts: 3, backoff: 10s}}`",
}


@define(eq=False)
class ErrorPolicy:
    """``error_policy:``, or its keys at the top of the file. ``fail_fast`` is the key that asks for it."""

    report: Report
    fail_fast: Scalar | None = None

    def takes(self, entry: Entry) -> bool:
        """Read an entry of the header, if it is of the error policy; whether it is."""
        name = entry.key.value
        if name == "error_policy" and isinstance(entry.value, Mapping):
            for inner in entry.value.entries:
                if not self._is_rule(inner):
                    self.report.ignored(inner, "remove it")
            return True
        return self._is_rule(entry)

    def _is_rule(self, entry: Entry) -> bool:
        name, value = entry.key.value, entry.value
        said = resolve(value) if isinstance(value, Scalar) else None
        if name == "on_item_failure":
            self._on_failure(entry, said)
        elif name == "continue_on_failure":
            if said is False:
                self.fail_fast = self.fail_fast or entry.key
        elif name == "max_failures":
            if said == 1 and not isinstance(said, bool):
                self.fail_fast = self.fail_fast or entry.key
            else:
                advice = "remove it; `fail_fast: true` begins no item after the first failure"
                self.report.ignored(entry, advice)
        elif name in _POLICY:
            self.report.ignored(entry, _POLICY[name])
        else:
            return False
        return True

    def _on_failure(self, entry: Entry, said: object) -> None:
        if said == "stop":
            self.fail_fast = self.fail_fast or entry.key
        elif said == "retry":
            self.report.ignored(entry, RETRIED)
        elif said not in ("dlq", "skip"):
            self.report.error(
                "invalid-value",
                entry.value.span,
                f"`on_item_failure` cannot be `{said}`"
                if isinstance(said, str)
                else "`on_item_failure` is a word",
                "write `on_failure:` on the steps of an item for what is to run then",
            )
