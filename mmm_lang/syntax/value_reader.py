"""What all readers of values share: what is there, collections, and saying that something is wrong."""

from __future__ import annotations

from mmm_lang.diagnostics.model import Fix, Label
from mmm_lang.record import frozen
from mmm_lang.source import Span
from mmm_lang.syntax.core_schema import describe, resolve
from mmm_lang.syntax.findings import Findings
from mmm_lang.syntax.yaml_nodes import Damaged, Entry, Item, Mapping, Node, Scalar, Sequence

SHOWN_LENGTH = 40
"""Code points of a text that go into a message."""


@frozen(eq=False)
class ValueReader:
    """Reports to ``findings`` what is wrong with values."""

    findings: Findings

    def place(self, entry: Entry) -> Span:
        """The value's place; where nothing is written, the key's."""
        return entry.key.span if is_nothing(entry.value) else entry.value.span

    def wrong_type(self, entry: Entry, expected: str, *advice: str, fix: Fix | None = None) -> None:
        """Say that the value of a key is of another type than ``expected`` ("a list of strings")."""
        self.mistyped(named(entry), entry.value, self.place(entry), expected, *advice, fix=fix)

    def mistyped(
        self, what: str, node: Node, span: Span, expected: str, *advice: str, fix: Fix | None = None
    ) -> None:
        """Say that a value is of another type than ``expected``; nothing about what could not be read."""
        if isinstance(node, Damaged):
            return
        self.findings.error(
            "wrong-type", span, f"{what} must be {expected}, found {describe(node)}", *advice, fix=fix
        )

    def invalid(self, entry: Entry, message: str, *advice: str) -> None:
        """Say that a value of the right type is not a legal one."""
        self.findings.error("invalid-value", self.place(entry), message, *advice)

    # --- collections ---

    def entries(
        self, entry: Entry | None, expected: str, *advice: str, fix: Fix | None = None
    ) -> tuple[Entry, ...]:
        """The entries of a mapping; nothing written is a warning, another type an error."""
        if entry is None or isinstance(entry.value, Damaged):
            return ()
        if isinstance(entry.value, Mapping):
            return entry.value.entries
        if is_nothing(entry.value):
            self.empty(entry)
        else:
            self.wrong_type(entry, expected, *advice, fix=fix)
        return ()

    def empty(self, entry: Entry) -> None:
        """Say that a key has no value; where a list follows that stands too far left, that it is no value of it."""
        source, key = self.findings.source, entry.key
        advice = "write what belongs below it, indented, or remove the key"
        follower = self._line_below(key.span) if is_nothing(entry.value) else None
        if follower is not None:
            column = source.position(key.span.start).column
            advice = (
                f"indent the lines below it with {column + 1} spaces if they belong to it, or remove the key"
            )
        secondary = () if follower is None else (Label(follower, "this is a step of its own"),)
        self.findings.warning(
            "empty-value", key.span, f"`{key.value}` has no value", advice, secondary=secondary
        )

    def _line_below(self, key: Span) -> Span | None:
        """The dash of the item that stands on the next line, left of a key."""
        source = self.findings.source
        position = source.position(key.start)
        if position.line == len(source.line_starts):
            return None
        below = source.line_span(position.line + 1)
        text = source.slice(below)
        indent = len(text) - len(text.lstrip(" "))
        if indent >= position.column - 1 or not text.startswith("- ", indent):
            return None
        return Span(below.start + indent, below.start + indent + 1)

    def items(self, entry: Entry | None, expected: str) -> tuple[Item, ...]:
        """The entries of a list, ``expected`` saying what it is a list of; nothing written is a warning."""
        if entry is None or isinstance(entry.value, Damaged):
            return ()
        if isinstance(entry.value, Sequence):
            return entry.value.items
        if is_nothing(entry.value):
            self.empty(entry)
        else:
            from mmm_lang.syntax.mistyped import instead_of_one

            instead = instead_of_one(entry, self.findings.source)
            self.wrong_type(entry, expected, *instead.advice, fix=instead.fix)
        return ()


def is_nothing(node: Node) -> bool:
    """Whether a value is null: nothing written, ``~`` or ``null``."""
    return isinstance(node, Scalar) and resolve(node) is None


def named(entry: Entry | None) -> str:
    """A key as messages name it."""
    return f"`{shown(entry.key.value)}`" if entry is not None else "it"


def shown(text: str) -> str:
    """A text as it goes into a message: short, on one line."""
    line = text.replace("\r", " ").replace("\n", " ")
    return line if len(line) <= SHOWN_LENGTH else f"{line[: SHOWN_LENGTH - 1]}…"
