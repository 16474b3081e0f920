"""Single values of a playbook: text, numbers, switches, durations and lists of them, each checked and located.

Every function takes the entry that holds the value, or ``None`` where the key is not written, and gives
``None`` where there is nothing (or nothing usable) after saying so.
"""

from __future__ import annotations

import math
import re

from attrs import frozen

from mmm_lang.diagnostics.model import Edit, Fix
from mmm_lang.diagnostics.similar import nearest
from mmm_lang.source import Span
from mmm_lang.syntax.conditions import parse_condition
from mmm_lang.syntax.core_schema import YAML_1_1_BOOLEANS, describe, resolve
from mmm_lang.syntax.findings import Findings
from mmm_lang.syntax.nodes import Condition, EnvEntry, Located, Template
from mmm_lang.syntax.templates import TemplateKind, parse_template
from mmm_lang.syntax.yaml_nodes import Damaged, Entry, Item, Mapping, Node, Scalar, Sequence

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_DURATION = re.compile(
    r"(?=[0-9])(?:(?P<h>[0-9]+(?:\.[0-9]+)?)h)?(?:(?P<m>[0-9]+(?:\.[0-9]+)?)m)?(?:(?P<s>[0-9]+(?:\.[0-9]+)?)s)?\Z"
)
_DURATION_FORMS = "write seconds as a number, or `90s`, `10m`, `2h`, `1h30m`"
_FLOW_SAFE = re.compile(r"[\w./*$@+-]+\Z")
LAST_EXIT_CODE = 255
_SHOWN_LENGTH = 40


