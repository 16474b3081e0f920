"""The shapes that values of a test file have and playbooks have not: files by path, texts by name, any value."""

from __future__ import annotations

import math
from collections.abc import Iterable

from attrs import define

from mmm_lang.diagnostics.model import Edit, Fix
from mmm_lang.diagnostics.similar import nearest
from mmm_lang.source import Span
from mmm_lang.syntax.core_schema import describe, resolve
from mmm_lang.syntax.findings import Findings
from mmm_lang.syntax.yaml_nodes import Entry, Mapping, Node, Scalar, Sequence
from mmm_lang.testing.keys import Key


@define(eq=False)
class Shape:
    """Reads such values, and reports what is wrong to ``findings``."""

    findings: Findings

    def entries(self, node: Mapping, keys: tuple[Key, ...], owner: str) -> dict[str, Entry]:
        """The entries of a mapping that it may have; the others are reported."""
        known = [key.name for key in keys]
        found = {}
        for entry in node.entries:
            if entry.key.value in known:
                found[entry.key.value] = entry
            else:
                listed = ", ".join(f"`{name}`" for name in known)
                message = f"`{entry.key.value}` is not a key of {owner}"
                self.replaceable(
                    "unknown-key", entry.key.span, message, entry.key.value, known, f"it has {listed}"
                )
        return found

    def replaceable(
        self, rule: str, span: Span, message: str, written: str, known: Iterable[str], otherwise: str
    ) -> None:
        """Say that a name is unknown, with the one that was probably meant, or ``otherwise``."""
        near = nearest(written, list(known))
        if near is None:
            self.findings.error(rule, span, message, otherwise)
            return
        fix = Fix(f"replace with `{near}`", "unsafe", (Edit(span, near),))
        self.findings.error(rule, span, message, f"replace with `{near}`", fix=fix)

    def no_mapping(self, node: Node | None, span: Span, what: str, example: str) -> None:
        """Say that something must be a mapping."""
        found = "nothing" if node is None else describe(node)
        advice = f"write keys, such as `{example}:`"
        self.findings.error("wrong-type", span, f"{what} must be a mapping, found {found}", advice)

    def files(self, entry: Entry | None) -> dict[str, str | None]:
        """Contents by path, `null` for none."""
        found: dict[str, str | None] = {}
        for one in self._entries(entry, "a mapping of paths to contents"):
            path = one.key.value
            parts = path.split("/")
            if any(part in ("", ".", "..", ".git") for part in parts):
                advice = "write it relative to the repository's root, with `/`"
                self.findings.error(
                    "invalid-value", one.key.span, f"`{path}` is not a path in the repository", advice
                )
            elif isinstance(one.value, Scalar):
                found[path] = None if resolve(one.value) is None else one.value.value
            else:
                self._no_text(one)
        return found

    def texts_by_name(self, entry: Entry | None) -> dict[str, str]:
        """Texts by name; a number stands for its digits."""
        found = {}
        for one in self._entries(entry, "a mapping of names to texts"):
            if isinstance(one.value, Scalar):
                found[one.key.value] = one.value.value
            else:
                self._no_text(one)
        return found

    def number(self, entry: Entry | None, otherwise: float | None) -> float | None:
        """A number of at least 0, or `null`."""
        if entry is None:
            return otherwise
        value = resolve(entry.value) if isinstance(entry.value, Scalar) else ""
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
            message = f"`{entry.key.value}` must be a number of at least 0, found {describe(entry.value)}"
            self.findings.error("wrong-type", entry.value.span, message, "write one such as `0.25`")
            return otherwise
        return float(value)

    def plain(self, node: Node) -> object:
        """Any value as Python has it."""
        match node:
            case Scalar():
                return resolve(node)
            case Sequence(items=items):
                return [self.plain(item.node) for item in items]
            case Mapping(entries=entries):
                return {one.key.value: self.plain(one.value) for one in entries}
        return None

    def _entries(self, entry: Entry | None, expected: str) -> tuple[Entry, ...]:
        if entry is None:
            return ()
        if isinstance(entry.value, Mapping):
            return entry.value.entries
        message = f"`{entry.key.value}` must be {expected}, found {describe(entry.value)}"
        self.findings.error("wrong-type", entry.value.span, message, "write one a line below it, indented")
        return ()

    def _no_text(self, entry: Entry) -> None:
        message = f"`{entry.key.value}` must be a text, found {describe(entry.value)}"
        self.findings.error("wrong-type", entry.value.span, message, "write one text")
