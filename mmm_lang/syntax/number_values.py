"""Numbers of a playbook: integers, money, switches, durations and exit codes."""

from __future__ import annotations

import math
import re

from mmm_lang.diagnostics.model import Edit, Fix
from mmm_lang.syntax.core_schema import YAML_1_1_BOOLEANS, resolve
from mmm_lang.syntax.durations import FORMS, meant_by, seconds_of
from mmm_lang.syntax.nodes import Located
from mmm_lang.syntax.value_reader import ValueReader, is_nothing, named, shown
from mmm_lang.syntax.yaml_nodes import Entry, Node, Scalar, Sequence

_AMOUNT = r"\$? ?([0-9]+(?:\.[0-9]+)?) ?(?:\$|(?i:usd|dollars?))?"
_NAME = r"[A-Za-z_][\w-]*"
LAST_EXIT_CODE = 255
_EXIT_CODES = f"write a number from 0 to {LAST_EXIT_CODE}"


class NumberReader(ValueReader):
    """Reads numbers and switches."""

    def integer(self, entry: Entry | None, minimum: int, *advice: str) -> Located[int] | None:
        """An integer of at least ``minimum``; ``advice`` is for one that is too small."""
        if entry is None:
            return None
        expected = f"an integer of at least {minimum}"
        value = resolve(entry.value) if isinstance(entry.value, Scalar) else None
        if isinstance(value, float) and value.is_integer() and abs(value) < 10**15:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            digits = _digits_in_quotes(entry.value)
            if digits is None:
                example = f"write a number, such as `{entry.key.value}: {max(3, minimum)}`"
                self.wrong_type(entry, expected, example)
                return None
            fix = Fix("write it without quotes", "safe", (Edit(entry.value.span, digits),))
            self.wrong_type(entry, expected, f"write it without quotes: `{digits}`", fix=fix)
            return None
        if value < minimum:
            advice = advice or ("write how many there may be at most, or remove the key",)
            self.invalid(entry, f"`{entry.key.value}` must be {expected}, found {value}", *advice)
            return None
        return Located(value, entry.value.span)

    def amount(self, entry: Entry | None) -> Located[float] | None:
        """A sum of money in US dollars, above 0."""
        if entry is None:
            return None
        value = resolve(entry.value) if isinstance(entry.value, Scalar) else None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self._not_an_amount(entry)
            return None
        if not math.isfinite(value) or value <= 0:
            self.invalid(
                entry, f"`{entry.key.value}` must be above 0 dollars", "write a number such as `0.50`"
            )
            return None
        return Located(float(value), entry.value.span)

    def _not_an_amount(self, entry: Entry) -> None:
        node = entry.value
        number = re.fullmatch(_AMOUNT, node.value.strip()) if isinstance(node, Scalar) else None
        if number is None:
            self.wrong_type(entry, "an amount in US dollars", "write the number alone, such as `0.50`")
            return
        advice = f"replace with `{number[1]}`"
        fix = Fix(advice, "safe", (Edit(node.span, number[1]),))
        self.wrong_type(entry, "an amount in US dollars", advice, fix=fix)

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
            self.wrong_type(entry, "`true` or `false`", _instead_of_switch(entry))
        else:
            fix = Fix(f"write `{word}`", "safe", (Edit(entry.value.span, word),))
            self.wrong_type(entry, "`true` or `false`", f"write `{word}`", fix=fix)
        return None

    def duration(self, entry: Entry | None) -> Located[float] | None:
        """A duration above 0, in seconds."""
        length = self.pause(entry)
        if entry is not None and length is not None and length.value == 0:
            self.invalid(entry, f"`{entry.key.value}` must be longer than 0 seconds", FORMS)
            return None
        return length

    def pause(self, entry: Entry | None) -> Located[float] | None:
        """A duration of 0 or more, in seconds."""
        if entry is None:
            return None
        if not isinstance(entry.value, Scalar) or is_nothing(entry.value):
            self.wrong_type(entry, "a duration", FORMS)
            return None
        seconds = seconds_of(entry.value)
        if seconds is None:
            self._not_a_duration(entry, entry.value)
            return None
        return Located(seconds, entry.value.span)

    def _not_a_duration(self, entry: Entry, scalar: Scalar) -> None:
        meant = meant_by(scalar.value)
        advice = FORMS if meant is None else f"replace with `{meant}`"
        fix = None if meant is None else Fix(advice, "safe", (Edit(scalar.span, meant),))
        message = f"`{entry.key.value}` must be a duration, found `{shown(scalar.value)}`"
        self.findings.error("invalid-value", scalar.span, message, advice, fix=fix)

    def exit_code(self, scalar: Scalar, advice: str = _EXIT_CODES) -> Located[int] | None:
        """An exit code, 0 to 255, or a message with this advice."""
        value = resolve(scalar)
        if isinstance(value, str) and value.isdecimal() and value.isascii() and len(value) < 4:
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LAST_EXIT_CODE:
            return Located(value, scalar.span)
        self.findings.error(
            "invalid-value",
            scalar.span,
            f"`{shown(scalar.value)}` is not an exit code",
            advice,
        )
        return None

    def exit_codes(self, entry: Entry | None) -> tuple[Located[int], ...] | None:
        """A list of exit codes."""
        found = []
        for item in self.items(entry, "a list of exit codes"):
            if not isinstance(item.node, Scalar):
                self.mistyped(
                    f"each of {named(entry)}", item.node, item.node.span, "an exit code", _EXIT_CODES
                )
                continue
            code = self.exit_code(item.node)
            if code is not None:
                found.append(code)
        if entry is None or not isinstance(entry.value, Sequence):
            return None
        if not entry.value.items:
            self.invalid(
                entry,
                f"{named(entry)} names no exit code, so the step can only fail",
                "write the codes that count as success, such as `[0, 1]`, or remove the key for `[0]`",
            )
        return tuple(found)


def _digits_in_quotes(node: Node) -> str | None:
    """The number that stands in quotes."""
    if isinstance(node, Scalar) and node.style in ("single", "double") and node.value.strip().isdigit():
        return node.value.strip()
    return None


def _instead_of_switch(entry: Entry) -> str:
    """What to write where neither `true` nor `false` was meant: a name for the output, as other tools want it."""
    node = entry.value
    if entry.key.value == "capture_output" and isinstance(node, Scalar) and re.fullmatch(_NAME, node.value):
        return f"every output is captured: write `id: {node.value}` and use `${{{node.value}.output}}`"
    return "write `true` or `false`"