@frozen(eq=False)
class Values:
    """Reads values and reports to ``findings`` what is wrong with them."""

    findings: Findings

    # --- what is there at all ---

    def place(self, entry: Entry) -> Span:
        """The value's place; where nothing is written, the key's."""
        return entry.key.span if is_nothing(entry.value) else entry.value.span

    def wrong_type(self, entry: Entry, expected: str, *advice: str, fix: Fix | None = None) -> None:
        """Say that the value of a key is of another type than ``expected`` ("a list of strings")."""
        self.mistyped(_name(entry), entry.value, self.place(entry), expected, *advice, fix=fix)

    def mistyped(
        self, what: str, node: Node, span: Span, expected: str, *advice: str, fix: Fix | None = None
    ) -> None:
        """Say that a value is of another type than ``expected``; nothing about what could not be read."""
        if isinstance(node, Damaged):
            return
        self.findings.error(
            "wrong-type", span, f"{what} must be {expected}, found {describe(node)}", *advice,
            label=f"expected {expected}", fix=fix,
        )  # fmt: skip

    def invalid(self, entry: Entry, message: str, *advice: str) -> None:
        """Say that a value of the right type is not a legal one."""
        self.findings.error("invalid-value", self.place(entry), message, *advice)

    # --- text ---

    def text(self, entry: Entry | None) -> Located[str] | None:
        """A string."""
        if entry is None:
            return None
        scalar = self._string(_name(entry), entry.value, self.place(entry))
        return None if scalar is None else Located(scalar.value, scalar.span)

    def choice(self, entry: Entry | None, choices: tuple[str, ...]) -> Located[str] | None:
        """One of a few words."""
        text = self.text(entry)
        if entry is None or text is None or text.value in choices:
            return text
        near = nearest(text.value, choices)
        words = ", ".join(f"`{choice}`" for choice in choices)
        advice = f"did you mean `{near}`?" if near else f"write one of {words}"
        self.invalid(entry, f"`{entry.key.value}` is one of {words}", advice)
        return None

    def texts(self, entry: Entry | None) -> tuple[Located[str], ...] | None:
        """A list of strings."""
        found = []
        for item in self._items(entry, "a list of strings"):
            scalar = self._string(f"each of {_name(entry)}", item.node, item.node.span)
            if scalar is not None:
                found.append(Located(scalar.value, scalar.span))
        return None if entry is None or not isinstance(entry.value, Sequence) else tuple(found)

    def identifier(self, entry: Entry | None) -> Located[str] | None:
        """The name of a step."""
        if entry is None:
            return None
        if isinstance(entry.value, Scalar) and not is_nothing(entry.value):
            return self.checked_name(entry.value, "an id")
        return self.text(entry)

    def checked_name(self, scalar: Scalar, what: str) -> Located[str] | None:
        """A name that references can use, wherever it stands."""
        if _IDENTIFIER.match(scalar.value):
            return Located(scalar.value, scalar.span)
        proposal = re.sub(r"[^A-Za-z0-9_-]+", "-", scalar.value).strip("-")
        proposal = proposal if not proposal or not proposal[0].isdigit() else f"_{proposal}"
        fix = None
        if proposal and scalar.style == "plain":
            fix = Fix(f"rename it to `{proposal}`", "unsafe", (Edit(scalar.span, proposal),))
        self.findings.error(
            "invalid-id",
            scalar.span,
            f"`{_shown(scalar.value)}` cannot be {what}",
            "use letters, digits, `_` and `-`, and begin with a letter or `_`",
            fix=fix,
        )
        return None

    # --- templates ---

    def template(self, entry: Entry | None, kind: TemplateKind) -> Template | None:
        """Text with references; a warning where it is empty."""
        if entry is None:
            return None
        scalar = self._string(_name(entry), entry.value, self.place(entry))
        if scalar is None:
            return None
        if not scalar.value.strip():
            self.findings.warning(
                "empty-value",
                scalar.span,
                f"`{entry.key.value}` is empty",
                "write its text, or remove the key",
            )
        return self.template_of(scalar, kind)

    def template_of(self, scalar: Scalar, kind: TemplateKind) -> Template:
        """The template that a scalar holds."""
        template, diagnostics = parse_template(
            scalar.value, scalar.span, scalar.offset_of, self.findings.source, kind
        )
        self.findings.add(*diagnostics)
        return template

    def templates(self, entry: Entry | None) -> tuple[Template, ...]:
        """A list of texts with references; numbers and truth values are taken as they are written."""
        found = []
        for item in self._items(entry, "a list of strings"):
            scalar = self._written(f"each of {_name(entry)}", item.node, item.node.span)
            if scalar is not None:
                found.append(self.template_of(scalar, "text"))
        return tuple(found)

    def condition(self, entry: Entry | None) -> Condition | None:
        """The value of ``when``; `true`, `false` and numbers are conditions too."""
        if entry is None:
            return None
        if not isinstance(entry.value, Scalar) or is_nothing(entry.value):
            self.wrong_type(
                entry, "a condition", "write one as text, such as `when: ${tests.exit_code} != 0`"
            )
            return None
        scalar = entry.value
        condition, diagnostics = parse_condition(
            scalar.value, scalar.span, scalar.offset_of, self.findings.source
        )
        self.findings.add(*diagnostics)
        return condition

    def env(self, entry: Entry | None) -> tuple[EnvEntry, ...]:
        """Environment variables; values are taken as they are written, numbers included."""
        found = []
        for variable in self.entries(entry, "a mapping of names to values", "write `NAME: value` below it"):
            name = variable.key
            if not _VARIABLE.match(name.value):
                self.findings.error(
                    "invalid-value",
                    name.span,
                    f"`{_shown(name.value)}` cannot be the name of an environment variable",
                    "use letters, digits and `_`, and begin with a letter or `_`",
                )
            scalar = self._written(_name(variable), variable.value, self.place(variable))
            if scalar is not None:
                found.append(EnvEntry(Located(name.value, name.span), self.template_of(scalar, "env")))
        return tuple(found)

    # --- numbers and switches ---

    def integer(self, entry: Entry | None, minimum: int, *advice: str) -> Located[int] | None:
        """An integer of at least ``minimum``; ``advice`` is for one that is too small."""
        if entry is None:
            return None
        expected = f"an integer of at least {minimum}"
        if not isinstance(entry.value, Scalar):
            self.wrong_type(entry, expected)
            return None
        value = resolve(entry.value)
        if isinstance(value, float) and value.is_integer() and abs(value) < 10**15:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            self.wrong_type(entry, expected, *_unquoting(entry.value))
            return None
        if value < minimum:
            self.invalid(entry, f"`{entry.key.value}` must be {expected}, found {value}", *advice)
            return None
        return Located(value, entry.value.span)

    def amount(self, entry: Entry | None) -> Located[float] | None:
        """A sum of money in US dollars, above 0."""
        if entry is None:
            return None
        value = resolve(entry.value) if isinstance(entry.value, Scalar) else None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            advice = "write the number alone, such as `0.50`"
            self.wrong_type(entry, "an amount in US dollars", advice)
            return None
        if not math.isfinite(value) or value <= 0:
            self.invalid(
                entry, f"`{entry.key.value}` must be above 0 dollars", "write a number such as `0.50`"
            )
            return None
        return Located(float(value), entry.value.span)

    def boolean(self, entry: Entry | None) -> Located[bool] | None:
        """``true`` or ``false``."""
        if entry is None:
            return None
        value = resolve(entry.value) if isinstance(entry.value, Scalar) else None
        if isinstance(value, bool):
            return Located(value, entry.value.span)
        word = YAML_1_1_BOOLEANS.get(value.casefold()) if isinstance(value, str) else None
        if isinstance(value, str) and value.casefold() in ("true", "false"):
            word = value.casefold()
        if word is None:
            self.wrong_type(entry, "`true` or `false`")
        else:
            fix = Fix(f"write `{word}`", "safe", (Edit(entry.value.span, word),))
            self.wrong_type(entry, "`true` or `false`", f"write `{word}`", fix=fix)
        return None

    def duration(self, entry: Entry | None) -> Located[float] | None:
        """A duration above 0, in seconds."""
        length = self.pause(entry)
        if entry is not None and length is not None and length.value == 0:
            self.invalid(entry, f"`{entry.key.value}` must be longer than 0 seconds", _DURATION_FORMS)
            return None
        return length

    def pause(self, entry: Entry | None) -> Located[float] | None:
        """A duration of 0 or more, in seconds."""
        if entry is None:
            return None
        if not isinstance(entry.value, Scalar) or is_nothing(entry.value):
            self.wrong_type(entry, "a duration", _DURATION_FORMS)
            return None
        seconds = seconds_of(entry.value)
        if seconds is None:
            shown = _shown(entry.value.value)
            self.invalid(entry, f"`{entry.key.value}` must be a duration, found `{shown}`", _DURATION_FORMS)
            return None
        return Located(seconds, entry.value.span)

    def exit_code(self, scalar: Scalar) -> Located[int] | None:
        """An exit code, 0 to 255, or a message."""
        value = resolve(scalar)
        if isinstance(value, str) and value.isdecimal() and value.isascii() and len(value) < 4:
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LAST_EXIT_CODE:
            return Located(value, scalar.span)
        self.findings.error(
            "invalid-value",
            scalar.span,
            f"`{_shown(scalar.value)}` is not an exit code",
            f"write a number from 0 to {LAST_EXIT_CODE}",
        )
        return None

    def exit_codes(self, entry: Entry | None) -> tuple[Located[int], ...] | None:
        """A list of exit codes."""
        found = []
        for item in self._items(entry, "a list of exit codes"):
            if not isinstance(item.node, Scalar):
                self.mistyped(f"each of {_name(entry)}", item.node, item.node.span, "an exit code")
                continue
            code = self.exit_code(item.node)
            if code is not None:
                found.append(code)
        return None if entry is None or not isinstance(entry.value, Sequence) else tuple(found)

    # --- collections ---

    def entries(self, entry: Entry | None, expected: str, *advice: str) -> tuple[Entry, ...]:
        """The entries of a mapping; nothing written is a warning, another type an error."""
        if entry is None or isinstance(entry.value, Damaged):
            return ()
        if isinstance(entry.value, Mapping):
            return entry.value.entries
        if is_nothing(entry.value):
            self.empty(entry)
        else:
            self.wrong_type(entry, expected, *advice)
        return ()

    def empty(self, entry: Entry) -> None:
        """Say that a key has no value."""
        self.findings.warning(
            "empty-value",
            entry.key.span,
            f"`{entry.key.value}` has no value",
            "write what belongs below it, indented, or remove the key",
        )

    def _items(self, entry: Entry | None, expected: str) -> tuple[Item, ...]:
        if entry is None or isinstance(entry.value, Damaged):
            return ()
        if isinstance(entry.value, Sequence):
            return entry.value.items
        if is_nothing(entry.value):
            self.empty(entry)
        elif isinstance(entry.value, Scalar) and _FLOW_SAFE.match(entry.value.value):
            written = self.findings.source.slice(entry.value.span)
            fix = Fix("make it a list", "safe", (Edit(entry.value.span, f"[{written}]"),))
            self.wrong_type(entry, expected, f"write `[{_shown(written)}]`", fix=fix)
        else:
            self.wrong_type(entry, expected, "write each on a line of its own, after `- `")
        return ()

    def _string(self, what: str, node: Node, span: Span) -> Scalar | None:
        """A scalar that is text. A number or truth value is an error, and taken as text all the same."""
        value = resolve(node) if isinstance(node, Scalar) else None
        if not isinstance(node, Scalar) or value is None:
            self.mistyped(what, node, span, "a string")
            return None
        if not isinstance(value, str):
            fix = Fix("put it in quotes", "safe", (Edit(node.span, f'"{node.value}"'),))
            self.mistyped(what, node, span, "a string", f'put it in quotes: `"{node.value}"`', fix=fix)
        return node

    def _written(self, what: str, node: Node, span: Span) -> Scalar | None:
        """Any scalar that is not null."""
        if isinstance(node, Scalar) and resolve(node) is not None:
            return node
        self.mistyped(what, node, span, "a string", 'write `""` for an empty text')
        return None


def seconds_of(scalar: Scalar) -> float | None:
    """A duration in seconds: a number, or hours, minutes and seconds such as ``1h30m``."""
    value = resolve(scalar)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value) if math.isfinite(value) and value >= 0 else None
    written = _DURATION.match(scalar.value) if len(scalar.value) < _SHOWN_LENGTH else None
    if written is None:
        return None
    return sum(float(written[unit] or 0) * seconds for unit, seconds in (("h", 3600), ("m", 60), ("s", 1)))


def is_nothing(node: Node) -> bool:
    """Whether a value is null: nothing written, ``~`` or ``null``."""
    return isinstance(node, Scalar) and resolve(node) is None


def _name(entry: Entry | None) -> str:
    return f"`{_shown(entry.key.value)}`" if entry is not None else "it"


def _shown(text: str) -> str:
    """A text as it goes into a message: short, on one line."""
    line = text.replace("\r", " ").replace("\n", " ")
    return line if len(line) <= _SHOWN_LENGTH else f"{line[: _SHOWN_LENGTH - 1]}…"


def _unquoting(scalar: Scalar) -> tuple[str, ...]:
    """Advice for a number in quotes."""
    if scalar.style in ("single", "double") and scalar.value.strip().isdigit():
        return (f"write it without quotes: `{scalar.value.strip()}`",)
    return ()
